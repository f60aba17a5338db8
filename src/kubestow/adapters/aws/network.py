"""A cluster's subnets and VPC endpoints as AWS reports them now: --subnets live.

The ClusterConfig determines what is requested, the most specific first: its subnets, its VPC, else
the cluster by its name (EKS), else the subnets with the cluster's tag. Requests only read, and no
subnets is an InputError rather than a guess. boto3 is imported inside functions, so that other
commands do not pay for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubestow.adapters.aws.clients import access
from kubestow.adapters.aws.failures import Errand, aws_failures, known_shape
from kubestow.adapters.network_file import is_public, services
from kubestow.model.input_error import InputError
from kubestow.model.setup import ClusterConfig, Network, Subnet

IAM_ACTIONS = ("ec2:DescribeSubnets", "ec2:DescribeVpcEndpoints", "eks:DescribeCluster")
_ERRAND = Errand(
    "--subnets live",
    IAM_ACTIONS,
    again="run the command again",
    meanwhile="a file with the JSON of 'aws ec2 describe-subnets' works as well",
    credentials="set AWS_PROFILE, or pass a file with the JSON of 'aws ec2 describe-subnets'",
)
_CLUSTER_TAG = "kubernetes.io/cluster/"
_DENIED = ("AccessDenied", "AccessDeniedException")
_ID = "subnet-"
_NO_CLUSTER = "ResourceNotFoundException"
_NO_SUBNET = "InvalidSubnetID."
_AVAILABLE = "available"


@dataclass(frozen=True, slots=True)
class NetworkClients:
    """The boto3 clients that send the requests."""

    ec2: Any
    eks: Any


def make_clients(region: str) -> NetworkClients:
    """Return clients for a region; raise InputError for an invalid profile."""
    own = access(region, _ERRAND)
    return NetworkClients(own.client("ec2"), own.client("eks"))


def live_network(config: ClusterConfig | None, region: str, clients: NetworkClients) -> Network:
    """Return the subnets of the cluster of a ClusterConfig, and the endpoints of their VPCs."""
    if config is None:
        raise InputError(
            "--subnets live: no cluster is specified",
            hint="pass its eksctl file with --cluster-config; metadata.name, vpc.id or vpc.subnets "
            "identifies the subnets",
        )
    with aws_failures(region, _ERRAND):
        answers = _subnets(config, region, clients)
        with known_shape("DescribeSubnets", _ERRAND):
            subnets = sorted((_subnet(answer) for answer in answers), key=lambda s: (s.zone, s.id))
            vpcs = sorted({answer["VpcId"] for answer in answers})
        endpoints = _endpoints(clients.ec2, vpcs)
    return Network(f"<EC2 in {region}>", tuple(subnets), endpoints)


def _subnets(
    config: ClusterConfig, region: str, clients: NetworkClients
) -> list[Mapping[str, Any]]:
    """Return the cluster's subnets as DescribeSubnets describes them."""
    name, ids = config.subject.name, _named(config)
    if ids:
        return _by_ids(clients.ec2, ids, f"{config.subject.file}: vpc.subnets", region)
    if config.vpc:
        where = f"VPC {config.vpc} of {config.subject.file}"
        return _some(_asked(clients.ec2, "vpc-id", config.vpc), where, region)
    if not name:
        raise InputError(
            f"--subnets live: {config.subject.file} does not name a cluster",
            hint="set metadata.name, vpc.id or vpc.subnets",
        )
    ids, refusal = _of_cluster(clients.eks, name)
    if ids:
        return _by_ids(clients.ec2, ids, f"cluster {name}", region)
    tagged = _asked(clients.ec2, "tag-key", _CLUSTER_TAG + name)
    if not tagged and refusal is not None:
        raise refusal
    return _some(tagged, f"cluster {name}: EKS has no such cluster, and no subnet has the tag "
                 f"{_CLUSTER_TAG}{name}", region)  # fmt: skip


def _named(config: ClusterConfig) -> list[str]:
    """Return the subnet IDs in a ClusterConfig; other names are eksctl's own."""
    placed = [name for _, name in (*config.public_subnets, *config.private_subnets)]
    own = [name for group in config.groups for name in group.subnets]
    own += [name for profile in config.profiles for name in profile.subnets]
    return sorted({name for name in (*placed, *own) if name.startswith(_ID)})


def _by_ids(ec2: Any, ids: Sequence[str], where: str, region: str) -> list[Mapping[str, Any]]:
    from botocore.exceptions import ClientError

    try:
        return _pages(ec2, "describe_subnets", "Subnets", SubnetIds=list(ids))
    except ClientError as problem:
        error = problem.response.get("Error", {})
        if not str(error.get("Code", "")).startswith(_NO_SUBNET):
            raise
        message = str(error.get("Message", "")) or ", ".join(ids)
        raise _no_subnets(f"{where}: {message}", region) from problem


def _asked(ec2: Any, name: str, value: str) -> list[Mapping[str, Any]]:
    wanted = [{"Name": name, "Values": [value]}]
    return _pages(ec2, "describe_subnets", "Subnets", Filters=wanted)


def _of_cluster(eks: Any, name: str) -> tuple[list[str], Exception | None]:
    """Return the subnets that EKS reports for a cluster, or the error that prevented it."""
    from botocore.exceptions import ClientError

    try:
        answer = eks.describe_cluster(name=name)
    except ClientError as problem:
        code = problem.response.get("Error", {}).get("Code", "")
        if code == _NO_CLUSTER:
            return [], None
        if code in _DENIED:
            return [], problem
        raise
    with known_shape("DescribeCluster", _ERRAND):
        return sorted(answer["cluster"]["resourcesVpcConfig"]["subnetIds"]), None


def _endpoints(ec2: Any, vpcs: Sequence[str]) -> tuple[str, ...]:
    wanted = [{"Name": "vpc-id", "Values": list(vpcs)}]
    endpoints = _pages(ec2, "describe_vpc_endpoints", "VpcEndpoints", Filters=wanted)
    with known_shape("DescribeVpcEndpoints", _ERRAND):
        available = [
            e["ServiceName"] for e in endpoints if e.get("State", "").lower() == _AVAILABLE
        ]
    return tuple(sorted(set(services(available))))


def _pages(ec2: Any, operation: str, field: str, **question: Any) -> list[Mapping[str, Any]]:
    pages = ec2.get_paginator(operation).paginate(**question)
    return [item for page in pages for item in page.get(field, ())]


def _some(subnets: list[Mapping[str, Any]], where: str, region: str) -> list[Mapping[str, Any]]:
    if not subnets:
        raise _no_subnets(where, region)
    return subnets


def _no_subnets(where: str, region: str) -> InputError:
    return InputError(
        f"--subnets live: no subnets in {region}: {where}",
        hint="check the region and the account (AWS_PROFILE); if eksctl has yet to create the VPC, "
        "omit --subnets or describe the subnets in a file",
    )


def _subnet(answer: Mapping[str, Any]) -> Subnet:
    return Subnet(
        answer["SubnetId"],
        answer["AvailabilityZone"],
        answer.get("CidrBlock", ""),
        answer["AvailableIpAddressCount"],
        bool(answer.get("MapPublicIpOnLaunch")),
        is_public({tag["Key"]: tag["Value"] for tag in answer.get("Tags", ())}),
    )
