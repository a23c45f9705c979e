"""What the questions of notebook 00 say."""

from .words import Words

EXERCISES: dict[str, Words] = {
    "taylor_cubic": Words(
        title="A clever curve",
        task="How much smaller is the loss of the Taylor cubic than the loss of the flat line?",
        hints=(
            "Where is each of the two curves far from the sine? Squaring makes a large error count even more.",
            "The loss adds up (y_pred − y)². Compare the two sums.",
            "This is the loss of the flat line. For the other one, y_pred is x − x³/6.",
        ),
        code="y = sine().y\n((0 - y) ** 2).sum()",
        why="At both ends the Taylor cubic is off by 2, and squaring makes such large errors count most.",
        choices={
            "hundredfold": (
                "a hundred times",
                "In the middle it looks like that. But at both ends the Taylor cubic is off by 2.",
            ),
            "tenfold": ("ten times", "It is less than that. Most of its loss comes from the points near both ends."),
            "hardly": (
                "hardly at all",
                "The losses are 805.4 and 999.5. The Taylor cubic is nearly perfect in the middle, but at both ends it "
                "is off by 2, and squaring makes such large errors count most.",
            ),
        },
    ),
    "b_alone": Words(
        title="One slider",
        task="Only b may move, while a, c and d stay 0: the curve is a straight line through the origin. The flat line "
        "has a loss of 999.5. How low can you get with b alone?",
        hints=(
            "The sine goes down, up and down again. What does a straight line do?",
            "Try some lines y = b x, and calculate the loss of each.",
            "This is the loss for b = 0.5. Try other values of b.",
        ),
        code="data = sine()\n((0.5 * data.x - data.y) ** 2).sum()",
        why="A straight line can follow a sine in the middle, or at both ends, but not in both places.",
        choices={
            "10": ("below 10", "Only a curve that bends gets as low as that."),
            "100": ("below 100", "That needs a curve that bends. A straight line cannot do it."),
            "300": ("below 300", "That is near the truth, but a straight line does not get quite as low."),
            "393": ("not below 300", "No straight line gets below 392.8. You can try it on the next board."),
        },
    ),
    "largest_error": Words(
        title="The weak spot",
        task="Where is the best cubic furthest from the sine?",
        hints=(
            "Remember where the Taylor cubic was worst. Does the best cubic have the same difficulty?",
            "Calculate the errors of the best cubic, and look for the largest one.",
            "These are the errors, in the order of x from −π to π.",
        ),
        code="data = sine()\nproblem = theory.LeastSquares(data.x, data.y)\n"
        "theory.polynomial_values(data.x, problem.optimum) - data.y",
        why="Near its ends the cubic falls more steeply than the sine does.",
        choices={
            "middle": ("in the middle, at x = 0", "There both curves go through 0, and the error is next to nothing."),
            "peaks": ("at the peaks, at x = ±π/2", "It is off by less than 0.02 there. It is off by more elsewhere."),
            "ends": (
                "at both ends, at x = ±π",
                "There it is off by 0.2023. Near its ends the cubic falls more steeply than the sine does.",
            ),
        },
    ),
    "needs_pytorch": Words(
        title="The right tool",
        task="For which of these jobs do you need PyTorch?",
        hints=(
            "What does PyTorch add? Which of the jobs needs it?",
            "Count the slopes that somebody has to work out for each job.",
            "This is how many slopes there are.",
        ),
        code="slopes = {'a line': 2, 'a mean': 0, 'a network': 1_000_000}",
        why="Nobody works out a million slopes on paper, and an accelerator finds them much faster than a CPU.",
        choices={
            "line": (
                "to fit a straight line to 100 points",
                "There are only two slopes, and you can work them out on paper.",
            ),
            "mean": ("to take the mean of a million numbers", "Nothing is trained here. NumPy does that at once."),
            "network": (
                "to train a network with a million parameters on photographs",
                "Nobody works out a million slopes on paper, and an accelerator is much faster at this than a CPU.",
            ),
        },
    ),
    "week_of_training": Words(
        title="A week of training",
        task="You train the cubic for a week on the fastest machine. Below which loss will it never get?",
        choices={
            "0": ("0", "No cubic runs through all the points of a sine, so some loss always remains."),
            "0.2023": (
                "0.2023",
                "That is the largest error at one point. The loss is the sum of the squares over all points.",
            ),
            "8.817": ("8.817", "It is the loss of the best cubic. Training can come close to it, but not below it."),
            "805.4": ("805.4", "That is the loss of the Taylor cubic. The sliders get much lower."),
        },
    ),
    "useless_parameters": Words(
        title="Two sliders that do not help",
        task="In the best cubic, `a` and `c` are 0. Why?",
        choices={
            "odd": (
                "The sine has opposite signs to the left and right of 0",
                "A constant and a square have the same sign on both sides. What they gain on one side, they lose on "
                "the other.",
            ),
            "too little": ("They change the loss too little to matter", "Move one of them, and the loss shoots up."),
            "too few": (
                "There are too few points to find them",
                "2 000 points are plenty. With 200 points, a and c are 0, too.",
            ),
            "too coarse": ("Their sliders are too coarse", "The best cubic was calculated, without any slider."),
        },
    ),
    "mean_or_sum": Words(
        title="A loss of 0.0044",
        task="A friend fits a cubic to the same points and takes the mean of the squared errors as the loss, not the "
        "sum. It is 0.0044. How good is that cubic?",
        choices={
            "the best": ("It is the best cubic", "0.0044 times 2 000 points is 8.8, and that is the floor."),
            "better": (
                "It is far better than the best cubic",
                "No cubic is better than the best one. The mean is the sum divided by 2 000.",
            ),
            "worse": ("It is far from the best cubic", "Divide the floor, 8.817, by the number of points."),
            "everywhere": (
                "It fits every point to 0.0044",
                "A mean says little about a single point, and this is a mean of squares.",
            ),
        },
    ),
}

MISTAKES: dict[str, str] = {}
