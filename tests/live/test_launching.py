"""From an EC2NodeClass to an instance: a class resolves, its template is made once and launched."""

import base64
from dataclasses import dataclass, replace
from typing import Any

import pytest
import yaml

from kubestow.adapters.aws.eks_cluster import described_cluster
from kubestow.adapters.aws.launch_resources import CLUSTER_TAG, LaunchClients, Resources
from kubestow.adapters.aws.launch_templates import LaunchTemplates, WantedLaunch
from kubestow.adapters.documents import read_documents
from kubestow.adapters.kubernetes.launch_classes import read_launch_classes
from kubestow.adapters.sources import Source
from kubestow.model.launch_class import LaunchClass
from kubestow.model.taints import Taint

from .cloud import LiveCloud

NOW = 1_764_000_000
CLASS = {
    "apiVersion": "karpenter.k8s.aws/v1",
    "kind": "EC2NodeClass",
    "metadata": {"name": "web"},
    "spec": {
        "role": "nodes",
        "amiSelectorTerms": [{"alias": "al2023@latest"}],
        "subnetSelectorTerms": [{"tags": {"discovery": "shop"}}],
        "securityGroupSelectorTerms": [{"tags": {"discovery": "*"}}],
        "tags": {"team": "a"},
    },
}
WANTED = WantedLaunch(
    "arm64",
    "on-demand",
    (("karpenter.sh/nodepool", "web"),),
    (Taint("kubestow.dev/held", "", "NoSchedule"),),
    58,
)


@dataclass
class Ready:
    """A cluster with places to launch in, and who launches there."""

    clients: LaunchClients
    resources: Resources
    templates: LaunchTemplates
    launch_class: LaunchClass


@pytest.fixture(scope="module")
def ready(aws: LiveCloud) -> Ready:
    clients = LaunchClients(*(aws.client(name) for name in ("ec2", "ssm", "iam", "eks")))
    subnets = clients.ec2.describe_subnets()["Subnets"]
    group = clients.ec2.create_security_group(
        GroupName="nodes", Description="nodes", VpcId=subnets[0]["VpcId"]
    )["GroupId"]
    places = [subnet["SubnetId"] for subnet in subnets]
    clients.ec2.create_tags(
        Resources=[*places, group], Tags=[{"Key": "discovery", "Value": "shop"}]
    )
    clients.iam.create_role(RoleName="nodes", AssumeRolePolicyDocument="{}")
    clients.eks.create_cluster(
        name="shop", version="1.34", roleArn="arn:aws:iam::123456789012:role/eks",
        resourcesVpcConfig={"subnetIds": places[:2]},
        kubernetesNetworkConfig={"serviceIpv4Cidr": "10.100.0.0/16"},
    )  # fmt: skip
    cluster = described_cluster(clients.eks, "shop", aws.region)
    cluster = replace(cluster, version="1.34")
    problems: list[Any] = []
    source = Source("class.yaml", yaml.safe_dump(CLASS).encode())
    classes = read_launch_classes(read_documents(source, problems), problems)
    assert problems == []
    resources = Resources(clients, cluster, aws.region, lambda: NOW)
    templates = LaunchTemplates(clients.ec2, resources, cluster, aws.region)
    return Ready(clients, resources, templates, classes["web"])


def test_a_class_becomes_a_template_once(ready: Ready, aws: LiveCloud) -> None:
    name = ready.templates.name_of(ready.launch_class, WANTED)
    assert ready.templates.name_of(ready.launch_class, WANTED) == name
    again = LaunchTemplates(ready.clients.ec2, ready.resources, ready.resources.cluster, aws.region)
    assert again.name_of(ready.launch_class, WANTED) == name
    ours = [{"Name": f"tag:{CLUSTER_TAG}", "Values": ["shop"]}]
    (made,) = ready.clients.ec2.describe_launch_templates(Filters=ours)["LaunchTemplates"]
    assert made["LaunchTemplateName"] == name
    (version,) = ready.clients.ec2.describe_launch_template_versions(LaunchTemplateName=name)[
        "LaunchTemplateVersions"
    ]
    data = version["LaunchTemplateData"]
    assert data["ImageId"] == aws.images["eks", "arm64"]
    told = base64.b64decode(data["UserData"]).decode()
    assert "kubestow.dev/held" in told


@pytest.mark.parametrize("public", [None, False])
def test_a_fleet_launches_from_the_template(
    ready: Ready, aws: LiveCloud, public: bool | None
) -> None:
    launch_class = replace(ready.launch_class, public_address=public)
    zone = f"{aws.region}a"
    subnet = ready.resources.subnet_of(launch_class, zone)
    assert subnet is not None
    template = {
        "LaunchTemplateName": ready.templates.name_of(launch_class, WANTED),
        "Version": "$Latest",
    }
    choice = {"InstanceType": "m6g.large", "SubnetId": subnet.id, "AvailabilityZone": zone}
    answer = ready.clients.ec2.create_fleet(
        Type="instant",
        LaunchTemplateConfigs=[
            {"LaunchTemplateSpecification": template, "Overrides": [choice]},
        ],
        TargetCapacitySpecification={
            "TotalTargetCapacity": 1, "DefaultTargetCapacityType": "on-demand",
        },
    )  # fmt: skip
    ids = [name for item in answer["Instances"] for name in item["InstanceIds"]]
    found = ready.clients.ec2.describe_instances(InstanceIds=ids)["Reservations"][0]["Instances"]
    (instance,) = found
    assert instance["ImageId"] == aws.images["eks", "arm64"]
    assert instance["SubnetId"] == subnet.id
    ready.resources.launched(subnet.id)
    left = ready.resources.subnet_of(launch_class, zone)
    assert left is not None
    assert left.available_addresses < subnet.available_addresses or left.id != subnet.id


def test_templates_that_nobody_uses_are_deleted(ready: Ready) -> None:
    name = ready.templates.name_of(ready.launch_class, WANTED)
    assert name not in ready.templates.collect([name], 2**40)
    assert name in ready.templates.collect([], 2**40)
    assert ready.templates.name_of(ready.launch_class, WANTED) == name


def test_the_name_of_a_template_is_known_before_it_is_made(ready: Ready) -> None:
    wanted = replace(WANTED, max_pods=17)
    name = ready.templates.planned_name(ready.launch_class, wanted)
    ec2 = ready.clients.ec2
    assert name not in {t["LaunchTemplateName"] for t in templates_of(ec2)}
    assert ready.templates.name_of(ready.launch_class, wanted) == name
    assert name in {t["LaunchTemplateName"] for t in templates_of(ec2)}


def templates_of(ec2: Any) -> list[dict[str, Any]]:
    return list(ec2.describe_launch_templates()["LaunchTemplates"])
