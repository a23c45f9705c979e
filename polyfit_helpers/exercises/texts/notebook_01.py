"""What the exercises of notebook 01 say."""

from .words import Words

EXERCISES = {
    "line_gradients": Words(
        "01",
        "Gradients of a straight line",
        "Complete `line_gradients(x, y, m, b)`: return dL/dm and dL/db of the mean of the squared errors.",
        (
            "The error of each point is `y_pred - y`. How does its square change when m grows a little?",
            "dL/dm is the mean of 2 (y_pred − y) x, and dL/db the mean of 2 (y_pred − y).",
            "The first of the two; the other has one factor less.",
        ),
        "y_pred = m * x + b\ngrad_m = (2 * (y_pred - y) * x).mean()",
        "The factor 2 comes from the square, the x from m x, and the mean from the loss.",
        "Right, on three sets of random data.",
    ),
    "cubic_gradients": Words(
        "01",
        "Gradients of the cubic",
        "Complete `cubic_gradients(x, y, a, b, c, d)`: return the four gradients of the sum of the squared errors.",
        (
            "The four have one factor in common. Calculate it once. What stands beside each parameter?",
            "dL/da = Σ 2 (y_pred − y) · 1, dL/db = Σ 2 (y_pred − y) · x, and so on with x² and x³.",
            "The common factor, and one of the four.",
        ),
        "grad_y_pred = 2 * (a + b * x + c * x**2 + d * x**3 - y)\ngrad_b = (grad_y_pred * x).sum()",
        "One common factor, times what stands beside each parameter, summed.",
        "Right, on three sets of random data.",
    ),
    "momentum_training": Words(
        "01",
        "A parabola, with momentum",
        "Complete `momentum_training(data, start, learning_rate, momentum)`: a generator that fits a + b x + c "
        "x². Each "
        "parameter has a velocity, 0 at first. A step multiplies it by `momentum` and adds the gradient of the sum of "
        "squared errors; then the parameter moves by the learning rate times the velocity, downhill.",
        (
            "Begin with the loop of this notebook without d. Where is the gradient used? Something comes before that.",
            "velocity ← momentum · velocity + gradient, then parameter ← parameter − learning rate · velocity.",
            "For a; b and c are the same with x and x². Before the loop the velocities are 0.",
        ),
        "velocity_a = momentum * velocity_a + grad_y_pred.sum()\na -= learning_rate * velocity_a",
        "A velocity for each parameter, updated before the parameter is.",
        "Right: every state agrees with theory. Give it to a dashboard: `start` takes three numbers now.",
    ),
    "fast_learning_rate": Words(
        "01",
        "As fast as it may go",
        "Find a learning rate with which the cubic is within 1 % of the least loss after 800 steps from `START`. "
        "Calculate it, then check the number.",
        (
            "At 1e-6 it takes 2 269 steps. How much larger may the rate be before the loss explodes?",
            "The stability limit is 2 / λmax, with the largest eigenvalue of H = 2 X Xᵀ. Stay a little below it.",
            "The limit. Which part of it do you take?",
        ),
        "X = np.stack([x**k for k in range(4)])\nlimit = 2 / np.linalg.eigvalsh(2 * X @ X.T)[-1]",
        "Nearly the whole of the stability limit.",
        "Right: the loss arrives in time.",
    ),
}

MISTAKES = {
    "rate_not_positive": "A learning rate is positive, got {got}: a negative one climbs.",
    "rate_far_too_small": "{got} is far too small: it takes more than a million steps. You have {steps}.",
    "rate_too_small": "{got} is too small: it takes {needed} steps, and you have {steps}. The limit is {limit}.",
    "rate_too_near": "{got} is below the limit {limit}, but so near that the loss swings: it takes {needed} steps.",
    "rate_over_the_limit": "{got} is above the stability limit {limit}: the loss explodes.",
    "rate_for_the_mean": "{got} would do for the mean. The loss is the sum of {points} squares, and so is its "
    "curvature: the limit is {limit}.",
}
