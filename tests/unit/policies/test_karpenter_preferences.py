"""What pods prefer, as Karpenter heeds it: required first, then given up step by step."""

from collections import Counter
from typing import Any

from tests.legality import is_legal

from kubestow.model import labels as names
from kubestow.model.option import PlanWithInput
from kubestow.model.plan import Plan
from kubestow.model.pod import Preferences
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.taints import Taint
from kubestow.policies.karpenter_packing import KarpenterPacking
from kubestow.provisioning.assemble import assemble
from kubestow.provisioning.provision import provision
from kubestow.testing import affinity_term, node, nodepool, pod, replicas, snapshot, spread

WEB = {"app": "web"}
APART = Preferences(anti_affinity=((100, affinity_term(names.HOSTNAME, app="web")),))
APART_BY_ZONE = Preferences(anti_affinity=((100, affinity_term(names.ZONE, app="web")),))
EVEN = Preferences(spread=(spread(names.ZONE, app="web"),))
LARGE = (nodepool("p", (names.INSTANCE_TYPE, "In", ["m5.xlarge"])),)


def fleet(*pods: Any, pools: Any = LARGE, **cluster: Any) -> Plan:
    state = snapshot(pods, nodepools=pools, **cluster)
    packing = KarpenterPacking(pools)
    plan = assemble(provision(state, pools, strategy=packing, whole_loads=False))
    assert is_legal(PlanWithInput(state, plan, pools))
    return plan


def loads(plan: Plan) -> list[int]:
    return sorted(len(n.pods) for n in plan.nodes if n.pods)


def web(count: int, preferences: Preferences, **options: Any) -> tuple[Any, ...]:
    return replicas(count, "web", "500m", "512Mi", labels=WEB, preferences=preferences, **options)


def test_pods_that_would_rather_be_apart_get_a_node_each() -> None:
    assert loads(fleet(*web(4, APART))) == [1, 1, 1, 1]
    assert loads(fleet(*web(4, Preferences()))) == [4]


def test_where_no_node_is_left_they_share_one() -> None:
    limited = (nodepool("p", (names.INSTANCE_TYPE, "In", ["m5.xlarge"]),
                        limits=(("nodes", 2),)),)  # fmt: skip
    plan = fleet(*web(5, APART), pools=limited)
    assert (loads(plan), plan.unschedulable) == ([2, 3], ())


def test_pods_that_would_rather_be_even_over_zones_get_a_node_in_each() -> None:
    plan = fleet(*web(6, EVEN))
    assert loads(plan) == [2, 2, 2]
    assert {n.zone for n in plan.nodes} == {"zone-a", "zone-b", "zone-c"}


def test_a_claim_counts_in_all_zones_it_may_be_in_for_those_that_would_rather_be_apart() -> None:
    # The first claim may land in any zone, so no zone is free of it and the others give up.
    assert loads(fleet(*web(3, APART_BY_ZONE))) == [3]


def test_others_may_join_pods_that_would_rather_be_apart_from_them() -> None:
    alone = Preferences(anti_affinity=((1, affinity_term(names.HOSTNAME, app="db")),))
    first = pod("a", "800m", labels={"app": "a"}, preferences=alone)
    later = pod("db", "400m", labels={"app": "db"})
    assert loads(fleet(first, later)) == [2]
    sooner = pod("db", "1", labels={"app": "db"})
    assert loads(fleet(first, sooner)) == [1, 1]


def test_pods_that_run_count_too() -> None:
    there = node("n1", "4")
    running = pod("old", labels=WEB, node="n1")
    plan = fleet(running, *web(1, APART), nodes=(there,))
    assert [n.pods for n in plan.nodes if not n.existing] == [("default/web-0",)]
    plan = fleet(running, *web(1, Preferences()), nodes=(there,))
    assert not [n for n in plan.nodes if not n.existing]


def test_pods_that_prefer_company_go_where_it_is() -> None:
    beside = Preferences(affinity=((1, affinity_term(names.HOSTNAME, app="db")),))
    nodes = (node("a", "8"), node("b", "8"))
    running = pod("db", labels={"app": "db"}, node="b")
    plan = fleet(running, *web(2, beside), nodes=nodes)
    assert {n.name: len(n.pods) for n in plan.nodes} == {"a": 0, "b": 3}
    assert loads(fleet(*web(2, beside))) == [2]  # there is nobody to be with


def in_zone(zone: str) -> NodeSelectorTerm:
    return NodeSelectorTerm((SelectorRequirement(names.ZONE, "In", (zone,)),))


def test_of_preferred_nodes_the_heaviest_that_exists_is_required() -> None:
    soft = Preferences(node_affinity=((1, in_zone("zone-b")), (9, in_zone("zone-c"))))
    assert {n.zone for n in fleet(*web(2, soft)).nodes} == {"zone-c"}
    soft = Preferences(node_affinity=((1, in_zone("zone-b")), (9, in_zone("zone-x"))))
    assert {n.zone for n in fleet(*web(2, soft)).nodes} == {"zone-b"}


def test_a_taint_that_should_be_avoided_is_tolerated_last() -> None:
    taints = (Taint("team", "x", "PreferNoSchedule"),)
    kind = (names.INSTANCE_TYPE, "In", ["m5.xlarge"])
    avoided = nodepool("avoided", kind, taints=taints, weight=9)
    plan = fleet(*web(2, Preferences()), pools=(avoided, nodepool("plain", kind)))
    assert Counter(n.nodepool for n in plan.nodes) == {"plain": 1}
    plan = fleet(*web(2, Preferences()), pools=(avoided,))
    assert Counter(n.nodepool for n in plan.nodes) == {"avoided": 1}


def test_spread_over_nodes_counts_from_none() -> None:
    soft = Preferences(spread=(spread(names.HOSTNAME, 2, app="web"),))
    assert loads(fleet(*web(5, soft))) == [1, 2, 2]


def test_many_replicas_stay_within_what_a_simulation_can_wait_for() -> None:
    plan = fleet(*web(150, APART))
    assert loads(plan) == [1] * 150
