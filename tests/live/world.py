"""Instances of the cloud and their Nodes: what is launched joins the cluster, what ends leaves it.

Law: the cloud decides what is launched and may refuse; a Node exists only for an instance.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.differential.api import Client
from tests.differential.model import Object

from kubestow.model.instance_type import Catalog
from kubestow.model.nodepool import NodePool
from kubestow.model.taints import Taint

from .cloud import LiveCloud
from .registration import LaunchedInstance, registered

POOL_TAG = "kubestow.test/pool"
_ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}


class NotLaunchedError(Exception):
    """The cloud launched nothing; the text has its reasons."""


@dataclass
class LiveWorld:
    """A cluster's nodes, in the cloud and in the cluster. ``nodes`` has their names by instance."""

    api: Client
    cloud: LiveCloud
    catalog: Catalog
    nodes: dict[str, str] = field(default_factory=dict)

    def launch(
        self,
        pool: NodePool,
        instance_type: str,
        zone: str,
        capacity_type: str,
        count: int = 1,
        *,
        token: str = "",
        startup: tuple[Taint, ...] = (),
    ) -> list[str]:
        """Launch instances of one offering and register their Nodes; return the Nodes' names.

        Raise NotLaunchedError if the cloud has none.
        """
        launched = self._fleet(pool, instance_type, zone, capacity_type, count, token)
        return [self.register(instance, pool, startup) for instance in launched]

    def register(
        self, instance: LaunchedInstance, pool: NodePool, startup: tuple[Taint, ...] = ()
    ) -> str:
        """Let an instance join the cluster, once; return its Node's name."""
        name = instance.node_name(self.catalog.region)
        if instance.instance_id not in self.nodes:
            join(self.api, registered(self.catalog, instance, pool, startup))
            self.nodes[instance.instance_id] = name
        return name

    def terminate(self, node: str) -> None:
        """Terminate a Node's instance and remove the Node."""
        instance = next(key for key, name in self.nodes.items() if name == node)
        self.cloud.client("ec2").terminate_instances(InstanceIds=[instance])
        del self.nodes[instance]
        for kind, version in (("Node", "v1"), ("CSINode", "storage.k8s.io/v1")):
            self.api.delete({"apiVersion": version, "kind": kind, "metadata": {"name": node}})

    def _fleet(
        self,
        pool: NodePool,
        instance_type: str,
        zone: str,
        capacity_type: str,
        count: int,
        token: str,
    ) -> list[LaunchedInstance]:
        ec2 = self.cloud.client("ec2")
        architecture = self.catalog.instance_types[instance_type].architecture
        answer = ec2.create_fleet(
            Type="instant",
            **({"ClientToken": token} if token else {}),
            LaunchTemplateConfigs=[
                {
                    "LaunchTemplateSpecification": {
                        "LaunchTemplateName": self._template(ec2, pool, architecture),
                        "Version": "$Latest",
                    },
                    "Overrides": [{"InstanceType": instance_type, "AvailabilityZone": zone}],
                }
            ],
            TargetCapacitySpecification={
                "TotalTargetCapacity": count,
                "DefaultTargetCapacityType": capacity_type,
            },
            TagSpecifications=[
                {"ResourceType": "instance", "Tags": [{"Key": POOL_TAG, "Value": pool.name}]}
            ],
        )
        launched = [name for item in answer["Instances"] for name in item["InstanceIds"]]
        if not launched:
            reasons = {item["ErrorMessage"] for item in answer["Errors"]}
            raise NotLaunchedError(" ".join(sorted(reasons)))
        return described(ec2, launched)

    def _template(self, ec2: Any, pool: NodePool, architecture: str) -> str:
        """Return the name of a pool's launch template, made the first time."""
        name = f"{pool.name}-{architecture}"
        known = ec2.describe_launch_templates()["LaunchTemplates"]
        if name not in {item["LaunchTemplateName"] for item in known}:
            image = self.cloud.images["eks", _ARCHITECTURES[architecture]]
            data = {"ImageId": image}
            ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
        return name


def described(ec2: Any, instances: list[str]) -> list[LaunchedInstance]:
    """Return instances as EC2 describes them, in this order."""
    pages = ec2.get_paginator("describe_instances").paginate(InstanceIds=instances)
    found = {
        item["InstanceId"]: LaunchedInstance(
            item["InstanceId"],
            item["InstanceType"],
            item["Placement"]["AvailabilityZone"],
            item.get("InstanceLifecycle", "on-demand"),
            item["PrivateIpAddress"],
        )
        for page in pages
        for reservation in page["Reservations"]
        for item in reservation["Instances"]
    }
    return [found[name] for name in instances]


def join(api: Client, objects: list[Object]) -> None:
    """Register a Node and its CSINode, which ends with the Node."""
    node, csi_node = objects
    api.create(node)
    name = node["metadata"]["name"]
    identifier = api.get("Node", None, name)["metadata"]["uid"]
    owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": identifier}
    csi_node["metadata"]["ownerReferences"] = [owner]
    api.create(csi_node)
