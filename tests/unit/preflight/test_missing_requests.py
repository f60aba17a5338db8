"""Containers that request nothing."""

from kubestow.preflight import missing_requests as check
from kubestow.testing import quantities

from .builders import container, found, one, setup, workload


def test_a_container_without_a_cpu_request() -> None:
    item = container(workload(cpu="0"), requests=quantities(memory="1Gi"))
    finding = one(check, setup(item))
    assert finding.severity == "warning"
    assert finding.field == "spec.template.spec.containers[0].resources.requests"
    assert finding.reason.startswith(
        "container web requests no cpu: the scheduler places it as if it"
    )


def test_both_requests_those_of_the_pod_and_init_containers_pass() -> None:
    assert found(check, setup(workload())) == []
    of_the_pod = container(workload(), requests=())
    assert found(check, setup(of_the_pod)) == []
    init = container(workload(cpu="0", memory="0"), requests=(), is_init=True)
    assert found(check, setup(init)) == []
