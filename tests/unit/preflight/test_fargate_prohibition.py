"""Each thing Fargate forbids."""

from dataclasses import replace

import pytest

from kubestow.model.fargate_profile import FargateProfile, FargateSelector
from kubestow.model.setup import CheckedWorkload, PodVolume
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from kubestow.preflight import fargate_prohibition as check
from kubestow.testing import quantities

from .builders import config, container, found, one, setup, unjudged, workload

PROFILE = FargateProfile("fp", "fargateProfiles[0]", (FargateSelector("shop"),))
OURS = config(profiles=(PROFILE,))
GPU = (*quantities(cpu="1", memory="1Gi"), ("nvidia.com/gpu", 1))


@pytest.mark.parametrize(
    ("item", "field", "said"),
    [
        (
            workload(host_network=True),
            "spec.template.spec.hostNetwork",
            "does not support host networking",
        ),
        (
            container(workload(), privileged=True),
            "spec.template.spec.containers[0].securityContext.privileged",
            "does not run privileged",
        ),
        (
            container(workload(), host_ports=(80, 443)),
            "spec.template.spec.containers[0].ports",
            "host ports (80, 443)",
        ),
        (
            workload(volumes=(PodVolume("logs", "hostPath"),)),
            "spec.template.spec.volumes",
            "volume logs",
        ),
        (
            workload(volumes=(PodVolume("data", "volumeClaimTemplate", storage_class="gp3"),)),
            "spec.template.spec.volumes",
            "cannot mount volume data (an unbound claim",
        ),
        (
            workload(volumes=(PodVolume("disk", "awsElasticBlockStore"),)),
            "spec.template.spec.volumes",
            "cannot mount volume disk (an inline ebs disk",
        ),
        (
            workload(volumes=(PodVolume("data", "ephemeral", storage_class="gp3"),)),
            "spec.template.spec.volumes",
            "cannot mount volume data (an unbound claim",
        ),
        (
            workload(node_selector=(("team", "a"),)),
            "spec.template.spec.nodeSelector",
            "without labels of a node group",
        ),
        (
            workload(requests=GPU),
            "spec.template.spec.containers",
            "nvidia.com/gpu: Fargate has no devices",
        ),
        (
            workload(node_selector=(("kubernetes.io/arch", "arm64"),)),
            "spec.template.spec.nodeSelector",
            "a Fargate node is Linux on amd64",
        ),
        (workload(cpu="16100m"), "spec.template.spec.containers", "16100m of cpu"),
        (workload(memory="120Gi"), "spec.template.spec.containers", "122880Mi of memory"),
        (
            workload(requests=quantities(cpu="1", ephemeral_storage="176Gi")),
            "spec.template.spec.containers",
            "more than 175 GiB",
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


MOUNTS_DATA = workload(volumes=(PodVolume("data", "persistentVolumeClaim", "data"),))


def test_a_claim_that_efs_would_be_made_for_is_found_and_one_bound_to_efs_is_not() -> None:
    claim = PersistentVolumeClaim("shop", "data", "shared")
    classes = {"shared": StorageClass("shared", "efs.csi.aws.com")}
    claims = {("shop", "data"): claim}
    made = setup(
        MOUNTS_DATA, config_of=OURS, cluster={"claims": claims, "storage_classes": classes}
    )
    assert "an unbound claim: only static EFS" in one(check, made).reason
    bound = {("shop", "data"): replace(claim, volume_name="share")}
    volumes = {"share": PersistentVolume("share", driver="efs.csi.aws.com")}
    static = setup(MOUNTS_DATA, config_of=OURS, cluster={"claims": bound, "volumes": volumes})
    assert found(check, static) == []
    assert unjudged(check, static) == []


def test_a_stateful_sets_claims_are_those_of_its_first_pod() -> None:
    volumes = (PodVolume("data", "volumeClaimTemplate", storage_class="shared"),)
    item = workload("web", "StatefulSet", volumes=volumes)
    cluster = {
        "claims": {
            ("shop", "data-web-0"): PersistentVolumeClaim("shop", "data-web-0", volume_name="v")
        },
        "volumes": {"v": PersistentVolume("v", driver="efs.csi.aws.com")},
        "storage_classes": {"shared": StorageClass("shared", "efs.csi.aws.com")},
    }
    assert found(check, setup(item, config_of=OURS, cluster=cluster)) == []


def test_a_claim_whose_volume_is_not_in_the_input_is_not_judged() -> None:
    of = setup(MOUNTS_DATA, config_of=OURS)
    assert found(check, of) == []
    assert unjudged(check, of) == [
        "Deployment shop/web: volume data: its PersistentVolume is not in the input"
    ]
