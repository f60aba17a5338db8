"""A prepared snapshot turned into bins: merged, pruned, with the rules that can bind."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.model.requirements import Requirements, requirement
from kubestow.model.resources import CPU
from kubestow.provisioning.packing.problem import Item, PackingProblem, PlacedNode
from kubestow.provisioning.packing.problem_builder import build_problem
from kubestow.provisioning.preparation.prepared_snapshot import prepare
from kubestow.testing import (
    affinity_term,
    catalog,
    instance_type,
    node,
    nodepool,
    pod,
    replicas,
    snapshot,
)

PLAIN = (nodepool("p"),)
WEB = {"app": "web"}


def built(
    *pods: Pod,
    pools: tuple[NodePool, ...] = PLAIN,
    decided: tuple[PlacedNode, ...] = (),
    prune: bool = True,
    **cluster: Any,
) -> tuple[PackingProblem, list[list[str]]]:
    """Return the problem, and the instance types of each bin's candidates."""
    prepared = prepare(snapshot(pods, **cluster), pools)
    items = [Item(((c.index, 1),), c.demand) for c in prepared.pod_classes if c.demand]
    tiers = [frozenset(range(len(pools)))] * len(items)
    problem = build_problem(prepared, items, None, tiers, decided, prune=prune)
    types = [[prepared.candidates[i].instance_type for i in b.candidates] for b in problem.bins]
    return problem, types


def test_zones_that_no_item_can_tell_apart_are_one_bin() -> None:
    _, types = built(pod("p"), prune=False)
    assert sorted(types) == sorted([[name] * 3 for name in
        ("m5.large", "m5.xlarge", "c5.xlarge", "r5.large", "m5.4xlarge")])  # fmt: skip


def test_a_zone_that_an_item_asks_for_is_a_bin_of_its_own() -> None:
    item = pod("p", node_selector=((names.ZONE, "zone-a"),))
    _, types = built(item, pod("q", "200m"), prune=False)
    assert sorted(map(len, types)) == [1] * 5 + [2] * 5


def test_a_bin_that_another_beats_for_no_more_money_is_dropped() -> None:
    listed = catalog(
        (instance_type("old.large", 2, 8), 0.10), (instance_type("new.large", 2, 8), 0.09),
        (instance_type("big.large", 4, 8), 0.08),
    )  # fmt: skip
    assert built(pod("p"), catalog_of=listed)[1] == [["big.large"] * 3]
    assert len(built(pod("p"), catalog_of=listed, prune=False)[1]) == 3


def test_a_bin_of_a_pool_with_limits_is_kept_for_what_it_uses_less_of() -> None:
    listed = catalog(
        (instance_type("few.large", 2, 8), 0.10), (instance_type("many.large", 4, 8), 0.09)
    )
    limited = (nodepool("p", limits=((CPU, 10_000),)),)
    problem, types = built(pod("p"), catalog_of=listed, pools=limited)
    assert sorted(types) == [["few.large"] * 3, ["many.large"] * 3]
    assert sorted(usage["cpu"] for usage in problem.usage) == [2000, 4000]


def test_a_node_with_min_values_has_no_more_room_than_enough_types_have() -> None:
    of_five = replace(requirement(names.INSTANCE_TYPE, "Exists", []), min_values=5)
    choosy = replace(nodepool("p"), requirements=Requirements.of([of_five]))
    problem, _ = built(pod("p"), pools=(choosy,))
    axis = problem.axes.index(CPU)
    assert problem.capacity[:, axis].max() < 2000  # of the smallest of the five


def test_nodes_decided_on_come_first_with_what_is_left_of_them() -> None:
    nodes = (node("a"), node("b"))
    problem, _ = built(
        pod("p", "1"), nodes=nodes, decided=(PlacedNode(0, ((0, 2),)), PlacedNode(1, ()))
    )
    axis = problem.axes.index(CPU)
    assert problem.capacity[:2, axis].tolist() == [2000, 4000]
    assert [b.exists for b in problem.bins[:3]] == [True, True, False]


@pytest.mark.parametrize(("count", "rules"), [(1, 0), (2, 1)])
def test_only_rules_that_can_refuse_something_are_kept(count: int, rules: int) -> None:
    shy = affinity_term(names.HOSTNAME, app="web")
    problem, _ = built(*replicas(count, "web", labels=WEB, anti_affinity=(shy,)))
    assert len(problem.rules.caps) == rules


def test_pods_on_a_node_count_in_its_rules_from_the_start() -> None:
    shy = affinity_term(names.HOSTNAME, app="web")
    there = pod("old", labels=WEB, node="n", anti_affinity=(shy,))
    problem, _ = built(
        *replicas(2, "web", labels=WEB, anti_affinity=(shy,)), there, nodes=(node("n"),)
    )
    assert problem.rules.initial == {0: ((0, 1, True),)}
