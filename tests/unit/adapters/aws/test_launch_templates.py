"""What a template says of an instance, by what it is named, and when it is made and deleted."""

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from kubestow.adapters.aws.eks_cluster import EksCluster
from kubestow.adapters.aws.launch_images import LaunchImage
from kubestow.adapters.aws.launch_resources import LaunchClients, Resources
from kubestow.adapters.aws.launch_templates import (
    LaunchTemplates,
    WantedLaunch,
    launch_tags,
    template_name,
)
from kubestow.model.input_error import InputError
from kubestow.model.launch_class import (
    BlockDeviceMapping,
    ImageTerm,
    InstanceMetadata,
    LaunchClass,
    LaunchVolume,
    PlaceTerm,
)
from kubestow.model.setup import Subnet
from kubestow.model.taints import Taint

REGION = "ap-northeast-2"
NOW = 1_764_000_000
CLUSTER = EksCluster("shop", "https://api.example", "Q0E=", "10.100.0.0/16", "1.34")
EVERYWHERE = (PlaceTerm(tags=(("cluster", "shop"),)),)
CLASS = LaunchClass(
    "web", "AL2023", (ImageTerm(alias="al2023@latest"),), EVERYWHERE, EVERYWHERE,
    instance_profile="nodes", tags=(("team", "a"), ("kubestow.dev/cluster", "other")),
)  # fmt: skip
WANTED = WantedLaunch("amd64", "on-demand", (("team", "a"),), (Taint("t", "", "NoSchedule"),), 58)
GIB = 2**30


class Found(Resources):
    """What a class selects, without an account."""

    def __init__(self) -> None:
        super().__init__(LaunchClients(None, None, None, None), CLUSTER, REGION, lambda: NOW)
        self.image_id = "ami-1"
        self.maps_public = True

    def images(self, launch_class: LaunchClass) -> tuple[LaunchImage, ...]:
        return (
            LaunchImage(self.image_id, "", "amd64", "", ("",)),
            LaunchImage("ami-gpu", "", "amd64", "", ("nvidia",)),
        )

    def security_groups(self, launch_class: LaunchClass) -> tuple[str, ...]:
        return ("sg-1", "sg-2")

    def subnets(self, launch_class: LaunchClass) -> tuple[Subnet, ...]:
        return (Subnet("subnet-1", "a", maps_public_address=self.maps_public),)


class FakeEc2:
    """Keeps templates by name, and refuses what EC2 refuses."""

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []
        self.templates: dict[str, datetime] = {}
        self.deleted: list[str] = []
        self.refusal = ""

    def create_launch_template(self, **asked: Any) -> None:
        name = asked["LaunchTemplateName"]
        code = self.refusal
        if name in self.templates:
            code = "InvalidLaunchTemplateName.AlreadyExistsException"
        if code:
            raise ClientError({"Error": {"Code": code}}, "CreateLaunchTemplate")
        self.templates[name] = datetime.fromtimestamp(NOW, UTC)
        self.made.append(asked)

    def get_paginator(self, operation: str) -> "FakeEc2":
        assert operation == "describe_launch_templates"
        return self

    def paginate(self, **question: Any) -> list[dict[str, Any]]:
        assert question == {"Filters": [{"Name": "tag:kubestow.dev/cluster", "Values": ["shop"]}]}
        return [
            {"LaunchTemplates": [{"LaunchTemplateName": name, "CreateTime": made}]}
            for name, made in self.templates.items()
        ]

    def delete_launch_template(self, LaunchTemplateName: str) -> None:  # noqa: N803 - boto3's own
        self.deleted.append(LaunchTemplateName)
        if self.templates.pop(LaunchTemplateName, None) is None or "gone" in LaunchTemplateName:
            code = "InvalidLaunchTemplateName.NotFoundException"
            raise ClientError({"Error": {"Code": code}}, "DeleteLaunchTemplate")


def templates(
    ec2: FakeEc2 | None = None, found: Found | None = None, cluster: EksCluster = CLUSTER
) -> LaunchTemplates:
    return LaunchTemplates(ec2 or FakeEc2(), found or Found(), cluster, REGION)


def data(launch_class: LaunchClass = CLASS, wanted: WantedLaunch = WANTED) -> dict[str, Any]:
    return templates().data_of(launch_class, wanted)


TAGS = [
    {"Key": "kubernetes.io/cluster/shop", "Value": "owned"},
    {"Key": "kubestow.dev/cluster", "Value": "shop"},
    {"Key": "kubestow.dev/node-class", "Value": "web"},
    {"Key": "team", "Value": "a"},
]


def test_a_template_says_what_an_instance_needs() -> None:
    found = data()
    told = base64.b64decode(found.pop("UserData")).decode()
    assert "kind: NodeConfig" in told
    assert "maxPods: 58" in told
    assert '--node-labels="team=a"' in told
    assert found == {
        "ImageId": "ami-1",
        "IamInstanceProfile": {"Name": "nodes"},
        "SecurityGroupIds": ["sg-1", "sg-2"],
        "BlockDeviceMappings": [
            {"DeviceName": "/dev/xvda",
             "Ebs": {"VolumeSize": 20, "VolumeType": "gp3", "Encrypted": True}},
        ],
        "MetadataOptions": {
            "HttpEndpoint": "enabled", "HttpProtocolIpv6": "disabled",
            "HttpPutResponseHopLimit": 1, "HttpTokens": "required",
            "InstanceMetadataTags": "disabled",
        },
        "Monitoring": {"Enabled": False},
        "TagSpecifications": [
            {"ResourceType": "network-interface", "Tags": TAGS},
            {"ResourceType": "volume", "Tags": TAGS},
        ],
    }  # fmt: skip


def test_spot_requests_are_tagged_too() -> None:
    kinds = data(CLASS, replace(WANTED, capacity_type="spot"))["TagSpecifications"]
    assert [item["ResourceType"] for item in kinds] == [
        "network-interface", "volume", "spot-instances-request",
    ]  # fmt: skip


def test_the_image_fits_the_accelerator() -> None:
    assert data(CLASS, replace(WANTED, accelerator="nvidia"))["ImageId"] == "ami-gpu"
    with pytest.raises(InputError, match="no image of its AMI selector terms is for arm64"):
        data(CLASS, replace(WANTED, architecture="arm64"))


def test_volumes_are_those_of_the_class_else_those_of_the_family() -> None:
    bottlerocket = data(replace(CLASS, ami_family="Bottlerocket"))["BlockDeviceMappings"]
    assert [(d["DeviceName"], d["Ebs"]["VolumeSize"]) for d in bottlerocket] == [
        ("/dev/xvda", 4), ("/dev/xvdb", 20),
    ]  # fmt: skip
    assert "BlockDeviceMappings" not in data(replace(CLASS, ami_family="Custom"))
    own = BlockDeviceMapping(
        "/dev/sdb", LaunchVolume(10 * GIB + 1, "io2", 5000, 200, False, "key", "snap-1", False)
    )
    assert data(replace(CLASS, block_devices=(own,)))["BlockDeviceMappings"] == [
        {"DeviceName": "/dev/sdb",
         "Ebs": {"VolumeSize": 11, "VolumeType": "io2", "Iops": 5000, "Throughput": 200,
                 "Encrypted": False, "KmsKeyId": "key", "SnapshotId": "snap-1",
                 "DeleteOnTermination": False}},
    ]  # fmt: skip


def test_a_public_address_is_said_where_it_is_asked_for_or_nowhere_given() -> None:
    groups = {"DeviceIndex": 0, "Groups": ["sg-1", "sg-2"]}
    found = data(replace(CLASS, public_address=True))
    assert found["NetworkInterfaces"] == [groups | {"AssociatePublicIpAddress": True}]
    assert "SecurityGroupIds" not in found
    private = Found()
    private.maps_public = False
    found = templates(found=private).data_of(CLASS, WANTED)
    assert found["NetworkInterfaces"] == [groups | {"AssociatePublicIpAddress": False}]


def test_nodes_of_an_ipv6_cluster_have_an_ipv6_address() -> None:
    ipv6 = replace(CLUSTER, service_cidr="fd30:1c53:5f8a::/108")
    (interface,) = templates(cluster=ipv6).data_of(CLASS, WANTED)["NetworkInterfaces"]
    assert (interface["PrimaryIpv6"], interface["Ipv6AddressCount"]) == (True, 1)
    assert "AssociatePublicIpAddress" not in interface


def test_isolated_regions_are_not_told_of_ipv6_metadata() -> None:
    found = LaunchTemplates(FakeEc2(), Found(), CLUSTER, "us-iso-east-1").data_of(CLASS, WANTED)
    assert "HttpProtocolIpv6" not in found["MetadataOptions"]


def test_a_custom_image_without_user_data_is_told_nothing() -> None:
    assert "UserData" not in data(replace(CLASS, ami_family="Custom"))


def test_a_template_is_made_once_and_carries_its_cluster() -> None:
    ec2 = FakeEc2()
    asked = templates(ec2)
    name = asked.name_of(CLASS, WANTED)
    assert asked.name_of(CLASS, WANTED) == name
    (made,) = ec2.made
    assert made["TagSpecifications"] == [{"ResourceType": "launch-template", "Tags": TAGS}]
    assert made["LaunchTemplateName"] == name
    assert templates(ec2).name_of(CLASS, WANTED) == name, "one that exists is fine"
    assert len(ec2.made) == 1


def test_a_template_that_ec2_lost_is_made_again() -> None:
    ec2 = FakeEc2()
    asked = templates(ec2)
    name = asked.name_of(CLASS, WANTED)
    ec2.templates.clear()
    asked.forget(name)
    assert asked.name_of(CLASS, WANTED) == name
    assert len(ec2.made) == 2


def test_an_upgraded_cluster_is_taken_as_it_is_described_now() -> None:
    found = Found()
    asked = templates(found=found)
    before = asked.name_of(CLASS, WANTED)
    asked.renew(replace(CLUSTER, version="1.35", endpoint="https://other.example"))
    assert found.cluster.version == "1.35"
    assert asked.name_of(CLASS, WANTED) != before


def test_a_refusal_names_the_permissions() -> None:
    ec2 = FakeEc2()
    ec2.refusal = "UnauthorizedOperation"
    asked = templates(ec2)
    with pytest.raises(InputError, match="ec2:CreateLaunchTemplate") as refusal:
        asked.name_of(CLASS, WANTED)
    assert "ec2:CreateTags" in refusal.value.hint
    ec2.refusal = ""
    asked.name_of(CLASS, WANTED)
    assert len(ec2.made) == 1


@pytest.mark.parametrize(
    ("launch_class", "wanted"),
    [
        (replace(CLASS, name="other"), WANTED),
        (replace(CLASS, detailed_monitoring=True), WANTED),
        (replace(CLASS, metadata=InstanceMetadata(hop_limit=2)), WANTED),
        (replace(CLASS, user_data="echo"), WANTED),
        (replace(CLASS, tags=()), WANTED),
        (replace(CLASS, instance_profile="other"), WANTED),
        (CLASS, replace(WANTED, capacity_type="spot")),
        (CLASS, replace(WANTED, labels=())),
        (CLASS, replace(WANTED, taints=())),
        (CLASS, replace(WANTED, max_pods=59)),
        (CLASS, replace(WANTED, accelerator="nvidia")),
    ],
)
def test_whatever_changes_an_instance_makes_another_template(
    launch_class: LaunchClass, wanted: WantedLaunch
) -> None:
    ec2 = FakeEc2()
    asked = templates(ec2)
    names = {asked.name_of(CLASS, WANTED), asked.name_of(launch_class, wanted)}
    assert len(names) == len(ec2.made) == 2


def test_a_newer_image_makes_another_template() -> None:
    newer = Found()
    newer.image_id = "ami-2"
    assert templates().name_of(CLASS, WANTED) != templates(found=newer).name_of(CLASS, WANTED)


def test_names_are_stable_valid_and_the_cluster_s_own() -> None:
    names = [template_name(cluster, {"data": {}}) for cluster in ("shop", "a" * 100, "a" * 99)]
    assert names[0] == "kubestow.dev/shop/bfc262ded3dfbce79749"
    assert len(set(names)) == 3
    assert all(re.fullmatch(r"[a-zA-Z0-9().\-/_]{3,128}", name) for name in names)


def test_tags_of_a_class_cannot_replace_those_that_say_whose_it_is() -> None:
    tags = launch_tags(CLASS, CLUSTER)
    assert tags["kubestow.dev/cluster"] == "shop"
    assert tags["team"] == "a"
    assert not any(key.startswith(("karpenter.", "eks:")) for key in tags)


def test_old_templates_that_nobody_uses_are_deleted() -> None:
    ec2 = FakeEc2()
    asked = templates(ec2)
    used = asked.name_of(CLASS, WANTED)
    old, young = datetime.fromtimestamp(NOW - 900, UTC), datetime.fromtimestamp(NOW - 100, UTC)
    ec2.templates |= {
        used: old,
        "kubestow.dev/shop/kept": old,
        "kubestow.dev/shop/old": old,
        "kubestow.dev/shop/gone": old,
        "kubestow.dev/shop/young": young,
        "somebody/else": old,
    }
    gone = asked.collect(["kubestow.dev/shop/kept"], NOW - 600)
    assert list(gone) == ec2.deleted == ["kubestow.dev/shop/gone", "kubestow.dev/shop/old"]
    assert asked.collect([], NOW + 1) == tuple(
        sorted({used, "kubestow.dev/shop/kept", "kubestow.dev/shop/young"})
    )
    assert list(ec2.templates) == ["somebody/else"]
    asked.name_of(CLASS, WANTED)
    assert len(ec2.made) == 2, "one that was deleted is made again"
