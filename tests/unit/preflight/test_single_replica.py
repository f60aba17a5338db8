"""Workloads of one replica."""

from dataclasses import replace

from kubestow.model.setup import Scaling
from kubestow.preflight import single_replica as check

from .builders import found, one, setup, subject, workload

HPA = subject("HorizontalPodAutoscaler", "web")


def test_one_replica_is_away_while_its_node_is_drained() -> None:
    finding = one(check, setup(workload(replicas=1)))
    assert (finding.severity, finding.field) == ("warning", "spec.replicas")
    assert finding.fix.startswith("set replicas: 2")


def test_an_autoscaler_that_may_leave_one_is_named_instead() -> None:
    scaled = workload(replicas=1, scaling=Scaling(HPA, "Deployment", "web", 1, 9))
    assert one(check, setup(scaled)).subject == HPA
    kept = workload(replicas=1, scaling=Scaling(HPA, "Deployment", "web", 2, 9))
    assert found(check, setup(kept)) == []


def test_a_workload_that_may_be_scaled_to_none_is_meant_to_be_away() -> None:
    keda = Scaling(subject("ScaledObject", "web"), "Deployment", "web", 0, 9,
                   "spec.minReplicaCount", "spec.maxReplicaCount")  # fmt: skip
    assert found(check, setup(workload(replicas=1, scaling=keda))) == []
    one_left = replace(keda, minimum=1)
    finding = one(check, setup(workload(replicas=1, scaling=one_left)))
    assert (finding.field, finding.fix) == ("spec.minReplicaCount", "set minReplicaCount: 2")


def test_two_replicas_a_job_and_none_pass() -> None:
    jobs = workload("job", "Job", 1)
    assert found(check, setup(workload(), jobs, workload("off", replicas=0))) == []
