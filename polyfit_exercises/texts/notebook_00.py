"""What the questions of notebook 00 say."""

from .words import Words

EXERCISES: dict[str, Words] = {
    "taylor_cubic": Words(
        title="A clever curve",
        task="How much smaller is the loss of the Taylor cubic than the loss of the flat line?",
        hints=(
            "Where are the two curves far from the sine? A square makes a large error larger still.",
            "The loss adds up (y_pred − y)². Compare the two sums.",
            "One of the two; the other has y_pred = x − x³/6.",
        ),
        code="y = sine().y\n((0 - y) ** 2).sum()",
        why="At the ends the Taylor cubic is off by 2, and squares punish that.",
        choices={
            "hundredfold": (
                "a hundred times",
                "It looks like that in the middle. But at the ends the Taylor cubic is off by 2.",
            ),
            "tenfold": ("ten times", "Less. Most of its loss comes from a few points at both ends."),
            "hardly": ("hardly at all", "805.4 against 999.5: the ends spoil what the middle gains."),
        },
    ),
    "week_of_training": Words(
        title="A week of training",
        task="You train the cubic for a week, on the fastest machine. Which loss will it never get below?",
        choices={
            "0": ("0", "No cubic runs through all the points of a sine. Something is always left."),
            "0.2023": (
                "0.2023",
                "That is the largest error at one point. The loss is a sum of squares over all points.",
            ),
            "8.817": ("8.817", "It is the loss of the best cubic, and training only looks for that one."),
            "805.4": ("805.4", "That is the Taylor cubic. You have beaten it yourself."),
        },
    ),
    "useless_parameters": Words(
        title="Two sliders that only hurt",
        task="In the best cubic, `a` and `c` are 0. Why?",
        choices={
            "odd": (
                "The sine is odd: it has no even part for them to fit",
                "Left and right of 0 the sine has opposite signs. Constant and square have the same sign on both "
                "sides.",
            ),
            "too little": ("They change the loss too little to matter", "Move one of them: the loss shoots up."),
            "too few": ("The points are too few to find them", "2 000 points are plenty, and 200 give the same zeros."),
            "too coarse": ("Their sliders are too coarse", "The zeros are calculated, without any slider."),
        },
    ),
    "mean_or_sum": Words(
        title="A loss of 0.0044",
        task="A friend fits the same points and reports a loss of 0.0044, the *mean* of the squared errors. How good "
        "is that cubic?",
        choices={
            "the best": ("It is the best cubic", "0.0044 times 2 000 points is 8.8, the floor."),
            "better": ("It is far better than the best cubic", "Nothing is. The mean is the sum divided by 2 000."),
            "worse": ("It is far from the best cubic", "Divide the floor, 8.817, by the number of points."),
            "everywhere": (
                "It fits every point to 0.0044",
                "A mean says nothing about each point, and these are squares.",
            ),
        },
    ),
}

MISTAKES: dict[str, str] = {}
