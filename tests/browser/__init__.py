"""Tests in a real JupyterLab in headless Chromium. A package, so that its fixtures end with it: while Playwright runs,
this thread has a running event loop, and other tests want one of their own."""
