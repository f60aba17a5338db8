"""Requests no node can carry."""

from kubestow.preflight import request_too_large as check
from kubestow.testing import catalog, instance_type

from .builders import config, found, group, one, setup, unjudged, workload


def test_more_cpu_than_a_node_leaves() -> None:
    finding = one(check, setup(workload(cpu="2"), config_of=config(group())))
    assert finding.severity == "error"  # 2000m - 70m of kube-reserved
    assert finding.reason == (
        "it requests 2 of cpu, but the largest node it may use has 1930m beside DaemonSets "
        "(m5.large)"
    )


def test_daemonsets_are_taken_off_first() -> None:
    agent = workload("agent", "DaemonSet", 1, cpu="100m")
    of = setup(workload(cpu="1900m"), agent, config_of=config(group()))
    assert "has 1830m beside DaemonSets" in one(check, of).reason


def test_no_node_with_both_names_the_closest() -> None:
    types = ((instance_type("c5.xlarge", 4, 4), 0.17), (instance_type("m5.large", 2, 8), 0.1))
    of = setup(
        workload(cpu="2500m", memory="3Gi"),
        config_of=config(group("mixed", "c5.xlarge", "m5.large")),
        catalog_of=catalog(*types),
    )
    assert one(check, of).reason == (  # 4096 MiB less 7.5 %, 893 MiB reserved and 100 MiB held back
        "no node it may use has everything it requests: the closest, c5.xlarge, has 2795Mi of "
        "memory for the requested 3072Mi"
    )


def test_what_fits_passes_and_unknown_nodes_are_not_judged() -> None:
    assert found(check, setup(workload(cpu="1930m"), config_of=config(group()))) == []
    assert unjudged(check, setup(workload())) == [
        "no --cluster-config, NodePools or nodes given: the nodes pods may use are unknown"
    ]
    assert unjudged(check, setup(workload(), config_of=config(auto_mode=True))) == [
        "EKS Auto Mode chooses its nodes itself"
    ]
