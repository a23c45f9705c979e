"""What the exercises of notebook 01 say."""

from .words import Words

EXERCISES = {
    "sign_of_the_gradient": Words(
        title="Which way does b go?",
        task="At the start, with m = b = 1, the line is too low everywhere. What is the sign of dL/db, and which way "
        "does b move?",
        hints=(
            "What is the sign of the error of each point, y_pred − y?",
            "dL/db is the mean of 2 (y_pred − y). The parameter moves the other way.",
            "These are the errors. Their mean decides.",
        ),
        code="line = straight_line()\n1 * line.x + 1 - line.y",
        why="A line that is too low has negative errors, so the gradient is negative, and b goes up.",
        choices={
            "positive, up": (
                "positive, so b goes up",
                "If the gradient were positive, a larger b would have a larger loss, and b would go down.",
            ),
            "positive, down": (
                "positive, so b goes down",
                "The line is too low, so the errors y_pred − y are negative, and so is their mean.",
            ),
            "negative, up": (
                "negative, so b goes up",
                "The line is too low, so the errors are negative, and so is the gradient. The parameter moves "
                "against its gradient: b goes up.",
            ),
            "negative, down": (
                "negative, so b goes down",
                "A parameter moves against its gradient. If b went down, the loss would grow.",
            ),
        },
    ),
    "line_gradients": Words(
        title="Gradients of a straight line",
        task="Complete `line_gradients(x, y, m, b)`: return dL/dm and dL/db of the mean of the squared errors.",
        hints=(
            "The error of each point is `y_pred - y`. How does its square change when m grows a little?",
            "dL/dm is the mean of 2 (y_pred − y) x, and dL/db is the mean of 2 (y_pred − y).",
            "This is the first of the two. The other one has no factor x.",
        ),
        code="y_pred = m * x + b\ngrad_m = (2 * (y_pred - y) * x).mean()",
        why="The 2 comes from the square, the x from the product m x, and the mean from the loss.",
        well_done="Right, on three sets of random data.",
    ),
    "cubic_gradients": Words(
        title="Gradients of the cubic",
        task="Complete `cubic_gradients(x, y, a, b, c, d)`: return the four gradients of the sum of the squared "
        "errors.",
        hints=(
            "All four have one factor in common. Calculate it once. Then look at what each parameter is multiplied by.",
            "dL/da = Σ 2 (y_pred − y) · 1, dL/db = Σ 2 (y_pred − y) · x, and so on with x² and x³.",
            "This is the common factor, and one of the four gradients.",
        ),
        code="grad_y_pred = 2 * (a + b * x + c * x**2 + d * x**3 - y)\ngrad_b = (grad_y_pred * x).sum()",
        why="Multiply the common factor by what stands beside the parameter, and add up over all points.",
        well_done="Right, on three sets of random data.",
    ),
    "iterations_to_the_floor": Words(
        title="How many iterations?",
        task="With a learning rate of 1e-6, from `START`: after about how many iterations is the loss within 1 % "
        "of the floor?",
        hints=(
            "After 2 000 iterations it was 9.09. Is that within 1 % of 8.817?",
            "Within 1 % means below 1.01 · 8.817 = 8.905. The last 100 iterations took the loss from 9.22 to 9.09.",
            "This calculates the number. You can also let the loop run for longer.",
        ),
        code="problem = theory.LeastSquares(sine().x, sine().y)\n"
        "problem.iterations_to_reach(1.01 * problem.floor, START, 1e-6)",
        why="It takes 2 269 iterations. The nearer the loss comes to the floor, the more slowly it falls.",
        choices={
            "2100": ("2 100", "There it is still 2 % above the floor."),
            "2300": ("2 300", "It takes 2 269 iterations, 269 more than you have made."),
            "3500": ("3 500", "By then the loss is 8.8177, within 0.01 % of the floor."),
            "10000": ("10 000", "Half as many are more than enough: after 5 000 iterations the loss is 8.8172."),
        },
    ),
    "shape_of_the_matrix": Words(
        title="The shape of the design matrix",
        task="There are 2 000 points and four parameters, and row k of the design matrix X holds x**k. What is the "
        "shape of X?",
        hints=(
            "How many rows does it have? How long is each of them?",
            "NumPy names the number of rows first, then the number of columns.",
            "These are the four rows.",
        ),
        code="rows = [sine().x**k for k in range(4)]",
        why="There is one row for each of the four powers, and each row holds a number for each point.",
        choices={
            "points, powers": (
                "(2000, 4)",
                "That would be a row for each point. Many books do it that way, but here each row is a power.",
            ),
            "powers, points": ("(4, 2000)", "There are four rows, and each holds one power of all 2 000 points."),
            "powers, powers": ("(4, 4)", "A row holds one number for each point, so it is 2 000 numbers long."),
            "flat": ("(8000,)", "`np.stack` keeps the rows apart: the result has two dimensions."),
        },
    ),
    "starts_that_arrive": Words(
        title="Other starts",
        task="From 100 random starts, 2 000 iterations each, with a learning rate of 1e-6: how many of these runs come "
        "within 1 % of the floor?",
        hints=(
            "From `START` it takes 2 269 iterations. Was that start unlucky?",
            "For each start, compare the loss after 2 000 iterations with 1.01 times the floor.",
            "This is the loss for the start with seed 0. There are 99 more.",
        ),
        code="problem = theory.LeastSquares(sine().x, sine().y)\n"
        "problem.predicted_losses(random_start(0), 1e-6, [2000])",
        why="For nearly all starts 2 000 iterations are not enough.",
        choices={
            "most": ("more than 90", "Most of them stop too early, as the run from `START` does."),
            "half": ("about 50", "There are far fewer. From most starts it takes more than 2 000 iterations."),
            "few": (
                "fewer than 10",
                "Only 6 of them arrive. Most runs of this well-known recipe are not finished. The loss alone does not "
                "tell you that, but the floor does.",
            ),
        },
    ),
    "fast_learning_rate": Words(
        title="As fast as it may go",
        task="Find a learning rate with which the loss is within 1 % of the floor after 800 iterations from `START`. "
        "Choose it on the slider, or type it into the box.",
        hints=(
            "At 1e-6 it takes 2 269 iterations. How many times as large must the rate be?",
            "You have 800 iterations in place of 2 269. So the rate must be about 2.84 times as large, but below the "
            "stability limit.",
            "This is the limit. Choose a rate that is a little smaller.",
        ),
        code="problem = theory.LeastSquares(sine().x, sine().y)\nproblem.stability_limit()",
        why="This is just below the stability limit.",
        well_done="Right: the loss arrives in time.",
        slider="Learning rate",
    ),
    "twice_the_rate": Words(
        title="Twice the rate",
        task="At 1e-6 the cubic needs 2 269 iterations to come within 1 % of the floor. How many does it need at 2e-6?",
        choices={
            "quarter": ("about a quarter", "The steps are twice as long, not four times as long."),
            "half": (
                "about half",
                "Each step is twice as long, and 2e-6 is still well below the limit. It needs 1 134.",
            ),
            "same": ("the same number", "A larger rate makes longer steps, so fewer of them are needed."),
            "explodes": ("none, for it explodes", "The stability limit is 3.558e-6, and 2e-6 is below it."),
        },
    ),
    "endless_loop": Words(
        title="A loop without an end",
        task="`my_training` contains `while True`. Why can `record` call it, and still come to an end?",
        choices={
            "waits": (
                "It waits at `yield` until the next value is asked for",
                "After 2 000 iterations nobody asks for another value, so the loop goes no further.",
            ),
            "interrupted": (
                "`record` interrupts it with an error",
                "No error is needed. The loop stands still unless somebody asks for the next value.",
            ),
            "ahead": (
                "It runs ahead, and `record` throws away what is too much",
                "The loop calculates no value before somebody asks for it.",
            ),
            "finished": (
                "It ends by itself when the loss stops falling",
                "Nothing in the loop looks at the loss. It would go on for ever.",
            ),
        },
    ),
    "looks_finished": Words(
        title="Is it finished?",
        task="A run at 1e-6 prints 9.75 at line 1699 and 9.43 at line 1799. Is the run finished?",
        choices={
            "finished": (
                "Yes: it has nearly stopped falling",
                "It looks like that, but a thousand iterations later the loss is 6 % lower.",
            ),
            "still falling": (
                "No: the floor is 8.817, and the loss is still falling",
                "The floor shows how much is left. The two numbers alone do not.",
            ),
            "growing": (
                "No: the next iterations will make it grow again",
                "The rate 1e-6 is below the stability limit, so the loss goes on falling.",
            ),
            "lowest": (
                "Yes: it cannot get any lower at this rate",
                "The rate decides how fast the loss falls, not how low it gets.",
            ),
        },
    ),
}

MISTAKES = {
    "rate_not_positive": "A learning rate is positive, got {got}. With a negative one the loss grows.",
    "rate_far_too_small": "{got} is far too small: it takes more than a million iterations. You have {steps}.",
    "rate_too_small": "{got} is too small: it takes {needed} iterations, and you have {steps}. The limit is {limit}.",
    "rate_too_near": "{got} is below the limit {limit}, but so near to it that the parameters swing to and fro for a "
    "long time: it takes {needed} iterations.",
    "rate_at_the_limit": "That is the limit itself, {limit}. There the parameters swing to and fro for ever. Take a "
    "little less.",
    "rate_over_the_limit": "{got} is above the stability limit {limit}: the loss explodes.",
    "rate_for_the_mean": "{got} would be right if the loss were the mean. Here it is the sum of {points} squares, "
    "so its gradients are {points} times as large, and the limit is {limit}.",
}
