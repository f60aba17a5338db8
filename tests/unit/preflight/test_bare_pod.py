"""Pods without a controller."""

from kubestow.preflight import bare_pod as check

from .builders import found, one, setup, workload


def test_a_pod_of_its_own_is_not_made_anew() -> None:
    finding = one(check, setup(workload("tool", "Pod", 1)))
    assert finding.severity == "warning"
    assert finding.subject.describe() == "Pod shop/tool"


def test_a_deployments_pods_pass() -> None:
    assert found(check, setup(workload())) == []
