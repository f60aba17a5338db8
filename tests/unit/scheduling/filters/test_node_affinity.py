"""NodeAffinity: nodeSelector and required node affinity against a node's labels and name."""

from typing import Any

import numpy as np
import pytest
from tests.verdicts import PASSES, context_of, unresolvable, verdict

from kubestow.model import labels as names
from kubestow.model.pod import PodTemplate
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.scheduling.filters import node_affinity
from kubestow.scheduling.filters.node_affinity import CONFLICT, ENFORCED, REASON, named_nodes
from kubestow.testing import node, pod

NODE = node("n", zone="zone-a", labels={"disk": "ssd", "cores": "8", "rack": "r8"})
REFUSED = unresolvable(REASON)


def term(*expressions: tuple[str, str, Any]) -> NodeSelectorTerm:
    """Return a term of expressions: (key, operator, the values in one string)."""
    return NodeSelectorTerm(
        tuple(SelectorRequirement(key, op, tuple(text.split())) for key, op, text in expressions)
    )


def by_name(*fields: tuple[str, str]) -> NodeSelectorTerm:
    """Return a term of matchFields on metadata.name: (operator, the values in one string)."""
    return NodeSelectorTerm(
        (),
        tuple(SelectorRequirement("metadata.name", op, tuple(text.split())) for op, text in fields),
    )


ZONE_A, ZONE_B = term((names.ZONE, "In", "zone-a")), term((names.ZONE, "In", "zone-b"))
EMPTY, BROKEN = NodeSelectorTerm(), term(("disk", "In", ""))
TERMS: list[tuple[str, tuple[NodeSelectorTerm, ...] | None, str]] = [
    ("no affinity", None, PASSES),
    ("a term that matches", (ZONE_A,), PASSES),
    ("a term that does not", (ZONE_B,), REFUSED),
    ("one of two terms is enough", (ZONE_B, ZONE_A), PASSES),
    ("all expressions of a term are needed",
     (term((names.ZONE, "In", "zone-a"), ("disk", "In", "hdd")),), REFUSED),
    ("no terms at all match nothing", (), REFUSED),
    ("an empty term matches nothing", (EMPTY,), REFUSED),
    ("an empty term beside one that matches", (EMPTY, ZONE_A), PASSES),
    ("a term that cannot be parsed matches nothing", (BROKEN,), REFUSED),
    ("a term that cannot be parsed beside one that matches", (BROKEN, ZONE_A), PASSES),
    ("In, an absent label", (term(("gpu", "In", "yes")),), REFUSED),
    ("NotIn, the label's value", (term(("disk", "NotIn", "ssd")),), REFUSED),
    ("NotIn, another value", (term(("disk", "NotIn", "hdd")),), PASSES),
    ("NotIn, an absent label", (term(("gpu", "NotIn", "yes")),), PASSES),
    ("Exists", (term(("disk", "Exists", "")),), PASSES),
    ("Exists, an absent label", (term(("gpu", "Exists", "")),), REFUSED),
    ("DoesNotExist", (term(("disk", "DoesNotExist", "")),), REFUSED),
    ("DoesNotExist, an absent label", (term(("gpu", "DoesNotExist", "")),), PASSES),
    ("Gt", (term(("cores", "Gt", "4")),), PASSES),
    ("Gt is strict", (term(("cores", "Gt", "8")),), REFUSED),
    ("Lt", (term(("cores", "Lt", "16")),), PASSES),
    ("Lt is strict", (term(("cores", "Lt", "8")),), REFUSED),
    ("Gt, a label that is no number", (term(("rack", "Gt", "4")),), REFUSED),
    ("Gt, an absent label", (term(("gpu", "Gt", "4")),), REFUSED),
    ("Gt of no number cannot be parsed", (term(("cores", "Gt", "four")),), REFUSED),
    ("Gt of two numbers cannot be parsed", (term(("cores", "Gt", "1 2")),), REFUSED),
    ("an unknown operator cannot be parsed", (term(("disk", "Like", "ssd")),), REFUSED),
    ("the node's name", (by_name(("In", "n")),), PASSES),
    ("another node's name", (by_name(("In", "m")),), REFUSED),
    ("not the node's name", (by_name(("NotIn", "n")),), REFUSED),
    ("two names in one field cannot be parsed", (by_name(("In", "n m")),), REFUSED),
    ("a name and expressions are both needed",
     (NodeSelectorTerm(ZONE_B.expressions, by_name(("In", "n")).fields),), REFUSED),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "terms", "expected"), TERMS)
def test_required_node_affinity(
    sentence: str, terms: tuple[NodeSelectorTerm, ...] | None, expected: str
) -> None:
    assert verdict(node_affinity, pod("p", node_affinity=terms), NODE) == expected, sentence


SELECTORS: list[tuple[str, dict[str, Any], str]] = [
    ("the label's value", {"node_selector": (("disk", "ssd"),)}, PASSES),
    ("another value", {"node_selector": (("disk", "hdd"),)}, REFUSED),
    ("an absent label", {"node_selector": (("gpu", "yes"),)}, REFUSED),
    ("one of two labels", {"node_selector": (("disk", "ssd"), ("gpu", "yes"))}, REFUSED),
    ("a selector and affinity", {"node_selector": (("disk", "ssd"),), "node_affinity": (ZONE_A,)},
     PASSES),
    ("a selector but not affinity",
     {"node_selector": (("disk", "ssd"),), "node_affinity": (ZONE_B,)}, REFUSED),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "template", "expected"), SELECTORS)
def test_node_selector(sentence: str, template: dict[str, Any], expected: str) -> None:
    assert verdict(node_affinity, pod("p", **template), NODE) == expected, sentence


NAMED: list[tuple[str, tuple[NodeSelectorTerm, ...] | None, frozenset[str] | None]] = [
    ("no affinity may mean any node", None, None),
    ("no terms may mean any node", (), None),
    ("a term without names may mean any node", (by_name(("In", "n")), ZONE_A), None),
    ("NotIn names nobody", (by_name(("NotIn", "n")),), None),
    ("the names of all terms", (by_name(("In", "n")), by_name(("In", "m"))), frozenset("nm")),
    ("two names in one term are none", (by_name(("In", "n"), ("In", "m")),), frozenset()),
]


@pytest.mark.parametrize(("sentence", "terms", "expected"), NAMED)
def test_the_nodes_that_affinity_names(
    sentence: str,
    terms: tuple[NodeSelectorTerm, ...] | None,
    expected: frozenset[str] | None,
) -> None:
    assert named_nodes(PodTemplate(node_affinity=terms)) == expected, sentence
    context = context_of(pod("p", node_affinity=terms), (NODE,), ())
    conflicts = expected is not None and not expected
    assert node_affinity.unsolvable(context) == (CONFLICT if conflicts else ""), sentence


def test_every_requirement_is_counted_by_what_it_refuses_alone() -> None:
    nodes = (NODE, node("b", zone="zone-b"), node("c", zone="zone-b"))
    item = pod("p", node_selector=(("disk", "ssd"),), node_affinity=(ZONE_A, BROKEN))
    context = context_of(item, nodes, ())
    found = node_affinity.refusing_requirements(
        context.template, context.index, np.array([True, True, True])
    )
    zone = f"{names.ZONE} In [zone-a]"
    assert found == [("disk=ssd", 2), (zone, 2), ("disk In []", 3)]


def test_labels_that_no_node_has_are_named() -> None:
    wanted = term(("disk", "Exists", ""), ("cpu", "In", "x"), ("spot", "DoesNotExist", ""))
    item = pod("p", node_selector=(("gpu", "yes"),), node_affinity=(wanted,))
    context = context_of(item, (NODE, node("b")), ())
    assert node_affinity.unset_labels(context.template, context.index) == ["cpu", "gpu"]


# --- the affinity that a profile adds -----------------------------------------------------------

ADDED = [
    ("nothing is added", None, (ZONE_B,), REFUSED),
    ("both accept the node", (ZONE_A,), (ZONE_A,), PASSES),
    ("only the pod does", (ZONE_B,), (ZONE_A,), unresolvable(ENFORCED)),
    ("only the profile does", (ZONE_A,), (ZONE_B,), REFUSED),
    ("neither does: the profile's word counts", (ZONE_B,), (ZONE_B,), unresolvable(ENFORCED)),
    ("one of two terms is enough", (ZONE_B, ZONE_A), None, PASSES),
    ("no terms at all match nothing", (), None, unresolvable(ENFORCED)),
]


@pytest.mark.parametrize(("sentence", "added", "own", "expected"), ADDED)
def test_added_affinity(
    sentence: str,
    added: tuple[NodeSelectorTerm, ...] | None,
    own: tuple[NodeSelectorTerm, ...] | None,
    expected: str,
) -> None:
    incoming = pod("p", node_affinity=own, added_affinity=added)
    assert verdict(node_affinity, incoming, NODE) == expected, sentence
