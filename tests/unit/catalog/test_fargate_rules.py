"""What Fargate does not run, rule by rule."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from kubestow.catalog.fargate_rules import (
    FargateContainer,
    FargatePod,
    FargateVolume,
    claimed_volume,
    prohibitions,
)
from kubestow.model import labels as names
from kubestow.model.pod import PodTemplate
from kubestow.model.selectors import LabelSelector, NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from kubestow.testing import quantities

EFS, EBS = "efs.csi.aws.com", "ebs.csi.aws.com"


def asks(**requests: str) -> dict[str, Any]:
    return {"template": PodTemplate(requests=quantities(**requests))}


def selects(key: str, value: str) -> dict[str, Any]:
    return {"template": PodTemplate(node_selector=((key, value),))}


def requires(*terms: tuple[str, str, str]) -> dict[str, Any]:
    affinity = tuple(
        NodeSelectorTerm((SelectorRequirement(key, operator, (value,)),))
        for key, operator, value in terms
    )
    return {"template": PodTemplate(node_affinity=affinity)}


def mounts(kind: str, driver: str = "") -> dict[str, Any]:
    return {"volumes": (FargateVolume("v", kind, driver),)}  # type: ignore[arg-type] # a table's text


def contains(**options: Any) -> dict[str, Any]:
    return {"containers": (FargateContainer("c", **options),)}


def rules(facts: Mapping[str, Any]) -> list[str]:
    pod = replace(FargatePod(PodTemplate()), **facts)
    return [item.rule for item in prohibitions(pod)]


@pytest.mark.parametrize(
    ("sentence", "facts", "rule"),
    [
        ("the host's network is not there", {"host_network": True}, "host-network"),
        ("a privileged container does not run", contains(privileged=True), "privileged"),
        ("a host port is not allowed", contains(host_ports=(80,)), "host-port"),
        ("a path of the host cannot be mounted", mounts("host-path"), "host-path"),
        ("an EBS volume named in the pod cannot be mounted", mounts("inline", "ebs"),
         "inline-volume"),
        ("EBS cannot be mounted, even where it exists", mounts("static", EBS), "claim"),
        ("FSx for Lustre cannot be mounted", mounts("static", "fsx.csi.aws.com"), "claim"),
        ("S3 cannot be mounted", mounts("static", "s3.csi.aws.com"), "claim"),
        ("a volume of no CSI driver cannot be mounted", mounts("static"), "claim"),
        ("a volume is never made for a claim", mounts("dynamic"), "claim"),
        ("a claim without a volume in the input is doubtful", mounts("unknown"), "claim"),
        ("there are no GPUs", asks(**{"nvidia.com/gpu": "1"}), "device"),
        ("there is no Inferentia", asks(**{"aws.amazon.com/neuron": "1"}), "device"),
        ("there are no devices of others", asks(**{"example.com/fpga": "1"}), "device"),
        ("more than 16 vCPU is too much", asks(cpu="16001m"), "cpu"),
        ("120 GB less 256 MiB is the most", asks(memory="122625Mi"), "memory"),
        ("more than 175 GiB of disk is too much", asks(ephemeral_storage="176Gi"),
         "ephemeral-storage"),
        ("there is no Arm", selects(names.ARCH, "arm64"), "selector"),
        ("there is no Windows", selects(names.OS, "windows"), "selector"),
        ("there is no Spot", selects("eks.amazonaws.com/capacityType", "SPOT"), "selector"),
        ("a node has no labels of the user's", selects("team", "a"), "selector"),
        ("nor an instance type", requires((names.INSTANCE_TYPE, "In", "m5.large")), "selector"),
        ("compute-type ec2 is not Fargate", selects("eks.amazonaws.com/compute-type", "ec2"),
         "selector"),
        ("not being on Fargate is asking for another node",
         requires(("eks.amazonaws.com/compute-type", "NotIn", "fargate")), "selector"),
    ],
)  # fmt: skip
def test_what_fargate_does_not_run_is_one_prohibition(
    sentence: str, facts: Mapping[str, Any], rule: str
) -> None:
    assert rules(facts) == [rule], sentence


@pytest.mark.parametrize(
    ("sentence", "facts"),
    [
        ("a pod that asks for nothing runs", {}),
        ("an EFS volume that exists is mounted", mounts("static", EFS)),
        ("16 vCPU and 120 GB with the 256 MiB run", asks(cpu="16", memory="122624Mi")),
        ("175 GiB of disk run", asks(ephemeral_storage="175Gi")),
        ("zero GPUs are none", asks(**{"nvidia.com/gpu": "0"})),
        ("security groups for pods work", asks(**{"vpc.amazonaws.com/pod-eni": "1"})),
        ("amd64 may be selected", selects(names.ARCH, "amd64")),
        ("so may Linux by its old label", selects("beta.kubernetes.io/os", "linux")),
        ("so may Fargate itself", selects("eks.amazonaws.com/compute-type", "fargate")),
        ("zones are those of the profile's subnets", selects(names.ZONE, "zone-b")),
        ("one term is enough", requires(("team", "In", "a"), (names.OS, "In", "linux"))),
        ("a label it must not have, it has not", requires(("team", "NotIn", "a"))),
    ],
)
def test_what_fargate_runs_is_not_prohibited(sentence: str, facts: Mapping[str, Any]) -> None:
    assert rules(facts) == [], sentence


def test_ports_on_the_hosts_network_are_not_named_again() -> None:
    assert rules({"host_network": True} | contains(host_ports=(80,))) == ["host-network"]


def test_only_a_claim_whose_volume_is_not_in_the_input_is_uncertain() -> None:
    for kind in ("dynamic", "unknown"):
        (item,) = prohibitions(FargatePod(PodTemplate(), **mounts(kind)))
        assert item.is_certain == (kind == "dynamic")


CLAIM = PersistentVolumeClaim(
    "shop", "data", "shared", access_modes=("ReadWriteMany",), requested=5
)
SHARE = PersistentVolume(
    "share", driver=EFS, storage_class="shared", capacity=10, access_modes=("ReadWriteMany",)
)
MADE = {"shared": StorageClass("shared", EFS)}
STATIC = {"shared": StorageClass("shared", "kubernetes.io/no-provisioner")}


@pytest.mark.parametrize(
    ("sentence", "claim", "volume", "classes", "kind"),
    [
        ("it is bound to a volume", replace(CLAIM, volume_name="share"), SHARE, {}, "static"),
        ("its volume is elsewhere", replace(CLAIM, volume_name="far"), SHARE, {}, "unknown"),
        ("the claim is elsewhere", None, SHARE, {}, "unknown"),
        ("a volume waits for it", CLAIM, SHARE, MADE, "static"),
        ("a volume is promised to it", CLAIM, replace(SHARE, claim=("shop", "data", "")), MADE,
         "static"),
        ("a volume is promised to another", CLAIM, replace(SHARE, claim=("shop", "x", "")), MADE,
         "dynamic"),
        ("a volume is too small", CLAIM, replace(SHARE, capacity=4), MADE, "dynamic"),
        ("a volume is of another class", CLAIM, replace(SHARE, storage_class="x"), MADE,
         "dynamic"),
        ("a volume is mounted by one node only", CLAIM,
         replace(SHARE, access_modes=("ReadWriteOnce",)), MADE, "dynamic"),
        ("a volume is going away", CLAIM, replace(SHARE, terminating=True), MADE, "dynamic"),
        ("a volume lacks the label it selects",
         replace(CLAIM, selector=LabelSelector((SelectorRequirement("a", "Exists"),))), SHARE,
         MADE, "dynamic"),
        ("its class makes no volumes", CLAIM, None, STATIC, "unknown"),
        ("it asks for no class", replace(CLAIM, storage_class=""), None, MADE, "unknown"),
        ("its class is unknown", CLAIM, None, {}, "unknown"),
        ("its class is unknown and EBS by its name", replace(CLAIM, storage_class="gp3"), None, {},
         "dynamic"),
        ("it takes the default class", replace(CLAIM, storage_class=None), None,
         {"std": StorageClass("std", EBS, is_default=True)}, "dynamic"),
    ],
)  # fmt: skip
def test_where_a_claims_volume_comes_from(
    sentence: str,
    claim: PersistentVolumeClaim | None,
    volume: PersistentVolume | None,
    classes: Mapping[str, StorageClass],
    kind: str,
) -> None:
    volumes = {} if volume is None else {volume.name: volume}
    claims = {} if claim is None else {("shop", "data"): claim}
    cluster = Cluster(claims=claims, volumes=volumes, storage_classes=dict(classes))
    assert claimed_volume("data", claim, cluster).kind == kind, sentence


def test_of_several_volumes_that_wait_one_on_efs_is_taken() -> None:
    disk = replace(SHARE, name="disk", driver=EBS)
    cluster = Cluster(volumes={"disk": disk, "share": SHARE})
    assert claimed_volume("data", CLAIM, cluster) == FargateVolume("data", "static", EFS)
    assert claimed_volume("data", CLAIM, Cluster(volumes={"disk": disk})).driver == EBS
