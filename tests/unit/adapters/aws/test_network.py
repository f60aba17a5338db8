"""Subnets and endpoints read live: against moto's server on loopback."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from kubestow.adapters.aws.network import (
    IAM_ACTIONS,
    NetworkClients,
    live_network,
    make_clients,
)
from kubestow.cli.main import run
from kubestow.model.finding import Subject
from kubestow.model.input_error import InputError
from kubestow.model.setup import ClusterConfig, NodeGroup

pytestmark = pytest.mark.usefixtures("aws")

REGION = "ap-northeast-2"
CONFIG = ClusterConfig(Subject("ClusterConfig", "shop", "", "eksctl.yaml"), REGION)


@dataclass(frozen=True)
class Cloud:
    """A VPC with two subnets of the cluster "tagged", one of EKS's "shop" and one of nobody's."""

    vpc: str
    tagged: tuple[str, str]
    shop: str
    other: str


@pytest.fixture(scope="module")
def cloud(endpoint: str) -> Cloud:
    given = {"region_name": REGION, "endpoint_url": endpoint, "aws_access_key_id": "testing",
             "aws_secret_access_key": "testing"}  # fmt: skip
    ec2, eks = boto3.client("ec2", **given), boto3.client("eks", **given)
    vpc: str = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    def subnet(cidr: str, zone: str, **tags: str) -> str:
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{REGION}{zone}")
        name: str = made["Subnet"]["SubnetId"]
        labels = [{"Key": key.replace("__", "/"), "Value": value} for key, value in tags.items()]
        if labels:
            ec2.create_tags(Resources=[name], Tags=labels)
        return name

    shared = {"kubernetes.io__cluster__tagged": "shared"}
    public = subnet("10.0.0.0/26", "a", **shared, **{"kubernetes.io__role__elb": "1"})
    ec2.modify_subnet_attribute(SubnetId=public, MapPublicIpOnLaunch={"Value": True})
    private = subnet("10.0.1.0/24", "b", **shared, **{"kubernetes.io__role__internal-elb": "1"})
    shop, other = subnet("10.0.2.0/24", "a"), subnet("10.0.3.0/24", "c")
    for service in ("ecr.api", "s3"):
        ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.{service}")
    eks.create_cluster(
        name="shop",
        roleArn="arn:aws:iam::123456789012:role/eks",
        resourcesVpcConfig={"subnetIds": [shop, private]},
    )
    return Cloud(vpc, (public, private), shop, other)


def named(name: str) -> ClusterConfig:
    """Return the configuration of another cluster."""
    return replace(CONFIG, subject=replace(CONFIG.subject, name=name))


def ids(config: ClusterConfig, clients: NetworkClients | None = None) -> list[str]:
    """Return the subnets that are read for a cluster."""
    found = live_network(config, REGION, clients or make_clients(REGION))
    return [subnet.id for subnet in found.subnets]


def test_the_subnets_that_the_file_names_are_read_before_all_others(cloud: Cloud) -> None:
    group = NodeGroup("web", "managedNodeGroups[0]", subnets=(cloud.other, "by-name"))
    placed = ((f"{REGION}a", cloud.shop), (f"{REGION}b", f"{REGION}b"))
    config = replace(CONFIG, vpc="vpc-9", private_subnets=placed, groups=(group,))
    assert ids(config) == [cloud.shop, cloud.other]


def test_without_them_all_of_the_vpc_are_read(cloud: Cloud) -> None:
    whole = sorted((*cloud.tagged, cloud.shop, cloud.other))
    assert sorted(ids(replace(CONFIG, vpc=cloud.vpc))) == whole


def test_without_a_vpc_eks_is_asked_for_the_cluster_s_own(cloud: Cloud) -> None:
    assert ids(CONFIG) == [cloud.shop, cloud.tagged[1]]


def test_a_cluster_that_eks_does_not_know_is_found_by_the_tag_of_its_subnets(cloud: Cloud) -> None:
    found = live_network(named("tagged"), REGION, make_clients(REGION))
    first, second = found.subnets
    assert (first.id, second.id) == cloud.tagged
    assert (first.zone, first.cidr, first.available_addresses) == (
        f"{REGION}a", "10.0.0.0/26", 59,
    )  # fmt: skip
    assert [subnet.is_public for subnet in found.subnets] == [True, False]
    assert [subnet.maps_public_address for subnet in found.subnets] == [True, False]
    assert found.endpoints == ("ecr.api", "s3")
    assert found.file == f"<EC2 in {REGION}>"


def refusing(code: str, operation: str) -> Exception:
    from botocore.exceptions import ClientError

    problem: Exception = ClientError({"Error": {"Code": code, "Message": "no"}}, operation)
    return problem


class Refusing:
    """A client of EKS that refuses."""

    def __init__(self, code: str) -> None:
        self.code = code

    def describe_cluster(self, **_: Any) -> Any:
        raise refusing(self.code, "DescribeCluster")


def test_where_eks_may_not_be_asked_the_tag_decides(cloud: Cloud) -> None:
    clients = replace(make_clients(REGION), eks=Refusing("AccessDeniedException"))
    assert ids(named("tagged"), clients) == list(cloud.tagged)
    with pytest.raises(InputError) as refusal:
        ids(named("nobody"), clients)
    assert (
        refusal.value.message == "these AWS credentials are not allowed to call eks:DescribeCluster"
    )
    assert all(action in refusal.value.hint for action in IAM_ACTIONS)
    with pytest.raises(InputError, match="throttled eks:DescribeCluster"):
        ids(named("tagged"), replace(clients, eks=Refusing("ThrottlingException")))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (named("nobody"), "cluster nobody: EKS has no such cluster, and no subnet has the tag"),
        (replace(CONFIG, vpc="vpc-0badc0de"), "VPC vpc-0badc0de of eksctl.yaml"),
        (replace(CONFIG, public_subnets=(("a", "subnet-0badc0de"),)), "subnet-0badc0de"),
        (named(""), "eksctl.yaml does not name a cluster"),
        (None, "no cluster is specified"),
    ],
)
def test_what_is_not_found_is_said_with_where_it_was_looked_for(
    cloud: Cloud, config: ClusterConfig | None, message: str
) -> None:
    with pytest.raises(InputError) as refusal:
        live_network(config, REGION, make_clients(REGION))
    assert message in refusal.value.message
    assert refusal.value.message.startswith("--subnets live: ")
    assert refusal.value.hint


def test_without_credentials_the_hint_names_the_file_that_needs_none(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(InputError, match="no usable AWS credentials") as refusal:
        ids(CONFIG)
    assert "describe-subnets" in refusal.value.hint


def test_a_denied_call_names_what_is_needed(cloud: Cloud) -> None:
    class Denying:
        def get_paginator(self, operation: str) -> Any:
            raise refusing("UnauthorizedOperation", "DescribeSubnets")

    with pytest.raises(InputError, match="not allowed to call ec2:DescribeSubnets") as refusal:
        ids(CONFIG, replace(make_clients(REGION), ec2=Denying()))
    assert refusal.value.hint.startswith("--subnets live needs the IAM actions ec2:DescribeSubnets")


def test_an_answer_without_addresses_is_refused(cloud: Cloud) -> None:
    class Odd:
        def get_paginator(self, operation: str) -> Any:
            return self

        def paginate(self, **_: Any) -> Any:
            return [{"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1"}]}]

    with pytest.raises(InputError, match="unexpected response to DescribeSubnets"):
        ids(CONFIG, replace(make_clients(REGION), ec2=Odd()))


def test_a_check_counts_the_addresses_that_aws_says_are_free(
    cloud: Cloud, tmp_path: Path, capsys: Any
) -> None:
    (tmp_path / "eksctl.yaml").write_text(
        "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\n"
        f"metadata: {{name: tagged, region: {REGION}}}\n"
        "managedNodeGroups:\n- {name: web, instanceType: m6i.large, desiredCapacity: 400}\n"
    )
    arguments = ["-f", str(tmp_path / "eksctl.yaml"), "--today", "2026-11-23", "--subnets", "live"]
    assert run(["check", *arguments]) == 4
    said = " ".join(capsys.readouterr().out.split())
    assert "The subnets have too few free addresses" in said
    assert f"{cloud.tagged[0]} in {REGION}a 59" in said
    assert "310 are free" in said
