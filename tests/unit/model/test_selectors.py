import pytest

from kubestow.model.selectors import LabelSelector, NodeSelectorTerm, SelectorRequirement


def expression(text: str) -> SelectorRequirement:
    key, operator, *values = text.split()
    return SelectorRequirement(key, operator, tuple(values))


@pytest.mark.parametrize(
    ("text", "value", "matches"),
    [
        ("k In a b", "a", True),
        ("k In a b", "c", False),
        ("k In a b", None, False),
        ("k NotIn a", "b", True),
        ("k NotIn a", "a", False),
        ("k NotIn a", None, True),
        ("k Exists", "", True),
        ("k Exists", None, False),
        ("k DoesNotExist", None, True),
        ("k DoesNotExist", "", False),
        ("k Gt 3", "4", True),
        ("k Gt 3", "3", False),
        ("k Gt 3", "many", False),
        ("k Gt 3", "4.5", False),
        ("k Gt 3", None, False),
        ("k Lt 3", "2", True),
        ("k Lt 3", "-9", True),
        ("k Lt 3", "3", False),
        ("k Gt three", "4", False),
        ("k Gt 1 2", "4", False),
        ("k Gt 3", "9" * 30, False),
    ],
)
def test_an_expression_judges_a_label_value(text: str, value: str | None, matches: bool) -> None:
    labels = {} if value is None else {"k": value}
    assert expression(text).matches(labels) is matches


def test_the_expressions_of_a_selector_are_anded() -> None:
    selector = LabelSelector((expression("a In 1"), expression("b Exists")))
    assert selector.matches({"a": "1", "b": "x"})
    assert not selector.matches({"a": "1"})
    assert not selector.is_empty


def test_an_empty_selector_matches_everything() -> None:
    assert LabelSelector().matches({})
    assert LabelSelector().is_empty


@pytest.mark.parametrize(
    ("expressions", "fields", "matches"),
    [
        ([], [], False),
        (["zone In a"], [], True),
        (["zone In b"], [], False),
        ([], ["metadata.name In node-1"], True),
        ([], ["metadata.name NotIn node-1"], False),
        ([], ["metadata.name In node-1 node-2"], False),
        ([], ["metadata.uid In node-1"], False),
        ([], ["metadata.name Exists"], False),
        (["zone In a"], ["metadata.name In node-2"], False),
        (["zone In a"], ["metadata.name In node-1"], True),
        (["zone In"], [], False),
        (["zone NotIn"], [], False),
        (["zone Exists x"], [], False),
        (["other DoesNotExist"], [], True),
        (["cpu Gt 3"], [], True),
        (["cpu Gt three"], [], False),
        (["zone Is a"], [], False),
    ],
)
def test_a_node_selector_term_matches_only_what_the_scheduler_can_parse(
    expressions: list[str], fields: list[str], matches: bool
) -> None:
    term = NodeSelectorTerm(
        tuple(expression(text) for text in expressions), tuple(expression(text) for text in fields)
    )
    assert term.matches("node-1", {"zone": "a", "cpu": "4"}) is matches
