import pytest

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import wire
from kubestow.adapters.kubernetes.fields import (
    label_selector,
    nano,
    node_selector_terms,
    pairs,
    rounded_amounts,
    taints,
    tolerations,
)
from kubestow.adapters.kubernetes.wire import Selector, SelectorExpression, SelectorTerm
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.taints import Taint, Toleration


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [("500m", 5 * 10**8), (2, 2 * 10**9), (0.1, 10**8), (1e-9, 1), (1e22, None), (" 1Ki ", None)],
)
def test_a_quantity_may_be_text_or_a_number(
    quantity: str | int | float, expected: int | None
) -> None:
    found = nano(quantity, "f")
    assert expected is None or found == expected


@pytest.mark.parametrize("quantity", ["", "1 Gi", "12Q", "-1", -2, -0.5, float("nan")])
def test_a_quantity_that_cannot_be_meant_is_refused(quantity: str | int | float) -> None:
    with pytest.raises(FieldError) as caught:
        nano(quantity, "spec.cpu")
    assert caught.value.field == "spec.cpu"


def test_amounts_are_rounded_up_resource_by_resource() -> None:
    assert rounded_amounts({"memory": "1.5", "cpu": "0.1m", "pods": 0}, "f") == (
        ("cpu", 1),
        ("memory", 2),
    )
    assert rounded_amounts(None, "f") == ()


def test_labels_become_sorted_pairs() -> None:
    assert pairs({"b": "2", "a": "1"}) == (("a", "1"), ("b", "2"))
    assert pairs(None) == ()


def test_no_selector_is_not_the_empty_selector() -> None:
    assert label_selector(None, "f") is None
    assert label_selector(Selector(), "f") == LabelSelector()


def test_equal_selectors_are_equal_however_they_are_written() -> None:
    short = label_selector(Selector(match_labels={"a": "1", "b": "2"}), "f")
    long = label_selector(
        Selector(
            match_labels={"b": "2"},
            match_expressions=[
                SelectorExpression("a", "In", ["1", "1"]),
                SelectorExpression("a", "In", ["1"]),
            ],
        ),
        "f",
    )
    assert short == long
    assert short == LabelSelector(
        (SelectorRequirement("a", "In", ("1",)), SelectorRequirement("b", "In", ("2",)))
    )


@pytest.mark.parametrize(
    ("operator", "values", "field"),
    [
        ("Gt", ["1"], "f.matchExpressions[0].operator"),
        ("in", ["1"], "f.matchExpressions[0].operator"),
        ("In", [], "f.matchExpressions[0].values"),
        ("NotIn", None, "f.matchExpressions[0].values"),
        ("Exists", ["1"], "f.matchExpressions[0].values"),
    ],
)
def test_a_malformed_selector_expression_is_refused(
    operator: str, values: list[str] | None, field: str
) -> None:
    selector = Selector(match_expressions=[SelectorExpression("a", operator, values)])
    with pytest.raises(FieldError) as caught:
        label_selector(selector, "f")
    assert caught.value.field == field


def test_node_selector_terms_keep_expressions_and_fields_apart() -> None:
    selector = wire.NodeSelector(
        [
            SelectorTerm(
                [SelectorExpression("cpu", "Gt", ["4"])],
                [SelectorExpression("metadata.name", "In", ["n"])],
            ),
            SelectorTerm(),
        ]
    )
    terms = node_selector_terms(selector, "f")
    assert terms is not None
    assert terms[0].expressions == (SelectorRequirement("cpu", "Gt", ("4",)),)
    assert terms[0].fields == (SelectorRequirement("metadata.name", "In", ("n",)),)
    assert terms[1].is_empty
    assert node_selector_terms(None, "f") is None
    assert node_selector_terms(wire.NodeSelector(), "f") == ()


def test_taints_keep_their_order_and_tolerations_are_a_set() -> None:
    assert taints(
        [wire.TaintWire("b", "NoExecute"), wire.TaintWire("a", "NoSchedule", "1")], "f"
    ) == (
        Taint("b", "", "NoExecute"),
        Taint("a", "1", "NoSchedule"),
    )
    twice = [wire.TolerationWire(operator="Exists"), wire.TolerationWire("", "Exists", None, "")]
    assert tolerations(twice, "f") == (Toleration("", "Exists"),)
    assert tolerations([wire.TolerationWire("a", None, "1")], "f") == (
        Toleration("a", "Equal", "1"),
    )
