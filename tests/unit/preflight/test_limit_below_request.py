"""Limits below requests."""

from kubestow.preflight import limit_below_request as check
from kubestow.testing import quantities

from .builders import container, found, one, setup, workload


def test_a_limit_below_its_request_is_refused_by_the_api_server() -> None:
    item = container(workload(is_valid=False), limits=quantities(memory="512Mi"))
    finding = one(check, setup(item))
    assert finding.severity == "error"
    assert finding.field == "spec.template.spec.containers[0].resources.limits.memory"
    assert finding.reason.startswith("container web requests 1024Mi of memory, but its limit is")
    assert finding.fix == "set limits.memory to 1024Mi or more"


def test_an_equal_limit_and_none_pass() -> None:
    assert found(check, setup(workload(), container(workload("b"), limits=()))) == []
