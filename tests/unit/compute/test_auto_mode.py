"""EKS Auto Mode: its pools, its fee, its cap on pods, what it needs no DaemonSet for."""

from tests.legality import is_legal

from kubestow.compute.auto_mode import option, pools
from kubestow.compute.case import ComparisonCase
from kubestow.model import labels as names
from kubestow.model.resources import PODS
from kubestow.testing import (
    catalog,
    daemonset,
    instance_type,
    nodepool,
    pod,
    replicas,
    snapshot,
)

LARGE = instance_type("m6i.24xlarge", 96, 384, network_interfaces=15, ipv4_per_interface=50)
SMALL = instance_type("m6i.small", 2, 2)
BURSTABLE = instance_type("t3.xlarge", 4, 16, burstable=True)
OLD = instance_type("m4.xlarge", 4, 16)
CATALOG = catalog((LARGE, 4.608), (SMALL, 0.01), (BURSTABLE, 0.02), (OLD, 0.03))


def test_the_built_in_pools_launch_c_m_and_r_of_generation_5_on_and_nothing_small() -> None:
    found = option(
        ComparisonCase(snapshot([pod("web", "1", "1Gi")], catalog_of=CATALOG, nodepools=()))
    )
    assert [line.unit for line in found.fleet] == ["m6i.24xlarge"]
    assert all(is_legal(planned) for planned in found.plans)


def test_a_node_takes_at_most_110_pods() -> None:
    pods = replicas(200, "web", "10m", "16Mi")
    found = option(ComparisonCase(snapshot(pods, catalog_of=CATALOG, nodepools=())))
    assert sum(line.count for line in found.fleet) == 2
    (planned,) = found.plans
    assert {dict(node.allocatable)[PODS] for node in planned.plan.nodes} == {110}


def test_its_fee_is_a_share_of_the_on_demand_price_even_on_spot() -> None:
    state = snapshot(
        [pod("web", "2", "4Gi")],
        catalog_of=catalog((instance_type("m5.xlarge", 4, 16), 0.192), spot=0.25),
        nodepools=(nodepool("own", (names.CAPACITY_TYPE, "In", ["spot"])),),
    )
    found = option(ComparisonCase(state))
    assert found.part("instances") == 48_000_000
    assert found.part("fees") == 192_000_000 * 12 // 100
    assert found.is_estimate


def test_what_aws_runs_on_the_node_needs_no_daemonset() -> None:
    state = snapshot(
        [pod("web")],
        catalog_of=CATALOG,
        nodepools=(),
        daemonsets=(daemonset("aws-node"), daemonset("agent")),
    )
    found = option(ComparisonCase(state))
    (planned,) = found.plans
    assert [p.rpartition("-general")[0] for p in planned.plan.nodes[0].daemonset_pods] == [
        "kube-system/agent"
    ]
    assert any("kube-system/aws-node" in note for note in found.description.notes)


def test_the_system_pool_is_behind_its_taint() -> None:
    general, system = pools(snapshot(nodepools=()))
    assert not general.taints
    assert [taint.key for taint in system.taints] == ["CriticalAddonsOnly"]


def test_the_user_s_own_nodepools_are_used_where_there_are_some() -> None:
    (own,) = pools(snapshot(nodepools=(nodepool("own"),)))
    assert own.name == "own"
    assert own.node_class.pods_at_most == (110, 110)
