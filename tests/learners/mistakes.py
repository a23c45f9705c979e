"""Mistakes in loops: which rules of the grammar they change, and what may truly be said of them.

In a change, `<right>` is what stood there. `$` is the letter of the parameter that the mistake is about, and `#` that
of the next one. Of what is said, `name:detail=words` asks for these words, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Mistake(NamedTuple):
    """A mistake that somebody can make in the styles that have all words of `needs`, and none after a `-`."""

    says: str  # names of findings that are true of it; what is always honest is not repeated, see `judge`
    needs: str
    changes: Mapping[str, str]
    later: str = ""  # names that are true beside `changes_later` where it begins later
    turns: str = ""  # names that are true where it is there in every other iteration, or every third
    partly: str | None = None  # names that are true where it is made for one parameter; None: it cannot be
    whenever: bool = True  # whether it can begin later
    hides: bool = False  # whether the real problem may not show it
    data: bool = False  # whether few points may not show it
    dear: bool = False  # takes long


def descent(says: str, change: str, needs: str = "", **more) -> Mistake:
    """Return a mistake in what an update takes away; it can be made for a single parameter, too."""
    return Mistake(says, f"{needs} -optimizer", {"descent_$": change}, **{"partly": "", **more})


def lines(*lines: str) -> str:
    return "\n".join(lines)


STEPS = [
    descent("uphill", "-<right>"),
    descent("steps_halved", "0.5 * <right>", later="rate_changes", turns="rate_changes"),
    descent("steps_doubled", "2 * <right>", later="rate_changes", turns="rate_changes"),
    descent("rate_scaled:factor=3", "3 * <right>", later="rate_changes", turns="rate_changes"),
    descent("rate_scaled:factor=1.01", "1.01 * <right>", later="rate_changes", turns="rate_changes"),
    descent("uphill rate_scaled:factor=0.1", "-0.1 * <right>"),
    descent("rate_changes", "<right> / (1 + t)", partly=None),
    descent("rate_changes", "0.99 ** t * <right>", partly=None),
    descent(
        "never_moves",
        "0 * <right>",
        later="some_never_move",
        turns="rate_changes yields_twice",
        partly="some_never_move:where=$",
    ),
    descent("weight_decay:factor=0.001", "(<right> + 1e-3 * <it_$>)", partly=None),
    descent("weight_decay:factor=0.2", "(<right> + 0.2 * <it_$>)", partly=None),
    descent("weight_decay", "(<right> + 1e-7 * <it_$>)", partly=None, hides=True),
    descent("penalty_absolute:factor=0.1", "(<right> + 0.1 * <sign>(<it_$>))", "numpy", partly=None),
    descent("clipped:limit=2 not_descent", "<clip>(<right>, -2, 2)", "numpy", data=True),
    descent("clipped:limit=40 not_descent", "<clip>(<right>, -40, 40)", data=True),
    descent("clipped:limit=0.01 not_descent", "<clip>(<right>, -0.01, 0.01)", data=True),
    descent("clipped not_descent", "<clip>(<right>, -1000, 1000)", data=True),
    descent("not_descent", "<sign>(<right>)"),
    descent("", "(<right>) ** 3"),
    descent("", "(<right> + 1e-3 * <noise_$>)"),
    descent("float32", "<right> * (1 + 2e-7 * <noise_$>)", partly="float32", later="float32", turns="float32"),
    descent(
        "float32",
        "<right> * (1 + 1e-9 * <noise_$>)",
        partly="float32",
        later="float32",
        turns="float32",
        hides=True,
    ),
    descent("float32", "<single>(<right>)", partly="float32", later="float32", turns="float32"),
    descent("", "<round>(<right>)"),
    descent("rate_changes rate_scaled", "<right> * (1 + 0.1 * loss / (1 + loss))"),
    descent("rate_changes", "<right> * min(1, 100 / loss)", partly=None, data=True),
    descent("no_gradient_in_it steps_alike", "<right> ** 0", partly=None, turns="not_descent"),
    descent("mean_for_sum", "<right> / len(x)", "sum", later="rate_changes", turns="rate_changes"),
    descent("mean_twice", "<right> / len(x)", "mean", later="rate_changes", turns="rate_changes"),
    descent("sum_for_mean", "<right> * len(x)", "mean", later="rate_changes", turns="rate_changes"),
    descent("points_fixed:points=50", "<right> * (50 / len(x))", "sum", later="rate_changes", turns="rate_changes"),
    descent("points_fixed:points=2000", "<right> * len(x) / 2000", "mean", hides=True, whenever=False),
    descent(
        "steps_halved mean_for_sum",
        "<right> / (2 * len(x))",
        "sum",
        partly=None,
        later="rate_changes",
        turns="rate_changes",
    ),
    Mistake("rate_ignored", "-momentum", {"rate": "1e-6"}, hides=True, whenever=False),
    Mistake("rate_ignored", "", {"rate": "1e-3"}, whenever=False),
    Mistake("rate_twice rate_squared rate_changes", "", {"rate": "<right> ** 2"}, whenever=False),
    Mistake("rate_changes", "-optimizer", {"rate": "max(<right> * 0.9 ** t, 1e-12)"}, whenever=False),
    # With another one's gradient, or an older one.
    Mistake("anothers_step", "vector hand", {"gradient": "(<right>)[[1, 0, *range(2, <size>)]]"}),
    Mistake("anothers_step:where=$_moves", "hand each", {"gradient_$": "<gradient_#>"}),
    Mistake("anothers_step:where=$_moves", "backward each", {"descent_$": "#.grad"}),
    Mistake(
        "rate_scaled:factor=0.3",
        "hand each",
        {"gradient_$": "0.3 * <right>"},
        later="rate_changes",
        turns="rate_changes",
        partly="",
    ),
    Mistake("steps_alike", "hand each", {"gradient_$": "(slope * x ** 4).sum()"}),
    Mistake("steps_alike", "hand each", {"gradient_$": "(error * x).sum() ** 2"}),
    Mistake(
        "old_gradient",
        "vector -optimizer -momentum",
        {
            "beforehand": lines("<right>", "kept = []"),
            "descent_$": "(kept.append(1 * <right>) or kept[max(len(kept) - 2, 0)])",
        },
        whenever=False,
    ),
    Mistake(
        "start_gradient",
        "vector -optimizer -momentum",
        {"beforehand": lines("<right>", "kept = []"), "descent_$": "(kept.append(1 * <right>) or kept[0])"},
        whenever=False,
    ),
    Mistake(
        "added_up",
        "vector -optimizer -momentum",
        {"beforehand": lines("<right>", "kept = []"), "descent_$": "(kept.append(1 * <right>) or sum(kept))"},
        whenever=False,
    ),
    Mistake(
        "",
        "vector -optimizer -momentum",
        {"beforehand": lines("<right>", "kept = []"), "descent_$": "(kept.append(1 * <right>) or sum(kept[-2:]))"},
        whenever=False,
    ),
    Mistake(
        "added_up rate_changes",
        "vector -optimizer -momentum",
        {
            "beforehand": lines("<right>", "kept = []"),
            "descent_$": "(kept.append(1 * <right>) or sum(kept) / len(kept))",
        },
        whenever=False,
    ),
    Mistake(
        "velocity_there",
        "vector -optimizer -momentum",
        {"beforehand": lines("<right>", "v = 0"), "descent_$": "(v := 0.9 * v + <right>)"},
        whenever=False,
    ),
    Mistake(
        "first_step_missing old_gradient",
        "vector -optimizer -momentum",
        {
            "beforehand": lines("<right>", "kept = []"),
            "descent_$": "(kept.append(1 * <right>) or (kept[-2] if kept[1:] else 0))",
        },
        whenever=False,
    ),
    # Steps of small parts of the points.
    Mistake(
        "points_left_out right_for_few_points",
        "vector hand sum",
        {"gradient": "X[:, 1:] @ error[1:] * 2"},
        data=True,
        whenever=False,
    ),
    Mistake(
        "points_left_out right_for_few_points",
        "vector hand sum",
        {"gradient": "X[:, ::2] @ error[::2] * 2"},
        data=True,
        whenever=False,
    ),
    Mistake(
        "points_left_out right_for_few_points",
        "vector hand sum",
        {"gradient": "X[:, :1000] @ error[:1000] * 2"},
        data=True,
        whenever=False,
    ),
    Mistake(
        "mini_batches",
        "vector hand sum",
        {"gradient": "X[:, t % 2::2] @ error[t % 2::2] * 2"},
        data=True,
        whenever=False,
    ),
    Mistake(
        "mini_batches right_for_few_points",
        "vector hand sum",
        {"gradient": "X[:, (k := np.arange(t * 32, t * 32 + 32) % len(x))] @ error[k] * 2 if len(x) > 32 else <right>"},
        data=True,
        whenever=False,
    ),
    Mistake(
        "right_for_few_points mini_batches",
        "vector autograd",
        {"error": "(<right>)[torch.randperm(len(x))[:100]]", "loss": "(error ** 2).sum()"},
        data=True,
        whenever=False,
    ),
]

MOMENTUM = [
    Mistake("no_momentum", "momentum", {"velocity_$": "<descent_$>"}, partly=""),
    Mistake("no_momentum", "momentum", {"moved_$": "<descent_$>"}, partly=""),
    Mistake("averaged", "momentum", {"velocity_$": "momentum * <v_$> + (1 - momentum) * <descent_$>"}, partly=""),
    Mistake("kept_whole", "momentum", {"velocity_$": "<v_$> + momentum * <descent_$>"}, partly=""),
    Mistake(
        "added_up",
        "momentum",
        {"velocity_$": "<v_$> + <descent_$>"},
        partly="some_added_up:where=$",
        later="added_up some_added_up",
    ),
    Mistake("velocity_reversed", "momentum", {"velocity_$": "<descent_$> - momentum * <v_$>"}, partly=""),
    Mistake("momentum_on_both", "momentum", {"velocity_$": "momentum * (<v_$> + <descent_$>)"}, partly=""),
    Mistake("momentum_complement", "momentum", {"velocity_$": "(1 - momentum) * <v_$> + <descent_$>"}, partly=""),
    Mistake("velocity_added", "momentum", {"velocity_$": "<v_$> + momentum * <v_$> + <descent_$>"}, partly=""),
    Mistake("momentum_fixed", "momentum", {"velocity_$": "0.9 * <v_$> + <descent_$>"}, partly=""),
    Mistake("momentum_fixed", "momentum", {"velocity_$": "0.77 * <v_$> + <descent_$>"}, partly=""),
    Mistake("", "momentum", {"velocity_$": "momentum ** 2 * <v_$> + <descent_$>"}, partly=""),
    Mistake("ahead", "momentum", {"moved_$": "(momentum * <v_$> + <descent_$>)"}, partly=""),
    Mistake(
        "rate_twice",
        "momentum",
        {"velocity_$": "momentum * <v_$> + learning_rate * <descent_$>"},
        partly="",
        later="rate_changes rate_twice",
    ),
    Mistake("rate_scaled:factor=1.5", "momentum", {"velocity_$": "momentum * <v_$> + <descent_$> * 1.5"}, partly=""),
    Mistake("velocity_late", "momentum each", {"update": "@$ -= <rate> * <moved_$>\n@<v_$> = <velocity_$>"}),
    Mistake("velocity_late", "momentum vector", {"update": "w = w - <rate> * <moved_$>\nvelocity = <velocity_$>"}),
    Mistake(
        "velocity_shared",
        "momentum each",
        {
            "v_$": "velocity",
            "update": "@velocity = <velocity_$>; $ -= <rate> * <moved_$>",
            "beforehand": "velocity = 0.0",
        },
    ),
    Mistake("velocity_shared steps_alike", "momentum each", {"v_$": "velocity_a"}),
]

AUTOGRAD = [
    Mistake("added_up", "backward", {"reset": "if not (<when>):\n    <right>"}, later="added_up", turns="reset_seldom"),
    Mistake("some_added_up:where=$", "backward loop", {"reset": "if parameter is not $:\n    <right>"}),
    Mistake(
        "added_up", "optimizer", {"reset": "if not (<when>):\n    <right>"}, later="added_up", turns="reset_seldom"
    ),
    Mistake("never_moves no_gradient", "autograd backward", {"call": "<right>\n<reset>"}, whenever=False),
    Mistake("never_moves", "optimizer", {"learn": "<reset>\n<call>\n<reset>\n<step>"}, whenever=False),
    Mistake("never_moves no_gradient", "autograd -grad -func", {"call": "pass"}, whenever=False),
    Mistake("never_moves", "optimizer", {"step": "pass"}, whenever=False, later="some_never_move"),
    Mistake("no_brackets", "autograd -grad -func", {"call": "loss.backward"}, whenever=False),
    Mistake("no_brackets", "optimizer", {"step": "optimizer.step"}, whenever=False),
    Mistake("no_brackets added_up", "optimizer", {"reset": "optimizer.zero_grad"}, whenever=False),
    Mistake(
        "steps_doubled", "autograd -grad -func", {"call": "loss.backward(retain_graph=True)\n<right>"}, whenever=False
    ),
    Mistake("second_backward", "autograd -grad -func", {"call": "loss.backward()\n<right>"}, whenever=False),
    Mistake(
        "old_gradient first_step_missing step_before_backward",
        "optimizer",
        {"learn": "<step>\n<reset>\n<call>"},
        whenever=False,
    ),
    Mistake("step_before_backward first_step_missing", "optimizer", {"learn": "<step>\n<call>"}, whenever=False),
    Mistake("no_no_grad", "vector backward", {"learn": "<call>\nw -= <rate> * <descent_$>\n<reset>"}, whenever=False),
    Mistake(
        "rebound",
        "vector backward",
        {"learn": "<call>\nwith torch.no_grad():\n    w = w - <rate> * <descent_$>\n<reset>"},
        whenever=False,
    ),
    Mistake(
        "never_moves",
        "backward loop",
        {
            "learn": "<call>\nwith torch.no_grad():\n    for parameter in (<letters>):\n"
            "        parameter = parameter - <rate> * <descent_$>\n        <reset>"
        },
        whenever=False,
    ),
    Mistake(
        "graph_cut",
        "autograd -func",
        {"loss": "(<right>).detach()"},
        later="graph_cut item_too_early number_too_early",
        turns="graph_cut item_too_early number_too_early",
    ),
    Mistake(
        "graph_cut",
        "autograd -func",
        {"y_pred": "(<right>).detach()"},
        later="graph_cut item_too_early number_too_early",
        turns="graph_cut item_too_early number_too_early",
    ),
    Mistake("graph_cut no_leaf made_plain", "autograd -module -func", {"leaf": ""}, whenever=False),
    Mistake(
        "item_too_early number_too_early graph_cut",
        "autograd -func",
        {"loss": "(<right>).item()"},
        later="graph_cut item_too_early number_too_early",
        turns="graph_cut item_too_early number_too_early",
    ),
    Mistake(
        "loss_wrapped no_gradient graph_cut never_moves",
        "autograd -grad -func",
        {"call": "torch.tensor(loss.item(), requires_grad=True).backward()"},
        whenever=False,
    ),
    Mistake(
        "dtypes_mixed float32 start_rounded",
        "torch vector",
        {"tensors": "torch.tensor(start, device=x.device<leaf>)"},
        whenever=False,
    ),
    Mistake(
        "float32 start_rounded",
        "torch letters",
        {"tensor": "torch.tensor(value, device=x.device<leaf>)"},
        whenever=False,
    ),
    Mistake(
        "half_precision start_rounded",
        "torch letters",
        {"tensor": "torch.tensor(value, device=x.device, dtype=torch.bfloat16<leaf>)"},
        whenever=False,
    ),
    Mistake("other_optimizer velocity_there", "optimizer", {"settings": ", momentum=0.9"}),
    Mistake("other_optimizer first_step_scaled", "optimizer", {"settings": ", momentum=0.5, nesterov=True"}),
    Mistake("other_optimizer", "optimizer", {"settings": ", momentum=0.5, dampening=0.3"}),
    Mistake("other_optimizer weight_decay:factor=0.01", "optimizer", {"settings": ", weight_decay=0.01"}),
    Mistake("uphill other_optimizer", "optimizer", {"settings": ", maximize=True"}),
    *(
        Mistake("other_optimizer not_descent", "optimizer", {"kind": kind})
        for kind in ("Adam", "AdamW", "RMSprop", "Adagrad", "NAdam", "Adamax", "RAdam", "ASGD", "Rprop", "Adadelta")
    ),
    Mistake(
        "optimizer_elsewhere",
        "optimizer module -linear",
        {"optimizer": "<right>\nmodel = __import__('copy').deepcopy(model)"},
    ),
    Mistake(
        "optimizer_elsewhere",
        "optimizer letters -module",
        {"optimized": "[one.detach().clone().requires_grad_() for one in (<letters>)]"},
    ),
    Mistake(
        "some_never_move:where=$",
        "optimizer letters -module",
        {"optimized": "[one for one in (<letters>) if one is not $]"},
    ),
    Mistake(
        "some_never_move:where=$",
        "optimizer letters module",
        {"optimized": "[one for one in model.parameters() if one is not model.$]"},
    ),
    Mistake(
        "rate_changes first_step_scaled right_for_few_points",
        "optimizer",
        {"step": "torch.nn.utils.clip_grad_norm_(<moved>, 10.0)\n<right>"},
        data=True,
    ),
    Mistake(
        "clipped:limit=2 not_descent",
        "optimizer",
        {"step": "torch.nn.utils.clip_grad_value_(<moved>, 2.0)\n<right>"},
        data=True,
    ),
    Mistake(
        "schedule rate_changes",
        "optimizer",
        {
            "optimizer": "<right>\nschedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.99)",
            "step": "<right>\nschedule.step()",
        },
    ),
    Mistake(
        "schedule rate_changes changes_later",
        "optimizer",
        {
            "optimizer": "<right>\nschedule = torch.optim.lr_scheduler.StepLR(optimizer, 40, 0.5)",
            "step": "<right>\nschedule.step()",
        },
    ),
    Mistake(
        "schedule rate_changes changes_later",
        "optimizer",
        {
            "optimizer": "<right>\n<late_schedule>",
            "step": "<right>\nschedule.step()",
        },
    ),
    Mistake(
        "rate_changes changes_later",
        "optimizer",
        {"step": "optimizer.param_groups[0]['lr'] *= 0.5 if <when> else 1\n<right>"},
        later="rate_changes",
        turns="rate_changes",
    ),
]

# The forward pass. What its own gradient follows, autograd's, is descent on something else.
FORWARD = [
    Mistake("forward_sign:letter=$", "", {"y_pred": "(<right> - 2 * <own_$> * <power_$>)"}),
    Mistake("forward_term_missing:letter=$ some_never_move", "-func", {"y_pred": "(<right> - <own_$> * <power_$>)"}),
    Mistake("forward_wrong_power:letter=$", "", {"y_pred": "(<right> - <own_$> * <power_$> + <own_$> * <power_#>)"}),
    Mistake("forward_reversed_order", "vector", {"y_pred": "<reversed>"}),
    Mistake("forward_powers_shifted", "", {"y_pred": "(<right>) * x"}),
    Mistake("", "", {"y_pred": "(<right> + 1)"}),
    Mistake("", "", {"y_pred": "1.05 * (<right>)"}),
    Mistake("forward_scaled", "", {"data": "<right>\nx = x / 3.141592653589793"}, whenever=False),
    Mistake("forward_scaled", "", {"data": "<right>\nx = (x - x.mean()) / x.std()"}, whenever=False),
    Mistake("forward_scaled", "", {"data": "<right>\ny = y - y.mean()"}, whenever=False, hides=True),
    Mistake(
        "forward_own_data",
        "numpy",
        {"data": "x = np.linspace(-np.pi, np.pi, 2000)\ny = np.sin(x)"},
        whenever=False,
        hides=True,
    ),
    Mistake(
        "forward_own_data",
        "torch",
        {"data": "x = torch.linspace(-torch.pi, torch.pi, 2000, dtype=torch.float64)\ny = torch.sin(x)"},
        whenever=False,
        hides=True,
    ),
    Mistake("points_left_out", "", {"data": "x, y = data.x[::2], data.y[::2]"}, whenever=False, data=True),
    Mistake(
        "points_left_out right_for_few_points",
        "",
        {"data": "x, y = data.x[:1000], data.y[:1000]"},
        whenever=False,
        data=True,
    ),
    Mistake(
        "right_for_few_points points_left_out mini_batches",
        "numpy",
        {"data": "x, y = data.x[:500], data.y[:500]"},
        whenever=False,
        data=True,
    ),
    Mistake("forward_y_missing", "", {"error": "y_pred", "loss": "(error ** 2).<reduced>()"}),
    Mistake("forward_added", "", {"error": "y_pred + y", "loss": "(error ** 2).<reduced>()"}),
    Mistake(
        "float32", "numpy", {"data": "x, y = data.x.astype(np.float32), data.y.astype(np.float32)"}, whenever=False
    ),
    Mistake(
        "float32 start_rounded", "torch letters", {"data": "x, y = data.x.float(), data.y.float()"}, whenever=False
    ),
]

GRADIENTS = [  # by hand
    Mistake("steps_halved", "hand", {"factor": "1"}, later="rate_changes", turns="rate_changes"),
    Mistake("steps_doubled", "hand", {"factor": "4"}, later="rate_changes", turns="rate_changes"),
    Mistake("uphill", "hand", {"factor": "-2"}),
    Mistake("rate_scaled:factor=1.5", "hand", {"factor": "3"}, later="rate_changes", turns="rate_changes"),
    Mistake("uphill", "hand", {"slope": "(y - y_pred)"}),
    Mistake("", "hand", {"slope": "y_pred"}),
    Mistake("", "hand", {"slope": "error ** 2"}),
    Mistake("", "hand", {"slope": "abs(error)"}),
    Mistake("", "hand", {"slope": "error ** 3"}),
    Mistake("", "hand", {"slope": "(error > 0) * 1.0"}),
    Mistake(
        "mean_for_sum",
        "hand sum each",
        {"gradient_$": "(slope<times_$>).mean()"},
        later="rate_changes",
        turns="rate_changes",
        partly="",
    ),
    Mistake(
        "sum_for_mean",
        "hand mean each",
        {"gradient_$": "(slope<times_$>).sum()"},
        later="rate_changes",
        turns="rate_changes",
        partly="",
    ),
    Mistake("anothers_step steps_alike", "hand each", {"gradient_$": "slope.sum()"}),
    Mistake("anothers_step", "hand each", {"gradient_$": "(slope<times_$> * x).sum()"}),
]

LOSS = [  # by hand it is only shown
    Mistake("steps_halved", "autograd", {"loss": "<right> / 2"}, later="rate_changes", turns="rate_changes"),
    Mistake("loss_halved", "hand", {"loss": "<right> / 2"}),
    Mistake("rate_scaled:factor=3", "autograd", {"loss": "3 * <right>"}, later="rate_changes", turns="rate_changes"),
    Mistake(
        "mean_for_sum loss_is_mean_at_start",
        "autograd sum",
        {"loss": "<right> / len(x)"},
        later="rate_changes",
        turns="rate_changes",
    ),
    Mistake("mean_twice", "autograd mean", {"loss": "<right> / len(x)"}, later="rate_changes", turns="rate_changes"),
    Mistake(
        "sum_for_mean loss_is_sum_at_start",
        "autograd mean",
        {"loss": "<right> * len(x)"},
        later="rate_changes",
        turns="rate_changes",
    ),
    Mistake("loss_is_mean loss_is_mean_at_start", "hand sum", {"loss": "<right> / len(x)"}),
    Mistake("loss_is_sum loss_is_sum_at_start", "hand mean", {"loss": "<right> * len(x)"}),
    Mistake("loss_root", "autograd", {"loss": "(<right>) ** 0.5"}, later="rate_changes", turns="rate_changes"),
    Mistake("", "hand", {"loss": "(<right>) ** 0.5"}),
    Mistake("uphill", "autograd", {"loss": "-<right>"}),
    Mistake("", "", {"loss": "<right> + 1"}),
    Mistake("loss_power", "", {"loss": "(error ** 4).<reduced>()"}),
    Mistake("loss_absolute", "", {"loss": "abs(error).<reduced>()"}),
    Mistake("loss_of_sum", "", {"loss": "error.<reduced>() ** 2"}),
    Mistake("loss_not_squared", "", {"loss": "error.<reduced>()"}),
    Mistake(
        "loss_smooth",
        "autograd",
        {"loss": "torch.nn.functional.smooth_l1_loss(y_pred, y, reduction=<reduction>)"},
        later="rate_changes",
        turns="rate_changes",
    ),
    Mistake(
        "loss_smooth",
        "autograd",
        {"loss": "torch.nn.functional.huber_loss(y_pred, y, reduction=<reduction>)"},
        later="rate_changes",
        turns="rate_changes",
    ),
    Mistake("rate_changes", "autograd", {"loss": "torch.log(<right>)"}, turns="rate_changes"),
    Mistake("weight_decay:factor=0.002", "autograd vector -module", {"loss": "<right> + 1e-3 * (w ** 2).sum()"}),
    Mistake(
        "weight_decay:factor=0.2",
        "autograd letters -module",
        {"loss": "<right> + 0.1 * sum(one ** 2 for one in (<letters>))"},
    ),
    Mistake("penalty_absolute:factor=0.3", "autograd vector -module", {"loss": "<right> + 0.3 * w.abs().sum()"}),
    Mistake(
        "broadcast loss_broadcast",
        "autograd sum",
        {"error": "y_pred[:, None] - y", "loss": "(error ** 2).sum()"},
        dear=True,
    ),
    Mistake("loss_broadcast", "hand sum vector", {"loss": "((y_pred[:, None] - y) ** 2).sum()"}, dear=True),
]

SHOWN = [
    Mistake("loss_halved", "", {"shown": "loss / 2"}),
    Mistake("loss_rounded", "", {"shown": "round(float(loss), 3)"}),
    Mistake("loss_float32", "numpy", {"shown": "np.float32(loss)"}),
    Mistake("loss_float32", "torch", {"shown": "loss.float()"}),
    Mistake("loss_is_mean loss_is_mean_at_start", "sum", {"shown": "loss / len(x)"}),
    Mistake("loss_is_sum loss_is_sum_at_start", "mean", {"shown": "loss * len(x)"}),
    Mistake("", "", {"shown": "loss ** 0.5"}),
    Mistake("", "", {"shown": "0.0"}),
    Mistake("", "", {"shown": "loss + 1e-6"}),
    Mistake("start_reversed", "letters -module", {"state": "[<letters>][::-1]"}, whenever=False),
    Mistake("wrong_number_of_parameters", "letters -module", {"state": "[<letters>][:-1]"}, whenever=False),
    Mistake(
        "start_rounded parameters_rounded",
        "letters numpy",
        {"state": "[round(one, 3) for one in (<letters>)]"},
        whenever=False,
    ),
    Mistake("start_ignored", "letters numpy", {"parameters": "<letters> = [0.1] * <size>"}, whenever=False),
    Mistake("start_ignored", "vector numpy", {"parameters": "w = np.zeros(<size>)"}, whenever=False),
    Mistake(
        "start_ignored",
        "torch -linear",
        {"tensor": "torch.randn((), dtype=x.dtype<leaf>)", "tensors": "torch.randn(<size>, dtype=x.dtype<leaf>)"},
        whenever=False,
    ),
    Mistake(
        "integer_start", "letters numpy", {"parameters": "<letters> = (int(value) for value in start)"}, whenever=False
    ),
    Mistake("integer_start", "vector numpy", {"parameters": "w = np.array(start).astype(int)"}, whenever=False),
]

ORDER = [
    Mistake("yields_late start_ignored loss_early", "", {"iteration": "<forward>\n<learn>\n<yield>"}, whenever=False),
    Mistake("yields_late start_ignored", "", {"iteration": "<forward>\n<learn>\n<forward>\n<yield>"}, whenever=False),
    Mistake("yields_twice", "", {"yield": "<right>\n<right>"}, whenever=False),
    Mistake("yields_seldom:every=10", "", {"yield": "if t % 10 == 0:\n    <right>"}, whenever=False),
    Mistake("yields_every_other", "", {"iteration": "<forward>\n<yield>\n<learn>\n<forward>\n<learn>"}, whenever=False),
    Mistake("ends", "", {"while": "for t in range(5):"}, whenever=False),
    Mistake("ends", "", {"while": "for t in range(1500):"}, whenever=False),
    Mistake("no_training_loop no_axes", "", {"yield": "return loss"}, whenever=False),
    Mistake("", "", {"learn": "<right>\nif <when> and t > 0: raise ValueError('enough')"}),
    Mistake("", "", {"learn": "<right>\nif <when> and t > 0: raise SystemExit"}),
]
ALL = [*STEPS, *MOMENTUM, *AUTOGRAD, *FORWARD, *GRADIENTS, *LOSS, *SHOWN, *ORDER]
