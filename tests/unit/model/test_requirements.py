import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubestow.model.labels import ARCH, ZONE
from kubestow.model.requirements import (
    Requirement,
    RequirementError,
    Requirements,
    parse_int,
    requirement,
)

INT64_MAX = 2**63 - 1
VALUES = ["", "a", "b", "1", "2", "3", "7", "-5", "x1"]


@pytest.mark.parametrize(
    ("operator", "values", "allowed"),
    [
        ("In", ["a", "1"], {"a", "1"}),
        ("NotIn", ["a", "1"], {"", "b", "2", "3", "7", "-5", "x1"}),
        ("Exists", [], set(VALUES)),
        ("DoesNotExist", [], set()),
        ("Gt", ["2"], {"3", "7"}),
        ("Gte", ["2"], {"2", "3", "7"}),
        ("Lt", ["2"], {"1", "-5"}),
        ("Lte", ["2"], {"1", "2", "-5"}),
        ("Gt", [str(INT64_MAX)], set()),
        ("Lt", [str(-INT64_MAX - 1)], set()),
    ],
)
def test_an_operator_allows_these_values(
    operator: str, values: list[str], allowed: set[str]
) -> None:
    made = requirement("k", operator, values)
    assert {v for v in VALUES if made.has(v)} == allowed


@pytest.mark.parametrize(
    ("operator", "values", "message"),
    [
        ("In", [], "at least one value"),
        ("Exists", ["a"], "takes no values"),
        ("DoesNotExist", ["a"], "takes no values"),
        ("Gt", [], "exactly one integer"),
        ("Gt", ["1", "2"], "exactly one integer"),
        ("Lt", ["four"], "exactly one integer"),
        ("Gt", [str(2**63)], "exactly one integer"),
        ("in", ["a"], "is not one of"),
        ("", [], "is not one of"),
    ],
)
def test_a_malformed_requirement_is_refused(operator: str, values: list[str], message: str) -> None:
    with pytest.raises(RequirementError, match=message):
        requirement("k", operator, values)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0), ("-0", 0), ("+7", 7), ("007", 7), (str(INT64_MAX), INT64_MAX),
        (str(-INT64_MAX - 1), -INT64_MAX - 1), (str(2**63), None), ("", None), ("-", None),
        ("1.0", None), (" 1", None), ("1_0", None), ("٣", None), ("9" * 10_000, None),
        ("0" * 10_000 + "5", 5),
    ],
)  # fmt: skip
def test_integers_are_read_as_go_reads_an_int64(text: str, number: int | None) -> None:
    assert parse_int(text) == number


@pytest.mark.parametrize(
    ("left", "right", "described"),
    [
        (("In", ["a", "b"]), ("In", ["b", "c"]), "k In [b]"),
        (("In", ["a"]), ("In", ["b"]), "k DoesNotExist"),
        (("In", ["a", "b"]), ("NotIn", ["a"]), "k In [b]"),
        (("NotIn", ["a"]), ("NotIn", ["b"]), "k NotIn [a, b]"),
        (("Exists", []), ("NotIn", ["a"]), "k NotIn [a]"),
        (("Exists", []), ("Exists", []), "k Exists"),
        (("Gt", ["2"]), ("Lt", ["5"]), "k >= 3 and k <= 4"),
        (("Gt", ["2"]), ("Gt", ["4"]), "k >= 5"),
        (("Gt", ["4"]), ("Lt", ["5"]), "k DoesNotExist"),
        (("In", ["1", "3", "x"]), ("Gt", ["2"]), "k In [3]"),
        (("NotIn", ["1", "4"]), ("Gt", ["2"]), "k NotIn [4] and k >= 3"),
        (("DoesNotExist", []), ("Exists", []), "k DoesNotExist"),
    ],
)
def test_an_intersection_is_what_both_allow(
    left: tuple[str, list[str]], right: tuple[str, list[str]], described: str
) -> None:
    both = requirement("k", *left).intersection(requirement("k", *right))
    assert both.describe() == described


def test_an_intersection_keeps_the_larger_min_values() -> None:
    few, many = requirement("k", "Exists", (), 2), requirement("k", "Exists", (), 5)
    assert few.intersection(many).min_values == 5
    assert few.intersection(requirement("k", "Exists")).min_values == 2


def test_a_deprecated_key_is_the_same_as_its_successor() -> None:
    found = Requirements.of(
        [
            requirement("beta.kubernetes.io/arch", "In", ["amd64", "arm64"]),
            requirement(ARCH, "In", ["arm64"]),
        ]
    )
    merged = found.get("beta.kubernetes.io/arch")
    assert merged is not None
    assert merged.describe() == f"{ARCH} In [arm64]"


@pytest.mark.parametrize(
    ("ours", "theirs", "compatible"),
    [
        ([], [], True),
        ([], [("custom", "In", ["a"])], False),
        ([], [("custom", "Exists", [])], False),
        ([], [("custom", "NotIn", ["a"])], True),
        ([], [("custom", "DoesNotExist", [])], True),
        ([], [(ZONE, "In", ["z1"])], True),
        ([("custom", "In", ["a"])], [], True),
        ([("custom", "In", ["a"])], [("custom", "In", ["a", "b"])], True),
        ([("custom", "In", ["a"])], [("custom", "In", ["b"])], False),
        ([("custom", "In", ["a"])], [("custom", "DoesNotExist", [])], False),
        ([("custom", "NotIn", ["a"])], [("custom", "DoesNotExist", [])], True),
        ([("custom", "DoesNotExist", [])], [("custom", "NotIn", ["a"])], True),
        ([("custom", "DoesNotExist", [])], [("custom", "Exists", [])], False),
        ([("custom", "Gt", ["5"])], [("custom", "Lt", ["6"])], False),
        ([("custom", "Gt", ["5"])], [("custom", "Lt", ["7"])], True),
    ],
)
def test_compatible_follows_karpenter(
    ours: list[tuple[str, str, list[str]]],
    theirs: list[tuple[str, str, list[str]]],
    compatible: bool,
) -> None:
    left = Requirements.of(requirement(*item) for item in ours)
    right = Requirements.of(requirement(*item) for item in theirs)
    assert left.compatible(right) is compatible


@pytest.mark.parametrize(
    ("labels", "refused"),
    [
        ({"a": "1", "b": "x"}, None),
        ({"a": "1"}, None),
        ({"b": "x"}, "a"),
        ({"a": "2", "b": "y"}, "a"),
        ({"a": "1", "b": "y"}, "b"),
    ],
)
def test_the_first_broken_requirement_is_named(labels: dict[str, str], refused: str | None) -> None:
    held = Requirements.of([requirement("b", "NotIn", ["y"]), requirement("a", "In", ["1"])])
    found = held.first_refusal(labels)
    assert (found and found.key) == refused


def made_of(operator: str, values: list[str], number: int) -> Requirement:
    if operator in ("In", "NotIn"):
        return requirement("k", operator, values or ["a"])
    return requirement("k", operator, [] if "xist" in operator else [str(number)])


requirements = st.builds(
    made_of,
    st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte"]),
    st.lists(st.sampled_from(VALUES), max_size=4),
    st.integers(-6, 9),
)


@settings(deadline=None)
@given(requirements, requirements)
def test_intersection_is_commutative(left: Requirement, right: Requirement) -> None:
    assert left.intersection(right) == right.intersection(left)


@settings(deadline=None)
@given(requirements, requirements, st.sampled_from(VALUES))
def test_an_intersection_has_a_value_exactly_if_both_have_it(
    left: Requirement, right: Requirement, value: str
) -> None:
    assert left.intersection(right).has(value) == (left.has(value) and right.has(value))


@settings(deadline=None)
@given(requirements, requirements)
def test_intersection_is_idempotent(left: Requirement, right: Requirement) -> None:
    both = left.intersection(right)
    assert left.intersection(left) == left
    assert both.intersection(both) == both
    assert both.intersection(left) == both


@settings(deadline=None)
@given(requirements, requirements)
def test_whatever_shares_a_value_intersects(left: Requirement, right: Requirement) -> None:
    if any(left.has(value) and right.has(value) for value in VALUES):
        assert left.intersects(right)
        assert right.intersects(left)
