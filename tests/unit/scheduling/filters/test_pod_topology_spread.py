"""PodTopologySpread: the skew between domains, and who counts towards it."""

from dataclasses import replace
from typing import Any

import pytest
from tests.verdicts import PASSES, unresolvable, unschedulable, verdicts

from kubestow.model import labels as names
from kubestow.model.node import Node
from kubestow.model.pod import Pod, SpreadConstraint
from kubestow.model.selectors import LabelSelector
from kubestow.model.taints import Taint
from kubestow.scheduling.filters import pod_topology_spread
from kubestow.scheduling.filters.pod_topology_spread import (
    NO_LABEL,
    REASON,
    allowed,
    counts_nothing,
)
from kubestow.testing import node, pod, spread

WEB = {"app": "web"}
A, B, C = (node(name, zone=f"zone-{name}") for name in "abc")
NODES = (A, B)
SKEWED, UNLABELLED = unschedulable(REASON), unresolvable(NO_LABEL)
ZONES = spread(names.ZONE, app="web")
HOSTS = spread(names.HOSTNAME, app="web")


def web(*constraints: SpreadConstraint, **template: Any) -> Pod:
    return pod("p", labels=WEB, spread=constraints, **template)


def on(*nodes: str, **facts: Any) -> tuple[Pod, ...]:
    """Return a pod of the application on each of these nodes."""
    return tuple(pod(f"w{n}", labels=WEB, node=name, **facts) for n, name in enumerate(nodes))


CASES: list[tuple[str, Pod, tuple[Node, ...], tuple[Pod, ...], list[str]]] = [
    ("no constraint", pod("p", labels=WEB), NODES, on("a", "a"), [PASSES, PASSES]),
    ("nothing is there yet", web(ZONES), NODES, (), [PASSES, PASSES]),
    ("one more would be two more than elsewhere", web(ZONES), NODES, on("a"), [SKEWED, PASSES]),
    ("as many everywhere", web(ZONES), NODES, on("a", "b"), [PASSES, PASSES]),
    ("a larger maxSkew", web(replace(ZONES, max_skew=2)), NODES, on("a"), [PASSES, PASSES]),
    ("a pod that its own selector does not match counts itself for nothing",
     pod("p", spread=(ZONES,)), NODES, on("a"), [PASSES, PASSES]),
    ("pods of another application", web(ZONES), NODES, (pod("x", node="a"),), [PASSES, PASSES]),
    ("pods of another namespace", web(ZONES), NODES, on("a", namespace="other"),
     [PASSES, PASSES]),
    ("pods that terminate", web(ZONES), NODES,
     tuple(replace(item, terminating=True) for item in on("a")), [PASSES, PASSES]),
    ("a node without the key", web(spread("rack", app="web")),
     (A, node("b", labels={"rack": "1"})), (), [UNLABELLED, PASSES]),
    ("two constraints, both within", web(ZONES, HOSTS), NODES, on("a", "b"), [PASSES, PASSES]),
    ("two constraints, one beyond", web(replace(ZONES, max_skew=5), HOSTS), NODES, on("a"),
     [SKEWED, PASSES]),
    ("pods on a node without a key of another constraint are not counted",
     web(ZONES, replace(spread("rack", app="web"), max_skew=9)),
     (A, node("c", zone="zone-a", labels={"rack": "1"}),
      node("b", zone="zone-b", labels={"rack": "1"})), on("a", "a"),
     [UNLABELLED, PASSES, PASSES]),
    ("fewer domains than minDomains: the least is zero", web(replace(ZONES, min_domains=3)), NODES,
     on("a", "b"), [SKEWED, SKEWED]),
    ("as many domains as minDomains", web(replace(ZONES, min_domains=3)), (A, B, C),
     on("a", "b", "c"), [PASSES, PASSES, PASSES]),
    ("a domain that the pod's selector refuses is no domain",
     web(ZONES, node_selector=((names.ZONE, "zone-a"),)), NODES, on("a"), [PASSES, PASSES]),
    ("it is one where affinity is ignored",
     web(replace(ZONES, honor_affinity=False), node_selector=((names.ZONE, "zone-a"),)), NODES,
     on("a"), [SKEWED, PASSES]),
    ("a tainted domain is a domain", web(ZONES),
     (A, node("b", zone="zone-b", taints=[Taint("t", "", "NoSchedule")])), on("a"),
     [SKEWED, PASSES]),
    ("it is none where taints are honoured", web(replace(ZONES, honor_taints=True)),
     (A, node("b", zone="zone-b", taints=[Taint("t", "", "NoSchedule")])), on("a"),
     [PASSES, PASSES]),
    ("a cordoned domain is a domain", web(ZONES), (A, node("b", zone="zone-b", unschedulable=True)),
     on("a"), [SKEWED, PASSES]),
    ("the selector {} counts no pod but the one that comes",
     web(SpreadConstraint(names.ZONE, 1, LabelSelector())), NODES, on("a", "a"),
     [PASSES, PASSES]),
    ("no selector counts no pod at all", web(SpreadConstraint(names.ZONE, 1, None)), NODES,
     on("a", "a"), [PASSES, PASSES]),
    ("a constraint that counts nothing asks for its key all the same",
     web(SpreadConstraint("rack", 1, None)), NODES, (), [UNLABELLED, UNLABELLED]),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "item", "nodes", "there", "expected"), CASES)
def test_spreading(
    sentence: str,
    item: Pod,
    nodes: tuple[Node, ...],
    there: tuple[Pod, ...],
    expected: list[str],
) -> None:
    assert verdicts(pod_topology_spread, item, nodes, *there) == expected, sentence


def test_a_zone_counts_the_pods_of_all_its_nodes() -> None:
    nodes = (A, node("d", zone="zone-a"), B)
    found = verdicts(pod_topology_spread, web(ZONES), nodes, *on("a"))
    assert found == [SKEWED, SKEWED, PASSES]


@pytest.mark.parametrize(("count", "matches_self", "lowest", "expected"), [
    (0, True, 0, True), (1, True, 0, False), (1, False, 0, True), (2, True, 2, True),
])  # fmt: skip
def test_one_more_pod_is_allowed_within_the_skew(
    count: int, matches_self: bool, lowest: int, expected: bool
) -> None:
    assert allowed(count, matches_self, lowest, 1) is expected


@pytest.mark.parametrize(("selector", "expected"), [
    (None, True), (LabelSelector(), True), (ZONES.selector, False),
])  # fmt: skip
def test_an_absent_or_empty_selector_counts_nothing(
    selector: LabelSelector | None, expected: bool
) -> None:
    assert counts_nothing(SpreadConstraint(names.ZONE, 1, selector)) is expected
