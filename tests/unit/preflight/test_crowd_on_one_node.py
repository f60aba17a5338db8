"""Replicas that may share one node."""

from kubestow.preflight import crowd_on_one_node as check
from kubestow.testing import affinity_term, spread

from .builders import config, found, group, one, setup, workload


def test_replicas_without_a_constraint_may_all_be_on_one_node() -> None:
    finding = one(check, setup(workload(replicas=3), config_of=config(group())))
    assert finding.severity == "warning"
    assert finding.reason.startswith("nothing spreads its 3 replicas: all may run on one node")
    assert "topologyKey: kubernetes.io/hostname" in finding.fix
    assert "matchLabels: {app: web}" in finding.fix


def test_only_as_many_as_the_largest_node_holds() -> None:
    finding = one(check, setup(workload(replicas=5, cpu="600m"), config_of=config(group())))
    assert finding.reason.startswith("nothing spreads its 5 replicas: 3 may")  # 1930m / 600m
    assert found(check, setup(workload(cpu="1500m"), config_of=config(group()))) == []


def test_spread_over_nodes_or_zones_and_anti_affinity_pass() -> None:
    kept = (
        workload(spread=(spread("kubernetes.io/hostname", app="web"),)),
        workload(spread=(spread("topology.kubernetes.io/zone", app="web"),)),
        workload(anti_affinity=(affinity_term("kubernetes.io/hostname", app="web"),)),
        workload(replicas=1),
    )
    for item in kept:
        assert found(check, setup(item, config_of=config(group()))) == []
