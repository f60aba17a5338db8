"""NodePools and node classes of Karpenter and EKS Auto Mode, and their predecessors.

v1alpha5 Provisioners and v1alpha1 AWSNodeTemplates are read as their v1 equivalents, with the
defaults of their webhooks. Sources: karpenter.sh documentation for v1 and v0.32's upgrade guide.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import karpenter_wire as wire
from kubestow.adapters.kubernetes.fields import nanos, pairs, rounded_amounts, taints
from kubestow.adapters.kubernetes.nodepool_disruption import read_disruption
from kubestow.adapters.kubernetes.unplanned_pools import AUTO_MODE_GROUP, KARPENTER_GROUP
from kubestow.adapters.kubernetes.wire import Metadata, Quantities, Quantity, SelectorExpression
from kubestow.catalog import auto_mode
from kubestow.model import labels as names
from kubestow.model.nodepool import GIB, DesiredNodes, Launcher, NodeClass, NodePool
from kubestow.model.quantity import value
from kubestow.model.requirements import Requirement, RequirementError, Requirements, requirement
from kubestow.model.resources import USD_PER_HOUR, rounded
from kubestow.model.suggestion import closest

NodeClasses = Mapping[tuple[str, str], NodeClass]
"""Node classes by API group and name."""
_V1 = "karpenter.sh/v1"
_FAMILY_KEYS = tuple(
    names.AWS_PREFIX + f"instance-{key}" for key in ("category", "family", "generation")
)
_DOMAINS = {"karpenter.k8s.aws", "karpenter.sh", "kubernetes.io", "topology.kubernetes.io",
            "node.kubernetes.io", AUTO_MODE_GROUP}  # fmt: skip
_WEIGHT_MAX = 100
_DECIMAL = re.compile(r"\d{1,9}(\.\d{1,9})?|\d{1,12}m", re.ASCII)
"""USD per hour as users write it, or as Kubernetes prints it: 12500m."""
_PLANNED = re.compile(r"([1-9]\d{0,4}) (\S+) (\S+) (on-demand|spot)", re.ASCII)
_CUSTOM = "Custom"
_VOLUME_SIZE = "spec.blockDeviceMappings.ebs.volumeSize"
AMI_FAMILIES = ("AL2", "AL2023", "Bottlerocket")
_ALIASES = {family.lower(): family for family in AMI_FAMILIES} | {
    "bottlerocket-fips": "Bottlerocket"
}
_OTHER_FAMILIES = ("ubuntu", "windows2019", "windows2022", "windows2025")
"""Families of Karpenter's, now or before v1, whose nodes kubestow does not know."""


class UnsupportedFamilyError(FieldError):
    """An AMI family that exists, but whose nodes kubestow does not know."""


def read_nodepool(
    item: wire.NodePoolWire, classes: NodeClasses, file: str, api_version: str = _V1
) -> NodePool:
    """Read a NodePool of Karpenter's (v1 or v1beta1) or of EKS Auto Mode's."""
    spec = item.spec or wire.NodePoolSpec()
    template = spec.template or wire.ClaimTemplateWire()
    if template.spec is None:
        raise FieldError(
            "spec.template.spec", "is missing", "set nodeClassRef and requirements there"
        )
    group = (template.spec.node_class_ref or wire.NodeClassReference()).group
    is_auto = group == AUTO_MODE_GROUP
    node_class = _class_named(template.spec.node_class_ref, classes, group or KARPENTER_GROUP)
    if template.spec.kubelet is not None:
        field = "spec.template.spec.kubelet"
        if api_version == _V1:
            raise FieldError(
                field,
                f"is not a field of a {_V1} NodePool",
                "move it to spec.kubelet of the EC2NodeClass",
            )
        node_class = with_kubelet(node_class, template.spec.kubelet, field)
    requirements = _requirements(
        template.spec.requirements, "spec.template.spec.requirements", [], is_auto=is_auto
    )
    if is_auto:
        requirements = _runnable(requirements)
    if node_class.zones:
        where = requirement(names.ZONE, "In", node_class.zones)
        requirements = requirements.merged([where])
    pool = NodePool(
        name=item.metadata.name,
        requirements=requirements,
        labels=pairs((template.metadata.labels or {}) if template.metadata else {}),
        taints=taints(template.spec.taints, "spec.template.spec.taints"),
        startup_taints=taints(template.spec.startup_taints, "spec.template.spec.startupTaints"),
        limits=_limits(spec.limits, "spec.limits"),
        weight=_weight(spec.weight),
        node_class=node_class,
        disruption=read_disruption(spec),
        desired=_desired((item.metadata.annotations or {}).get(names.PLANNED_NODES, "")),
        source=file,
        launched_by=Launcher.AUTO_MODE if is_auto else Launcher.KARPENTER,
    )
    return pool if spec.replicas is None else _static(pool, spec.replicas)


def _runnable(own: Requirements) -> Requirements:
    """Return the requirements with Auto Mode's own; raise FieldError where none of it is left."""
    added = auto_mode.runnable(names.AUTO_MODE_PREFIX)
    merged = own.merged(added)
    for item in added:
        if merged.by_key[item.key].is_does_not_exist:
            raise FieldError(
                "spec.template.spec.requirements",
                f"{own.by_key[item.key].describe()} leaves nothing that EKS Auto Mode launches",
                f"it adds {item.describe()}: allow other values",
            )
    return merged


def _static(pool: NodePool, replicas: int) -> NodePool:
    """Return a NodePool of a fixed number of nodes, which its limit of nodes may lower.

    Source: Karpenter documentation, concepts/nodepools, spec.replicas; Karpenter
    pkg/controllers/provisioning/provisioner.go leaves static NodePools out.
    """
    if replicas < 0:
        raise FieldError("spec.replicas", f"{replicas} is negative", "use 0 or more")
    if pool.weight:
        raise FieldError(
            "spec.weight", "cannot be combined with spec.replicas", "remove one of them"
        )
    runs = min(replicas, dict(pool.limits).get("nodes", replicas))  # NodePoolState.ReserveNodeCount
    return replace(pool, replicas=runs, desired=(), limits=(("nodes", runs),))


def _desired(text: str) -> tuple[DesiredNodes, ...]:
    """Read the planned nodes that kubestow noted on a NodePool it wrote."""
    nodes = []
    for part in filter(None, map(str.strip, text.split(","))):
        match = _PLANNED.fullmatch(part)
        if match is None:
            raise FieldError(
                f"metadata.annotations.{names.PLANNED_NODES}",
                f"invalid entry {part!r}",
                "write COUNT TYPE ZONE CAPACITY, such as '2 m6i.large us-east-1a on-demand', or "
                "remove the annotation",
            )
        nodes.append(DesiredNodes(match[2], match[3], match[4], int(match[1])))
    return tuple(nodes)


def read_provisioner(item: wire.ProvisionerWire, classes: NodeClasses, file: str) -> NodePool:
    """Read a v1alpha5 Provisioner as the NodePool it became."""
    spec = item.spec or wire.ProvisionerSpec()
    node_class = _class_named(spec.provider_ref, classes, KARPENTER_GROUP)
    if spec.kubelet_configuration is not None:
        node_class = with_kubelet(
            node_class, spec.kubelet_configuration, "spec.kubeletConfiguration"
        )
    return NodePool(
        name=item.metadata.name,
        requirements=_requirements(
            spec.requirements, "spec.requirements", _provisioner_defaults(spec)
        ),
        labels=pairs(spec.labels),
        taints=taints(spec.taints, "spec.taints"),
        limits=_limits(spec.limits.resources if spec.limits else None, "spec.limits.resources"),
        weight=_weight(spec.weight),
        node_class=node_class,
        source=file,
    )


def _provisioner_defaults(spec: wire.ProvisionerSpec) -> list[Requirement]:
    """Return what the v1alpha5 webhook added for keys the Provisioner does not mention."""
    mentioned = {r.key for r in spec.requirements or ()} | set(spec.labels or ())
    mentioned = {names.normalised(key) for key in mentioned}
    defaults = [
        requirement(names.OS, "In", ["linux"]),
        requirement(names.ARCH, "In", ["amd64"]),
        requirement(names.CAPACITY_TYPE, "In", ["on-demand"]),
    ]
    if names.INSTANCE_TYPE not in mentioned and not mentioned & set(_FAMILY_KEYS):
        defaults.append(requirement(_FAMILY_KEYS[0], "In", ["c", "m", "r"]))
        defaults.append(requirement(_FAMILY_KEYS[2], "Gt", ["2"]))
    return [item for item in defaults if item.key not in mentioned]


def _requirements(
    items: list[SelectorExpression] | None,
    field: str,
    defaults: list[Requirement],
    *,
    is_auto: bool = False,
) -> Requirements:
    merged = list(defaults)
    for index, item in enumerate(items or ()):
        _check_key(item.key, f"{field}[{index}]", is_auto=is_auto)
        try:
            merged.append(requirement(item.key, item.operator, item.values or (), item.min_values))
        except RequirementError as problem:
            raise FieldError(
                f"{field}[{index}]", f"{item.key}: {problem}",
                "see 'requirements' in Karpenter's NodePool documentation",
            ) from problem  # fmt: skip
    return Requirements.of(merged)


def _check_key(key: str, field: str, *, is_auto: bool) -> None:
    """Raise FieldError for a key of Kubernetes, Karpenter or EKS that kubestow does not support."""
    domain, _, name = key.partition("/")
    if is_auto and domain == KARPENTER_GROUP:
        raise FieldError(
            field,
            f"{key}: nodes of EKS Auto Mode have no such label",
            f"use {names.AUTO_MODE_PREFIX}{name}",
        )
    is_known = key in names.WELL_KNOWN or key in names.BETA_ALIASES
    if domain not in _DOMAINS or is_known:
        return
    siblings = sorted(k for k in names.WELL_KNOWN if k.startswith(f"{domain}/"))
    meant = closest(name, [k.partition("/")[2] for k in siblings])
    raise FieldError(
        field,
        f"{key}: unsupported label",
        f"did you mean '{domain}/{meant}'?"
        if meant
        else "kubestow cannot evaluate requirements on this label",
    )


def _weight(weight: int | None) -> int:
    if not 0 <= (weight or 0) <= _WEIGHT_MAX:
        raise FieldError("spec.weight", f"{weight} is out of range", "use 1 to 100, or omit it")
    return weight or 0


def _limits(quantities: Quantities | None, field: str) -> tuple[tuple[str, int], ...]:
    _check_money(quantities or {}, field)
    limits = nanos(quantities, field)
    return tuple(sorted((name, rounded(name, n)) for name, n in limits.items()))


def _check_money(quantities: Quantities, field: str) -> None:
    """Raise FieldError for an unknown kubestow limit, or one that is not an amount of USD."""
    for name, text in quantities.items():
        if not name.startswith("kubestow."):
            continue
        if name != USD_PER_HOUR:
            hint = f"did you mean {USD_PER_HOUR}?"
            raise FieldError(f"{field}.{name}", "unknown kubestow limit", hint)
        number = text.strip() if isinstance(text, str) else repr(text)
        if not _DECIMAL.fullmatch(number):
            raise FieldError(
                f"{field}.{name}",
                f"{text!r} is not an amount in USD per hour",
                'use a decimal number of zero or more with at most nine decimals, such as "12.5"',
            )


def _class_named(reference: object, classes: NodeClasses, group: str) -> NodeClass:
    name = getattr(reference, "name", "") or "default"
    known = classes.get((group, name))
    if known is None and group == AUTO_MODE_GROUP:
        return read_auto_mode_class(wire.AutoModeNodeClassWire(Metadata(name=name)))
    return known or NodeClass(name=name)


def with_kubelet(node_class: NodeClass, kubelet: wire.Kubelet, field: str) -> NodeClass:
    """Return a node class with kubelet settings in place of its own."""
    for name, number in (("maxPods", kubelet.max_pods), ("podsPerCore", kubelet.pods_per_core)):
        if number is not None and number < 0:
            raise FieldError(f"{field}.{name}", f"{number} is negative", "use 0 or more")
    return replace(
        node_class,
        max_pods=kubelet.max_pods if kubelet.max_pods is not None else node_class.max_pods,
        pods_per_core=kubelet.pods_per_core or node_class.pods_per_core,
        kube_reserved=rounded_amounts(kubelet.kube_reserved, f"{field}.kubeReserved")
        or node_class.kube_reserved,
        system_reserved=rounded_amounts(kubelet.system_reserved, f"{field}.systemReserved")
        or node_class.system_reserved,
        eviction_hard=_eviction(kubelet.eviction_hard, f"{field}.evictionHard")
        or node_class.eviction_hard,
    )


def _eviction(signals: dict[str, str] | None, field: str) -> tuple[tuple[str, str], ...]:
    for signal, text in (signals or {}).items():
        nanos({signal: text.removesuffix("%")}, field)
    return pairs(signals)


def read_auto_mode_class(item: wire.AutoModeNodeClassWire) -> NodeClass:
    """Read a NodeClass of EKS Auto Mode."""
    spec = item.spec or wire.AutoModeNodeClassSpec()
    size = spec.ephemeral_storage.size if spec.ephemeral_storage else None
    volume = auto_mode.VOLUME_BYTES
    if size is not None:
        volume = _bytes(size, "spec.ephemeralStorage.size")
    return auto_mode.node_class(NodeClass(name=item.metadata.name, root_volume_bytes=volume))


def _zones(status: wire.NodeClassStatus | None) -> tuple[str, ...]:
    """Return the zones of the subnets that Karpenter found.

    Source: Karpenter AWS provider pkg/controllers/nodeclass/subnet.go, pkg/cloudprovider.
    """
    subnets = (status.subnets if status else None) or ()
    return tuple(sorted({subnet.zone for subnet in subnets if subnet.zone}))


def read_node_class(item: wire.NodeClassWire) -> NodeClass:
    """Read an EC2NodeClass or AWSNodeTemplate."""
    spec = item.spec or wire.NodeClassSpec()
    family = _ami_family(spec)
    known = "AL2023" if family == _CUSTOM else family
    node_class = NodeClass(
        name=item.metadata.name,
        ami_family=known,
        root_volume_bytes=_data_volume_bytes(spec, family),
        block_devices=max(2 if known == "Bottlerocket" else 1,
                          len(spec.block_device_mappings or ())),
        raid0_instance_store=spec.instance_store_policy == "RAID0",
        zones=_zones(item.status),
    )  # fmt: skip
    if spec.kubelet is not None:
        node_class = with_kubelet(node_class, spec.kubelet, "spec.kubelet")
    return node_class


def _ami_family(spec: wire.NodeClassSpec) -> str:
    family = spec.ami_family or ""
    field = "spec.amiFamily"
    for index, term in enumerate(spec.ami_selector_terms or ()):
        if term.alias and not family:
            alias = term.alias.split("@", 1)[0].lower()
            family = _ALIASES.get(alias, term.alias)
            field = f"spec.amiSelectorTerms[{index}].alias"
    if family in ("", _CUSTOM):
        return family or "AL2023"
    if family.partition("@")[0].lower() in _OTHER_FAMILIES:
        message = f"AMI family {family.partition('@')[0]} is not supported"
        raise UnsupportedFamilyError(field, message, f"supported: {', '.join(AMI_FAMILIES)}")
    if family not in AMI_FAMILIES:
        raise FieldError(
            field, f"AMI family {family!r} is not supported",
            f"supported: {', '.join(AMI_FAMILIES)}",
        )  # fmt: skip
    return family


def _data_volume_bytes(spec: wire.NodeClassSpec, family: str) -> int:
    """Return the size of the volume that holds pods' storage.

    It is the root volume if one is marked, the last mapping of a custom AMI, or else the device
    that the family mounts for it. Source: Karpenter AWS provider
    pkg/providers/instancetype/types.go ephemeralStorage.
    """
    mappings = spec.block_device_mappings or []
    for mapping in mappings:
        if mapping.root_volume and mapping.ebs is not None and mapping.ebs.volume_size is not None:
            return _bytes(mapping.ebs.volume_size, _VOLUME_SIZE)
    if family == _CUSTOM:
        chosen = mappings[-1:]
    else:
        device = "/dev/xvdb" if family == "Bottlerocket" else "/dev/xvda"
        chosen = [mapping for mapping in mappings if mapping.device_name == device]
    for mapping in chosen:
        if mapping.ebs is not None and mapping.ebs.volume_size is not None:
            return _bytes(mapping.ebs.volume_size, _VOLUME_SIZE)
    return 20 * GIB


def _bytes(size: Quantity, field: str) -> int:
    return value(nanos({"size": size}, field)["size"])
