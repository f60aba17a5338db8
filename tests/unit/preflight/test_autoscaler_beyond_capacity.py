"""Autoscalers against what can be launched."""

from kubestow.model.setup import (
    CheckedWorkload,
    Network,
    Scaling,
    Subnet,
)
from kubestow.preflight import autoscaler_beyond_capacity as check
from kubestow.testing import nodepool

from .builders import config, found, group, one, setup, subject, unjudged, workload

HPA = subject("HorizontalPodAutoscaler", "web")


def scaled(most: int, cpu: str = "1") -> CheckedWorkload:
    return workload(cpu=cpu, scaling=Scaling(HPA, "Deployment", "web", 2, most))


def test_more_cpu_than_the_groups_can_ever_have() -> None:
    finding = one(check, setup(scaled(4), config_of=config(group(maximum=2))))
    assert finding.severity == "warning"
    assert finding.subject == HPA
    assert finding.reason == (
        "if all autoscalers reach maxReplicas, pods need 4 of cpu, but all possible nodes offer "
        "3860m"
    )


def test_a_nodepools_limit_is_an_end_as_well() -> None:
    pool = nodepool(limits=(("cpu", 3000),))
    assert "offer 3" in one(check, setup(scaled(4), pools=[pool])).reason
    assert found(check, setup(scaled(4), pools=[nodepool()])) == []


def test_addresses_that_hold_the_pods_of_today_only() -> None:
    network = Network("n.yaml", (Subnet("subnet-1", "zone-a", "", 10),))
    of = setup(scaled(20), pools=[nodepool()], network=network)
    assert "20 pods need an address, but only 10 are free" in one(check, of).reason


def test_room_for_all_passes() -> None:
    assert found(check, setup(scaled(3), config_of=config(group(maximum=2)))) == []
    assert found(check, setup(workload(), config_of=config(group(maximum=2)))) == []
    assert unjudged(check, setup(scaled(3))) != []
