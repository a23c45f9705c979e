"""What the exercises of notebook 09 say."""

from .words import Words

THE_GRADIENT = "The gradient"
X_SQUARED, X_CUBED = "x²", "x³"

EXERCISES = {
    "powers_once": Words(
        title="Two powers, two multiplications",
        task="Complete `powers_once(x)`: return x² and x³ of a whole array, with two multiplications and no more.",
        hints=(
            "How do you get from x² to x³?",
            "x³ = x² · x.",
            "This is the first multiplication. Keep its result.",
        ),
        code="x2 = x * x",
        why="Each power is the last one times x.",
        well_done="Right: two multiplications are enough for both powers.",
    ),
    "moments_gradient": Words(
        title="The gradient from the moments",
        task="Complete `moments_gradient(XXt, Xy, w)`: return the gradient of the sum of squared errors, shape (4,). "
        "XXt is X Xᵀ, shape (4, 4), and Xy is X y, shape (4,). You do not have the points any more.",
        hints=(
            "The gradient is 2 X (Xᵀ w − y). Multiply the bracket out.",
            "2 (X Xᵀ w − X y): one matrix times the parameters, and one vector.",
            "This is the first of the two terms. `@` multiplies a matrix by a vector.",
        ),
        code="XXt @ w",
        why="With the bracket multiplied out, it needs sums over the points and no single point.",
        well_done="Right. It costs the same for any number of points.",
    ),
    "busiest_phase": Words(
        title="The busiest phase",
        task="An iteration of notebook 03's loop consists of small operations, such as a product or a sum. PyTorch "
        "starts them one by one. In which phase does it start the most?",
        hints=(
            "Count the operations that you can see in the forward pass, in the loss and in the update.",
            "The backward pass needs at least one operation for each recorded operation, and often two.",
            "The update of one parameter is a product and a subtraction. There are four parameters. Look, too, at what "
            "`backward` has to go through.",
        ),
        code="a = torch.tensor(1.0, requires_grad=True)\nloss = ((a * 2 - 1) ** 2).sum()\n"
        "print(loss.grad_fn, loss.grad_fn.next_functions)",
        choices={
            "forward": ("forward", "It has eight operations: two powers, three products and three sums."),
            "loss": ("loss", "It has only three operations: a difference, a square and a sum."),
            "backward": (
                "backward",
                "It goes back through every recorded operation. Most of them need more than one operation for that.",
            ),
            "update": ("update", "It has eight operations: a product and a subtraction for each of four parameters."),
        },
    ),
    "numbers_left": Words(
        title="What is left of 2 000 points",
        task="The gradient needs only the matrix X Xᵀ, shape (4, 4), and the vector X y, shape (4,). How many "
        "different numbers are these, in all?",
        hints=(
            "The rows of X are 1, x, x² and x³. What is the entry in row i and column j of X Xᵀ, as a sum?",
            "It is the sum of xⁱ⁺ʲ. Count the different values of i + j, then add the four numbers of X y.",
            "Let Python collect the values of i + j.",
        ),
        code="{i + j for i in range(4) for j in range(4)}",
        why="i + j goes from 0 to 6, and X y has four numbers.",
        well_done="Right: seven sums of powers, from 0 to 6, and the four numbers of X y.",
    ),
    "megabytes_per_step": Words(
        title="Megabytes in an iteration",
        task="Ten million points in float64 are fitted with the design matrix of a cubic. X has four rows. An "
        "iteration must read X and y at least once. How many megabytes (of 10⁶ bytes) is that?",
        hints=(
            "How many numbers are there for each point, and how many bytes does a float64 take?",
            "(4 + 1) numbers · 8 bytes · points.",
            "Ask the arrays of a smaller problem, then scale up.",
        ),
        code="y = np.ones(1000)\nX = np.ones((4, 1000))\n(X.nbytes + y.nbytes) / 1e6",
        why="There are five numbers of eight bytes for each point.",
        well_done="Right. Divide it by what your memory delivers in a second: no iteration can be faster than that.",
    ),
    "shape_of_overhead": Words(
        title="The shape of overhead",
        task="An iteration takes 10 µs of overhead, and 1 ns more for each point. You draw its time against the number "
        "of points, from 100 to 10 million, on logarithmic axes. What does the curve look like?",
        hints=(
            "What does it take with 100 points, and with 1 000?",
            "10 µs + 1 ns · points. Up to which number of points is the second part small?",
            "Print the time for each power of ten.",
        ),
        code="for k in range(2, 8):\n    print(10**k, 10 + 1e-3 * 10**k)  # microseconds",
        choices={
            "rising": (
                "it rises everywhere",
                "With 1 000 points in place of 100 it takes 11 µs in place of 10.1. That is nearly the same.",
            ),
            "flat": ("it is flat everywhere", "With 10 million points it takes 1 000 times as long as with 100."),
            "flat then rising": (
                "it is flat at first, then it rises",
                "As long as the arithmetic is small, only the overhead counts. The curve bends at about 10 000 points.",
            ),
            "falling": ("it falls, then it is flat", "More points never take less time here."),
        },
    ),
    "uneven_shares": Words(
        title="Uneven shares",
        task="Two processes share 2 001 points, so one has 1 000 of them and the other 1 001. They add their gradients "
        "in each iteration. How does their result compare with that of one process?",
        hints=(
            "The loss is a sum over all points. Does it matter in which order you add?",
            "The gradient of a sum is the sum of the gradients.",
            "Split some numbers unevenly, and add up the sums of both parts.",
        ),
        code="numbers = np.arange(2001.0)\nnumbers[:1000].sum() + numbers[1000:].sum(), numbers.sum()",
        choices={
            "rounding": (
                "it is the same, up to rounding",
                "A sum does not depend on where you split it. Only its last digits do.",
            ),
            "larger share": (
                "the larger share counts for too much",
                "Every point adds one term to the loss, whoever holds it.",
            ),
            "half": ("it is half as large", "The two gradients are added. Nobody takes their mean."),
            "slower": ("it needs more iterations", "Both take the same step in each iteration as one process does."),
        },
    ),
    "two_processes": Words(
        title="Two processes",
        task="One process takes 4 ms for an iteration. Two processes share its points, and each iteration ends with a "
        "message between them, which takes 1 ms. How many milliseconds does an iteration take now?",
        hints=(
            "Both processes work at the same time. How long does each of them calculate?",
            "half of the time of one process + the message.",
            "The first part; the rest is yours.",
        ),
        code="4 / 2",
        why="Each process calculates for 2 ms, then both wait for the message.",
        well_done="Right: 2 ms of work and 1 ms for the message. With few points the message is nearly all of it.",
    ),
    "nearer_sum": Words(
        title="A million tenths",
        task="Add a million times 0.1 in float32. You can add one number after the other to a running sum. Or you add "
        "pairs of numbers, then pairs of these sums, and so on. Which way comes nearer to 100 000?",
        hints=(
            "A float32 has about seven decimal digits. What is left of 0.1 when you add it to 90 000?",
            "Large + small loses digits of the small number. Large + large loses fewer.",
            "Add 0.1 to a large float32, and look at how much it grows.",
        ),
        code="large = np.float32(90_000)\n(large + np.float32(0.1)) - large",
        choices={
            "one by one": (
                "one after the other",
                "Once the running sum is large, its last digit is larger than what it leaves of each 0.1.",
            ),
            "in pairs": ("in pairs of pairs", "It always adds numbers of about the same size, so little is lost."),
            "same": ("both give the same number", "In float32 each addition rounds, so the order matters."),
        },
    ),
    "faster_arithmetic": Words(
        title="A faster processor",
        task="An iteration takes 100 µs, and 90 µs of them are overhead. On a new processor, arithmetic takes half the "
        "time and overhead takes as long as before. How much faster is the iteration?",
        choices={
            "twice": ("twice as fast", "Only 10 of the 100 µs are arithmetic. Only they are halved."),
            "half": ("one and a half times as fast", "Halve the 10 µs, and add the 90 µs of overhead."),
            "a little": ("about 5 % faster", "95 µs in place of 100 µs: the overhead has not changed."),
            "slower": ("it is slower", "No part of it takes longer than before."),
        },
    ),
    "what_travels": Words(
        title="What must travel?",
        task="Two processes hold half of the points each, and fit a cubic together by gradient descent. What must they "
        "exchange in each iteration?",
        choices={
            "errors": ("the errors of all points", "Each process can add up its own errors. The sums are enough."),
            "gradients": (
                "the four gradients",
                "These are four sums from each process, however many points there are. If you want to see the loss, "
                "it is a fifth sum.",
            ),
            "points": ("half of the points", "The points stay where they are. Only sums over them are needed."),
            "nothing": (
                "nothing",
                "Then each process would fit its own half, and the two would drift apart.",
            ),
        },
    ),
    "last_digits": Words(
        title="The last digits",
        task="You run the same fit in float32 on one thread and on two. The losses differ in the seventh digit. Why?",
        choices={
            "bug": (
                "a bug: the same code must give the same bits",
                "Two threads add in another order than one, and each order rounds differently.",
            ),
            "rounding": (
                "rounding: the same sum, in another order",
                "Compare with a tolerance, such as `allclose`, not with `==`.",
            ),
            "chance": (
                "chance: set a seed and it goes away",
                "Nothing here is random. Only the order of a sum has changed.",
            ),
            "float32": (
                "float32: in float64 the order would not matter",
                "It matters there too, in the sixteenth digit.",
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
    "not_a_vector": "It should have shape {expected}, but it has shape {shape}.",
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
    "y_not_read": "That is X alone. It must read y, too.",
    "only_x_and_y": "That is x and y. The design matrix has four rows, and all of them are read.",
    "in_bits": "Those are megabits. A byte has 8 of them.",
    "in_mebibytes": "Those are mebibytes, of 2²⁰ bytes. Here a megabyte has 10⁶.",
    "millions_of_numbers": "That many million numbers. Each of them takes 8 bytes.",
    "bytes_per_point": "That many bytes for each point. There are ten million points.",
    "in_bytes": "Those are bytes. A megabyte has 10⁶ of them.",
    # numbers_left
    "all_entries": "Those are all the entries. Some entries of X Xᵀ are equal: entry (i, j) is the sum of xⁱ⁺ʲ.",
    "half_a_matrix": "X Xᵀ is symmetric, but there is more: entry (0, 2) equals entry (1, 1). Both are the sum of x².",
    "all_of_xxt": "Those are all the entries of X Xᵀ. Some are equal: entry (i, j) is the sum of xⁱ⁺ʲ. And X y has "
    "four more.",
    "half_of_xxt": "Those are the entries of X Xᵀ on its diagonal and above. Some are equal even there: (0, 2) and "
    "(1, 1) are both the sum of x². And X y has four more.",
    "without_xy": "Those are the numbers in X Xᵀ. The vector X y has four more.",
    "with_yy": "The sum of y² is needed for the loss. The gradient does without it.",
    "as_many_as_points": "No point is left. Each entry is a sum over all points.",
    # two_processes
    "no_message": "That is the time for half of the work. Then comes the message.",
    "not_halved": "The work is shared: each process has half of the points.",
    "message_halved": "The work is halved, but the message is not: it takes 1 ms.",
}
