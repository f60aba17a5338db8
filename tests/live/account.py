"""The AWS account of a test bed: a cluster of EKS, and whatever EC2NodeClasses select.

Law: what a class names by its tags, name or role is there; what it names by an id is not.
"""

import contextlib
from collections.abc import Iterable

from botocore.exceptions import ClientError

from kubestow.model.launch_class import LaunchClass, PlaceTerm

from .cloud import LiveCloud

VERSION = "1.34"


def furnish(served: LiveCloud, cluster: str, classes: Iterable[LaunchClass], queue: str) -> None:
    """Make the cluster, a security group and roles; tag the account's subnets as classes ask.

    ``queue`` is that of interruptions.
    """
    served.client("sqs").create_queue(QueueName=queue)
    ec2, iam = served.client("ec2"), served.client("iam")
    subnets = ec2.describe_subnets()["Subnets"]
    places = [subnet["SubnetId"] for subnet in subnets]
    group = ec2.create_security_group(
        GroupName="nodes", Description="nodes", VpcId=subnets[0]["VpcId"]
    )["GroupId"]
    for item in classes:
        for term in item.subnet_terms:
            _tag(served, places, term)
        for term in item.security_group_terms:
            _tag(served, [group], term)
        with contextlib.suppress(ClientError):  # two classes may have one role
            if item.role:
                iam.create_role(RoleName=item.role, AssumeRolePolicyDocument="{}")
            if item.instance_profile:
                iam.create_instance_profile(InstanceProfileName=item.instance_profile)
    served.client("eks").create_cluster(
        name=cluster,
        version=VERSION,
        roleArn="arn:aws:iam::123456789012:role/eks",
        resourcesVpcConfig={"subnetIds": places[:2]},
        kubernetesNetworkConfig={"serviceIpv4Cidr": "10.100.0.0/16"},
    )


def _tag(served: LiveCloud, resources: list[str], term: PlaceTerm) -> None:
    tags = [{"Key": key, "Value": "any" if text == "*" else text} for key, text in term.tags]
    if term.name:
        tags.append({"Key": "Name", "Value": term.name})
    if tags:
        served.client("ec2").create_tags(Resources=resources, Tags=tags)
