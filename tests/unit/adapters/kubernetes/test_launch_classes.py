"""EC2NodeClasses read as LaunchClasses: values, defaults, and what is refused by name."""

from typing import Any

import pytest
import yaml

from kubestow.adapters.documents import KeptDocument, read_documents
from kubestow.adapters.kubernetes.launch_classes import read_launch_classes
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputProblem
from kubestow.model.launch_class import (
    BlockDeviceMapping,
    ImageTerm,
    InstanceMetadata,
    KubeletSettings,
    LaunchClass,
    LaunchVolume,
    PlaceTerm,
)

SPEC: dict[str, Any] = {
    "amiSelectorTerms": [{"alias": "al2023@latest"}],
    "subnetSelectorTerms": [{"tags": {"karpenter.sh/discovery": "shop"}}],
    "securityGroupSelectorTerms": [{"id": "sg-1"}],
    "role": "nodes",
}


def read(*specs: dict[str, Any], **head: str) -> tuple[dict[str, LaunchClass], list[InputProblem]]:
    objects = [
        {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "web"},
         "spec": spec} | head
        for spec in specs
    ]  # fmt: skip
    problems: list[InputProblem] = []
    source = Source("classes.yaml", yaml.safe_dump_all(objects).encode())
    classes = read_launch_classes(read_documents(source, problems), problems)
    return classes, problems


def only(spec: dict[str, Any]) -> LaunchClass:
    classes, problems = read(spec)
    assert problems == []
    return classes["web"]


def test_a_class_with_what_is_required_has_the_defaults_of_its_definition() -> None:
    assert only(SPEC) == LaunchClass(
        "web", "AL2023", (ImageTerm(alias="al2023@latest"),),
        (PlaceTerm(tags=(("karpenter.sh/discovery", "shop"),)),), (PlaceTerm(id="sg-1"),),
        role="nodes", metadata=InstanceMetadata("enabled", "disabled", 1, "required"),
    )  # fmt: skip
    assert only(SPEC).alias_version == "latest"


def test_a_class_is_read_whole() -> None:
    found = only({
        "amiFamily": "Bottlerocket",
        "amiSelectorTerms": [
            {"id": "ami-1"}, {"name": "own-*", "owner": "self", "tags": {"stage": "*"}},
            {"ssmParameter": "/own/ami"},
        ],
        "subnetSelectorTerms": [{"id": "subnet-1"}],
        "securityGroupSelectorTerms": [{"name": "nodes"}, {"tags": {"b": "2", "a": "1"}}],
        "instanceProfile": "nodes",
        "userData": "[settings]\n",
        "blockDeviceMappings": [
            {"deviceName": "/dev/xvda", "ebs": {"volumeSize": "4Gi", "volumeType": "gp3"}},
            {"deviceName": "/dev/xvdb", "rootVolume": True,
             "ebs": {"volumeSize": "100G", "volumeType": "io2", "iops": 5000, "throughput": 200,
                     "encrypted": True, "kmsKeyID": "key", "snapshotID": "snap-1",
                     "deleteOnTermination": False}},
        ],
        "instanceStorePolicy": "RAID0",
        "metadataOptions": {"httpEndpoint": "disabled", "httpProtocolIPv6": "enabled",
                            "httpPutResponseHopLimit": 2, "httpTokens": "optional"},
        "tags": {"team": "a"},
        "detailedMonitoring": True,
        "associatePublicIPAddress": False,
        "kubelet": {
            "clusterDNS": ["10.0.0.10"], "maxPods": 42, "podsPerCore": 4,
            "systemReserved": {"cpu": "100m"}, "kubeReserved": {"memory": "1Gi", "cpu": "1"},
            "evictionHard": {"memory.available": "5%"}, "evictionSoft": {"memory.available": "1Gi"},
            "evictionSoftGracePeriod": {"memory.available": "1m30s"},
            "evictionMaxPodGracePeriod": 60, "imageGCHighThresholdPercent": 80,
            "imageGCLowThresholdPercent": 70, "cpuCFSQuota": False,
        },
    })  # fmt: skip
    assert found.ami_terms == (
        ImageTerm(id="ami-1"),
        ImageTerm(name="own-*", owner="self", tags=(("stage", "*"),)),
        ImageTerm(ssm_parameter="/own/ami"),
    )
    assert found.security_group_terms[1] == PlaceTerm(tags=(("a", "1"), ("b", "2")))
    assert (found.role, found.instance_profile, found.alias_version) == ("", "nodes", "")
    assert found.block_devices == (
        BlockDeviceMapping("/dev/xvda", LaunchVolume(4 * 2**30, "gp3")),
        BlockDeviceMapping(
            "/dev/xvdb",
            LaunchVolume(100 * 10**9, "io2", 5000, 200, True, "key", "snap-1", False),
            is_root=True,
        ),
    )
    assert found.metadata == InstanceMetadata("disabled", "enabled", 2, "optional")
    assert found.raid0_instance_store
    assert found.detailed_monitoring
    assert found.public_address is False
    assert found.kubelet == KubeletSettings(
        ("10.0.0.10",), 42, 4, (("cpu", "100m"),), (("cpu", "1"), ("memory", "1Gi")),
        (("memory.available", "5%"),), (("memory.available", "1Gi"),),
        (("memory.available", "1m30s"),), 60, 80, 70, False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("alias", "family"),
    [("al2@latest", "AL2"), ("al2023@v20251120", "AL2023"), ("bottlerocket@v1.50.0",
                                                             "Bottlerocket")],
)  # fmt: skip
def test_the_family_is_that_of_the_alias(alias: str, family: str) -> None:
    assert only(SPEC | {"amiSelectorTerms": [{"alias": alias}]}).ami_family == family


KUBELET = "spec.kubelet"


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"role": None}, "spec.role", "must be set unless instanceProfile is"),
        ({"instanceProfile": "x"}, "spec.role", "and not with it"),
        ({"subnetSelectorTerms": []}, "spec.subnetSelectorTerms", "is empty"),
        ({"amiSelectorTerms": [{"owner": "self"}], "amiFamily": "AL2023"},
         "spec.amiSelectorTerms[0]", ""),
        ({"amiFamily": "Windows2022", "amiSelectorTerms": [{"alias": "windows2022@latest"}]},
         "spec.amiFamily", "'Windows2022' cannot be launched"),
        ({"amiSelectorTerms": [{"alias": "windows2022@latest"}]},
         "spec.amiSelectorTerms[0].alias", "'windows2022' cannot be launched"),
        ({"amiFamilly": "AL2"}, "spec.amiFamilly", ""),
        ({"detailedMonitoring": "yes"}, "spec.detailedMonitoring", ""),
        ({"blockDeviceMappings": [{"deviceName": "a", "ebs": {"volumeType": "gp3"}}]},
         "spec.blockDeviceMappings[0].ebs", "neither volumeSize nor snapshotID"),
        ({"blockDeviceMappings": [{"deviceName": "a", "ebs": {"volumeSize": "1Gi"}}] * 2},
         "spec.blockDeviceMappings[1].deviceName", "a is mapped twice"),
        ({"kubelet": {"maxPods": -1}}, f"{KUBELET}.maxPods", "-1 is negative"),
        ({"kubelet": {"kubeReserved": {"gpu": "1"}}}, f"{KUBELET}.kubeReserved.gpu", "reserved"),
        ({"kubelet": {"evictionHard": {"memory": "1Gi"}}}, f"{KUBELET}.evictionHard.memory",
         "unknown eviction signal"),
        ({"kubelet": {"evictionSoft": {"pid.available": "5%"}}},
         f"{KUBELET}.evictionSoftGracePeriod.pid.available", "is missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_launched_is_named_and_left_out(
    change: dict[str, Any], field: str, message: str
) -> None:
    classes, problems = read({k: v for k, v in (SPEC | change).items() if v is not None})
    assert classes == {}
    problem = next(p for p in problems if p.field == field)
    assert (problem.file, problem.subject) == ("classes.yaml", "EC2NodeClass web")
    assert message in problem.message
    assert problem.hint


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("capacityReservationSelectorTerms", [{"id": "cr-1"}]),
        ("connectionTracking", {"udpTimeout": 30}),
        ("context", "c"),
        ("cpuOptions", {"nestedVirtualization": "enabled"}),
        ("enclaveOptions", {"enabled": True}),
        ("ipPrefixCount", 1),
        ("networkInterfaces",
         [{"deviceIndex": 0, "interfaceType": "interface", "networkCardIndex": 0}]),
        ("placementGroupSelector", {"name": "p"}),
    ],
)  # fmt: skip
def test_a_field_that_is_not_supported_is_never_ignored(field: str, given: Any) -> None:
    classes, problems = read(SPEC | {field: given})
    assert classes == {}
    (problem,) = problems
    assert problem.field == f"spec.{field}"
    assert "is not supported" in problem.message
    assert "leave the NodePools of this class to Karpenter" in problem.hint


def test_a_volume_s_unsupported_field_is_named_with_its_place() -> None:
    ebs = {"volumeSize": "20Gi", "snapshotID": "snap-1", "volumeInitializationRate": 100}
    classes, (problem,) = read(SPEC | {"blockDeviceMappings": [{"deviceName": "a", "ebs": ebs}]})
    assert classes == {}
    assert problem.field == "spec.blockDeviceMappings[0].ebs.volumeInitializationRate"


def test_a_node_class_of_auto_mode_is_said_to_be_unsupported() -> None:
    head = {"apiVersion": "eks.amazonaws.com/v1", "kind": "NodeClass"}
    classes, (problem,) = read({}, **head)
    assert classes == {}
    assert "EKS launches the nodes of EKS Auto Mode itself" in problem.message


def test_a_class_of_another_version_is_said_to_be_unsupported() -> None:
    classes, (problem,) = read(SPEC, apiVersion="karpenter.k8s.aws/v1beta1")
    assert classes == {}
    assert problem.field == "apiVersion"


def test_a_class_that_is_kept_is_read_once() -> None:
    (document,) = read_documents(Source("c.yaml", yaml.safe_dump(
        {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "web"},
         "spec": SPEC}).encode()), [])  # fmt: skip
    kept = KeptDocument(document.file, document.kind, document.api_version, document.json)
    first, second = (read_launch_classes([kept], [])["web"] for _ in range(2))
    assert first is second


def test_other_kinds_are_passed_over_and_the_last_of_a_name_counts() -> None:
    assert read(SPEC, kind="NodePool") == ({}, [])
    classes, problems = read(SPEC, SPEC | {"role": "others"})
    assert problems == []
    assert classes["web"].role == "others"
