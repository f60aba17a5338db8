"""Autoscalers without a target or a measure."""

from dataclasses import replace

from kubestow.model.setup import Scaling
from kubestow.preflight import autoscaler_target as check
from kubestow.testing import quantities

from .builders import container, found, one, setup, subject, workload

SCALING = Scaling(subject("HorizontalPodAutoscaler", "web"), "Deployment", "web", 2, 9)


def test_a_workload_that_is_not_there() -> None:
    finding = one(check, setup(workload("wbe"), scalings=(SCALING,)))
    assert (finding.severity, finding.field) == ("warning", "spec.scaleTargetRef")
    assert finding.reason == "Deployment shop/web is not in the input"


def test_pods_without_a_cpu_request_have_no_utilisation() -> None:
    item = container(workload(cpu="0"), requests=quantities(memory="1Gi"))
    assert one(check, setup(item, scalings=(SCALING,))).field == "spec.metrics"


def test_what_does_not_scale_by_cpu_needs_no_cpu_request() -> None:
    item = container(workload(cpu="0"), requests=quantities(memory="1Gi"))
    assert found(check, setup(item, scalings=(replace(SCALING, by_cpu=False),))) == []


def test_a_workload_with_requests_passes_even_at_the_level_of_the_pod() -> None:
    assert found(check, setup(workload(), scalings=(SCALING,))) == []
    of_the_pod = container(workload(), requests=())
    assert found(check, setup(of_the_pod, scalings=(SCALING,))) == []
