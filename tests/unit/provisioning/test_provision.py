"""What plans do, end to end, on small snapshots; legality is in tests/properties."""

from collections import Counter
from dataclasses import replace

import pytest

from kubestow import engine
from kubestow.catalog.costs import with_costs
from kubestow.model import labels as names
from kubestow.model.costs import Costs, Extra
from kubestow.model.instance_type import InstanceType
from kubestow.model.nodepool import NodeClass, NodePool
from kubestow.model.plan import Plan
from kubestow.model.pod import HostPort
from kubestow.model.requirements import Requirements, requirement
from kubestow.model.resources import USD_PER_HOUR
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Taint, Toleration
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim
from kubestow.testing import (
    GENERAL,
    affinity_term,
    catalog,
    daemonset,
    instance_type,
    node,
    nodepool,
    pod,
    replicas,
    snapshot,
    spread,
)
from kubestow.verify import judge

MILLION = 10**6


def planned(state: Snapshot) -> Plan:
    plan = engine.plan(state, work_limit=300)
    assert judge(state, plan, engine.pools_of(state)) == ()
    return plan


def zones(plan: Plan) -> Counter[str]:
    return Counter(n.zone for n in plan.nodes for _ in n.pods)


def constraint(plan: Plan) -> str:
    (item,) = plan.unschedulable
    return item.reasons[0].constraint


def test_one_small_pod_gets_the_cheapest_node_that_carries_it() -> None:
    plan = planned(snapshot([pod("a")]))
    assert [n.instance_type for n in plan.nodes] == ["m5.large"]
    assert plan.cost_nano_usd_per_hour == 96 * MILLION


def test_a_memory_heavy_pod_gets_the_memory_heavy_type() -> None:
    plan = planned(snapshot([pod("a", "1", "12Gi")]))
    assert [n.instance_type for n in plan.nodes] == ["r5.large"]


def test_an_empty_demand_needs_no_nodes() -> None:
    plan = planned(snapshot([], nodes=(node("n"),)))
    assert [n.name for n in plan.nodes] == ["n"]
    assert plan.gap == 0.0


def test_existing_nodes_are_filled_before_anything_is_launched() -> None:
    plan = planned(snapshot(replicas(10, "a", "300m"), nodes=(node("n"),)))
    assert plan.cost_nano_usd_per_hour == 0
    assert len(plan.nodes[0].pods) == 10


def test_a_cordoned_node_takes_nothing() -> None:
    plan = planned(snapshot([pod("a")], nodes=(node("n", unschedulable=True),)))
    assert plan.cost_nano_usd_per_hour > 0


def test_a_zone_spread_covers_all_zones_on_offer() -> None:
    plan = planned(
        snapshot(replicas(6, "a", labels={"app": "a"}, spread=(spread(names.ZONE, app="a"),)))
    )
    assert sorted(zones(plan).values()) == [2, 2, 2]


def test_a_hostname_spread_puts_at_most_max_skew_on_a_node() -> None:
    plan = planned(
        snapshot(
            replicas(7, "a", labels={"app": "a"}, spread=(spread(names.HOSTNAME, 2, app="a"),))
        )
    )
    assert max(len(n.pods) for n in plan.nodes) == 2


def test_hostname_anti_affinity_gives_every_pod_its_own_node() -> None:
    plan = planned(
        snapshot(
            replicas(
                4, "a", labels={"app": "a"}, anti_affinity=(affinity_term(names.HOSTNAME, app="a"),)
            )
        )
    )
    assert [len(n.pods) for n in plan.nodes] == [1, 1, 1, 1]


def test_zone_anti_affinity_leaves_the_pod_that_finds_no_zone() -> None:
    plan = planned(
        snapshot(
            replicas(
                4, "a", labels={"app": "a"}, anti_affinity=(affinity_term(names.ZONE, app="a"),)
            )
        )
    )
    assert sorted(zones(plan).values()) == [1, 1, 1]
    assert constraint(plan) == "InterPodAffinity"


def test_anti_affinity_holds_against_a_pod_that_is_already_there() -> None:
    there = pod("there", labels={"app": "a"}, node="n")
    new = pod("new", anti_affinity=(affinity_term(names.HOSTNAME, app="a"),))
    plan = planned(snapshot([there, new], nodes=(node("n"),)))
    assert plan.nodes[0].pods == ("default/there",)


def test_anti_affinity_of_a_pod_that_is_there_holds_against_new_ones() -> None:
    there = pod("there", node="n", anti_affinity=(affinity_term(names.HOSTNAME, app="a"),))
    plan = planned(snapshot([there, pod("new", labels={"app": "a"})], nodes=(node("n"),)))
    assert plan.nodes[0].pods == ("default/there",)


def test_zone_affinity_to_a_service_pins_it_where_its_pods_are() -> None:
    cache = pod("cache", labels={"app": "cache"}, node_selector=((names.ZONE, "zone-b"),))
    users = replicas(3, "user", affinity=(affinity_term(names.ZONE, app="cache"),))
    assert zones(planned(snapshot([cache, *users]))) == {"zone-b": 4}


def test_hostname_affinity_puts_pods_on_the_node_of_the_one_they_need() -> None:
    cache = pod("cache", labels={"app": "cache"})
    users = replicas(3, "user", affinity=(affinity_term(names.HOSTNAME, app="cache"),))
    plan = planned(snapshot([cache, *users]))
    assert [len(n.pods) for n in plan.nodes] == [4]


def test_a_group_that_needs_itself_on_one_node_starts_with_its_first_pod() -> None:
    group = replicas(
        3, "a", labels={"app": "a"}, affinity=(affinity_term(names.HOSTNAME, app="a"),)
    )
    assert [len(n.pods) for n in planned(snapshot(group)).nodes] == [3]


def test_an_affinity_to_nothing_is_refused_by_name() -> None:
    plan = planned(snapshot([pod("a", affinity=(affinity_term(names.ZONE, app="none"),))]))
    assert constraint(plan) == "InterPodAffinity"


def test_pods_with_the_same_host_port_get_different_nodes() -> None:
    plan = planned(snapshot(replicas(3, "a", host_ports=(HostPort("0.0.0.0", "TCP", 80),))))
    assert len(plan.nodes) == 3


def test_a_daemonset_takes_its_share_of_every_node() -> None:
    state = snapshot(replicas(2, "a", "900m"), daemonsets=(daemonset("agent", "200m"),))
    plan = planned(state)
    assert all(n.daemonset_pods == (f"kube-system/agent-{n.name}",) for n in plan.nodes)
    assert [n.instance_type for n in plan.nodes] != ["m5.large"]


def test_a_daemonset_that_does_not_tolerate_a_pool_is_not_counted_there() -> None:
    taint = Taint("dedicated", "", "NoSchedule")
    state = snapshot(
        [pod("a", tolerations=(Toleration("dedicated", "Exists"),))],
        nodepools=(nodepool(taints=(taint,)),),
        daemonsets=(daemonset("agent"),),
    )
    assert planned(state).nodes[0].daemonset_pods == ()


def test_a_pod_that_tolerates_nothing_stays_off_a_tainted_pool() -> None:
    taint = Taint("dedicated", "gpu", "NoSchedule")
    plan = planned(snapshot([pod("a")], nodepools=(nodepool(taints=(taint,)),)))
    assert constraint(plan) == "TaintToleration"


def test_the_heavier_pool_is_used_even_if_the_lighter_is_cheaper() -> None:
    heavy = nodepool("heavy", (names.INSTANCE_TYPE, "In", ["m5.4xlarge"]), weight=10)
    plan = planned(snapshot([pod("a")], nodepools=(heavy, nodepool("light"))))
    assert [n.nodepool for n in plan.nodes] == ["heavy"]


def test_the_lighter_pool_takes_what_the_limits_of_the_heavier_leave() -> None:
    heavy = nodepool("heavy", weight=10, limits=(("cpu", 4000),))
    plan = planned(snapshot(replicas(8, "a", "900m"), nodepools=(heavy, nodepool("light"))))
    assert {n.nodepool for n in plan.nodes} == {"heavy", "light"}
    assert not plan.unschedulable


def test_limits_leave_out_the_pods_of_lowest_priority() -> None:
    pods = [*replicas(2, "low", "1500m"), *replicas(2, "high", "1500m", priority=10)]
    pool = nodepool(limits=(("cpu", 4000),))
    plan = planned(snapshot(pods, nodepools=(pool,)))
    assert {u.pod for u in plan.unschedulable} == {"default/low-0", "default/low-1"}
    assert plan.unschedulable[0].reasons[0].constraint == "NodePoolLimits"


def test_arm64_of_the_default_pools_takes_only_pods_that_ask_for_it() -> None:
    arm = instance_type("m7g.large", 2, 8, architecture="arm64")
    offered = catalog(*GENERAL, (arm, 0.01))
    asking = pod("asking", node_selector=((names.ARCH, "arm64"),))
    plan = planned(snapshot([pod("silent"), asking], catalog_of=offered, nodepools=()))
    placed = {p: n.instance_type for n in plan.nodes for p in n.pods}
    assert placed["default/asking"] == "m7g.large"
    assert placed["default/silent"] != "m7g.large"


def test_an_opted_out_pool_counts_pods_that_allow_both_architectures() -> None:
    arm = instance_type("m7g.large", 2, 8, architecture="arm64")
    both = NodeSelectorTerm((SelectorRequirement(names.ARCH, "In", ("amd64", "arm64")),))
    state = snapshot(
        [pod("a", node_affinity=(both,))], nodepools=(), catalog_of=catalog(*GENERAL, (arm, 0.01))
    )
    assert planned(state).nodes[0].instance_type == "m7g.large"


def test_a_custom_label_of_a_pool_is_given_the_value_a_pod_asks_for() -> None:
    pool = nodepool("p", ("team", "Exists", []))
    plan = planned(snapshot([pod("a", node_selector=(("team", "red"),))], nodepools=(pool,)))
    assert dict(plan.nodes[0].labels)["team"] == "red"


def test_a_selector_no_offering_satisfies_is_named_with_its_count() -> None:
    plan = planned(snapshot([pod("a", node_selector=(("disk", "ssd"),))]))
    (item,) = plan.unschedulable
    assert item.reasons[0].constraint == "NodeAffinity"
    assert item.reasons[0].offerings == 15
    assert item.nearest["refusedBy"] == ["NodeAffinity"]


def test_a_pod_too_large_is_told_by_how_much_it_misses_the_largest_type() -> None:
    plan = planned(snapshot([pod("a", "17")]))
    (item,) = plan.unschedulable
    assert item.reasons[0].detail["resource"] == "cpu"
    assert item.nearest["instanceType"] == "m5.4xlarge"
    assert item.nearest["short"] == {"cpu": "1110m"}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ({"scheduling_gates": ("wait",)}, "SchedulingGates"),
        ({"unsupported": ("dynamic resource claims",)}, "NotSupported"),
    ],
)
def test_pods_outside_the_schedulers_reach_are_named_and_not_planned(
    template: dict[str, object], expected: str
) -> None:
    plan = planned(snapshot([pod("a", **template)]))
    assert constraint(plan) == expected
    assert plan.cost_nano_usd_per_hour == 0


def claim(
    name: str, volume: str = "", **facts: object
) -> dict[tuple[str, str], PersistentVolumeClaim]:
    return {("default", name): PersistentVolumeClaim("default", name, "gp3", volume, **facts)}  # type: ignore[arg-type] # the tests pass access modes only


def test_a_bound_volume_pulls_its_pod_into_its_zone() -> None:
    term = NodeSelectorTerm((SelectorRequirement(names.ZONE, "In", ("zone-c",)),))
    state = snapshot(
        [pod("a", claims=("data",))],
        claims=claim("data", "pv"),
        volumes={"pv": PersistentVolume("pv", (term,), is_ebs=True)},
    )
    assert zones(planned(state)) == {"zone-c": 1}


def test_a_missing_claim_is_named() -> None:
    plan = planned(snapshot([pod("a", claims=("none",))]))
    assert constraint(plan) == "VolumeBinding"


def test_pods_that_share_an_unbound_volume_end_up_in_one_zone() -> None:
    state = snapshot(
        [pod(f"a-{i}", "1500m", claims=("data",)) for i in range(4)], claims=claim("data")
    )
    assert len(zones(planned(state))) == 1


def test_a_read_write_once_pod_claim_takes_one_pod() -> None:
    state = snapshot(
        [pod("a", claims=("data",)), pod("b", claims=("data",))],
        claims=claim("data", access_modes=("ReadWriteOncePod",)),
    )
    assert constraint(planned(state)) == "VolumeRestrictions"


def test_a_node_takes_no_more_volumes_than_it_has_attachment_slots() -> None:
    pods = [pod(f"a-{i}", "10m", "16Mi", claims=(f"data-{i}",)) for i in range(40)]
    claims = {k: v for i in range(40) for k, v in claim(f"data-{i}").items()}
    plan = planned(snapshot(pods, claims=claims))
    assert max(len(n.pods) for n in plan.nodes) == 27 - 1 - 3


def test_max_pods_of_the_node_class_limits_a_node() -> None:
    pool = nodepool(node_class=NodeClass(max_pods=5))
    plan = planned(snapshot(replicas(12, "a", "10m"), nodepools=(pool,)))
    assert max(len(n.pods) for n in plan.nodes) <= 5


def test_min_values_shuts_out_a_pod_that_leaves_a_pool_too_few_types() -> None:
    wanted = Requirements.of([requirement(names.INSTANCE_TYPE, "Exists", (), 3)])
    pinned = pod("a", node_selector=((names.INSTANCE_TYPE, "m5.large"),))
    state = snapshot([pinned, pod("b")], nodepools=(replace(nodepool("p"), requirements=wanted),))
    plan = planned(state)
    assert [u.pod for u in plan.unschedulable] == ["default/a"]


def test_a_pool_whose_requirements_exclude_every_type_says_which_one_did() -> None:
    pool = nodepool("p", (names.INSTANCE_TYPE, "In", ["m9.huge"]))
    plan = planned(snapshot([pod("a")], nodepools=(pool,)))
    assert plan.empty_pools[0][0] == "p"
    assert "m9.huge" in plan.empty_pools[0][1]


def test_an_offering_without_a_price_is_not_planned_with() -> None:
    offered = catalog(*GENERAL)
    free = tuple(replace(o, price=None) for o in offered.offerings)
    plan = planned(snapshot([pod("a")], catalog_of=replace(offered, offerings=free)))
    assert "no price" in plan.empty_pools[0][1]


def test_a_mac_is_never_launched() -> None:
    mac = InstanceType(
        "mac2.metal", 8, 16384, "amd64", macos=True, network_interfaces=8, ipv4_per_interface=30
    )
    plan = planned(snapshot([pod("a")], catalog_of=catalog((mac, 0.01), *GENERAL)))
    assert [n.instance_type for n in plan.nodes] == ["m5.large"]


def test_spot_is_chosen_where_the_pool_allows_it_and_it_is_cheaper() -> None:
    pool = nodepool("p", (names.CAPACITY_TYPE, "In", ["spot", "on-demand"]))
    plan = planned(snapshot([pod("a")], nodepools=(pool,), catalog_of=catalog(*GENERAL, spot=0.3)))
    assert plan.nodes[0].capacity_type == "spot"


def test_pods_without_an_architecture_on_arm64_of_a_users_pool_are_pointed_out() -> None:
    arm = instance_type("m7g.large", 2, 8, architecture="arm64")
    plan = planned(snapshot([pod("a")], catalog_of=catalog(*GENERAL, (arm, 0.01))))
    assert any(
        "1 pod without a required architecture planned on arm64" in a for a in plan.assumptions
    )


def test_burstable_nodes_and_missing_daemonsets_are_pointed_out() -> None:
    small = instance_type("t3.large", 2, 8, burstable=True)
    plan = planned(snapshot([pod("a")], catalog_of=catalog((small, 0.01))))
    assert any("1 new node of burstable (t) types" in line for line in plan.assumptions)
    assert any("no DaemonSets are in the input" in line for line in plan.assumptions)


def test_a_resource_nothing_on_offer_has_comes_with_a_hint() -> None:
    plan = planned(snapshot([pod("a", requests=(("nvidia.com/gpu", 1),))]))
    (item,) = plan.unschedulable
    assert "add a NodePool that does" in str(item.reasons[0].detail["hint"])


def test_a_label_nothing_carries_comes_with_a_hint() -> None:
    plan = planned(snapshot([pod("a", node_selector=(("disk", "ssd"),))]))
    (item,) = plan.unschedulable
    assert "the label disk" in str(item.reasons[0].detail["hint"])


def test_a_request_beyond_any_number_is_refused_without_a_fault() -> None:
    plan = planned(snapshot([pod("a", requests=(("cpu", 10**30),))]))
    assert constraint(plan) == "NodeResourcesFit"


def test_min_values_that_nothing_on_offer_can_meet_empty_the_pool_by_name() -> None:
    wanted = Requirements.of([requirement(names.INSTANCE_TYPE, "Exists", (), 50)])
    pool = replace(nodepool("p"), requirements=wanted)
    plan = planned(snapshot([pod("a")], nodepools=(pool,)))
    assert "minValues 50" in plan.empty_pools[0][1]


def test_limits_are_named_with_their_amounts() -> None:
    plan = planned(snapshot([pod("a", "3")], nodepools=(nodepool("p", limits=(("cpu", 2000),)),)))
    (item,) = plan.unschedulable
    assert "p (cpu 2)" in str(item.reasons[0].detail["message"])


M5_LARGE = {names.NODEPOOL: "pool", names.INSTANCE_TYPE: "m5.large"}


def dollars(usd_per_hour: float, *more: tuple[str, str, list[str]]) -> NodePool:
    """Return a pool of m5.large, 0.096 USD an hour, with that limit."""
    limits = ((USD_PER_HOUR, round(usd_per_hour * 10**9)),)
    return nodepool("pool", (names.INSTANCE_TYPE, "In", ["m5.large"]), *more, limits=limits)


def test_a_limit_in_dollars_leaves_out_the_pods_of_lowest_priority() -> None:
    # One such pod fills an m5.large: two nodes are 0.192, three 0.288.
    pods = [*replicas(2, "low", "1500m"), *replicas(2, "high", "1500m", priority=10)]
    plan = planned(snapshot(pods, nodepools=(dollars(0.287),)))
    assert plan.cost_nano_usd_per_hour == 192 * MILLION
    assert {u.pod for u in plan.unschedulable} == {"default/low-0", "default/low-1"}
    reason = plan.unschedulable[0].reasons[0]
    assert reason.constraint == "NodePoolLimits"
    assert f"pool ({USD_PER_HOUR} 0.287)" in str(reason.detail["message"])
    assert len(planned(snapshot(pods, nodepools=(dollars(0.384),))).unschedulable) == 0


def test_the_judge_refuses_a_plan_over_a_limit_in_dollars() -> None:
    state = snapshot(replicas(3, "a", "1500m"), nodepools=(dollars(0.288),))
    plan = planned(state)
    lower = replace(state, cluster=replace(state.cluster, nodepools=(dollars(0.287),)))
    (found,) = judge(lower, plan, engine.pools_of(lower))
    assert (found.rule, found.subject) == ("NodePoolLimits", "pool")
    assert found.detail == f"{USD_PER_HOUR}: 0.288 exceeds the limit of 0.287"


@pytest.mark.parametrize(
    ("labels", "new"),
    [
        ({}, 1),
        ({names.CAPACITY_TYPE: "spot"}, 2),  # at 0.3 of the price
        ({"eks.amazonaws.com/capacityType": "SPOT"}, 2),
        ({names.INSTANCE_TYPE: "m5.4xlarge"}, 0),
        ({names.INSTANCE_TYPE: "x9.none"}, 3),
        ({names.NODEPOOL: "another"}, 3),
    ],
)
def test_nodes_that_are_there_count_by_the_price_of_their_offering(
    labels: dict[str, str], new: int
) -> None:
    there = tuple(node(f"n{i}", cpu="10m", labels=M5_LARGE | labels) for i in range(2))
    state = snapshot(
        replicas(4, "a", "1500m"),
        nodes=there,
        nodepools=(dollars(0.288, (names.CAPACITY_TYPE, "In", ["on-demand"])),),
        catalog_of=catalog(*GENERAL, spot=0.3),
    )
    plan = planned(state)
    assert sum(not n.existing for n in plan.nodes) == new
    unknown = [line for line in plan.assumptions if "without a known price" in line]
    assert bool(unknown) == (labels.get(names.INSTANCE_TYPE) == "x9.none")


def test_spot_nodes_take_less_of_a_limit_in_dollars() -> None:
    pinned = [pod("b", "1500m", priority=1, node_selector=((names.CAPACITY_TYPE, "on-demand"),))]
    state = snapshot(
        [*replicas(4, "a", "1500m", priority=2), *pinned],
        nodepools=(dollars(0.1, (names.CAPACITY_TYPE, "In", ["spot", "on-demand"])),),
        catalog_of=catalog(*GENERAL, spot=0.2),
    )
    plan = planned(state)
    assert plan.cost_nano_usd_per_hour == 4 * 19_200_000
    assert [u.pod for u in plan.unschedulable] == ["default/b"]


def test_costs_beside_the_instance_count_of_a_limit_in_dollars() -> None:
    pods, agent = replicas(2, "a", "1500m"), Extra("agent", 10 * MILLION, "bill")
    costed = with_costs(catalog(*GENERAL), Costs("costs.yaml", (agent,)))
    assert len(planned(snapshot(pods, nodepools=(dollars(0.2),))).nodes) == 2
    plan = planned(snapshot(pods, nodepools=(dollars(0.2),), catalog_of=costed))
    assert plan.cost_nano_usd_per_hour == 106 * MILLION
    assert len(plan.unschedulable) == 1
