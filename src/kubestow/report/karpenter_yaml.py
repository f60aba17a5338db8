"""A plan as Karpenter's NodePools (karpenter.sh/v1) and EC2NodeClasses (karpenter.k8s.aws/v1).

Law: one NodePool for each group of nodes that share NodePool, labels, taints and pod slots, pinned
to what the plan launches of it; one EC2NodeClass for each way nodes are set up. Read back, they
give the plan again: the annotation says which nodes. Sources: Karpenter's custom resource
definitions and its documentation of NodePools and EC2NodeClasses.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from kubestow.catalog.overhead import capacity_for_limits
from kubestow.model import labels as names
from kubestow.model.instance_type import InstanceType
from kubestow.model.nodepool import GIB, MIB, NodeClass, NodePool
from kubestow.model.plan import Plan
from kubestow.model.resources import CPU, MEMORY, USD_PER_HOUR, Amounts, format_amount
from kubestow.model.snapshot import Snapshot
from kubestow.report.hand_over import (
    MARGIN_PERCENT,
    Group,
    HandOverError,
    check_names,
    groups,
    headline,
    unique_name,
    with_margin,
)
from kubestow.report.yaml_text import yaml_text

_ALIASES = {"AL2023": "al2023@latest", "AL2": "al2@latest", "Bottlerocket": "bottlerocket@latest"}
_DISCOVERY = "karpenter.sh/discovery"
_EXPIRE_AFTER, _CONSOLIDATE_AFTER = "720h", "10m"
_BOTTLEROCKET_ROOT = "4Gi"
Document = dict[str, Any]


def karpenter_yaml(
    plan: Plan, snapshot: Snapshot, pools: Iterable[NodePool], *, cluster_name: str, node_role: str
) -> str:
    """Return the manifests; raise HandOverError for what they cannot say."""
    found = groups(plan, snapshot, pools, by_offering=False)
    classes = _classes(found)
    cluster = snapshot.cluster
    check_names(cluster, {group.name: group.pool.name for group in found}, names.NODEPOOL)
    written = {name: node_class.name for node_class, name in classes.items()}
    check_names(cluster, written, names.NODE_CLASS)
    types = snapshot.catalog.instance_types
    documents: list[Document] = [_pool(g, classes[_class_of(g)], types) for g in found]
    documents += [
        _node_class(node_class, name, cluster_name, node_role)
        for node_class, name in classes.items()
    ]
    return yaml_text(_comments(plan, found), documents)


def _comments(plan: Plan, found: tuple[Group, ...]) -> Iterator[str]:
    yield from headline(plan, "Karpenter NodePools and EC2NodeClasses")
    yield "Applied, they replace NodePools and EC2NodeClasses of their names: compare them first."
    yield f"Limits are what the plan needs and {MARGIN_PERCENT} % more, against runaway pods; a"
    yield "NodePool that had limits of its own gets no margin. AMI aliases follow the latest"
    yield "release: pin them for production. Karpenter launches nodes as pods come, so what it runs"
    yield f"may differ; the plan's nodes are in the annotation {names.PLANNED_NODES}."
    if any(group.pool.opt_in_keys for group in found):
        yield "NodePools of arm64 have no taint: give pods of amd64-only images a nodeSelector on"
        yield f"{names.ARCH}."


def _pool(group: Group, node_class: str, types: Mapping[str, InstanceType]) -> Document:
    planned = Counter((n.instance_type, n.zone, n.capacity_type) for n in group.nodes)
    template: Document = {}
    if group.labels:
        template["metadata"] = {"labels": dict(group.labels)}
    template["spec"] = {
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": node_class},
        "requirements": _requirements(group, types),
        **({"taints": taint_documents(group)} if group.taints else {}),
        "expireAfter": _EXPIRE_AFTER,
    }
    nodes = ", ".join(f"{count} {' '.join(key)}" for key, count in sorted(planned.items()))
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": group.name, "annotations": {names.PLANNED_NODES: nodes}},
        "spec": {
            "template": template,
            "disruption": {
                "consolidationPolicy": "WhenEmpty",
                "consolidateAfter": _CONSOLIDATE_AFTER,
                "budgets": [{"nodes": "10%"}],
            },
            "limits": _limits(group, types),
            **({"weight": group.pool.weight} if group.pool.weight else {}),
        },
    }


def _requirements(group: Group, types: Mapping[str, InstanceType]) -> list[Document]:
    instance_types = group.values("instance_type")
    wanted = {
        names.ARCH: sorted({types[name].architecture for name in instance_types}),
        names.OS: ["linux"],
        names.CAPACITY_TYPE: group.values("capacity_type"),
        names.ZONE: group.values("zone"),
        names.INSTANCE_TYPE: instance_types,
    }
    return [{"key": key, "operator": "In", "values": found} for key, found in wanted.items()]


def taint_documents(group: Group) -> list[Document]:
    """Return the taints of a group's nodes as Kubernetes writes them."""
    return [
        {"key": taint.key, **({"value": taint.value} if taint.value else {}),
         "effect": taint.effect}
        for taint in group.taints
    ]  # fmt: skip


def _limits(group: Group, types: Mapping[str, InstanceType]) -> dict[str, str]:
    """Return what the plan needs of the pool, with the margin where it had no limits before."""
    used: Counter[str] = Counter()
    for node in group.nodes:
        capacity = capacity_for_limits(types[node.instance_type])
        used.update(capacity | {USD_PER_HOUR: node.price.nano_usd_per_hour})
    if not group.pool.limits:
        used = Counter({name: with_margin(amount) for name, amount in used.items()})
    further = sorted(name for name, _ in group.pool.limits if name in used)
    found = {name: format_amount(name, used[name]) for name in further}
    cpu, memory = str(-(-used[CPU] // 1000)), f"{-(-used[MEMORY] // MIB)}Mi"
    return found | {CPU: cpu, MEMORY: memory, "nodes": str(used["nodes"])}


def _class_of(group: Group) -> NodeClass:
    """Return the node class of a group, with the pod slots its nodes are to have."""
    return replace(group.pool.node_class, max_pods=group.max_pods)


def _classes(found: tuple[Group, ...]) -> dict[NodeClass, str]:
    """Return the node classes there are to be, and their names."""
    taken: set[str] = set()
    classes: dict[NodeClass, str] = {}
    for group in found:
        node_class = _class_of(group)
        if node_class not in classes:
            _check_devices(node_class)
            classes[node_class] = unique_name(node_class.name, taken)
    return classes


def _check_devices(node_class: NodeClass) -> None:
    """Raise HandOverError for block devices of which only the number is known."""
    known = len(_devices(node_class))
    if node_class.block_devices > known:
        raise HandOverError(
            f"EC2NodeClass {node_class.name} has {node_class.block_devices} block devices, and "
            f"kubestow would write {known}",
            "leave --emit karpenter out, or plan with an EC2NodeClass without the further volumes",
        )


def _node_class(node_class: NodeClass, name: str, cluster: str, role: str) -> Document:
    by_tag = [{"tags": {_DISCOVERY: cluster}}]
    kubelet = _kubelet(node_class)
    return {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": name},
        "spec": {
            "role": role,
            "amiSelectorTerms": [{"alias": _ALIASES[node_class.ami_family]}],
            "subnetSelectorTerms": by_tag,
            "securityGroupSelectorTerms": by_tag,
            **({"kubelet": kubelet} if kubelet else {}),
            "blockDeviceMappings": _devices(node_class),
            **({"instanceStorePolicy": "RAID0"} if node_class.raid0_instance_store else {}),
            "metadataOptions": {
                "httpEndpoint": "enabled",
                "httpProtocolIPv6": "disabled",
                "httpPutResponseHopLimit": 1,
                "httpTokens": "required",
            },
            "tags": {"kubestow.dev/node-class": name},
        },
    }


def _kubelet(node_class: NodeClass) -> Document:
    """Return the kubelet's settings; Karpenter makes the user data of them."""
    found: Document = {
        "maxPods": node_class.max_pods,
        "podsPerCore": node_class.pods_per_core,
        "kubeReserved": _quantities(node_class.kube_reserved),
        "systemReserved": _quantities(node_class.system_reserved),
        "evictionHard": dict(node_class.eviction_hard),
    }
    return {key: value for key, value in found.items() if value not in (None, {})}


def _quantities(amounts: Amounts) -> dict[str, str]:
    return {name: format_amount(name, amount) for name, amount in amounts}


def _devices(node_class: NodeClass) -> list[Document]:
    """Return the volumes: for Bottlerocket its root and the one pods' storage is on."""
    size = f"{-(-node_class.root_volume_bytes // GIB)}Gi"
    if node_class.ami_family == "Bottlerocket":
        return [_device("/dev/xvda", _BOTTLEROCKET_ROOT), _device("/dev/xvdb", size)]
    return [_device("/dev/xvda", size)]


def _device(name: str, size: str) -> Document:
    ebs = {"volumeSize": size, "volumeType": "gp3", "encrypted": True, "deleteOnTermination": True}
    return {"deviceName": name, "ebs": ebs}
