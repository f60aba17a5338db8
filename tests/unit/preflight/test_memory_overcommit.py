"""Memory limits far above requests."""

from kubestow.preflight import memory_overcommit as check
from kubestow.testing import quantities

from .builders import container, found, one, setup, workload


def test_a_limit_of_more_than_twice_the_request() -> None:
    finding = one(check, setup(container(workload(), limits=quantities(memory="4Gi"))))
    assert finding.severity == "warning"
    assert "4096Mi, is 4.0 times its request, 1024Mi" in finding.reason


def test_twice_the_request_passes() -> None:
    assert found(check, setup(container(workload(), limits=quantities(memory="2Gi")))) == []
