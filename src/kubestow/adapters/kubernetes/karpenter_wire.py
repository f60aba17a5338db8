"""Wire shapes of Karpenter's objects: v1 and v1beta1 NodePools, v1alpha5 Provisioners, and their
node classes.
"""

from kubestow.adapters.kubernetes.wire import (
    Metadata,
    NamedItem,
    Quantities,
    Quantity,
    SelectorExpression,
    TaintWire,
    Wire,
)


class Kubelet(Wire):
    """Kubelet settings that allocatable depends on."""

    max_pods: int | None = None
    pods_per_core: int | None = None
    system_reserved: Quantities | None = None
    kube_reserved: Quantities | None = None
    eviction_hard: dict[str, str] | None = None


class NodeClassReference(Wire):
    """Which node class a NodePool uses; ``group`` tells Karpenter's from EKS Auto Mode's."""

    name: str | None = None
    group: str | None = None


class ClaimSpecWire(Wire):
    """A NodePool's template spec."""

    requirements: list[SelectorExpression] | None = None
    taints: list[TaintWire] | None = None
    startup_taints: list[TaintWire] | None = None
    node_class_ref: NodeClassReference | None = None
    kubelet: Kubelet | None = None
    expire_after: str | None = None
    termination_grace_period: str | None = None


class ClaimTemplateWire(Wire):
    """A NodePool's template."""

    metadata: Metadata | None = None
    spec: ClaimSpecWire | None = None


class NodeBudgetWire(Wire):
    """How many of a NodePool's nodes may be disrupted at once, and when."""

    nodes: str | None = None
    reasons: list[str] | None = None
    schedule: str | None = None
    duration: str | None = None


class DisruptionWire(Wire):
    """A NodePool's disruption; ``expire_after`` is v1beta1's."""

    consolidation_policy: str | None = None
    consolidate_after: str | None = None
    expire_after: str | None = None
    budgets: list[NodeBudgetWire] | None = None


class NodePoolSpec(Wire):
    """A NodePool's spec."""

    template: ClaimTemplateWire | None = None
    disruption: DisruptionWire | None = None
    limits: Quantities | None = None
    weight: int | None = None
    replicas: int | None = None


class NodePoolWire(Wire):
    """A NodePool."""

    metadata: Metadata
    spec: NodePoolSpec | None = None


class ProvisionerLimits(Wire):
    """A Provisioner's limits."""

    resources: Quantities | None = None


class ProvisionerSpec(Wire):
    """A v1alpha5 Provisioner's spec."""

    requirements: list[SelectorExpression] | None = None
    labels: dict[str, str] | None = None
    taints: list[TaintWire] | None = None
    limits: ProvisionerLimits | None = None
    weight: int | None = None
    provider_ref: NamedItem | None = None
    kubelet_configuration: Kubelet | None = None


class ProvisionerWire(Wire):
    """A v1alpha5 Provisioner."""

    metadata: Metadata
    spec: ProvisionerSpec | None = None


class AmiTerm(Wire):
    """An AMI selector term."""

    alias: str | None = None


class Ebs(Wire):
    """A block device's volume."""

    volume_size: Quantity | None = None


class BlockDevice(Wire):
    """A block device mapping."""

    device_name: str | None = None
    ebs: Ebs | None = None
    root_volume: bool | None = None


class NodeClassSpec(Wire):
    """An EC2NodeClass's or AWSNodeTemplate's spec."""

    ami_family: str | None = None
    ami_selector_terms: list[AmiTerm] | None = None
    kubelet: Kubelet | None = None
    block_device_mappings: list[BlockDevice] | None = None
    instance_store_policy: str | None = None


class SubnetStatus(Wire):
    """A subnet that a node class found."""

    zone: str | None = None


class NodeClassStatus(Wire):
    """What a node class found: nodes are launched in the zones of its subnets."""

    subnets: list[SubnetStatus] | None = None


class NodeClassWire(Wire):
    """An EC2NodeClass or AWSNodeTemplate."""

    metadata: Metadata
    spec: NodeClassSpec | None = None
    status: NodeClassStatus | None = None


class EphemeralStorageWire(Wire):
    """The data volume of EKS Auto Mode's nodes."""

    size: Quantity | None = None


class AutoModeNodeClassSpec(Wire):
    """The spec of a NodeClass of EKS Auto Mode."""

    ephemeral_storage: EphemeralStorageWire | None = None


class AutoModeNodeClassWire(Wire):
    """A NodeClass of EKS Auto Mode (eks.amazonaws.com/v1)."""

    metadata: Metadata
    spec: AutoModeNodeClassSpec | None = None
