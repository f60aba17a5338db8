"""Wire shapes: the parts of Kubernetes objects that affect placement.

Wire shapes never leave kubestow.adapters. Decoding drops the fields they do not name. A YAML key
without a value arrives as None, so every optional field may be None.
"""

from typing import Any

import msgspec

Quantity = str | int | float
Quantities = dict[str, Quantity | None]
"""A key without a value is a quantity of zero, as the API server reads it."""


class Wire(msgspec.Struct, rename="camel", gc=False, omit_defaults=True):
    """Base of all wire shapes: camelCase names, and no reference cycles."""


class OwnerReference(Wire):
    """An owner of an object."""

    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool | None = None


class Metadata(Wire):
    """Object metadata."""

    name: str = ""
    generate_name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[OwnerReference] | None = None
    deletion_timestamp: str | None = None


class SelectorExpression(Wire):
    """An expression of a label selector, a node selector or a NodePool requirement."""

    key: str
    operator: str
    values: list[str] | None = None
    min_values: int | None = None


class Selector(Wire):
    """A label selector."""

    match_labels: dict[str, str] | None = None
    match_expressions: list[SelectorExpression] | None = None


class SelectorTerm(Wire):
    """A node selector term."""

    match_expressions: list[SelectorExpression] | None = None
    match_fields: list[SelectorExpression] | None = None


class NodeSelector(Wire):
    """OR-ed node selector terms."""

    node_selector_terms: list[SelectorTerm] | None = None


class PreferredNodes(Wire):
    """A preferred node selector term and its weight."""

    weight: int
    preference: SelectorTerm = msgspec.field(default_factory=SelectorTerm)


class NodeAffinity(Wire):
    """Node affinity."""

    required: NodeSelector | None = msgspec.field(
        default=None, name="requiredDuringSchedulingIgnoredDuringExecution"
    )
    preferred: list[PreferredNodes] | None = msgspec.field(
        default=None, name="preferredDuringSchedulingIgnoredDuringExecution"
    )


class AffinityTerm(Wire):
    """A pod affinity term."""

    topology_key: str
    label_selector: Selector | None = None
    namespaces: list[str] | None = None
    namespace_selector: Selector | None = None
    match_label_keys: list[str] | None = None
    mismatch_label_keys: list[str] | None = None


class WeightedTerm(Wire):
    """A preferred pod affinity term and its weight."""

    weight: int
    pod_affinity_term: AffinityTerm


class PodAffinity(Wire):
    """Pod affinity or anti-affinity."""

    required: list[AffinityTerm] | None = msgspec.field(
        default=None, name="requiredDuringSchedulingIgnoredDuringExecution"
    )
    preferred: list[WeightedTerm] | None = msgspec.field(
        default=None, name="preferredDuringSchedulingIgnoredDuringExecution"
    )


class Affinity(Wire):
    """A pod's affinity."""

    node_affinity: NodeAffinity | None = None
    pod_affinity: PodAffinity | None = None
    pod_anti_affinity: PodAffinity | None = None


class TolerationWire(Wire):
    """A toleration."""

    key: str | None = None
    operator: str | None = None
    value: str | None = None
    effect: str | None = None


class TaintWire(Wire):
    """A taint."""

    key: str
    effect: str
    value: str | None = None


class Spread(Wire):
    """A topology spread constraint."""

    max_skew: int
    topology_key: str
    when_unsatisfiable: str
    label_selector: Selector | None = None
    min_domains: int | None = None
    node_affinity_policy: str | None = None
    node_taints_policy: str | None = None
    match_label_keys: list[str] | None = None


class ResourceAmounts(Wire):
    """Requests and limits."""

    requests: Quantities | None = None
    limits: Quantities | None = None


class ContainerPort(Wire):
    """A container's port."""

    container_port: int = 0
    host_port: int | None = None
    host_ip: str | None = msgspec.field(default=None, name="hostIP")
    protocol: str | None = None


class WireContainer(Wire):
    """A container."""

    name: str = ""
    image: str | None = None
    resources: ResourceAmounts | None = None
    ports: list[ContainerPort] | None = None
    restart_policy: str | None = None


class ClaimVolume(Wire):
    """A volume backed by a claim."""

    claim_name: str


class EbsVolume(Wire):
    """An inline EBS volume."""

    volume_id: str = msgspec.field(default="", name="volumeID")


class GceDisk(Wire):
    """An inline GCE persistent disk."""

    pd_name: str = ""
    read_only: bool | None = None


class IscsiVolume(Wire):
    """An inline iSCSI volume."""

    iqn: str = ""
    read_only: bool | None = None


class RbdVolume(Wire):
    """An inline Ceph volume; the API server fills in the pool."""

    monitors: list[str] | None = None
    pool: str | None = None
    image: str = ""
    read_only: bool | None = None


class ClaimSpec(Wire):
    """A claim's spec."""

    storage_class_name: str | None = None
    volume_name: str | None = None
    access_modes: list[str] | None = None
    resources: ResourceAmounts | None = None
    selector: Selector | None = None
    volume_mode: str | None = None
    volume_attributes_class_name: str | None = None


class WirePhase(Wire):
    """A status of which only the phase is read."""

    phase: str | None = None


class ClaimTemplate(Wire):
    """A claim template of a StatefulSet or an ephemeral volume."""

    metadata: Metadata | None = None
    spec: ClaimSpec | None = None


class EphemeralVolume(Wire):
    """A generic ephemeral volume."""

    volume_claim_template: ClaimTemplate | None = None


class Volume(Wire):
    """The parts of a pod's volume that affect placement."""

    name: str = ""
    persistent_volume_claim: ClaimVolume | None = None
    ephemeral: EphemeralVolume | None = None
    aws_elastic_block_store: EbsVolume | None = None
    gce_persistent_disk: GceDisk | None = None
    iscsi: IscsiVolume | None = None
    rbd: RbdVolume | None = None
    empty_dir: dict[str, Any] | None = None
    host_path: dict[str, Any] | None = None
    azure_disk: dict[str, Any] | None = None
    cinder: dict[str, Any] | None = None


class NamedItem(Wire):
    """An item of which only the name is read."""

    name: str = ""


class OperatingSystem(Wire):
    """The operating system a pod is made for."""

    name: str = ""


class PodSpec(Wire):
    """A pod's spec."""

    containers: list[WireContainer] | None = None
    init_containers: list[WireContainer] | None = None
    node_selector: dict[str, str] | None = None
    affinity: Affinity | None = None
    tolerations: list[TolerationWire] | None = None
    topology_spread_constraints: list[Spread] | None = None
    volumes: list[Volume] | None = None
    priority: int | None = None
    priority_class_name: str | None = None
    preemption_policy: str | None = None
    scheduler_name: str | None = None
    scheduling_gates: list[NamedItem] | None = None
    host_network: bool | None = None
    node_name: str | None = None
    overhead: Quantities | None = None
    runtime_class_name: str | None = None
    resources: ResourceAmounts | None = None
    resource_claims: list[NamedItem] | None = None
    os: OperatingSystem | None = None
    termination_grace_period_seconds: int | None = None


class ContainerStatus(Wire):
    """What a running container is allocated (in-place resize)."""

    name: str = ""
    resources: ResourceAmounts | None = None
    allocated_resources: Quantities | None = None


class Condition(Wire):
    """A condition of a pod."""

    type: str = ""
    status: str = ""
    reason: str | None = None


class PodStatus(Wire):
    """A pod's status."""

    phase: str | None = None
    conditions: list[Condition] | None = None
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None


class PodWire(Wire):
    """A Pod."""

    metadata: Metadata
    spec: PodSpec | None = None
    status: PodStatus | None = None


class PodTemplateWire(Wire):
    """A workload's pod template."""

    metadata: Metadata | None = None
    spec: PodSpec | None = None


class RollingUpdate(Wire):
    """How far a Deployment may deviate from its replicas during a rollout."""

    max_surge: int | str | None = None
    max_unavailable: int | str | None = None


class WireStrategy(Wire):
    """A Deployment's strategy."""

    type: str | None = None
    rolling_update: RollingUpdate | None = None


class OwningSpec(Wire):
    """A workload's selector, replicas and strategy."""

    selector: Selector | None = None
    replicas: int | None = None
    strategy: WireStrategy | None = None


class Owning(Wire):
    """The parts of a workload that its pods depend on."""

    metadata: Metadata
    spec: OwningSpec | None = None


class Ordinals(Wire):
    """Where a StatefulSet's ordinals start."""

    start: int | None = None


class WorkloadSpec(Wire):
    """The union of the Deployment, ReplicaSet, StatefulSet, DaemonSet and Job specs."""

    replicas: int | None = None
    selector: Selector | None = None
    template: PodTemplateWire | None = None
    volume_claim_templates: list[ClaimTemplate] | None = None
    ordinals: Ordinals | None = None
    parallelism: int | None = None
    completions: int | None = None
    suspend: bool | None = None


class WorkloadStatus(Wire):
    """A workload's status."""

    succeeded: int | None = None
    completion_time: str | None = None


class WireWorkload(Wire):
    """A Deployment, ReplicaSet, StatefulSet, DaemonSet, ReplicationController or Job."""

    metadata: Metadata
    spec: WorkloadSpec | None = None
    status: WorkloadStatus | None = None


class JobTemplate(Wire):
    """A CronJob's job template."""

    spec: WorkloadSpec | None = None


class CronJobSpec(Wire):
    """A CronJob's spec."""

    job_template: JobTemplate | None = None
    concurrency_policy: str | None = None
    suspend: bool | None = None


class CronJob(Wire):
    """A CronJob."""

    metadata: Metadata
    spec: CronJobSpec | None = None


class NodeSpec(Wire):
    """A node's spec."""

    taints: list[TaintWire] | None = None
    unschedulable: bool | None = None


class NodeImage(Wire):
    """A container image that is present on a node."""

    names: list[str] | None = None
    size_bytes: int | None = None


class NodeStatus(Wire):
    """A node's status."""

    allocatable: Quantities | None = None
    capacity: Quantities | None = None
    images: list[NodeImage] | None = None


class NodeWire(Wire):
    """A Node."""

    metadata: Metadata
    spec: NodeSpec | None = None
    status: NodeStatus | None = None


class Named(Wire):
    """An object of which only the metadata is read, such as a Namespace."""

    metadata: Metadata


class BudgetSpec(Wire):
    """A PodDisruptionBudget's spec."""

    selector: Selector | None = None
    min_available: int | str | None = None
    max_unavailable: int | str | None = None
    unhealthy_pod_eviction_policy: str | None = None


class BudgetStatus(Wire):
    """A PodDisruptionBudget's status."""

    disruptions_allowed: int | None = None


class BudgetWire(Wire):
    """A PodDisruptionBudget."""

    metadata: Metadata
    spec: BudgetSpec | None = None
    status: BudgetStatus | None = None


class ServiceSpec(Wire):
    """A Service's spec."""

    selector: dict[str, str] | None = None


class ServiceWire(Wire):
    """A Service."""

    metadata: Metadata
    spec: ServiceSpec | None = None
