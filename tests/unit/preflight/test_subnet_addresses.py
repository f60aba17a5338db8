"""Free addresses against nodes and pods."""

from kubestow.model.setup import Network, Subnet
from kubestow.preflight import subnet_addresses as check
from kubestow.testing import node, pod

from .builders import config, found, group, one, setup, unjudged, workload


def network(free: int) -> Network:
    return Network("subnets.yaml", (Subnet("subnet-1", "zone-a", "", free),))


def test_one_address_a_node_and_one_a_pod_are_the_least() -> None:
    agent = workload("agent", "DaemonSet", 1)
    of = setup(workload(replicas=5), agent, config_of=config(group()), network=network(10))
    finding = one(check, of)
    assert finding.severity == "error"  # 3 nodes + 5 pods + 3 of the DaemonSet
    assert finding.reason == (
        "3 nodes and 8 pods need at least 11 addresses, but only 10 are free: subnet-1 in zone-a 10"
    )


def test_pods_on_the_host_network_take_none() -> None:
    agent = workload("agent", "DaemonSet", 1, host_network=True)
    of = setup(workload(replicas=5), agent, config_of=config(group()), network=network(8))
    assert one(check, of).severity == "warning"


def test_what_runs_already_has_its_addresses() -> None:
    running = tuple(pod(f"web-{n}", node="n1", namespace="shop") for n in range(4))
    cluster = {"nodes": (node("n1"), node("n2")), "pods": running}
    of = setup(workload(replicas=5), config_of=config(group()), network=network(1), cluster=cluster)
    assert "1 node and 1 pod need at least 2 addresses" in one(check, of).reason


def test_what_the_cni_takes_at_the_largest_size_is_a_warning() -> None:
    of = setup(workload(), config_of=config(group()), network=network(599))
    assert one(check, of).severity == "warning"  # 10 nodes x 4 interfaces x 15 addresses
    assert "up to 600 addresses" in one(check, of).reason


def test_enough_addresses_pass_and_without_subnets_nothing_is_judged() -> None:
    of = setup(workload(), config_of=config(group()), network=network(600))
    assert found(check, of) == []
    assert unjudged(check, setup(workload())) == ["no --subnets given"]
