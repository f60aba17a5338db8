"""Containers without a memory limit."""

from kubestow.preflight import memory_limit_missing as check
from kubestow.testing import quantities

from .builders import container, found, one, setup, workload


def test_a_container_without_a_memory_limit() -> None:
    finding = one(check, setup(container(workload(), limits=quantities(cpu="1"))))
    assert finding.severity == "info"
    assert finding.field == "spec.template.spec.containers[0].resources.limits.memory"


def test_a_limit_and_a_container_without_a_request_pass() -> None:
    assert found(check, setup(workload())) == []
    assert found(check, setup(container(workload(), limits=(), requests=()))) == []
