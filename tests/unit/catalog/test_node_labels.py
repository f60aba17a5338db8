from typing import Any

import pytest

from kubestow.catalog.node_labels import (
    instance_type_labels,
    placed_labels,
    pool_labels,
    requirement_labels,
)
from kubestow.model import labels as names
from kubestow.model.instance_type import Device, InstanceType
from kubestow.model.nodepool import Launcher, NodeClass, NodePool

PREFIX = "karpenter.k8s.aws/instance-"


def named(name: str) -> InstanceType:
    return InstanceType(name, 2, 4096, "amd64")


@pytest.mark.parametrize(
    ("name", "category", "generation", "family", "size", "flex"),
    [
        ("m7i.large", "m", "7", "m7i", "large", "false"),
        ("m7i-flex.large", "m", "7", "m7i-flex", "large", "true"),
        ("c7gd.metal", "c", "7", "c7gd", "metal", "false"),
        ("u-6tb1.56xlarge", "u", "1", "u-6tb1", "56xlarge", "false"),
        ("u7in-16tb.224xlarge", "u", "7", "u7in-16tb", "224xlarge", "false"),
        ("inf2.xlarge", "inf", "2", "inf2", "xlarge", "false"),
        ("x2iedn.metal", "x", "2", "x2iedn", "metal", "false"),
    ],
)
def test_category_generation_family_and_size_are_read_from_the_name(
    name: str, category: str, generation: str, family: str, size: str, flex: str
) -> None:
    labels = instance_type_labels(named(name))
    assert labels[f"{PREFIX}category"] == category
    assert labels[f"{PREFIX}generation"] == generation
    assert labels[f"{PREFIX}family"] == family
    assert labels[f"{PREFIX}size"] == size
    assert labels[f"{PREFIX}capability-flex"] == flex


@pytest.mark.parametrize(
    ("sentence", "facts", "key", "text"),
    [
        ("no published bandwidth, no label", {}, "network-bandwidth", None),
        ("bandwidth is in Mbps", {"network_mbps": 12500}, "network-bandwidth", "12500"),
        ("not EBS-optimised by default, no label", {}, "ebs-bandwidth", None),
        ("EBS bandwidth is in Mbps", {"ebs_mbps": 650}, "ebs-bandwidth", "650"),
        ("no instance store, no label", {}, "local-nvme", None),
        ("an instance store is in GB", {"nvme_gb": 900}, "local-nvme", "900"),
        ("bare metal has no hypervisor", {"hypervisor": ""}, "hypervisor", None),
        ("a hypervisor is named", {"hypervisor": "nitro"}, "hypervisor", "nitro"),
        ("memory is what EC2 sells, in MiB", {}, "memory", "4096"),
        ("no GPU, no label", {}, "gpu-count", None),
        ("a GPU is named", {"gpu": Device("l4", "nvidia", 1, 22888)}, "gpu-name", "l4"),
        ("its memory is in MiB", {"gpu": Device("l4", "nvidia", 1, 22888)}, "gpu-memory", "22888"),
        (
            "an accelerator is counted",
            {"accelerator": Device("inferentia", "aws", 4)},
            "accelerator-count",
            "4",
        ),
        (
            "an accelerator's memory is no label",
            {"accelerator": Device("inferentia", "aws", 4, 8192)},
            "accelerator-memory",
            None,
        ),
    ],
)
def test_a_label_is_there_only_where_there_is_a_fact(
    sentence: str, facts: dict[str, Any], key: str, text: str | None
) -> None:
    found = InstanceType("m9.large", 2, 4096, "amd64", **facts)
    assert instance_type_labels(found).get(f"{PREFIX}{key}") == text, sentence


def test_the_kubernetes_labels_are_there() -> None:
    labels = instance_type_labels(InstanceType("m9g.large", 2, 4096, "arm64"))
    assert labels["kubernetes.io/arch"] == "arm64"
    assert labels["kubernetes.io/os"] == "linux"
    assert labels["node.kubernetes.io/instance-type"] == "m9g.large"


def test_a_placed_node_carries_its_zone_and_the_deprecated_aliases() -> None:
    labels = placed_labels(
        instance_type_labels(named("m7i.large")),
        "ap-northeast-2",
        "ap-northeast-2a",
        "apne2-az1",
        "spot",
    )
    assert labels["topology.kubernetes.io/region"] == "ap-northeast-2"
    assert labels["topology.kubernetes.io/zone"] == "ap-northeast-2a"
    assert labels["topology.k8s.aws/zone-id"] == "apne2-az1"
    assert labels["karpenter.sh/capacity-type"] == "spot"
    assert labels["failure-domain.beta.kubernetes.io/zone"] == "ap-northeast-2a"
    assert labels["failure-domain.beta.kubernetes.io/region"] == "ap-northeast-2"
    assert labels["topology.ebs.csi.aws.com/zone"] == "ap-northeast-2a"
    assert labels["beta.kubernetes.io/instance-type"] == "m7i.large"
    assert labels["beta.kubernetes.io/arch"] == "amd64"
    assert labels["beta.kubernetes.io/os"] == "linux"


def test_placing_leaves_the_labels_of_the_type_as_they_were() -> None:
    of_type = instance_type_labels(named("m7i.large"))
    before = dict(of_type)
    placed_labels(of_type, "eu-west-1", "eu-west-1a", "euw1-az1", "on-demand")
    assert of_type == before


def labels_of(launched_by: Launcher) -> dict[str, str]:
    """Return all labels of a node of pool "p" that is launched in us-east-1a on demand."""
    pool = NodePool("p", node_class=NodeClass("c"), launched_by=launched_by)
    of_type = instance_type_labels(named("m7i.large"), launched_by)
    where = ("us-east-1", "us-east-1a", "use1-az1", "on-demand", launched_by)
    return placed_labels(of_type, *where) | pool_labels(pool)


KARPENTER = {
    names.CAPACITY_TYPE: "on-demand",
    names.NODEPOOL: "p",
    names.REGISTERED: "true",
    names.INITIALIZED: "true",
}


@pytest.mark.parametrize(
    ("launched_by", "own"),
    [
        (
            Launcher.KARPENTER,
            KARPENTER | {names.NODE_CLASS: "c", f"{PREFIX}family": "m7i"},
        ),
        (
            Launcher.AUTO_MODE,
            KARPENTER
            | {
                "eks.amazonaws.com/nodeclass": "c",
                "eks.amazonaws.com/compute-type": "auto",
                "eks.amazonaws.com/instance-family": "m7i",
            },
        ),
        (
            Launcher.MANAGED_NODE_GROUP,
            {
                "eks.amazonaws.com/nodegroup": "p",
                "eks.amazonaws.com/capacityType": "ON_DEMAND",
                "eks.amazonaws.com/nodegroup-image": "ami-unknown",
            },
        ),
        (Launcher.SELF_MANAGED_NODE_GROUP, {"alpha.eksctl.io/nodegroup-name": "p"}),
    ],
)
def test_a_node_carries_the_labels_of_who_launches_it_and_no_others(
    launched_by: Launcher, own: dict[str, str]
) -> None:
    labels = labels_of(launched_by)
    assert {key: labels.get(key) for key in own} == own
    assert labels[names.INSTANCE_TYPE] == labels["beta.kubernetes.io/instance-type"] == "m7i.large"
    assert labels[names.ZONE] == "us-east-1a"
    assert labels[names.ZONE_ID] == "use1-az1"
    others = [key for key in labels if key.startswith(("karpenter.", "eks.amazonaws.com/"))]
    if launched_by.is_node_group:
        assert set(others) <= set(own)
    elif launched_by is Launcher.AUTO_MODE:
        assert not any(key.startswith(names.AWS_PREFIX) for key in others)


def test_the_requirements_of_a_group_are_compared_with_karpenters_labels() -> None:
    for launched_by in (Launcher.KARPENTER, Launcher.MANAGED_NODE_GROUP):
        assert requirement_labels(named("m7i.large"), launched_by)[f"{PREFIX}family"] == "m7i"
