"""A plan as Karpenter's NodePools (karpenter.sh/v1) and EC2NodeClasses (karpenter.k8s.aws/v1).

There is one NodePool per group of nodes that share NodePool, labels, taints and pod slots, pinned
to what the plan launches; and one EC2NodeClass per distinct node configuration. Read back, they
give the same plan, because an annotation lists the nodes. Sources: Karpenter's custom resource
definitions and its documentation of NodePools and EC2NodeClasses.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from kubestow.catalog.overhead import capacity_for_limits
from kubestow.model import labels as names
from kubestow.model.instance_type import InstanceType
from kubestow.model.nodepool import GIB, MIB, NodeClass, NodePool
from kubestow.model.plan import Plan
from kubestow.model.resources import CPU, MEMORY, USD_PER_HOUR, Amounts, format_amount
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import HELD_TAINT, Taint
from kubestow.report.hand_over import (
    MARGIN_PERCENT,
    Group,
    HandOverError,
    check_names,
    groups,
    headline,
    held_labels,
    held_lines,
    unique_name,
    with_margin,
)
from kubestow.report.yaml_text import YamlMapping, yaml_text

_ALIASES = {"AL2023": "al2023@latest", "AL2": "al2@latest", "Bottlerocket": "bottlerocket@latest"}
_DISCOVERY = "karpenter.sh/discovery"
_EXPIRE_AFTER, _CONSOLIDATE_AFTER = "720h", "10m"
_BOTTLEROCKET_ROOT = "4Gi"
_BUDGETS_OF_HELD = ({"nodes": "0", "reasons": ["Drifted"]},)


def karpenter_yaml(
    plan: Plan,
    snapshot: Snapshot,
    pools: Iterable[NodePool],
    *,
    cluster_name: str,
    node_role: str,
    held: bool = False,
) -> str:
    """Return the manifests; raise HandOverError for what they cannot express.

    Nodes that are ``held`` have a startup taint, which Karpenter does not hold against pods. While
    they are cordoned for a landing Karpenter would launch others, so their limits have no margin;
    and that the taint is taken out of the NodePool later replaces no node.
    """
    node_groups = groups(plan, snapshot, pools, by_offering=False)
    classes = _classes(node_groups)
    cluster = snapshot.cluster
    check_names(cluster, {group.name: group.pool.name for group in node_groups}, names.NODEPOOL)
    written = {name: node_class.name for node_class, name in classes.items()}
    check_names(cluster, written, names.NODE_CLASS)
    types = snapshot.catalog.instance_types
    manifests = [_pool(group, classes[_class_of(group)], types, held=held) for group in node_groups]
    manifests += [
        _node_class(node_class, name, cluster_name, node_role)
        for node_class, name in classes.items()
    ]
    return yaml_text(_comments(plan, node_groups, held=held), manifests)


def _comments(plan: Plan, node_groups: tuple[Group, ...], *, held: bool) -> Iterator[str]:
    yield from headline(plan, "Karpenter NodePools and EC2NodeClasses")
    yield "Applying them replaces NodePools and EC2NodeClasses of the same name: compare first."
    if held:
        yield "Limits are the plan's needs, without a margin."
    else:
        yield f"Limits are the plan's needs plus {MARGIN_PERCENT} %, against runaway pods; a"
        yield "NodePool that had limits of its own gets no margin."
    yield "AMI aliases follow the latest release: pin them for production. Karpenter launches nodes"
    yield "as pods arrive, so its nodes may differ from the plan's, which are in the annotation"
    yield f"{names.PLANNED_NODES}."
    if held:
        yield from held_lines(
            "Take startupTaints out of the NodePools then, and raise their limits."
        )
    if any(group.pool.opt_in_keys for group in node_groups):
        yield "arm64 NodePools have no taint: set a nodeSelector on"
        yield f"{names.ARCH} for pods with amd64-only images."


def _pool(
    group: Group, node_class: str, types: Mapping[str, InstanceType], *, held: bool
) -> YamlMapping:
    planned = Counter((n.instance_type, n.zone, n.capacity_type) for n in group.nodes)
    template: YamlMapping = {}
    labels = dict(group.labels) | (held_labels(group) if held else {})
    if labels:
        template["metadata"] = {"labels": labels}
    template["spec"] = {
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": node_class},
        "requirements": _requirements(group, types),
        **({"taints": taint_mappings(group.taints)} if group.taints else {}),
        **({"startupTaints": taint_mappings((HELD_TAINT,))} if held else {}),
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
                "budgets": [{"nodes": "10%"}, *_BUDGETS_OF_HELD] if held else [{"nodes": "10%"}],
            },
            "limits": _limits(group, types, held=held),
            **({"weight": group.pool.weight} if group.pool.weight else {}),
        },
    }


def _requirements(group: Group, types: Mapping[str, InstanceType]) -> list[YamlMapping]:
    instance_types = group.values("instance_type")
    values_by_key = {
        names.ARCH: sorted({types[name].architecture for name in instance_types}),
        names.OS: ["linux"],
        names.CAPACITY_TYPE: group.values("capacity_type"),
        names.ZONE: group.values("zone"),
        names.INSTANCE_TYPE: instance_types,
    }
    return [
        {"key": key, "operator": "In", "values": values} for key, values in values_by_key.items()
    ]


def taint_mappings(taints: Iterable[Taint]) -> list[YamlMapping]:
    """Return taints in the Kubernetes format."""
    return [
        {"key": taint.key, **({"value": taint.value} if taint.value else {}),
         "effect": taint.effect}
        for taint in taints
    ]  # fmt: skip


def _limits(group: Group, types: Mapping[str, InstanceType], *, held: bool) -> dict[str, str]:
    """Return what the plan needs from the pool, plus the margin if the pool had no limits."""
    used: Counter[str] = Counter()
    for node in group.nodes:
        capacity = capacity_for_limits(types[node.instance_type])
        used.update(capacity | {USD_PER_HOUR: node.price.nano_usd_per_hour})
    if not group.pool.limits and not held:
        used = Counter({name: with_margin(amount) for name, amount in used.items()})
    limited = sorted(name for name, _ in group.pool.limits if name in used)
    limits = {name: format_amount(name, used[name]) for name in limited}
    cpu, memory = str(-(-used[CPU] // 1000)), f"{-(-used[MEMORY] // MIB)}Mi"
    return limits | {CPU: cpu, MEMORY: memory, "nodes": str(used["nodes"])}


def _class_of(group: Group) -> NodeClass:
    """Return the node class of a group, with the pod slots of its nodes."""
    return replace(group.pool.node_class, max_pods=group.max_pods)


def _classes(node_groups: tuple[Group, ...]) -> dict[NodeClass, str]:
    """Return the node classes to write, with their names."""
    taken: set[str] = set()
    classes: dict[NodeClass, str] = {}
    for group in node_groups:
        node_class = _class_of(group)
        if node_class not in classes:
            _check_devices(node_class)
            classes[node_class] = unique_name(node_class.name, taken)
    return classes


def _check_devices(node_class: NodeClass) -> None:
    """Raise HandOverError for additional block devices: only their number is known."""
    writable = len(_devices(node_class))
    if node_class.block_devices > writable:
        raise HandOverError(
            f"EC2NodeClass {node_class.name} has {node_class.block_devices} block devices, but "
            f"kubestow can write only {writable}",
            "omit --emit karpenter, or plan with an EC2NodeClass without the additional volumes",
        )


def _node_class(node_class: NodeClass, name: str, cluster: str, role: str) -> YamlMapping:
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


def _kubelet(node_class: NodeClass) -> YamlMapping:
    """Return the kubelet settings, which Karpenter writes into the user data."""
    settings: YamlMapping = {
        "maxPods": node_class.max_pods,
        "podsPerCore": node_class.pods_per_core,
        "kubeReserved": _quantities(node_class.kube_reserved),
        "systemReserved": _quantities(node_class.system_reserved),
        "evictionHard": dict(node_class.eviction_hard),
    }
    return {key: value for key, value in settings.items() if value not in (None, {})}


def _quantities(amounts: Amounts) -> dict[str, str]:
    return {name: format_amount(name, amount) for name, amount in amounts}


def _devices(node_class: NodeClass) -> list[YamlMapping]:
    """Return the volumes; Bottlerocket has its root and a data volume for the pods' storage."""
    size = f"{-(-node_class.root_volume_bytes // GIB)}Gi"
    if node_class.ami_family == "Bottlerocket":
        return [_device("/dev/xvda", _BOTTLEROCKET_ROOT), _device("/dev/xvdb", size)]
    return [_device("/dev/xvda", size)]


def _device(name: str, size: str) -> YamlMapping:
    ebs = {"volumeSize": size, "volumeType": "gp3", "encrypted": True, "deleteOnTermination": True}
    return {"deviceName": name, "ebs": ebs}
