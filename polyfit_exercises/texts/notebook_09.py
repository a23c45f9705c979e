"""What the exercises of notebook 09 say."""

from .words import Words

THE_GRADIENT = "The gradient"
X_SQUARED, X_CUBED = "x²", "x³"

EXERCISES = {
    "powers_once": Words(
        title="Two powers, two multiplications",
        task="Complete `powers_once(x)`: return x² and x³ of a whole array, with two multiplications and no more.",
        hints=(
            "The second of the two is not far from the first.",
            "x³ = x² · x.",
            "The first multiplication; keep its result.",
        ),
        code="x2 = x * x",
        why="Each power is the last one times x.",
        well_done="Right: two multiplications, and no general power.",
    ),
    "moments_gradient": Words(
        title="The gradient from the moments",
        task="Complete `moments_gradient(XXt, Xy, w)`: return the gradient of the sum of squared errors, shape (4,). "
        "XXt is X Xᵀ, shape (4, 4), and Xy is X y, shape (4,). The points are not there any more.",
        hints=(
            "The gradient is 2 X (Xᵀ w − y). Multiply the bracket out.",
            "2 (X Xᵀ w − X y): one matrix times the parameters, and one vector.",
            "The first of the two terms; `@` multiplies a matrix and a vector.",
        ),
        code="XXt @ w",
        why="The bracket multiplied out: no point is needed, only their sums.",
        well_done="Right, for any number of points.",
    ),
    "megabytes_per_step": Words(
        title="Megabytes in a step",
        task="Ten million points in float64, fitted with the design matrix of a cubic: X has four rows. A step must "
        "read X and y at least once. How many megabytes (of 10⁶ bytes) is that?",
        hints=(
            "How many numbers are there for each point, and how many bytes has a float64?",
            "(4 + 1) numbers · 8 bytes · points.",
            "Ask the arrays of a smaller problem, then scale up.",
        ),
        code="y = np.ones(1000)\nX = np.ones((4, 1000))\n(X.nbytes + y.nbytes) / 1e6",
        why="Five numbers of eight bytes for each point.",
        well_done="Right. Divide it by what your memory moves in a second: no step is faster than that.",
    ),
    "basis_or_machine": Words(
        title="A better basis, or a faster machine?",
        task="Plain descent at its best rate, from zeros, until within 1 % of the floor. Which helps more: Legendre "
        "polynomials in place of powers, or a machine ten times as fast?",
        choices={
            "machine": ("the machine", "Ten times. The condition number falls by far more than that, from 325 to 7."),
            "basis": ("the basis", "Hundreds of steps become a dozen or so, and each costs what it cost before."),
            "equal": ("they are equal", "Count the steps in both bases. One takes more than ten times as many."),
            "neither": (
                "neither: the floor stays where it is",
                "The floor does. How soon the run gets there does not.",
            ),
        },
    ),
    "what_travels": Words(
        title="What must travel?",
        task="Two processes hold half of the points each, and fit a cubic together by descent. They exchange nothing "
        "at the start. What must they exchange in each step?",
        choices={
            "errors": ("the errors of all points", "Each process sums its own errors up. The sums are enough."),
            "gradients": (
                "the four gradients",
                "Four sums each, whatever the number of points. The loss makes a fifth.",
            ),
            "points": ("half of the points", "The points stay where they are. Only sums over them are needed."),
            "nothing": (
                "nothing",
                "Then each would fit its own half, and the two would drift apart. Only moments that were exchanged at "
                "the start would do for all steps.",
            ),
        },
    ),
    "last_digits": Words(
        title="The last digits",
        task="You run the same float32 fit on one thread and on two. The losses differ in the seventh digit. What is "
        "it?",
        choices={
            "bug": (
                "a bug: the same code must give the same bits",
                "The threads add up in another order, and each order rounds differently.",
            ),
            "rounding": (
                "rounding: another order of the same sum",
                "Compare with a tolerance, such as `allclose`, not with `==`.",
            ),
            "chance": (
                "chance: set a seed and it goes away",
                "Nothing here is random. Only the order of a sum has changed.",
            ),
            "float32": (
                "float32 alone: in float64 the order is without effect",
                "It has one there too, in the sixteenth digit.",
            ),
        },
    ),
}

MISTAKES = {
    # powers_once
    "not_two_arrays": "Return two arrays, x² and x³; got {got}.",
    "not_the_shape": "{label} must have the shape of x, {expected}; got {shape}.",
    "power_used": "That calls the general power, which is slow. Multiply: x³ is x² times x.",
    "too_many_products": "{count} multiplications. Two are enough: when x³ is needed, x² is already there.",
    "nothing_multiplied": "No multiplication of the whole array was seen. Multiply `x` as it comes, all elements at "
    "once.",
    "powers_swapped": "x² and x³ are swapped.",
    "one_power_too_many": "These are x³ and x⁴: one factor too many.",
    # moments_gradient
    "not_a_vector": "Expected is an array of shape {expected}, got one of shape {shape}.",
    "elementwise": "A matrix came out. `*` multiplies element by element; `XXt @ w` is the product of a matrix "
    "and a vector.",
    "column_against_flat": "A matrix came out. A column, (4, 1), minus a flat array, (4,), is (4, 4). Leave w flat.",
    "no_factor_two": "The factor 2 is missing. The derivative of e² is 2 e.",
    "half_a_bracket": "The factor 2 belongs to both terms: 2 (X Xᵀ w − X y).",
    "moments_reversed": "The sign is wrong: it is X Xᵀ w − X y. The gradient points uphill.",
    "moments_added": "X y is added. It comes from − y, so it is subtracted.",
    "without_y": "X y does not appear. Without it the descent would lead to y = 0.",
    "already_solved": "These are the best parameters themselves. Here the gradient is asked for.",
    "gradient_of_the_mean": "Divided by the number of points: the gradient of the mean. Here the loss is the sum.",
    # megabytes_per_step
    "four_bytes": "That is float32, with 4 bytes a number. A float64 has 8.",
    "y_not_read": "X alone. y must be read, too.",
    "only_x_and_y": "That is x and y. The design matrix has four rows, and all of them are read.",
    "in_bits": "Those are megabits. A byte has 8 of them.",
    "in_mebibytes": "Those are mebibytes, of 2²⁰ bytes. Here a megabyte has 10⁶.",
    "millions_of_numbers": "So many millions of numbers. Each of them has 8 bytes.",
    "bytes_per_point": "So many bytes for each point. There are ten million points.",
    "in_bytes": "Those are bytes. A megabyte has 10⁶ of them.",
}
