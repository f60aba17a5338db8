"""Each method of Karpenter's disruption proposes one replacement, or none.

Types are those of kubestow.testing: m5.large has 1930 millicpu for 0.096 USD an hour, c5.xlarge
3920 for 0.17. test_karpenter has the rules as a policy follows them.
"""

from collections.abc import Iterable

import pytest

from kubestow.disruption.candidate import DisruptionCandidate, candidates
from kubestow.model import labels as names
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.pod import Pod, Preferences
from kubestow.model.snapshot import Snapshot
from kubestow.policies.karpenter_disruption import (
    KarpenterDisruption,
    NodeReplacement,
    by_disruption_cost,
)
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.testing import affinity_term, nodeclaim, nodepool, observed, owned, pod

POOL = nodepool()


def larges(count: int) -> list[NodeClaim]:
    return [nodeclaim(f"n{number}") for number in range(count)]


def on(*loads: str, priority: int = 0) -> list[Pod]:
    return [
        owned(pod(f"p{n}", cpu, node=f"n{n}", priority=priority))
        for n, cpu in enumerate(loads)
        if cpu
    ]


def tried(
    claims: Iterable[NodeClaim], pods: Iterable[Pod]
) -> tuple[KarpenterDisruption, list[DisruptionCandidate]]:
    """Return the methods on a cluster, and its candidates in order."""
    state: Snapshot = observed(claims, pods)
    able = candidates(state, {POOL.name: POOL}, loses_bare=True).able
    disruption = KarpenterDisruption(
        state, Memory(counter=7), (POOL,), spot_to_spot=False, cache=PlanningCache()
    )
    return disruption, list(able)


def said(replacement: NodeReplacement | None) -> tuple[list[str], list[str]] | None:
    """Return the nodes that go, and the types that come."""
    if replacement is None:
        return None
    return (
        [candidate.name for candidate in replacement.nodes],
        [launch.claim.instance_type for launch in replacement.needs.launches],
    )


def test_multi_node_replaces_a_run_by_nothing_where_the_pods_find_room() -> None:
    disruption, nodes = tried(larges(3), on("400m", "400m", "400m"))
    assert said(disruption.multi_node(nodes, 100)) == (["n0", "n1"], [])


def test_multi_node_replaces_a_run_by_one_cheaper_node() -> None:
    disruption, nodes = tried(larges(2), on("1500m", "1500m"))
    assert said(disruption.multi_node(nodes, 100)) == (["n0", "n1"], ["c5.xlarge"])


@pytest.mark.parametrize("most", [0, 1])
def test_multi_node_needs_two_nodes(most: int) -> None:
    disruption, nodes = tried(larges(3), on("400m", "400m", "400m"))
    assert disruption.multi_node(nodes, most) is None
    assert disruption.multi_node(nodes[:1], 100) is None


def test_single_node_takes_the_first_that_can_go_among_those_it_looks_at() -> None:
    disruption, nodes = tried(larges(3), on("1800m", "400m", "400m"))
    assert said(disruption.single_node(nodes, 40)) == (["n1"], [])
    assert disruption.single_node(nodes, 1) is None


def test_a_replacement_that_needs_no_launch_leaves_the_memory_as_it_is() -> None:
    disruption, nodes = tried(larges(2), on("400m", "400m"))
    replacement = disruption.single_node(nodes, 40)
    assert replacement is not None
    assert replacement.needs.memory == Memory(counter=7)


def test_of_drifted_nodes_an_empty_one_is_replaced_first() -> None:
    disruption, nodes = tried(larges(2), on("400m"))
    assert said(disruption.first_schedulable(nodes)) == (["n1"], [])
    assert said(disruption.first_schedulable(nodes[:1])) == (["n0"], [])
    assert disruption.first_schedulable([]) is None


def test_a_drifted_node_is_replaced_even_by_a_dearer_one() -> None:
    disruption, nodes = tried([nodeclaim("n0", usd_per_hour=0.01)], on("1500m"))
    assert said(disruption.first_schedulable(nodes)) == (["n0"], ["m5.large"])


def test_nodes_come_in_order_of_their_price_for_what_they_disrupt_and_empty_ones_not_at_all() -> (
    None
):
    pods = [*on("100m", "100m"), owned(pod("more", "100m", node="n0"))]
    _, nodes = tried([*larges(3), nodeclaim("n3", "m5.4xlarge")], pods)
    assert [candidate.name for candidate in by_disruption_cost(nodes, pods)] == ["n1", "n0"]


@pytest.mark.parametrize(
    ("priorities", "first"),
    [((2**25, 0), "n1"), ((0, -(2**25)), "n1"), ((0, 0), "n0"), ((2**30, 2**29), "n0")],
    ids=["a higher one costs more", "a lower one less", "by name", "but ten at most"],
)
def test_a_pod_counts_by_its_priority(priorities: tuple[int, int], first: str) -> None:
    pods = [
        owned(pod(f"p{n}", "100m", node=f"n{n}", priority=priority))
        for n, priority in enumerate(priorities)
    ]
    _, nodes = tried(larges(2), pods)
    assert by_disruption_cost(nodes, pods)[0].name == first


def test_pods_that_would_rather_be_apart_are_not_consolidated() -> None:
    apart = Preferences(anti_affinity=((100, affinity_term(names.HOSTNAME, app="web")),))
    for preferences, goes in ((apart, False), (Preferences(), True)):
        pods = [
            owned(pod(f"p{n}", "100m", labels={"app": "web"}, node=f"n{n}",
                      preferences=preferences))
            for n in range(2)
        ]  # fmt: skip
        disruption, nodes = tried(larges(2), pods)
        assert (disruption.single_node(nodes, 10) is not None) is goes
