"""How results are compared with formulas, what the form of an answer must be, and that no two mistakes look alike."""

import numpy as np
import pytest
import torch

from polyfit_exercises import texts
from polyfit_exercises.checks import notebook_02, notebook_03, notebook_04, notebook_07, notebook_09
from polyfit_exercises.compare import Formulas, close, compare
from polyfit_exercises.form import (
    array_of,
    call,
    numbers_of,
    parts_of,
    require_class,
    require_returned,
    require_shape,
    require_unchanged,
)
from polyfit_exercises.trial import Mistake, NotTried

CASES = [{"x": np.array([0.5, -1.25])}, {"x": np.array([3.7, 2.2, -0.6])}, {"x": np.array([1.9])}]
CUBE = Formulas(
    ("x³",), right=lambda x: x**3, wrong={"square": lambda x: x**2, "more": (lambda x: x**4, lambda x: x**5)}
)


def findings(answer, formulas=CUBE, cases=CASES):
    return compare(cases, [answer(**case) for case in cases], formulas)


def names(answer, formulas=CUBE, cases=CASES):
    return [finding.name for finding in findings(answer, formulas, cases)]


def mistake(test, *arguments, **options):
    """Return name and details of the mistake that a test of the form raises."""
    with pytest.raises(Mistake) as raised:
        test(*arguments, **options)
    [finding] = raised.value.findings
    return finding.name, dict(finding.details)


# --- Numbers --------------------------------------------------------------------------------------------------------


def test_a_right_result_has_no_findings_whatever_its_rounding():
    assert names(lambda x: x * x * x) == names(lambda x: list(x**3 * (1 + 1e-12))) == []
    large = [{"x": 1e4 * case["x"]} for case in CASES]
    assert names(lambda x: x**3 * (1 + 1e-12), cases=large) == []


def test_a_wrong_formula_is_named_also_if_it_is_one_of_several():
    assert names(lambda x: x**2) == ["square"]
    assert names(lambda x: x**4) == names(lambda x: x**5) == ["more"]


def test_a_formula_must_fit_in_all_cases():
    assert names(lambda x: x**2 if len(x) > 1 else x) == ["other"]


def test_lost_digits_are_named():
    assert names(lambda x: np.trunc(x**3)) == ["rounded"]
    assert names(lambda x: (x**3).round(3)) == ["digits_cut"]
    assert names(lambda x: np.float32(x**3)) == ["float32"]


def test_a_wrong_formula_comes_before_lost_digits():
    formulas = CUBE._replace(wrong={"whole": lambda x: np.trunc(x**3)})
    assert names(lambda x: np.trunc(x**3), formulas) == ["whole"]


def test_right_for_the_example_only_comes_before_the_numbers():
    [finding] = findings(lambda x: x**3 if len(x) == 2 else 2 * x)
    assert (finding.name, finding.details["label"]) == ("right_for_the_example_only", "x³")


def test_a_constant_ratio_is_told_and_anything_else_with_the_numbers_of_the_example():
    [finding] = findings(lambda x: -2.5 * x**3)
    assert texts.worded(*finding) == (
        "x³ is always −2.5 times what it should be. For x = [0.5, −1.25] it should be [0.125, −1.953], but yours "
        "is [−0.3125, 4.883]."
    )
    [finding] = findings(lambda x: x + 1)
    assert texts.worded(*finding) == (
        "x³ is not right. For x = [0.5, −1.25] it should be [0.125, −1.953], but yours is [1.5, −0.25]."
    )


@pytest.mark.parametrize("strange", [float("nan"), float("inf")])
def test_what_is_no_number_is_never_right_nor_a_ratio(strange):
    assert names(lambda x: strange * x) == ["other"]


def test_a_small_sum_of_large_numbers_may_be_off_by_their_rounding():
    cases = [{"x": np.array([1e9, 1.0, -1e9])}, {"x": np.array([1e9, 2.0, -1e9])}]
    formulas = Formulas(("The sum",), right=lambda x: x.sum())
    assert [finding.name for finding in compare(cases, [1.001, 2.001], formulas)] == ["other"]
    assert compare(cases, [1.001, 2.001], formulas._replace(size=lambda x: np.abs(x).sum())) == []


def test_parts_with_the_same_mistake_share_a_sentence():
    formulas = Formulas(("x²", "x³", "x⁴"), right=lambda x: (x**2, x**3, x**4), wrong={"all": lambda x: (x, x, x)})
    [finding] = findings(lambda x: (x, x, x), formulas)
    assert (finding.name, finding.details["where"]) == ("all", "x², x³ and x⁴")
    rounded, other = findings(lambda x: ((x**2).round(2), (x**3).round(2), x), formulas)
    assert (rounded.name, rounded.details["where"]) == ("digits_cut", "x² and x³")
    assert (other.name, other.details["label"]) == ("other", "x⁴")
    [other] = findings(lambda x: (x**2, x + 1, x + 2), formulas)
    assert texts.worded(*other).endswith("but yours is [1.5, −0.25]. x⁴: not right either.")


def test_a_family_is_asked_about_all_parts_that_are_wrong_before_digits_are_counted():
    asked = []

    def family(received, sizes, wrong):
        asked.append((received.shape, sizes.shape, wrong))
        return {}

    formulas = Formulas(("x²", "x³", "x⁴"), right=lambda x: (x**2, x**3, x**4), family=family)
    assert names(lambda x: (x**2, np.float32(x**3), x), formulas) == ["float32", "other"]
    assert asked == [((3, 6), (3, 6), [1, 2])]


def test_numbers_of_another_shape_are_not_close_though_they_could_be_stretched():
    assert close([1.0, 1.0], [1.0, 1.0]) and not close([1.0, 1.0], 1.0) and not close([[1.0]], [1.0])
    assert not close(float("nan"), float("nan"))


# --- The exercises: no two wrong formulas look alike ----------------------------------------------------------------

RANDOM = np.random.default_rng(0)


def drawn(**shapes):
    return [{name: RANDOM.uniform(0.4, 1.6, shape) for name, shape in shapes.items()} for _ in range(3)]


MOMENTS = [
    notebook_09._case_of(x, RANDOM.normal(1.0, 2.0, 20), RANDOM.uniform(-1.5, -0.5, 4))
    for x in RANDOM.normal(size=(3, 20))
]
P3 = [case | {"x": RANDOM.uniform(-2, 2, 9), "y": RANDOM.normal(size=9)} for case in drawn(a=(), b=(), c=(), d=())]
EXERCISES = {
    "flat_errors": (
        notebook_02.FLAT_ERRORS,
        [{"column": RANDOM.normal(1.0, 3.0, (n, 1)), "y": RANDOM.normal(0.0, 3.0, n)} for n in (4, 5, 7)],
    ),
    "forward": (notebook_03.FORWARD, drawn(u=(3, 4))),
    "backward": (notebook_03.BACKWARD, drawn(u=(3, 4), grad_output=(3, 4))),
    "wave": (notebook_04.WAVE, drawn(a=(), b=(), c=(), d=(), x=5)),
    "p3": (notebook_07.p3_formulas(P3), P3),
    "powers": (notebook_09.X_POWERS, drawn(x=5)),
    "moments": (notebook_09.MOMENTS_GRADIENT, MOMENTS),
}


@pytest.mark.parametrize("key", EXERCISES)
def test_each_wrong_formula_is_named_by_its_own_name(key):
    formulas, cases = EXERCISES[key]
    assert names(formulas.right, formulas, cases) == []
    for name, alternatives in formulas.wrong.items():
        for formula in alternatives if isinstance(alternatives, tuple) else (alternatives,):
            assert names(formula, formulas, cases) == [name]


# --- The form of an answer ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [np.array, torch.tensor])
def test_a_change_in_place_is_noticed_in_arrays_and_tensors_also_one_of_the_shape(made):
    before = {"x": np.array([[1.0], [2.0]]), "y": np.array([3.0, 4.0])}
    require_unchanged(before, {name: made(value) for name, value in before.items()})
    for change in (lambda y: y * 2, lambda y: y.reshape(2, 1), lambda y: y + float("nan")):
        after = {"x": made(before["x"]), "y": change(made(before["y"]))}
        assert mistake(require_unchanged, before, after) == ("changed_in_place", {"name": "y"})


def test_an_answer_gets_copies_and_must_leave_them_as_they_are():
    case = {"x": np.array([1.0, 2.0]), "a": 3.0}

    def changing(x, a):
        x *= a

    assert call(lambda x, a: (x * a).tolist(), case) == [3.0, 6.0]
    assert mistake(call, changing, case) == ("changed_in_place", {"name": "x"})
    assert case["x"].tolist() == [1.0, 2.0]


def test_nothing_and_a_generator_are_no_results_but_a_generator_expression_is_no_yield():
    def generator():
        yield 1

    assert mistake(require_returned, None)[0] == "not_returned"
    assert mistake(require_returned, generator())[0] == "yield_for_return"
    require_returned(one for one in [1])


@pytest.mark.parametrize("made", [np.zeros, torch.zeros])
def test_a_shape_is_told_with_the_letter_n_and_may_tell_how_it_came_about(made):
    known = {"(N, N)": "pairs", "(N · N,)": "pairs"}
    require_shape(made((5,)), (5,), "not_flat", points=5, known=known)
    for shape, name, written in (
        ((5, 5), "pairs", "(N, N)"),
        ((25,), "pairs", "(N · N,)"),
        ((5, 2), "not_flat", "(N, 2)"),
        ((), "not_flat", "()"),
    ):
        found = mistake(require_shape, made(shape), (5,), "not_flat", points=5, label="It", known=known)
        assert found == (name, {"label": "It", "shape": written, "expected": "(N,)"})


def test_arrays_tensors_and_numbers_are_read_alike():
    leaf = torch.tensor([1.0, 2.0], requires_grad=True)
    for part in (leaf, np.float32([1, 2]), [1, 2], (1.0, np.float64(2))):
        assert array_of(part, "It").tolist() == [1.0, 2.0] and array_of(part, "It").dtype == float
    for part in ("1", [None], 1j, object(), [[1], [1, 2]]):
        assert mistake(array_of, part, "It")[0] == "not_a_number"


def test_what_has_no_parts_is_one_itself():
    assert (
        parts_of((1, 2)) == parts_of([1, 2]) == parts_of(np.array([1, 2])) == parts_of(torch.tensor([1, 2])) == [1, 2]
    )
    assert parts_of(3.0) == [3.0] and parts_of(np.array(3.0)) == [3.0] and parts_of("ab") == ["ab"]


@pytest.mark.parametrize("made", [np.array, torch.tensor])
def test_numbers_are_counted_and_each_must_be_one(made):
    labels = ["p", "q"]
    assert numbers_of(made([1.0, 2.0]), labels, 5).tolist() == numbers_of((made(1.0), 2), labels, 5).tolist() == [1, 2]
    for result, name in (
        (made([1.0, 2.0, 3.0]), "wrong_number"),
        (made([[1.0], [2.0]]), "result_shape"),
        (made(np.ones((2, 5)).tolist()), "not_reduced"),
        ((made([1.0]), 2.0), "shape"),
        ((made([1.0] * 5), 2.0), "not_reduced"),
        ({"p": 1.0, "q": 2.0}, "no_numbers"),
        ("12", "no_numbers"),
        (("1", 2.0), "not_a_number"),
    ):
        assert mistake(numbers_of, result, labels, 5)[0] == name


def test_a_class_is_needed_neither_an_instance_nor_anything_else():
    require_class(bool, int, "instance", "other")
    assert mistake(require_class, 3, int, "instance", "other") == ("instance", {"got": "3"})
    assert mistake(require_class, str, int, "instance", "other") == ("other", {"got": "the class str"})
    for placeholder in (None, ...):
        with pytest.raises(NotTried):
            require_class(placeholder, int, "instance", "other")
