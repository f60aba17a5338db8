"""Cluster Autoscaler's habits, each a sentence, and its measured fleet on a real trace."""

from collections import Counter
from dataclasses import replace

import pytest
from benchmarks.instances import snapshot as instance

from kubestow.model import labels as names
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.policies.cluster_autoscaler_packing import ClusterAutoscalerPacking, Expander
from kubestow.provisioning.assemble import assemble
from kubestow.provisioning.preparation.offerings import pools_of
from kubestow.provisioning.provision import provision
from kubestow.testing import node, nodepool, pod, replicas, snapshot
from kubestow.verify import judge

from ...skips import OPENB


def planned(state: Snapshot, expander: Expander = "least-waste") -> Plan:
    """Return Cluster Autoscaler's plan of a snapshot, which the judge must find legal."""
    pools = pools_of(state.cluster)
    packing = ClusterAutoscalerPacking(expander)
    plan = assemble(provision(state, pools, strategy=packing, whole_loads=False))
    assert not judge(state, plan, pools)
    return plan


def types(plan: Plan) -> Counter[str]:
    """Return the new nodes by instance type."""
    return Counter(n.instance_type for n in plan.nodes if not n.existing)


def group(name: str, kind: str, **options: object) -> NodePool:
    """Return a node group of one type."""
    return nodepool(name, (names.INSTANCE_TYPE, "In", [kind]), **options)


GROUPS = (group("one", "m5.large"), group("two", "c5.xlarge"), group("three", "m5.4xlarge"))


def test_least_waste_takes_the_group_whose_cpu_and_memory_are_used_most() -> None:
    # 3 cpu and 6 GiB: nearly a whole c5.xlarge (3.92 cpu, 6.6 GiB).
    plan = planned(snapshot(replicas(3, "web", "1", "2Gi"), nodepools=GROUPS))
    assert types(plan) == {"c5.xlarge": 1}


def test_most_pods_takes_a_group_that_runs_most_of_them() -> None:
    pods = (*replicas(2, "small", "500m", "1Gi"), pod("large", "6", "8Gi"))
    assert types(planned(snapshot(pods, nodepools=GROUPS), "most-pods")) == {"m5.4xlarge": 1}


def test_least_nodes_takes_the_group_that_needs_fewest() -> None:
    pods = replicas(6, "web", "1", "1Gi")
    assert types(planned(snapshot(pods, nodepools=GROUPS), "least-nodes")) == {"m5.4xlarge": 1}


def test_by_priority_the_first_group_that_can_is_taken() -> None:
    pods = replicas(6, "web", "1", "1Gi")
    assert types(planned(snapshot(pods, nodepools=GROUPS), "priority")) == {"m5.large": 6}


def test_one_group_is_grown_at_a_time_and_the_rest_waits_for_the_next_loop() -> None:
    pods = (*replicas(4, "web", "1500m", "3Gi"), pod("large", "6", "8Gi"))
    plan = planned(snapshot(pods, nodepools=GROUPS), "priority")
    assert types(plan) == {"m5.large": 4, "m5.4xlarge": 1}


def test_pods_of_one_kind_are_dealt_in_turns_to_the_nodes_that_have_room() -> None:
    pods = (*replicas(2, "big", "3", "1Gi"), *replicas(2, "small", "500m", "1Gi"))
    plan = planned(snapshot(pods, nodepools=(group("g", "m5.xlarge"),)))
    assert [len(n.pods) for n in plan.nodes] == [2, 2]


def test_nodes_that_are_there_are_filled_before_a_group_grows() -> None:
    plan = planned(snapshot([pod("web", "3")], nodepools=GROUPS, nodes=(node("there"),)))
    assert not types(plan)
    assert plan.nodes[0].pods == ("default/web",)


def test_a_group_at_its_limit_grows_no_further() -> None:
    full = group("full", "m5.large", limits=(("nodes", 2),))
    plan = planned(snapshot(replicas(3, "web", "1500m", "1Gi"), nodepools=(full,)))
    assert types(plan) == {"m5.large": 2}
    assert len(plan.unschedulable) == 1


def test_openb_costs_what_cluster_autoscaler_made_of_it() -> None:
    OPENB.skip_unless_met()
    state = instance("openb")
    wanted = {"m6a.24xlarge", "c6a.24xlarge", "r6a.24xlarge"}
    kept = tuple(o for o in state.catalog.offerings if o.instance_type in wanted)
    plan = planned(replace(state, catalog=replace(state.catalog, offerings=kept)))
    assert plan.cost_nano_usd_per_hour / 1e9 == pytest.approx(3_939.84, rel=0.03)
    assert len(plan.nodes) == pytest.approx(950, rel=0.03)
    assert len(plan.unschedulable) == 5
