"""A cluster as EKS describes it: what a node needs of it, and what is said where there is none."""

from typing import Any

import boto3
import pytest

from kubestow.adapters.aws.eks_cluster import (
    ACTING_IAM_ACTIONS,
    EksCluster,
    described_cluster,
)
from kubestow.model.input_error import InputError

REGION = "ap-northeast-2"


class Answering:
    """A client of EKS that gives one answer, or fails."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def describe_cluster(self, name: str) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"cluster": {"name": name, **self.answer}}


ACTIVE = {
    "endpoint": "https://api.example",
    "certificateAuthority": {"data": "Q0E="},
    "version": "1.34",
    "status": "ACTIVE",
    "kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.100.0.0/16", "ipFamily": "ipv4"},
    "resourcesVpcConfig": {"clusterSecurityGroupId": "sg-1"},
}


def failing(code: str) -> Exception:
    from botocore.exceptions import ClientError

    problem: Exception = ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeCluster")
    return problem


def test_a_cluster_is_read_whole() -> None:
    found = described_cluster(Answering(ACTIVE), "shop", REGION)
    assert found == EksCluster(
        "shop", "https://api.example", "Q0E=", "10.100.0.0/16", "1.34", "sg-1"
    )
    assert found.dns_address == "10.100.0.10"
    assert not found.is_ipv6


def test_the_services_of_an_ipv6_cluster_have_their_own_range() -> None:
    network = {"serviceIpv6Cidr": "fd30:1c53:5f8a::/108", "ipFamily": "ipv6"}
    found = described_cluster(
        Answering(ACTIVE | {"kubernetesNetworkConfig": network}), "shop", REGION
    )
    assert found.service_cidr == found.service_ipv6_cidr == "fd30:1c53:5f8a::/108"
    assert found.is_ipv6
    assert found.dns_address == "fd30:1c53:5f8a::a"


@pytest.mark.parametrize(
    ("answer", "message", "hint"),
    [
        (failing("ResourceNotFoundException"), "EKS has no cluster shop", "list-clusters"),
        (failing("AccessDeniedException"), "not allowed to call eks:DescribeCluster",
         ACTING_IAM_ACTIONS[0]),
        (ACTIVE | {"endpoint": None, "status": "CREATING"}, "no endpoint yet (status CREATING)",
         "ACTIVE"),
        ({"endpoint": "https://api.example"}, "unexpected response to DescribeCluster", "upgrade"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(answer: Any, message: str, hint: str) -> None:
    with pytest.raises(InputError) as refusal:
        described_cluster(Answering(answer), "shop", REGION)
    assert message in refusal.value.message
    assert hint in refusal.value.hint


@pytest.mark.usefixtures("aws")
def test_a_client_describes_a_cluster_of_a_server(endpoint: str) -> None:
    given = {"region_name": REGION, "endpoint_url": endpoint, "aws_access_key_id": "testing",
             "aws_secret_access_key": "testing"}  # fmt: skip
    boto3.client("eks", **given).create_cluster(
        name="nodes", roleArn="arn:aws:iam::123456789012:role/eks",
        resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]},
        kubernetesNetworkConfig={"serviceIpv4Cidr": "10.100.0.0/16"},
    )  # fmt: skip
    found = described_cluster(boto3.client("eks", **given), "nodes", REGION)
    assert found.name == "nodes"
    assert found.service_cidr == "10.100.0.0/16"
