"""EBS volumes against attachment slots."""

from kubestow.model.setup import CheckedWorkload, PodVolume
from kubestow.preflight import ebs_slots as check

from .builders import config, found, group, one, setup, unjudged, workload


def using(volumes: int, **options: str) -> CheckedWorkload:
    made = tuple(PodVolume(f"v{n}", "volumeClaimTemplate", "", "gp3") for n in range(volumes))
    return workload("db", "StatefulSet", 3, volumes=made, **options)


def test_one_pod_with_more_volumes_than_slots() -> None:
    finding = one(check, setup(using(24), config_of=config(group())))
    assert finding.severity == "error"  # 27 - 1 root - 3 more interfaces = 23
    assert finding.reason == (
        "a pod uses 24 EBS volumes, but the nodes it may use have at most 23 attachment slots"
    )


def test_slots_that_are_full_before_the_requests_are_said() -> None:
    finding = one(check, setup(using(8), config_of=config(group())))
    assert finding.severity == "info"
    assert finding.reason.startswith("by requests, 3 pods with 24 EBS volumes fit on a node")


def test_enough_slots_pass() -> None:
    assert found(check, setup(using(7), config_of=config(group()))) == []
    assert found(check, setup(using(23, cpu="1500m"), config_of=config(group()))) == []
    assert unjudged(check, setup(using(1))) != []
