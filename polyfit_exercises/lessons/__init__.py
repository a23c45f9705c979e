"""Solutions and questions, a file for each notebook: tested code that is shown to learners."""
