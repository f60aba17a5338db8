"""Replicas that may share one zone."""

from kubestow.preflight import crowd_in_one_zone as check
from kubestow.testing import spread

from .builders import config, found, group, one, setup, workload


def test_anti_affinity_over_nodes_does_not_spread_over_zones() -> None:
    item = workload(spread=(spread("kubernetes.io/hostname", app="web"),))
    finding = one(check, setup(item, config_of=config(group())))
    assert finding.severity == "warning"
    assert finding.reason.startswith("nothing spreads its 2 replicas over zones: all may run")
    assert "topologyKey: topology.kubernetes.io/zone" in finding.fix


def test_spread_over_zones_passes_and_a_cluster_of_one_zone_has_no_choice() -> None:
    item = workload(spread=(spread("topology.kubernetes.io/zone", app="web"),))
    assert found(check, setup(item, config_of=config(group()))) == []
    assert found(check, setup(workload(), config_of=config(group(zones=("zone-a",))))) == []
