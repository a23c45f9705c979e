"""What the exercises of notebook 08 say."""

from .words import Words

THE_VALUE, THE_SHARE, SHARE_OF = "The value", "The share", "The share of `{}`"

EXERCISES = {
    "share_of_a_factor": Words(
        title="A share",
        task="`c = a · b` with a = 2 and b = 5. Later in the calculation there is a loss. It grows by 3 when c grows "
        "by 1, so the gradient of c is 3. By how much does the loss grow when `a` grows by 1?",
        hints=(
            "When `a` grows by 1, how much does c grow?",
            "c grows by b, and the loss grows by 3 for each of these.",
            "Calculate c for a = 2 and for a = 3.",
        ),
        code="(3 * 5 - 2 * 5) * 3",
        why="The gradient of c times the other factor.",
        well_done="Right: 3 · 5. The gradient of c is multiplied by the *other* factor. That is the chain rule for one "
        "operation, and it needs the value of b. So c must remember it.",
    ),
    "multiply": Words(
        title="Multiply, and remember",
        task="Complete `multiply(a, b)`: return an `Array` with the product, and with two parents, each with its rule.",
        hints=(
            "Do as `add` does. What is the share of `a`, when the gradient of the product is `grad`?",
            "The share of `a` is grad · b, and the share of `b` is grad · a: each gets the other one.",
            "The value of the product, and the pair of `a`; the pair of `b` is yours.",
        ),
        code="a.value * b.value\n(a, lambda grad: grad * b.value)",
        why="Each factor's rule multiplies by the other factor.",
        well_done="Right: the value, and a rule for each of the two.",
    ),
    "share_of_one_number": Words(
        title="One number, used 2 000 times",
        task="`a` is one number, x holds 2 000, and `L` is the sum of all a + x. Broadcasting uses `a` 2 000 times, "
        "and each of the 2 000 sums has the gradient 1. What is the gradient of `a`?",
        hints=(
            "`a` is one number. How many numbers does its gradient have?",
            "When `a` grows by a little, each of the 2 000 terms grows by as much.",
            "Measure the slope.",
        ),
        code="x = sine().x\n((0.5 + x).sum() - (-0.5 + x).sum()) / 1.0",
        why="One number receives as many shares as it was used, and they add up.",
        choices={
            "one": ("one number: 1", "That is the share of a single point. `a` is part of all 2 000."),
            "mean": ("one number, their mean: 1", "Shares are added, never averaged."),
            "sum": (
                "one number, their sum: 2 000",
                "What was used many times receives many shares, and shares add up. Broadcasting repeats on the way "
                "forward, so the way backward adds.",
            ),
            "array": ("2 000 numbers, each 1", "A gradient has the shape of its array, and `a` is one number."),
        },
    ),
    "undo_broadcasting": Words(
        title="Undo broadcasting",
        task="Complete `undo_broadcasting(gradient, shape)`: bring the gradient, a NumPy array, back to this shape.",
        hints=(
            "Broadcasting does two things: it puts new axes in front, and it stretches axes of length 1. Undo both.",
            "Add up along the first `gradient.ndim - len(shape)` axes, and along each axis where shape has a 1. "
            "`sum` takes several axes at once, `axis=(0, 2)`.",
            "How many axes are new, and how the result gets back its axes of length 1.",
        ),
        code="new = gradient.ndim - len(shape)\n... .reshape(shape)",
        why="What was repeated on the way forward is added up on the way backward.",
        well_done="Right: for new axes, for stretched ones, and where there is nothing to undo.",
    ),
    "order_of_the_walk": Words(
        title="Who comes first?",
        task="`h = a · b`, `k = h + a`, `L = h · k`. The walk begins at L. Each array that it visits sends shares to "
        "its parents. In which order must it visit them, so that every gradient is right?",
        hints=(
            "How many shares does h receive, and from whom?",
            "An array may send only when it has received all of its own shares.",
            "h is used twice: in k and in L.",
        ),
        code="(2 * 3.5) * (2 * 3.5 + 2) - (2 * 2.5) * (2 * 2.5 + 2)  # the slope by b, measured",
        why="Each array comes before all that it was made of.",
        choices={
            "l h k": ("L, h, k, then a and b", "k still has a share for h. When it comes, h has already sent."),
            "l k h": (
                "L, k, h, then a and b",
                "h receives from L and from k, so it waits for both.",
            ),
            "a b h k l": (
                "a, b, h, k, then L",
                "That is the order of the way forward. Here a and b have nothing to send: they receive.",
            ),
            "any": ("the order makes no difference", "h receives two shares, and must send the sum of both."),
        },
    ),
    "in_order": Words(
        title="An order for the walk",
        task="Complete `in_order(output)`: return a list of all arrays behind `output`, itself first, each of them "
        "once, in topological order.",
        hints=(
            "Turn it round: a list in which the parents come first is easier, and can be reversed at the end.",
            "To visit an array: if it is new, first visit all of its parents, then append it to the list.",
            "A function inside the function can call itself. A `set` can hold what was seen already.",
        ),
        code="def visit(array):\n    if array not in seen:\n        seen.add(array)\n        ...",
        why="Parents first, appended after them, and all reversed at the end.",
        well_done="Right: each array once, and none before all of its shares are there.",
    ),
    "backward": Words(
        title="The walk",
        task="Complete `backward(output)`: give the output the gradient 1, walk through `in_order(output)`, and let "
        "every rule send its share to its parent.",
        hints=(
            "Two loops: one over the arrays in order, one over the parents of each. What happens to a share if its "
            "parent has one already?",
            "A share is `rule(array.grad)`, brought to the shape of the parent. The first share takes the place of "
            "None, all others are added.",
            "The gradient of the output, and a share; what becomes of the share is yours.",
        ),
        code="output.grad = np.ones_like(output.value)\n"
        "share = undo_broadcasting(rule(array.grad), parent.value.shape)",
        why="One rule at a time; shares add up.",
        well_done="Right: every gradient agrees, also where an array is used twice, or repeated by broadcasting.",
    ),
    "total": Words(
        title="A sum",
        task="Complete `total(a)`: return an `Array` with the sum of all elements of `a`, and with one parent.",
        hints=(
            "When one element grows by 1, by how much does the sum grow?",
            "Every element gets the whole gradient of the sum. The share has the shape of `a`.",
            "An array of ones in the shape of `a`.",
        ),
        code="np.ones_like(a.value)",
        why="On the way forward a sum adds; on the way backward it repeats.",
        well_done="Right: the way backward repeats what the way forward adds up, just as it adds up what broadcasting "
        "repeats.",
    ),
    "to_the_power": Words(
        title="A power",
        task="Complete `to_the_power(a, n)`: return an `Array` with each element to the power n, and with one parent. "
        "n is a plain number.",
        hints=(
            "What is the derivative of aⁿ?",
            "The share is grad · n · aⁿ⁻¹.",
            "The derivative; the gradient is multiplied by it.",
        ),
        code="n * a.value ** (n - 1)",
        why="The gradient times the derivative that you learnt at school.",
        well_done="Right: any power, with one rule.",
    ),
    "recorded_update": Words(
        title="An update that is remembered",
        task="You write the update as `a = a - learning_rate * a.grad`, with `Array`s, and never touch `.value`. What "
        "happens to the training?",
        hints=(
            "What is the new `a`: a leaf, or the result of an operation?",
            "It has the old `a` as a parent, and that one has the `a` before it.",
            "Look at what `a - 0.1` returns.",
        ),
        code="a = Array(1.0)\nnew = Array(a.value - 0.1, (a, lambda grad: grad))  # what a - 0.1 returns\nnew.parents",
        why="The right numbers, at a growing price.",
        choices={
            "wrong": ("its losses go wrong", "The operators calculate the same numbers as before."),
            "nothing": (
                "nothing is different",
                "The numbers are not. But count the arrays that each walk has to visit.",
            ),
            "slower": (
                "its losses are right, and every iteration takes longer",
                "The update becomes part of the graph, so each walk goes back to the very first iteration. That is "
                "why PyTorch has `no_grad`. Here we change `.value`, which remembers nothing.",
            ),
            "error": (
                "it stops with an error in the second iteration",
                "PyTorch would: it fills no `.grad` for the new `a`, which is no leaf. Ours fills every `.grad`.",
            ),
        },
    ),
    "changed_between": Words(
        title="Changed in between",
        task="`L = a²` with a = 2. Then somebody writes `a.value = np.array(3.0)`, and only then calls `backward(L)`. "
        "What is the gradient of `a`?",
        hints=(
            "The rule of `to_the_power` reads `a.value`. When does it read it?",
            "A rule runs on the way backward. It finds what is there then.",
            "Make L by hand, and call its rule.",
        ),
        code="a = Array(2.0)\nL = Array(a.value**2, (a, lambda grad: grad * 2 * a.value))\n"
        "a.value = np.array(3.0)\n_, rule = L.parents[0]\nrule(1.0)",
        why="The rule reads the value when the walk comes by.",
        choices={
            "old": ("4, for the value with which L was calculated", "The rule keeps no copy. It reads `a.value`."),
            "new": (
                "6, for the new value: wrong, and no error",
                "The rule runs on the way backward, and reads the new value. L was calculated with the old one. "
                "PyTorch counts the changes of every tensor, and raises an error.",
            ),
            "sum": ("10, the sum of both", "The walk comes by once, so there is one share."),
            "error": ("there is an error", "Ours notices nothing. PyTorch does: it counts changes."),
        },
    ),
    "when_to_send": Words(
        title="When may it send?",
        task="On the way backward, when may an array send shares to its parents?",
        choices={
            "any time": (
                "at any time: shares add up anyway",
                "What it sends is calculated from its own gradient, which is not complete then.",
            ),
            "first received": ("as soon as the first share has arrived", "Then the later ones are never handed on."),
            "all received": (
                "when everything that it was used in has sent its shares",
                "Only then is its gradient complete.",
            ),
            "at the end": ("when all leaves are filled", "The leaves are filled by what it sends."),
        },
    ),
    "mirror_of_broadcasting": Words(
        title="There and back",
        task="Forward, broadcasting repeats a number, and a sum adds numbers up. What do the two do backward?",
        choices={
            "same": ("the same: one repeats, the other adds", "A gradient has the shape of its array. Compare them."),
            "mirror": (
                "the opposite: what was repeated is added up, what was added up is repeated",
                "Each brings a gradient back to the shape of its parent.",
            ),
            "mean": ("both take a mean", "No share is ever averaged, unless the operation was a mean."),
        },
    ),
    "a_new_operation": Words(
        title="A new operation",
        task="You want to teach the engine a new operation. What must you write?",
        choices={
            "new walk": ("its value, and a new `backward`", "`backward` knows no operation. It calls rules."),
            "value and rule": (
                "its value, and a rule for each parent",
                "The walk, the order and broadcasting stay as they are.",
            ),
            "loss": (
                "the derivative of the loss with respect to it",
                "`backward` hands that one to your rule, as `grad`.",
            ),
            "formula": ("the formula of its second derivative", "One derivative is enough for a gradient."),
        },
    ),
}

MISTAKES = {
    # share_of_a_factor
    "grad_is_missing": "That is how much c grows. The loss grows by 3 for each of these.",
    "own_factor": "That is 3 times a itself. When `a` grows by 1, c grows by the other factor.",
    "both_factors": "That is 3 · a · b, one factor too many.",
    "gradient_alone": "That is the gradient of c, handed on as by a sum. Here c grows by more than 1.",
    "grad_plus_factor": "The chain rule multiplies, it does not add.",
    "value_of_the_product": "That is c itself. How much does it change?",
    # any operation
    "no_memory": "It must return an `Array`, with a value and with parents; got {got}. A plain result remembers "
    "nothing.",
    "values_wanted": "An `Array` itself cannot be calculated with yet. Use its `.value`.",
    "number_has_no_value": "n is a plain number. Use it as it is, without `.value`.",
    "grad_of_the_parent": "A `.grad` is still None here. The gradient of the result comes as the argument of the rule, "
    "`grad`.",
    "calls_itself": "Your function calls itself, without end. An `Array` knows this operator by now, so calculate with "
    "`.value`.",
    "parents_in_a_list": "The pairs stand in a list or tuple of their own. Hand them over one by one: "
    "`Array(value, (a, rule), (b, rule))`.",
    "no_rule": "A parent comes as a pair: the `Array`, and its rule; got {got}.",
    "pair_reversed": "In a pair the `Array` comes first, then its rule.",
    "parent_is_no_array": "The first of a pair must be the `Array` itself, not its value and not a number; got {got}.",
    "rule_is_no_function": "The share of {where}: the rule must be a function of `grad`, since `grad` comes later. "
    "Is `lambda grad:` missing?",
    "parent_missing": "There is no pair for {where}, so no share would ever be sent there.",
    "rule_takes_the_gradient": "The share of {where}: a rule takes one argument, the gradient of the result.",
    "rule_returns_nothing": "The share of {where}: the rule returns nothing. It must return the share; to "
    "fill `.grad` is the task of the walk.",
    "rule_returns_several": "The share of {where}: the rule returns {got} things. Each rule returns one share, that "
    "of its own parent.",
    "share_remembers": "The share of {where}: the rule returns an `Array`. A share is plain NumPy: use `.value`.",
    "value_shape": "{label} must have the shape {expected}, got {shape}.",
    "share_shape": "{label}: a gradient has the shape of its array. It must have the shape {expected}, got {shape}.",
    "not_spread": "{label}: a gradient has the shape of its array. It must have the shape {expected}, and it is a "
    "single number. Every element needs its own.",
    "grad_left_out": "The share of {where}: `grad` is forgotten. The chain rule multiplies by it.",
    "grad_is_added": "The share of {where}: `grad` is added. The chain rule multiplies.",
    "handed_on": "The share of {where}: `grad` is handed on as it is, as by a sum. It must be multiplied by a "
    "derivative.",
    "times_the_result": "The share of {where}: `grad` is multiplied by the result. It must be multiplied by the "
    "derivative.",
    # multiply
    "factors_swapped": "The share of {where}: the factors are swapped. When one of them grows by 1, the product "
    "grows by the other.",
    "dot_for_product": "That is a dot product: one number. `*` multiplies element by element.",
    "rules_are_one": "Both rules look up the same variable, and only when they are called. By then the loop has given "
    "it its last value. Write the two rules apart, or fix the value: `lambda grad, other=other: ...`.",
    "plus_for_times": "The value is a sum. Here it must be the product.",
    "value_of_one_factor": "The value is that of one factor alone.",
    # total
    "rows_for_total": "Only the rows are added up, along axis 0, as Python's own `sum` does. `a.value.sum()` adds up "
    "all elements.",
    "columns_for_total": "Only the last axis is added up. `a.value.sum()` adds up all elements.",
    "mean_for_total": "The value is the mean. Here it must be the sum.",
    "divided_among_all": "The share of {where}: the gradient is divided among the elements. That belongs to a mean. "
    "In a sum every element counts in full.",
    "times_own_value": "The share of {where}: `grad` is multiplied by the value itself. It must be multiplied by the "
    "derivative.",
    # power
    "n_times": "The value is n · a. The power is `a.value**n`.",
    "n_is_fixed": "The power is always the same. Use the argument n.",
    "base_and_exponent": "Base and exponent are swapped: it is `a.value**n`.",
    "value_is_derivative": "The value is the derivative. It belongs in the rule.",
    "factor_n_missing": "The share of {where}: the factor n is missing. The derivative of aⁿ is n · aⁿ⁻¹.",
    "exponent_not_lowered": "The share of {where}: the exponent must go down by one. The derivative of aⁿ is n · aⁿ⁻¹.",
    "exponent_lowered_twice": "The share of {where}: the exponent goes down by two. The derivative of aⁿ is n · aⁿ⁻¹.",
    "grad_inside_power": "The share of {where}: `grad` stands inside the power. The chain rule multiplies by it, "
    "outside.",
    "minus_one_outside": "The share of {where}: the 1 is subtracted outside of the exponent. It needs brackets: "
    "`a.value ** (n - 1)`.",
    "derivative_by_exponent": "The share of {where}: with a logarithm, that is the derivative by the exponent n. Here "
    "a changes, and n does not.",
    "not_at_zero": "Where a is 0, the share is no number: you divide 0 by 0. Take `a.value ** (n - 1)`.",
    "factor_n_lowered": "The share of {where}: the factor is n − 1 where n belongs. Only the exponent goes down.",
    # undo_broadcasting
    "broadcasting_left": "Broadcasting is not undone: the gradient comes back in the shape that it had.",
    "stretched_axes_left": "New axes in front are added up. An axis of length 1 that was stretched is not: from (3, 4) "
    "to (3, 1).",
    "new_axes_left": "Stretched axes are added up. New axes in front are not: from (2, 3) to (3,).",
    "axes_of_one_lost": "The sums are right, but axes of length 1 have vanished. (3, 1) is wanted, not (3,): "
    "`keepdims=True` keeps them, and `.reshape(shape)` brings them back.",
    "everything_summed": "All numbers are added up to one. Only the axes that broadcasting has made may go.",
    "undone_shape": "From shape {gradient} to shape {expected}: your function returns shape {got}.",
    "axes_counted_too_early": "Axes of length 1 are looked for while the new axes still stand in front, so their "
    "numbers are too small. First add up the new axes, then the stretched ones.",
    "share_averaged": "That is a mean. Every use sends its share, and shares add up.",
    "largest_of_many": "That is the largest share. Every use sends its share, and shares add up.",
    "one_of_many": "That is one share of many. Every use sends its share, and all of them add up.",
    "wrong_axis": "Summed along the wrong axis. Broadcasting puts new axes in front.",
    "reshaped_only": "`reshape` cannot make few numbers of many. First add up along all the axes that broadcasting "
    "has made.",
    "no_such_axis": "There is no such axis. From (2, 3) to (3,) one axis is new: `gradient.ndim - len(shape)` counts "
    "them.",
    # in_order
    "no_order": "A list of arrays is needed, got {got}.",
    "not_the_arrays": "The list must hold the arrays themselves; got {got}. A pair in `parents` is an array and its "
    "rule.",
    "arrays_left_over": "The list holds arrays of an earlier call. Make it new in each call, inside the function.",
    "kept_between_calls": "A second call with the same output gives another list. Something is kept from the first: a "
    "default such as `seen=set()` is made once, with the function. Make it new in each call.",
    "compared_by_value": "Two arrays with the same value are taken for one. They are different arrays: compare the "
    "arrays themselves, not their numbers.",
    "every_path": "The list is right, but each array is visited again on every path to it, and the paths double with "
    "each product `a * a`. Before you visit the parents, look whether the array was seen already.",
    "visited_twice": "{where}: visited more than once. An array that is used twice comes once. Keep a set of what was "
    "seen already.",
    "output_missing": "The output itself is missing. It comes first.",
    "not_all_reached": "Never reached: {where}. Visit the parents of the parents, too.",
    "parents_first": "That is the order of the way forward, parents first. Turn it round: the walk begins at the "
    "output.",
    "before_its_turn": "{first} comes before {second}. But {second} was made of {first}, and still has a share to send "
    "to it.",
    # backward
    "calls_a_stub": "Your function calls another one that is still to be written. Run the cell that draws the "
    "order: ours stands in until yours is right.",
    "seed_missing": "The output has no gradient. Where the walk begins, it is 1: L grows by 1 when L grows by 1.",
    "seed_is_not_one": "The gradient of the output is {got}. It is 1: L grows by 1 when L grows by 1.",
    "sent_before_received": "An array sends before it has received anything: its `grad` is still None. Does the walk "
    "begin at the output, and does it visit all parents?",
    "sent_too_early": "{where} sends before all of its shares are there. Walk in the order of `in_order(output)`.",
    "sent_twice": "A rule is called more than once in one walk, so its share counts twice. Each array sends once, when "
    "its turn comes.",
    "rule_given_other": "A rule was called with another gradient than that of its own array.",
    "added_to_none": "The first share finds None, and nothing can be added to None. The first takes its place, the "
    "others are added.",
    "asked_for_truth": "An array is neither true nor false. Ask `parent.grad is None`.",
    "undo_arguments_swapped": "The gradient comes first, then the shape: `undo_broadcasting(gradient, shape)`.",
    "gradients_taken_away": "At the end of the walk the output has no gradient any more. Leave each `.grad` where it "
    "is: the update needs it.",
    "shape_of_an_array": "A share needs the shape of its parent's value: `parent.value.shape`.",
    "overwritten_share": "A share is overwritten by the next one. An array that is used twice receives two shares, and "
    "they add up.",
    "gradient_in_place": "A gradient is changed in place while another array still holds it: `+=` writes into the very "
    "array that was handed on. Make a new one, `parent.grad + share`.",
    "gradient_keeps_shape": "{where} has the shape {got}, and its array has the shape {expected}. Does "
    "`undo_broadcasting` get the shape of the parent?",
    "values_changed": "The walk changes values. It fills `.grad`; the update comes later, and is no part of it.",
}
