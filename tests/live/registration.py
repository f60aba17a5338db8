"""Stands in for kubelet's registration: the Node that an instance becomes in an EKS cluster.

Law: shapes, labels and allocatable are kubestow's own facts about EKS; readiness is KWOK's to say.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from tests.differential.binaries import KUBERNETES_VERSION
from tests.differential.model import Object

from kubestow.catalog.node_labels import instance_type_labels, placed_labels, pool_labels
from kubestow.catalog.overhead import allocatable, capacity_for_limits
from kubestow.model import labels as names
from kubestow.model.instance_type import Catalog, InstanceType
from kubestow.model.nodepool import Launcher, NodeClass, NodePool
from kubestow.model.resources import CPU, EBS_VOLUMES, EPHEMERAL_STORAGE, MEMORY
from kubestow.model.taints import Taint
from kubestow.model.volume import EBS_DRIVER

NO_NODE_INFO = {"bootID": "", "machineID": "", "systemUUID": ""}


@dataclass(frozen=True)
class LaunchedInstance:
    """An instance as EC2 describes it. ``capacity_type`` is on-demand or spot."""

    instance_id: str
    instance_type: str
    zone: str
    capacity_type: str
    private_ip: str

    def node_name(self, region: str) -> str:
        """Return the name of its Node: its private DNS name."""
        address = self.private_ip.replace(".", "-")
        domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
        return f"ip-{address}.{domain}"


def address(number: int) -> str:
    """Return the private address of an instance that only has a number."""
    return str(ipaddress.IPv4Address("10.128.0.4") + number)


def registered(
    catalog: Catalog, instance: LaunchedInstance, pool: NodePool, startup: tuple[Taint, ...] = ()
) -> list[Object]:
    """Return the Node of an instance that a pool launched, and its CSINode.

    ``startup`` are taints that are there at first and that somebody takes away.
    """
    labels = instance_type_labels(catalog.instance_types[instance.instance_type], pool.launched_by)
    labels |= pool_labels(pool) | dict(pool.labels)
    return joined(
        catalog, instance, pool.node_class, labels, (*pool.taints, *startup), pool.launched_by
    )


def joined(
    catalog: Catalog,
    instance: LaunchedInstance,
    node_class: NodeClass,
    own: Mapping[str, str],
    taints: tuple[Taint, ...],
    launched_by: Launcher = Launcher.KARPENTER,
) -> list[Object]:
    """Return the Node that kubelet registers with labels and taints of its own, and its CSINode."""
    shape = catalog.instance_types[instance.instance_type]
    name = instance.node_name(catalog.region)
    zone_ids = {zone.name: zone.zone_id for zone in catalog.zones}
    labels = placed_labels(
        {names.INSTANCE_TYPE: shape.name, names.ARCH: shape.architecture, names.OS: "linux"},
        catalog.region,
        instance.zone,
        zone_ids[instance.zone],
        instance.capacity_type,
        launched_by,
    )
    labels |= dict(own) | {names.HOSTNAME: name}
    left = dict(allocatable(shape, node_class))
    slots = left.pop(EBS_VOLUMES, 0)
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "providerID": f"aws:///{instance.zone}/{instance.instance_id}",
            "taints": [_taint(taint) for taint in taints],
        },
        "status": {
            "capacity": _quantities(_capacity(shape, node_class, left)),
            "allocatable": _quantities(left),
            "addresses": [
                {"type": "InternalIP", "address": instance.private_ip},
                {"type": "InternalDNS", "address": name},
                {"type": "Hostname", "address": name},
            ],
            "conditions": [_not_ready()],
            "nodeInfo": _node_info(shape),
        },
    }
    return [node, _csi_node(name, instance.instance_id, slots)]


def _capacity(shape: InstanceType, node_class: NodeClass, left: dict[str, int]) -> dict[str, int]:
    """Return what the instance has, of everything that it leaves something of."""
    whole = capacity_for_limits(shape) | {EPHEMERAL_STORAGE: node_class.root_volume_bytes}
    if node_class.raid0_instance_store and shape.nvme_gb:
        whole[EPHEMERAL_STORAGE] = shape.nvme_gb * 10**9
    return {name: whole.get(name, left[name]) for name in left}


def _quantities(amounts: dict[str, int]) -> dict[str, str]:
    return {name: _quantity(name, amount) for name, amount in amounts.items()}


def _quantity(name: str, amount: int) -> str:
    if name == CPU:
        return str(amount // 1000) if amount % 1000 == 0 else f"{amount}m"
    if name == MEMORY and amount % 1024 == 0:
        return f"{amount // 1024}Ki"
    return str(amount)


def _taint(taint: Taint) -> Object:
    return {"key": taint.key, "value": taint.value, "effect": taint.effect}


def _not_ready() -> Object:
    return {
        "type": "Ready",
        "status": "False",
        "reason": "KubeletNotReady",
        "message": "container runtime network not ready",
    }


def _node_info(shape: InstanceType) -> Object:
    return NO_NODE_INFO | {
        "architecture": shape.architecture,
        "operatingSystem": "linux",
        "osImage": "Amazon Linux 2023.9.20251117",
        "kernelVersion": "6.12.55-74.119.amzn2023",
        "containerRuntimeVersion": "containerd://2.1.4",
        "kubeletVersion": f"{KUBERNETES_VERSION}-eks-ecaa3a6",
        "kubeProxyVersion": f"{KUBERNETES_VERSION}-eks-ecaa3a6",
    }


def _csi_node(name: str, instance_id: str, slots: int) -> Object:
    driver = {
        "name": EBS_DRIVER,
        "nodeID": instance_id,
        "topologyKeys": ["topology.ebs.csi.aws.com/zone"],
        "allocatable": {"count": slots},
    }
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "CSINode",
        "metadata": {"name": name},
        "spec": {"drivers": [driver]},
    }
