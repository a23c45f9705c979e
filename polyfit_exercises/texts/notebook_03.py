"""What the exercises of notebook 03 say."""

from .words import Words

ADDED_UP = (
    "The gradients of all iterations add up: each must end with a reset. If you have one, is it `=` and not `==`, on "
    "the `.grad` of each parameter? And does `zero_()` have its brackets?"
)

EXERCISES = {
    "slope_by_hand": Words(
        title="One slope, by hand",
        task="x is 3, and y = (2x − 1)². What is the derivative of y with respect to x?",
        hints=(
            "y is the square of something. What is its derivative with respect to that, and what is that at x = 3?",
            "By the chain rule, dy/dx = 2 · (2x − 1) · 2.",
            "This is what stands in the brackets. The rest is yours.",
        ),
        code="2 * 3 - 1",
        why="dy/dx = 2 · (2x − 1) · 2, which is 4 · 5 at x = 3.",
        well_done="Right: dy/dx = 4 · (2x − 1), which is 4 · 5 at x = 3.",
    ),
    "two_backwards": Words(
        title="Twice backward",
        task="x is a leaf with the value 2. You call `(x**3).backward()`, then `(5 * x).backward()`. Which number does "
        "`x.grad` hold in the end?",
        hints=(
            "Each call finds one slope at x = 2. What does `backward` do with a gradient that is already there?",
            "`x.grad` is d(x³)/dx + d(5 x)/dx, because `backward` adds.",
            "This lets torch calculate the first of the two.",
        ),
        code="x = torch.tensor(2.0, requires_grad=True)\n(x**3).backward()\nx.grad",
        why="`backward` adds the second slope to the first.",
        well_done="Right: the slopes are 12 and 5, and `backward` adds the second one to the first.",
    ),
    "filled_gradients": Words(
        title="Whose gradient is filled?",
        task="w is a leaf that requires a gradient, and x is one that does not. Then comes `h = w * x`, and inside "
        "`no_grad` comes `k = w + 1`. Which of the four have a `.grad` after `(h * k).backward()`?",
        hints=(
            "Two conditions must hold: it is a leaf, and it requires a gradient.",
            "A leaf is a tensor that no recorded operation has made. And k was made inside `no_grad`.",
            "This looks at each of the four.",
        ),
        code="w, x = torch.tensor(3.0, requires_grad=True), torch.tensor(2.0)\nh = w * x\nwith torch.no_grad():\n"
        "    k = w + 1\nfor tensor in (w, x, h, k):\n    print(tensor.is_leaf, tensor.requires_grad)",
        why="Only leaves that require a gradient are filled.",
        choices={
            "w": ("only w", "w is a leaf that requires a gradient."),
            "w, x": ("w and x", "x is a leaf, too, but nobody asked for its gradient: its `requires_grad` is False."),
            "w, h": (
                "w and h",
                "The gradient passes through h, but h is no leaf. Torch uses the gradient and throws it away "
                "(`h.retain_grad()` would keep it).",
            ),
            "w, k": ("w and k", "k was made inside `no_grad`. To `backward` it is just a number."),
        },
    ),
    "detached_memory": Words(
        title="Detached",
        task="`w` is a leaf that requires a gradient, and `v = w.detach()`. Then comes `v += 1`. What happens to `w`?",
        hints=(
            "What does `detach` take away, and what is left?",
            "`detach` takes away the history. Notebook 02 had another call that gives you the numbers and copies "
            "nothing.",
            "See where the numbers of both are stored.",
        ),
        code="w = torch.tensor(1.0, requires_grad=True)\nw.detach().data_ptr() == w.data_ptr()",
        why="Both names look at one memory.",
        choices={
            "copied": ("nothing: v is a copy", "`w.detach().clone()` would be a copy. `detach` alone copies nothing."),
            "changed": (
                "w grows by 1, too",
                "`detach` takes away the history, and both names look at one memory. `w.detach().clone()` is a copy.",
            ),
            "error": (
                "nothing: it raises an error",
                "`w += 1` would raise one, because w is recorded. `v` is not recorded, so it may be changed.",
            ),
        },
    ),
    "forgotten_reset": Words(
        title="The reset, switched off",
        task="We leave out the line `parameter.grad = None`, so the gradients add up from iteration to iteration. What "
        "does the loss do?",
        hints=(
            "Is the gradient of ten iterations ago still a good direction?",
            "The sum of all past gradients works like a velocity. Does anything slow it down?",
            "This records a run without the reset. Look at the losses.",
        ),
        code='data = sine().to("cpu")\n'
        "record(training.autograd_matrix(data, START, 1e-6, reset=False), 2000).losses[::100]",
        why="The gradients add up to a velocity, and nothing slows it down.",
        choices={
            "faster": ("it falls faster", "At first it does. Then it runs past the valley and up the other side."),
            "explodes": (
                "it explodes",
                "It would if the rate were more than twice the usual limit. At 1e-6 it goes up and down.",
            ),
            "swings": ("it swings for ever", "The past gradients add up to a velocity. Nothing slows it down."),
            "same": (
                "nothing changes",
                "`backward` adds to what is there, so the gradients are wrong from the second one on.",
            ),
        },
    ),
    "repaired_training": Words(
        title="Repair the loop",
        task="The update of this loop makes three of the mistakes above. Delete the line that raises, and repair "
        "`repaired_training(data, start, learning_rate)`.",
        hints=(
            "Look at the update. Is it recorded? Are `a` to `d` still leaves after it? And what must follow it?",
            "After `backward`: inside `no_grad`, change each parameter in place, then reset its gradient.",
            "These are the first two lines of the update. The other parameters need the same.",
        ),
        code="with torch.no_grad():\n    a -= learning_rate * a.grad",
        why="The update is not recorded, it changes the leaves in place, and each iteration ends with a reset.",
        well_done="Right: the update is not recorded, the leaves stay leaves, and each iteration has its own gradient.",
        instead={"added_up": ADDED_UP},
    ),
    "legendre_p2": Words(
        title="An operation of your own",
        task="Complete the Function `LegendreP2`: `forward` returns P₂(u) = (3 u² − 1) / 2, `backward` the gradient.",
        hints=(
            "Follow `LegendreP3`. What is the derivative of P₂? What does `backward` receive, and why?",
            "dL/du = grad_output · P₂'(u), with P₂'(u) = 3 u.",
            "The first line of `backward` fetches what `forward` has saved by `ctx.save_for_backward(u)`.",
        ),
        code="(u,) = ctx.saved_tensors",
        why="`backward` returns `grad_output` times the derivative.",
        well_done="Right: value and gradient agree on random data.",
    ),
    "where_to_reset": Words(
        title="Where may the reset stand?",
        task="Each iteration of the loop needs one `grad = None`. Where may it stand?",
        choices={
            "after the update": ("only right after the update", "Right before `backward` it does the same."),
            "not before the update": (
                "anywhere but between `backward` and the update",
                "Between the two it would throw away what `backward` has found.",
            ),
            "before the update": (
                "only between `backward` and the update",
                "There it throws away what `backward` has found.",
            ),
            "once": ("once, before the loop", "Then the gradients add up from the second iteration on."),
        },
    ),
    "who_needs_grad_output": Words(
        title="Who needs grad_output?",
        task="Somebody forgets `grad_output` in the `backward` of a Function. When are the gradients wrong?",
        choices={
            "always": (
                "always, also for the output itself",
                "For the output itself `grad_output` is 1, so the gradient is right.",
            ),
            "followed": (
                "as soon as something comes after it",
                "A sum alone passes on 1. Any other factor or function makes `grad_output` another number, and then "
                "that factor is missing.",
            ),
            "never": (
                "never: torch multiplies by it",
                "Torch only hands it over. The Function itself must multiply by it.",
            ),
            "float32": ("only in float32", "The factor is missing in every dtype."),
        },
    ),
    "kept_losses": Words(
        title="A list of losses",
        task="To draw a curve you call `losses.append(loss)` in each of 2 000 iterations. What does the list keep "
        "alive?",
        choices={
            "numbers": ("2 000 numbers", "For that you would call `losses.append(loss.item())`."),
            "graphs": (
                "2 000 numbers and 2 000 graphs",
                "Each loss is a tensor, and it keeps the graph that it was made by.",
            ),
            "one graph": (
                "one graph, the last",
                "Each loss has its own graph, and the list holds all the losses.",
            ),
            "nothing": (
                "nothing: autograd frees it at `backward`",
                "`backward` frees the arrays that were saved for it. The graph itself stays as long as the loss does.",
            ),
        },
    ),
}

MISTAKES = {
    "inner_factor_forgotten": "That is 2 (2x − 1). The chain rule also multiplies by the derivative of 2x − 1.",
    "value_not_slope": "That is y itself. The question is about its derivative.",
    "overwritten": "That is the second slope alone. `backward` does not overwrite.",
    "first_only": "That is the first slope alone. The second call does something, too.",
    "values_not_slopes": "That is the sum of the two values. `.grad` holds slopes.",
    "multiplied": "That is the product of the two slopes. What does `backward` do with a gradient that is already "
    "there?",
    # any class
    "method_signature": "`{name}` must begin with `def {name}({arguments}):`. Python or torch passes `{first}`, you do "
    "not write it in the call.",
    "to_be_written": "Still to be written: {where}.",
    # a Function
    "instance": "Pass the class itself, without brackets: a Function is used through `.apply`, never by an instance.",
    "no_function_class": "Pass a class that inherits from `torch.autograd.Function`, without brackets and without "
    "`.apply`; got {got}.",
    "number_of_gradients": "`backward` must return one gradient for each input of `forward`; here that is one.",
    "list_of_gradients": "`backward` returns a list. Return the gradient itself, or a tuple with one for each input.",
    "kept_outside": "u is kept outside of `ctx`, so the next call of `forward` overwrites it before `backward` "
    "comes. Each call has a `ctx` of its own: `ctx.save_for_backward(u)`.",
    "not_saved": "`forward` has saved nothing: call `ctx.save_for_backward(u)` there.",
    "saved_other": "`forward` has saved something that is not u, but `backward` uses it as u. Save u itself: "
    "`ctx.save_for_backward(u)`.",
    "saved_is_a_tuple": "`ctx.saved_tensors` is a tuple, even with only one tensor in it. Take it out: `(u,) = "
    "ctx.saved_tensors`.",
    "forward_done": "`forward` is right. `backward` is still to be written.",
    "function_dtype": "u of float32 comes back as another dtype. Leave the dtype alone: no `.double()`, no `.float()`.",
    "backward_missing": "The Function needs two static methods, `forward` and `backward`.",
    "gradient_shape": "The gradient must have the shape of u.",
    "no_tensor": "`forward` must return a tensor, got {got}.",
    "function_shape": "`forward` must return one number for each of u: shape {expected}, got {shape}.",
    "backward_returns_nothing": "`backward` returns nothing, so u receives no gradient. Is `return` missing?",
    "fills_grad_itself": "`backward` fills `u.grad` itself. It should return the gradient: autograd passes it on, and "
    "adds it to the `.grad` of leaves.",
    "p3_instead": "`forward` returns P₃. It should be P₂(u) = (3 u² − 1) / 2.",
    "not_recorded_inside": "Inside a Function nothing is recorded, so there is nothing for autograd to go back "
    "through. Write the derivative as a formula, in `backward`.",
    "other_power_of_u": "`forward` takes another power of u: P₂(u) is (3 u² − 1) / 2.",
    "saved_fewer": "`backward` takes more out of `ctx.saved_tensors` than `forward` has saved. Call "
    "`save_for_backward` once, with all that is needed.",
    "half_missing": "`forward` is twice too large: P₂(u) is (3 u² − 1) / 2.",
    "half_for_the_first_only": "`forward` halves only the first term: P₂(u) is (3 u² − 1) / 2.",
    "half_for_the_last_only": "`forward` halves only the last term: P₂(u) is (3 u² − 1) / 2.",
    "forward_is_derivative": "`forward` returns the derivative, which belongs in `backward`.",
    "forward_reversed": "The sign of `forward` is wrong.",
    "grad_output_forgotten": "`grad_output` is forgotten. The chain rule multiplies by it.",
    "grad_output_squared": "`grad_output` is multiplied in twice.",
    "grad_output_added": "`grad_output` is added. The chain rule multiplies.",
    "grad_output_only": "`backward` returns `grad_output` as it is. It must be multiplied by 3 u.",
    "grad_output_summed": "`grad_output` is summed. Each element belongs to its own element of u.",
    "derivative_halved": "The gradient is half of what it should be. The square's factor 2 cancels the half: P₂'(u) = "
    "3 u.",
    "derivative_doubled": "The gradient is twice what it should be: is it 6 u where 3 u belongs, or is `grad_output` "
    "there twice?",
    "grad_output_divides": "The chain rule multiplies by `grad_output`; here it divides.",
    "function_sign": "The sign of the gradient is wrong.",
    "u_forgotten": "`* u` is forgotten: P₂'(u) = 3 u.",
    "three_forgotten": "The factor 3 is forgotten: P₂'(u) = 3 u.",
    "derivative_of_p3": "That is the derivative of P₃. P₂'(u) = 3 u.",
    "value_for_derivative": "`backward` multiplies by P₂ itself. The chain rule needs its derivative.",
    "power_for_derivative": "`backward` multiplies by 3 u². The power goes down by one: 3 u.",
}
