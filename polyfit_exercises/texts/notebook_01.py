"""What the exercises of notebook 01 say."""

from .words import Words

EXERCISES = {
    "sign_of_the_gradient": Words(
        title="Which way does b go?",
        task="At the start, m = b = 1, the line is too low everywhere. What sign has dL/db, and which way does b go?",
        hints=(
            "What sign has the error of each point, y_pred − y?",
            "dL/db is the mean of 2 (y_pred − y). The step goes against it.",
            "The errors; their mean decides.",
        ),
        code="line = straight_line()\n1 * line.x + 1 - line.y",
        why="A line that is too low has negative errors, so the gradient is negative and the step goes up.",
        choices={
            "positive, up": (
                "positive, so b goes up",
                "A positive gradient means: a larger b has a larger loss. Then b would go down.",
            ),
            "positive, down": (
                "positive, so b goes down",
                "The errors y_pred − y are negative, for the line is too low.",
            ),
            "negative, up": (
                "negative, so b goes up",
                "Too low means negative errors. The step goes against the gradient: up.",
            ),
            "negative, down": (
                "negative, so b goes down",
                "The step goes against the gradient. Along it the loss would grow.",
            ),
        },
    ),
    "line_gradients": Words(
        title="Gradients of a straight line",
        task="Complete `line_gradients(x, y, m, b)`: return dL/dm and dL/db of the mean of the squared errors.",
        hints=(
            "The error of each point is `y_pred - y`. How does its square change when m grows a little?",
            "dL/dm is the mean of 2 (y_pred − y) x, and dL/db the mean of 2 (y_pred − y).",
            "The first of the two; the other has one factor less.",
        ),
        code="y_pred = m * x + b\ngrad_m = (2 * (y_pred - y) * x).mean()",
        why="The factor 2 comes from the square, the x from m x, and the mean from the loss.",
        well_done="Right, on three sets of random data.",
    ),
    "cubic_gradients": Words(
        title="Gradients of the cubic",
        task="Complete `cubic_gradients(x, y, a, b, c, d)`: return the four gradients of the sum of the squared "
        "errors.",
        hints=(
            "The four have one factor in common. Calculate it once. What stands beside each parameter?",
            "dL/da = Σ 2 (y_pred − y) · 1, dL/db = Σ 2 (y_pred − y) · x, and so on with x² and x³.",
            "The common factor, and one of the four.",
        ),
        code="grad_y_pred = 2 * (a + b * x + c * x**2 + d * x**3 - y)\ngrad_b = (grad_y_pred * x).sum()",
        why="One common factor, times what stands beside each parameter, summed.",
        well_done="Right, on three sets of random data.",
    ),
    "steps_to_the_floor": Words(
        title="How many steps?",
        task="Learning rate 1e-6, from `START`: about how many steps until the loss is within 1 % of the floor?",
        hints=(
            "After 2 000 steps it was 9.09. Is that within 1 % of 8.817?",
            "Within 1 % means below 1.01 · 8.817 = 8.905. From 9.22 to 9.09 it took 100 steps.",
            "Let theory count, or record a longer run.",
        ),
        code="problem = theory.LeastSquares(sine().x, sine().y)\n"
        "problem.iterations_to_reach(1.01 * problem.floor, START, 1e-6)",
        why="The nearer the floor, the slower: 99 % of the fall take 412 steps, and then it is 1 857 more to within 1 "
        "%.",
        choices={
            "2100": ("2100", "There it is still 2 % above the floor."),
            "2300": ("2300", "2 269, to be exact: 269 more than the usual recipe has."),
            "3500": ("3500", "By then it has long arrived: 8.8177 is within 0.01 %."),
            "10000": ("10000", "By then it has long arrived: after 5 000 it is at 8.8172, right to five digits."),
        },
    ),
    "fast_learning_rate": Words(
        title="As fast as it may go",
        task="Find a learning rate with which the cubic is within 1 % of the least loss after 800 steps from `START`. "
        "Calculate it, then choose it on the slider, or type it into the box.",
        hints=(
            "At 1e-6 it takes 2 269 steps. How much larger may the rate be before the loss explodes?",
            "The stability limit is 2 / λmax, with the largest eigenvalue of H = 2 X Xᵀ. Stay a little below it.",
            "The limit. Which part of it do you take?",
        ),
        code="X = np.stack([sine().x**k for k in range(4)])\nlimit = 2 / np.linalg.eigvalsh(2 * X @ X.T)[-1]",
        why="Nearly the whole of the stability limit.",
        well_done="Right: the loss arrives in time.",
        slider="Learning rate",
    ),
    "twice_the_rate": Words(
        title="Twice the rate",
        task="At 1e-6 the cubic needs 2 269 steps to come within 1 % of the floor. How many at 2e-6?",
        choices={
            "quarter": ("about a quarter", "The steps grow twice as long, not four times."),
            "half": (
                "about half",
                "Twice the step along the slow directions, and the fast ones are far below the limit still.",
            ),
            "same": (
                "the same",
                "The slow directions shrink by 1 − learning rate · λ a step: a larger rate, a smaller factor.",
            ),
            "explodes": (
                "never: it explodes",
                "The limit is 3.558e-6. At 2e-6 every factor is still between −1 and 1.",
            ),
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
                "The loop makes no value before it is asked for.",
            ),
            "finished": (
                "It ends by itself when the loss stops falling",
                "Nothing in the loop looks at the loss. It would go on for ever.",
            ),
        },
    ),
    "looks_finished": Words(
        title="Is it finished?",
        task="A run at 1e-6 prints 9.75 at line 1699 and 9.43 at line 1799. Is it done?",
        choices={
            "finished": (
                "Yes: it has nearly stopped falling",
                "It looks like that. A thousand steps later it has lost 6 % more.",
            ),
            "still falling": (
                "No: the floor is 8.817, and it is still falling",
                "Without the floor you could not tell.",
            ),
            "growing": (
                "No: the next steps will make it grow again",
                "Below the stability limit the loss of descent never grows.",
            ),
            "lowest": ("It cannot get any lower at this rate", "The rate decides how fast, not how low."),
        },
    ),
}

MISTAKES = {
    "rate_not_positive": "A learning rate is positive, got {got}: a negative one climbs.",
    "rate_far_too_small": "{got} is far too small: it takes more than a million steps. You have {steps}.",
    "rate_too_small": "{got} is too small: it takes {needed} steps, and you have {steps}. The limit is {limit}.",
    "rate_too_near": "{got} is below the limit {limit}, but so near that the steepest direction swings to and fro for "
    "long: it takes {needed} steps.",
    "rate_at_the_limit": "That is the limit itself, {limit}. There the steepest direction never shrinks: take a little "
    "less.",
    "rate_over_the_limit": "{got} is above the stability limit {limit}: the loss explodes.",
    "rate_for_the_mean": "{got} would do for the mean. The loss is the sum of {points} squares, and so is its "
    "curvature: the limit is {limit}.",
}
