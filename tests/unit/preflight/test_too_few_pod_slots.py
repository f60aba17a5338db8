"""Pod slots at the largest size against pods."""

from kubestow.preflight import too_few_pod_slots as check
from kubestow.testing import node, nodepool

from .builders import config, found, group, one, setup, unjudged, workload

TWO_OLD = config(group("old", "t2.medium", maximum=2))


def test_eighteen_pods_do_not_fit_in_two_nodes_of_seventeen_slots_beside_a_daemonset() -> None:
    agents = [workload(f"agent-{n}", "DaemonSet", 1) for n in range(9)]
    finding = one(check, setup(workload(replicas=17), *agents, config_of=TWO_OLD))
    assert finding.severity == "error"  # 2 x (17 - 9) = 16
    assert finding.reason == (
        "there are 17 pods, but all nodes together have 16 slots beside their DaemonSets: old 16"
    )


def test_as_many_as_there_are_slots_pass() -> None:
    assert found(check, setup(workload(replicas=34), config_of=TWO_OLD)) == []


def test_a_nodepool_without_end_holds_any_number() -> None:
    of = setup(workload(replicas=35), config_of=TWO_OLD, pools=[nodepool()])
    assert found(check, of) == []


def test_the_nodes_of_the_input_are_counted_one_by_one() -> None:
    nodes = (node("a", pods=3), node("b", pods=4))
    of = setup(workload(replicas=8), cluster={"nodes": nodes})
    assert "have 7 slots" in one(check, of).reason
    assert unjudged(check, setup(workload())) != []
