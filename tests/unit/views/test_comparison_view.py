"""A comparison's view: its bound, its options in order, and input that could not be read."""

from kubestow.model.input_error import InputProblem
from kubestow.model.option import Comparison
from kubestow.model.plan import LowerBound
from kubestow.views.comparison_view import comparison_view
from kubestow.views.settings import Settings

from ..report.html.samples import option


def test_options_keep_their_order_and_the_bound_is_in_usd() -> None:
    options = (option("dear", 0.2), option("cheap", 0.1, 9))
    comparison = Comparison(options, LowerBound(90_000_000, "L2"), 10, ("assumed",))
    view = comparison_view(comparison, "test-1", ("a list",), Settings(hours_per_month=100.0))
    assert [(item.id, item.runs_all) for item in view.options] == [("dear", True), ("cheap", False)]
    assert (view.bound.usd_per_hour, view.bound.rung) == (0.09, "L2")
    assert view.hours_per_month == 100
    assert view.errors == ()


def test_input_that_could_not_be_read_is_said() -> None:
    problem = InputProblem("f.yaml", "", "", "wrong", "mend it")
    view = comparison_view(
        Comparison((), LowerBound(0, "L1"), 0), "test-1", (), Settings(), [problem]
    )
    assert [error.file for error in view.errors] == ["f.yaml"]
