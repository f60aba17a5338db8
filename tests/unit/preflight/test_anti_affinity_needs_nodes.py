"""Anti-affinity against the nodes there can be."""

from kubestow.preflight import anti_affinity_needs_nodes as check
from kubestow.testing import affinity_term, nodepool

from .builders import config, found, group, one, setup, unjudged, workload

HOST = affinity_term("kubernetes.io/hostname", app="web")
ZONE = affinity_term("topology.kubernetes.io/zone", app="web")


def test_more_replicas_than_the_largest_size() -> None:
    item = workload(replicas=5, anti_affinity=(HOST,))
    finding = one(check, setup(item, config_of=config(group(maximum=3))))
    assert finding.severity == "error"
    assert finding.reason == (
        "5 replicas exclude each other by kubernetes.io/hostname, but only 3 nodes at maxSize are "
        "available: 2 stay Pending"
    )


def test_more_replicas_than_zones() -> None:
    item = workload(replicas=3, anti_affinity=(ZONE,))
    assert (
        "2 zones are available: 1 stay Pending"
        in one(check, setup(item, config_of=config(group()))).reason
    )


def test_enough_nodes_other_pods_and_a_nodepool_pass() -> None:
    item = workload(replicas=3, anti_affinity=(HOST,))
    assert found(check, setup(item, config_of=config(group(maximum=3)))) == []
    assert (
        found(check, setup(workload(replicas=99, anti_affinity=(HOST,)), pools=[nodepool()])) == []
    )
    other = workload(replicas=9, anti_affinity=(affinity_term("kubernetes.io/hostname", app="db"),))
    assert found(check, setup(other, config_of=config(group(maximum=3)))) == []
    assert unjudged(check, setup(item)) != []
