"""What the exercises of notebook 07 say."""

from .words import Words

EXERCISES = {
    "second_error": Words(
        title="Two iterations later",
        task="The curvature is 4 000, the learning rate 4e-4, and the error is 1. What is the error after two "
        "iterations?",
        hints=(
            "By which factor does one iteration multiply the error?",
            "The factor is 1 − learning rate · curvature. Two iterations multiply by it twice.",
            "The factor; the error is multiplied by it once in each iteration.",
        ),
        code="factor = 1 - 4e-4 * 4000",
        why="The factor is −0.6, and −0.6 times −0.6 is 0.36.",
        well_done="Right: the first iteration jumps to −0.6, on the other side of the valley, and the second one back "
        "to 0.36.",
    ),
    "which_curvature": Words(
        title="Which of the four?",
        task="Each direction has its own factor, 1 − learning rate · λ, and all share one learning rate. Which of the "
        "four λ decides how large the rate may be, and which one how long the run takes?",
        hints=(
            "Let the rate grow from 0. Which of the four factors is the first to pass −1?",
            "The factor passes −1 where the rate is 2/λ. A factor close to 1 hardly changes its part of the error.",
            "The four factors at a rate just below the limit.",
        ),
        code="1 - 3.5e-6 * theory.LeastSquares(sine().x, sine().y).eigenvalues",
        choices={
            "largest": (
                "the largest decides both",
                "It limits the rate. But its own part of the error is gone after a few iterations.",
            ),
            "largest, smallest": (
                "the largest decides how large, the smallest how long",
                "The factor of the largest passes −1 first. The factor of the smallest stays closest to 1.",
            ),
            "smallest, largest": (
                "the smallest decides how large, the largest how long",
                "A small λ allows a large rate: its limit is 2/λ.",
            ),
            "mean": (
                "their mean decides both",
                "The four parts do not mix, so no mean is taken. One part that grows is enough to spoil a run.",
            ),
        },
    ),
    "iterations_by_kappa": Words(
        title="The scaled basis",
        task="In powers of x the condition number is 325, and plain descent at its best rate takes 680 iterations to "
        "come within 1 % of the floor. In powers of x/π the condition number is 67. About how many iterations does it "
        "take there?",
        hints=(
            "How does the number of iterations grow with the condition number?",
            "For large κ an iteration leaves about 1 − 4/κ of what the loss has above the floor.",
            "The part of 680 that is left if iterations grow in proportion to κ.",
        ),
        code="680 * 67 / 325",
        choices={
            "10": (
                "10",
                "With a fifth of the condition number it takes about a fifth of the iterations, not a seventieth.",
            ),
            "140": (
                "140",
                "It takes 146: the number of iterations grows nearly in proportion to the condition number.",
            ),
            "310": ("310", "That is 680 times √(67/325). The square root counts only with momentum."),
            "680": (
                "680, as before",
                "The floor is the same, since every cubic is still there. The way to it is not.",
            ),
        },
    ),
    "momentum_training": Words(
        title="A parabola, with momentum",
        task="Complete `momentum_training(data, start, learning_rate, momentum)`: a generator that fits a + b x + c "
        "x². Each parameter has a velocity, 0 at first. An iteration multiplies it by `momentum` and adds the "
        "gradient of the sum of squared errors; then the parameter moves by the learning rate times the velocity, "
        "downhill.",
        hints=(
            "Begin with the loop of notebook 01 without d. Where is the gradient used? Something comes before that.",
            "velocity ← momentum · velocity + gradient, then parameter ← parameter − learning rate · velocity.",
            "For a; b and c are the same with x and x². Before the loop the velocities are 0.",
        ),
        code="velocity_a = momentum * velocity_a + grad_y_pred.sum()\na -= learning_rate * velocity_a",
        why="A velocity for each parameter, updated before the parameter is.",
        well_done="Right: every state agrees with theory. Give it to a dashboard: `start` takes three numbers now.",
    ),
    "iterations_of_newton": Words(
        title="Newton's method",
        task="Newton's method divides the gradient by the curvature: w ← w − H⁻¹ · gradient. How many iterations does "
        "it need to reach the floor of the cubic?",
        hints=(
            "The gradient is H e. What is H⁻¹ times that?",
            "H⁻¹ H e = e: the step is as long as the error itself, in each of the four directions.",
            "One iteration from the start.",
        ),
        code="problem = theory.LeastSquares(sine().x, sine().y)\n"
        "w = np.array(START) - np.linalg.solve(problem.hessian, problem.gradient(START))",
        choices={
            "one": ("one", "H⁻¹ H e is the error itself, so the first step leads straight to the best values."),
            "four": ("four, one for each direction", "All four directions are divided by their curvature at once."),
            "fifteen": (
                "15, as with Legendre polynomials",
                "They make the valley less narrow. Newton's method makes all curvatures equal.",
            ),
            "start": (
                "it depends on the start",
                "The step is the whole error, however large it is and wherever it points.",
            ),
        },
    ),
    "p3_gradients": Words(
        title="Gradients through P₃",
        task="Complete `p3_gradients(x, y, a, b, c, d)`: return the four gradients of the sum of the squared errors of "
        "a + b P₃(c + d x).",
        hints=(
            "Calculate u = c + d x first. The loss depends on y_pred, that on u, and u on c and d: one factor each.",
            "Beside 2 (y_pred − y) stand 1 for a, P₃(u) for b, b P₃′(u) for c, and b P₃′(u) x for d.",
            "The chain as far as u; c and d are the last link.",
        ),
        code="grad_y_pred = 2 * (a + b * p3 - y)\ngrad_u = grad_y_pred * (b * slope)",
        why="The chain rule twice: through P₃, then through c + d x.",
        well_done="Right, on four sets of data.",
        instead={
            "factor_doubled": "{where}: twice too large. Is the factor 2 of the square there twice, or is the half of "
            "P₃′ missing?",
        },
    ),
    "p3_at_twice_the_rate": Words(
        title="Twice the rate for P₃",
        task="At 5e-6 the fit with P₃ has nearly arrived after 2 000 iterations. What does the run do at 1e-5?",
        hints=(
            "Where the curvature limits the rate, a larger rate jumps across the valley. Must it then explode?",
            "In a parabola the slope grows with the error for ever. Here the valley changes its shape further up.",
            "The model; train it with your gradients and look at the last losses.",
        ),
        code="theory.legendre_values(sine().x, (0, -1, 0, 0.3))",
        choices={
            "settles": (
                "it arrives in half of the iterations",
                "It would, if 1e-5 were below the limit near the answer.",
            ),
            "jumps": (
                "it jumps between two losses for ever",
                "The last losses are 38.5 and 23.4 in turns. At the bottom the valley is curved too strongly for this "
                "rate, and further up it is not.",
            ),
            "explodes": (
                "it explodes, as the cubic does",
                "Only a parabola has the same curvature everywhere. Here the run is caught further up.",
            ),
            "floor": (
                "it settles at a higher floor",
                "It does not settle. The rate decides whether a run settles, but not where.",
            ),
        },
    ),
    "what_explodes": Words(
        title="Beyond the limit",
        task="At 3.6e-6 the loss explodes. What grows?",
        choices={
            "all": (
                "the error along all four directions",
                "Three of the four factors 1 − learning rate · λ still lie between −1 and 1.",
            ),
            "steepest": (
                "the error along the steepest direction",
                "Only the largest λ makes 1 − learning rate · λ less than −1. One direction is enough.",
            ),
            "slow": (
                "the error along the two slow directions",
                "Those have small λ, so their factors are near 1, and below it.",
            ),
            "even": ("the gradient of a and c", "The steepest direction belongs to b and d, the odd pair."),
        },
    ),
    "more_points": Words(
        title="Twice as many points",
        task="The same curve has 4 000 points in place of 2 000, and the loss is the sum of the squared errors. What "
        "happens to the stability limit?",
        choices={
            "same": ("it stays", "It would for the mean. In a sum each point adds its own curvature."),
            "half": (
                "it halves",
                "Twice as many terms in the sum make twice the curvature in each direction, and half the limit.",
            ),
            "double": (
                "it doubles",
                "More points make the sum steeper. A steeper valley takes smaller rates.",
            ),
        },
    ),
    "known_beforehand": Words(
        title="Which run is known beforehand?",
        task="For which of these models can every loss of plain descent on the squared errors be written down before "
        "the run?",
        choices={
            "inside": ("a sin(b x)", "b stands inside the sine, so the curvature is not the same everywhere."),
            "p3": ("b P₃(d x)", "d stands inside P₃, so the curvature is not the same everywhere."),
            "beside": (
                "a sin(x) + b cos(x)",
                "It is linear in a and b, so the loss is a bowl. The curves may be as bent as they like.",
            ),
            "none": ("for none: only for polynomials", "What counts is that the parameters enter linearly."),
        },
    ),
}

MISTAKES = {
    # second_error
    "one_iteration_alone": "That is the error after one iteration. The next one multiplies it by the same factor.",
    "slope_of_the_start": "The slope is not the same in the second iteration. It is proportional to the error, which "
    "is −0.6 by then.",
    "step_for_factor": "You have multiplied by learning rate · curvature. That is the step; what it leaves of the "
    "error is 1 minus that.",
    # p3_gradients
    "p3_without_b": "{where}: `b` is forgotten. It stands before P₃, so it stays when P₃ is differentiated.",
    "p3_not_differentiated": "{where}: P₃(u) stands where its slope belongs. The chain rule multiplies by P₃′(u).",
    "p3_slope_at_x": "{where}: the slope of P₃ is taken at x. It belongs at u = c + d x.",
    "p3_slope_wrong": "{where}: the slope of P₃ is not right. It is P₃′(u) = (15 u² − 3) / 2.",
    "p3_slope_forgotten": "{where}: the slope of P₃ is forgotten. The chain rule multiplies by P₃′(u).",
    "p3_value_forgotten": "{where}: `P₃(u)` is forgotten. It stands beside b.",
    "p3_value_at_x": "{where}: P₃ is taken at x. It belongs at u = c + d x.",
    "p3_b_too_much": "{where}: b is a factor too much. Differentiate with respect to b: P₃(u) is left.",
    "p3_by_x": "{where}: you have differentiated with respect to x, which gives the factor d. Take the parameter.",
    "p3_inside_swapped": "c and d are swapped: it is P₃(c + d x).",
    "p3_half_forgotten": "The half is missing: P₃(u) = (5 u³ − 3 u) / 2.",
}
