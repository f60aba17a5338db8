"""Each thing Fargate forbids."""

from dataclasses import replace

import pytest

from kubestow.model.fargate_profile import FargateProfile, FargateSelector
from kubestow.model.setup import CheckedWorkload, PodVolume
from kubestow.preflight import fargate_prohibition as check
from kubestow.testing import quantities

from .builders import config, container, found, one, setup, unjudged, workload

PROFILE = FargateProfile("fp", "fargateProfiles[0]", (FargateSelector("shop"),))
OURS = config(profiles=(PROFILE,))
GPU = (*quantities(cpu="1", memory="1Gi"), ("nvidia.com/gpu", 1))


@pytest.mark.parametrize(
    ("item", "field", "said"),
    [
        (workload(host_network=True), "spec.template.spec.hostNetwork", "no host network"),
        (
            container(workload(), privileged=True),
            "spec.template.spec.containers[0].securityContext.privileged",
            "no privileged",
        ),
        (
            container(workload(), host_ports=(80, 443)),
            "spec.template.spec.containers[0].ports",
            "it wants 80, 443",
        ),
        (
            workload(volumes=(PodVolume("logs", "hostPath"),)),
            "spec.template.spec.volumes",
            "volume logs",
        ),
        (
            workload(volumes=(PodVolume("data", "volumeClaimTemplate", storage_class="gp3"),)),
            "spec.template.spec.volumes",
            "no EBS volumes, and volume data",
        ),
        (workload(requests=GPU), "spec.template.spec.containers", "no nvidia.com/gpu"),
        (
            workload(node_selector=(("kubernetes.io/arch", "arm64"),)),
            "spec.template.spec.nodeSelector",
            "amd64 only",
        ),
        (workload(cpu="16100m"), "spec.template.spec.containers", "16100m of cpu"),
        (workload(memory="120Gi"), "spec.template.spec.containers", "122880Mi of memory"),
        (
            workload(requests=quantities(cpu="1", ephemeral_storage="176Gi")),
            "spec.template.spec.containers",
            "at most 175Gi",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_prohibition_is_a_finding_of_its_own(
    item: CheckedWorkload, field: str, said: str
) -> None:
    finding = one(check, setup(item, config_of=OURS))
    assert finding.severity == "error"
    assert finding.field == field
    assert finding.reason.startswith("profile fp selects it, but ")
    assert said in finding.reason


def test_a_daemonset_of_the_namespace_leaves_fargate_out() -> None:
    finding = one(check, setup(workload("agent", "DaemonSet", 1), config_of=OURS))
    assert (finding.severity, finding.field) == ("warning", "kind")


def test_a_pod_within_the_limits_passes() -> None:
    most = workload(cpu="16", memory="119Gi", volumes=(PodVolume("tmp", "emptyDir"),))
    assert found(check, setup(most, config_of=OURS)) == []
    elsewhere = replace(workload(host_network=True))
    assert found(check, setup(elsewhere, config_of=config())) == []
    assert unjudged(check, setup()) == ["no --cluster-config given"]
