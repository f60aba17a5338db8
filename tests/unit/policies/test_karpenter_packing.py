"""Karpenter's habits, each a sentence, and its measured fleets on a real trace."""

from collections import Counter
from dataclasses import replace

import pytest
from benchmarks.instances import snapshot as instance

from kubestow.model import labels as names
from kubestow.model.plan import Plan
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.policies.karpenter_packing import KarpenterPacking
from kubestow.provisioning.assemble import assemble
from kubestow.provisioning.preparation.offerings import pools_of
from kubestow.provisioning.provision import provision
from kubestow.testing import catalog, instance_type, node, nodepool, pod, replicas, snapshot
from kubestow.verify import judge

from ...skips import OPENB


def planned(state: Snapshot) -> Plan:
    """Return Karpenter's plan of a snapshot, which the judge must find legal."""
    pools = pools_of(state.cluster)
    fleet = provision(state, pools, strategy=KarpenterPacking(pools), whole_loads=False)
    plan = assemble(fleet)
    assert not judge(state, plan, pools)
    return plan


def types(plan: Plan) -> Counter[str]:
    """Return the new nodes by instance type."""
    return Counter(n.instance_type for n in plan.nodes if not n.existing)


def node_of(plan: Plan, name: str) -> str:
    """Return the node a pod is on."""
    return next(n.name for n in plan.nodes if f"default/{name}" in n.pods)


def test_a_claim_takes_pods_as_long_as_any_type_carries_them_whatever_it_costs() -> None:
    # Four nodes of 4 vCPU would do for 0.68; one of 16 vCPU takes all twelve pods.
    plan = planned(snapshot(replicas(12, "web", "1", "2Gi")))
    assert types(plan) == {"m5.4xlarge": 1}


def test_of_the_types_that_are_left_the_cheapest_is_launched() -> None:
    plan = planned(snapshot(replicas(3, "web", "1", "1Gi")))
    assert types(plan) == {"c5.xlarge": 1}  # 0.17, not the m5.xlarge for 0.192


def test_the_largest_pod_comes_first_by_cpu_and_then_by_memory() -> None:
    shape = instance_type("m5.xlarge", 4, 16)
    only = catalog((shape, 0.192))
    pods = [pod("small", "1", "1Gi"), pod("large", "3", "1Gi"), pod("wide", "1", "10Gi")]
    plan = planned(snapshot(pods, catalog_of=only))
    # large opens a node (0.92 cpu left: not enough for wide), wide the next, small joins wide.
    assert node_of(plan, "large") != node_of(plan, "wide")
    assert node_of(plan, "small") == node_of(plan, "wide")


def test_a_pod_goes_to_the_claim_with_the_fewest_pods() -> None:
    shape = instance_type("m5.xlarge", 4, 16)
    pods = (*replicas(2, "big", "2500m", "1Gi"), *replicas(2, "small", "500m", "1Gi"))
    plan = planned(snapshot(pods, catalog_of=catalog((shape, 0.192))))
    assert node_of(plan, "small-0") != node_of(plan, "small-1")


def test_nodes_that_are_there_come_before_claims() -> None:
    there = node("there", "4", "16Gi", labels={names.INSTANCE_TYPE: "m5.xlarge"})
    plan = planned(snapshot([pod("big", "3"), pod("small", "500m")], nodes=(there,)))
    assert node_of(plan, "big") == node_of(plan, "small") == "there"
    assert not types(plan)


def test_the_heaviest_nodepool_that_can_launches_whatever_it_costs() -> None:
    pools = (
        nodepool("cheap", (names.INSTANCE_TYPE, "In", ["c5.xlarge"]), weight=1),
        nodepool("dear", (names.INSTANCE_TYPE, "In", ["m5.4xlarge"]), weight=10),
    )
    assert types(planned(snapshot([pod("web", "1")], nodepools=pools))) == {"m5.4xlarge": 1}


def test_a_limit_counts_a_claim_as_the_largest_type_it_may_still_be() -> None:
    # Each claim could still be an m5.4xlarge when it is opened: 16 of the 20 cpus are gone at once,
    # and the 4 that are left allow an xlarge at most.
    pool = nodepool("limited", limits=(("cpu", 20_000),))
    plan = planned(snapshot(replicas(5, "web", "3500m", "1Gi"), nodepools=(pool,)))
    assert types(plan) == {"m5.4xlarge": 1, "c5.xlarge": 1}
    assert [item.pod for item in plan.unschedulable] == []
    plan = planned(snapshot(replicas(6, "web", "3500m", "1Gi"), nodepools=(pool,)))
    assert len(plan.unschedulable) == 1


def test_a_spread_over_zones_and_pods_that_exclude_each_other_are_kept() -> None:
    from kubestow.testing import affinity_term, spread

    pods: list[Pod] = [
        *replicas(5, "spread", labels={"app": "s"}, spread=(spread(names.ZONE, app="s"),)),
        *replicas(3, "apart", labels={"app": "a"},
                  anti_affinity=(affinity_term(names.HOSTNAME, app="a"),)),
    ]  # fmt: skip
    plan = planned(snapshot(pods))
    zones = Counter(n.zone for n in plan.nodes for p in n.pods if "spread" in p)
    assert sorted(zones.values()) == [1, 2, 2]
    assert all(sum("apart" in p for p in n.pods) <= 1 for n in plan.nodes)


def openb(most_vcpu: int | None = None) -> Snapshot:
    """Return the openb instance, limited to types of at most so many vCPUs."""
    OPENB.skip_unless_met()
    state = instance("openb")
    if most_vcpu is None:
        return state
    shapes = state.catalog.instance_types
    kept = tuple(o for o in state.catalog.offerings if shapes[o.instance_type].vcpu <= most_vcpu)
    return replace(state, catalog=replace(state.catalog, offerings=kept))


def test_openb_costs_what_karpenter_made_of_it() -> None:
    plan = planned(openb())
    assert plan.cost_nano_usd_per_hour / 1e9 == pytest.approx(5_303.69, rel=0.02)
    assert len(plan.nodes) == pytest.approx(224, rel=0.02)


def test_openb_on_types_of_at_most_96_vcpus_costs_what_karpenter_made_of_it() -> None:
    plan = planned(openb(96))
    assert plan.cost_nano_usd_per_hour / 1e9 == pytest.approx(4_291.01, rel=0.02)
    assert len(plan.unschedulable) == 5


def test_its_own_benchmark_of_5_000_pods_takes_1_000_nodes() -> None:
    plan = planned(instance("karpenter-5000"))
    assert len(plan.nodes) == 1_000


def test_a_pod_joins_a_claim_of_a_lighter_nodepool_before_a_heavier_one_opens_another() -> None:
    heavy = nodepool("heavy", (names.INSTANCE_TYPE, "In", ["m5.large"]), weight=9)
    light = nodepool("light", (names.INSTANCE_TYPE, "In", ["m5.4xlarge"]))
    plan = planned(snapshot([pod("large", "9"), pod("small", "1")], nodepools=(heavy, light)))
    assert node_of(plan, "large") == node_of(plan, "small")
