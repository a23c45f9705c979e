"""What the exercises of notebook 03 say."""

from .words import Words

EXERCISES = {
    "two_backwards": Words(
        title="Twice backward",
        task="x is a leaf with the value 2. You call `(x**3).backward()`, then `(5 * x).backward()`. Before you run "
        "it: which number does `x.grad` hold?",
        hints=(
            "Each call finds one slope at x = 2. What does `backward` do with a gradient that is already there?",
            "x.grad = d(x³)/dx + d(5 x)/dx, since `backward` adds.",
            "Let torch calculate the first of the two.",
        ),
        code="x = torch.tensor(2.0, requires_grad=True)\n(x**3).backward()\nx.grad",
        why="`backward` adds the second slope to the first.",
    ),
    "filled_gradients": Words(
        title="Whose gradient is filled?",
        task="w is a leaf that requires a gradient, x one that does not. Then `h = w * x`, and under `no_grad`: `k = w "
        "+ 1`. Which of the four have a `.grad` after `(h * k).backward()`?",
        hints=(
            "Two conditions must hold: it is a leaf, and it requires a gradient.",
            "Leaves are what no recorded operation has made. `requires_grad` of k is what `no_grad` made it.",
            "Look at each of the four.",
        ),
        code="w, x = torch.tensor(3.0, requires_grad=True), torch.tensor(2.0)\nh = w * x\nwith torch.no_grad():\n"
        "    k = w + 1\nfor tensor in (w, x, h, k):\n    print(tensor.is_leaf, tensor.requires_grad)",
        why="Only leaves that require a gradient are filled.",
        choices={
            "w": ("only w", "w is a leaf that requires a gradient."),
            "w, x": ("w and x", "x is a leaf, too, but nobody asked for its gradient: its `requires_grad` is False."),
            "w, h": (
                "w and h",
                "The gradient flows through h, but h is no leaf. torch uses it and throws it away (`h.retain_grad()` "
                "would keep it).",
            ),
            "w, k": ("w and k", "k was made under `no_grad`. For `backward` it is a number like any other."),
        },
    ),
    "forgotten_reset": Words(
        title="The reset, switched off",
        task="We leave out the line `parameter.grad = None`. Gradients add up, step after step. What does the loss do?",
        hints=(
            "Is a gradient of ten steps ago still a good direction?",
            "The sum of all past gradients is a velocity. Nothing slows it down.",
            "Record both, and compare.",
        ),
        code='data = sine().to("cpu")\n'
        "record(training.autograd_matrix(data, START, 1e-6, reset=False), 2000).losses[::100]",
        why="A velocity without friction swings for ever.",
        choices={
            "faster": ("it falls faster", "In the first steps, yes. Then it runs past the valley, up the other side."),
            "explodes": (
                "it explodes",
                "Not below twice the usual limit. What is gained downhill is lost uphill again.",
            ),
            "swings": ("it swings for ever", "Nothing takes the velocity away, so it never comes to rest."),
            "same": ("nothing changes", "`backward` adds to what is there, and nobody takes it away."),
        },
    ),
    "repaired_training": Words(
        title="Repair the loop",
        task="This loop for the cubic runs and never settles. Delete the line that raises, and repair "
        "`repaired_training(data, start, learning_rate)`.",
        hints=(
            "Print `a.grad` before each `backward`. What should it be?",
            "Every step needs its own gradient: forward, loss, `backward`, update under `no_grad`, then the reset.",
            "After the update, still inside the loop over the parameters.",
        ),
        code="parameter.grad = None",
        why="`backward` adds to what is there, so each step must end with a reset.",
        well_done="Right: every state agrees with the loop by hand.",
        instead={
            "added_up": "The gradients of all steps add up: each must end with a reset. If there is one: is it `=`, "
            "not `==`, on the `.grad` of each parameter? And has `zero_()` its brackets?"
        },
    ),
    "legendre_p2": Words(
        title="An operation of your own",
        task="Complete the Function `LegendreP2`: `forward` returns P₂(u) = (3 u² − 1) / 2, `backward` the gradient.",
        hints=(
            "Do as `LegendreP3` does. Differentiate P₂. Which number does `backward` receive, and why?",
            "dL/du = grad_output · P₂'(u), with P₂'(u) = 3 u.",
            "The first line of `backward` fetches what `forward` has saved by `ctx.save_for_backward(u)`.",
        ),
        code="(u,) = ctx.saved_tensors",
        why="`grad_output` times the derivative.",
        well_done="Right: value and gradient agree on random data.",
    ),
    "where_to_reset": Words(
        title="Where may the reset stand?",
        task="`grad = None` must stand in the loop. Where does it do no harm?",
        choices={
            "after the update": ("only right after the update", "Right before `backward` it does the same."),
            "not before the update": (
                "anywhere but between `backward` and the update",
                "There it would throw away what `backward` has found.",
            ),
            "before the update": (
                "only between `backward` and the update",
                "There it throws away what `backward` has found.",
            ),
            "once": ("once, before the loop", "Then the gradients add up from the second step on."),
        },
    ),
    "who_needs_grad_output": Words(
        title="Who needs grad_output?",
        task="A Function forgets `grad_output` in its `backward`. When are the gradients wrong?",
        choices={
            "always": (
                "always, also for the output itself",
                "For the output itself `grad_output` is 1, and the gradient right.",
            ),
            "followed": (
                "as soon as something comes after it",
                "A sum alone passes 1 on. Any factor or function behind it makes `grad_output` another number, which "
                "the chain rule then lacks.",
            ),
            "never": ("never: torch multiplies by it", "Torch hands it over. To multiply is the Function's own task."),
            "float32": ("only in float32", "The factor is missing in every dtype."),
        },
    ),
    "kept_losses": Words(
        title="A list of losses",
        task="To draw a curve you write `losses.append(loss)` in each of 2 000 steps. What does the list keep alive?",
        choices={
            "numbers": ("2 000 numbers", "That would be `losses.append(loss.item())`."),
            "graphs": (
                "2 000 numbers and 2 000 graphs",
                "Each loss is a tensor, and holds on to all that it was made of.",
            ),
            "one graph": (
                "one graph, the last",
                "Each loss has a graph of its own, and the list holds all the losses.",
            ),
            "nothing": (
                "nothing: autograd frees it at `backward`",
                "`backward` frees the arrays that it had saved. The graph's nodes stay as long as the loss does.",
            ),
        },
    ),
}

MISTAKES = {
    "overwritten": "That is the second slope alone. `backward` does not overwrite.",
    "first_only": "That is the first slope alone. The second call does something, too.",
    "values_not_slopes": "That is the sum of the two values. `.grad` holds slopes.",
    "multiplied": "That is the product of the two slopes. What does `backward` do with a gradient that is already "
    "there?",
    # any class
    "method_signature": "`{name}` must begin with `def {name}({arguments}):`. `{first}` comes by itself, without "
    "standing in the call.",
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
    "saved_other": "What `forward` has saved is not u, and `backward` takes it for u. Save u itself: "
    "`ctx.save_for_backward(u)`.",
    "saved_is_a_tuple": "`ctx.saved_tensors` is a tuple, also with one tensor in it. Take it out: `(u,) = "
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
    "p3_instead": "`forward` returns P₃. Wanted is P₂(u) = (3 u² − 1) / 2.",
    "half_missing": "`forward` is twice too large: P₂(u) is (3 u² − 1) / 2.",
    "half_for_the_first_only": "`forward` halves the first term only: P₂(u) is (3 u² − 1) / 2.",
    "half_for_the_last_only": "`forward` halves the last term only: P₂(u) is (3 u² − 1) / 2.",
    "forward_is_derivative": "`forward` returns the derivative. It belongs into `backward`.",
    "forward_reversed": "The sign of `forward` is wrong.",
    "grad_output_forgotten": "`grad_output` is forgotten. The chain rule multiplies by it.",
    "grad_output_squared": "`grad_output` is multiplied twice.",
    "grad_output_added": "`grad_output` is added. The chain rule multiplies.",
    "grad_output_only": "`backward` hands `grad_output` on as it is. It must be multiplied by 3 u.",
    "grad_output_summed": "`grad_output` is summed. Each element belongs to its own element of u.",
    "derivative_halved": "The gradient is half of what it should be. The square's factor 2 cancels the half: P₂'(u) = "
    "3 u.",
    "derivative_doubled": "The gradient is twice what it should be. Half of 6 u is 3 u.",
    "function_sign": "The sign of the gradient is wrong.",
    "u_forgotten": "`* u` is forgotten: P₂'(u) = 3 u.",
    "three_forgotten": "The factor 3 is forgotten: P₂'(u) = 3 u.",
    "derivative_of_p3": "That is the derivative of P₃. P₂'(u) = 3 u.",
    "value_for_derivative": "`backward` multiplies by P₂ itself. The chain rule needs its derivative.",
    "power_for_derivative": "`backward` multiplies by 3 u². The power goes down by one: 3 u.",
}
