"""Setup: everything that the checks look at: manifests, the ClusterConfig, the network and more.

What the input does not give is None, never a guess; checks that need it report that they could
not be run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from kubestow.model.fargate_profile import FargateProfile
from kubestow.model.finding import Subject
from kubestow.model.instance_type import Catalog
from kubestow.model.nodepool import Networking, WantedNetworking
from kubestow.model.pod import PodTemplate
from kubestow.model.resources import Amounts
from kubestow.model.selectors import LabelSelector
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import Taint

Labels = tuple[tuple[str, str], ...]
_LASTING = ("Deployment", "DeploymentConfig", "ReplicaSet", "ReplicationController", "Rollout",
            "StatefulSet")  # fmt: skip


@dataclass(frozen=True, slots=True)
class CheckedContainer:
    """A container; ``field`` is its path in the manifest.

    ``requests`` include defaults of the API server; ``limits`` are as given. ``written`` holds the
    quantities as written, such as (requests.memory, 512m).
    """

    name: str
    field: str
    image: str = ""
    requests: Amounts = ()
    limits: Amounts = ()
    written: tuple[tuple[str, str], ...] = ()
    is_init: bool = False
    privileged: bool = False
    host_ports: tuple[int, ...] = ()
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PodVolume:
    """A volume of a pod: ``kind`` is its source field, ``claim`` the claim it names.

    Claims created by a StatefulSet or an ephemeral volume have no name yet, but a class;
    ``storage_class`` None means the cluster's default.
    """

    name: str
    kind: str
    claim: str = ""
    storage_class: str | None = None
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Scaling:
    """A HorizontalPodAutoscaler or ScaledObject: its target and the replicas it may set.

    ``least_field`` and ``most_field`` are where it says so; ``by_cpu`` tells that it may scale by
    the use of cpu.
    """

    subject: Subject
    target_kind: str
    target_name: str
    minimum: int
    maximum: int
    least_field: str = "spec.minReplicas"
    most_field: str = "spec.maxReplicas"
    by_cpu: bool = True


@dataclass(frozen=True, slots=True)
class CheckedWorkload:
    """A workload and its pods; ``field`` is the path of its pod spec.

    ``selector`` is that of the workload, None if it is unknown.
    If not ``is_valid``, the API server rejects its pods, so they are not checked further. A pod
    without a controller is a workload of kind Pod. ``made_as`` is the built-in kind of a workload
    that an operator makes of the subject.
    """

    subject: Subject
    replicas: int
    template: PodTemplate
    labels: Labels = ()
    field: str = "spec.template.spec"
    containers: tuple[CheckedContainer, ...] = ()
    volumes: tuple[PodVolume, ...] = ()
    annotations: Labels = ()
    host_network: bool = False
    scaling: Scaling | None = None
    is_valid: bool = True
    selector: LabelSelector | None = None
    made_as: str = ""

    @property
    def is_daemonset(self) -> bool:
        """True for a DaemonSet."""
        return "DaemonSet" in (self.subject.kind, self.made_as)

    @property
    def lasts(self) -> bool:
        """True for workloads whose pods are meant to keep running."""
        return self.made_as in ("Deployment", "StatefulSet") or self.subject.kind in _LASTING


@dataclass(frozen=True, slots=True)
class Budget:
    """A PodDisruptionBudget; its two limits as written: a number, a percentage or None."""

    subject: Subject
    selector: LabelSelector | None
    min_available: str | None = None
    max_unavailable: str | None = None


@dataclass(frozen=True, slots=True)
class StorageClassFacts:
    """A StorageClass; ``volume_type`` is empty if not set."""

    subject: Subject
    provisioner: str
    volume_type: str = ""
    waits_for_first_consumer: bool = True


@dataclass(frozen=True, slots=True)
class Disk:
    """A block device of a node; None for what is not set."""

    field: str
    volume_type: str | None = None
    encrypted: bool | None = None


@dataclass(frozen=True, slots=True)
class MachineSettings:
    """Settings of an EC2NodeClass beside those that decide what fits."""

    subject: Subject
    ami_family: str = ""
    hop_limit: int | None = None
    http_tokens: str | None = None
    disks: tuple[Disk, ...] = ()


@dataclass(frozen=True, slots=True)
class ApiObject:
    """An object of the input and its API version.

    ``may_make_pods`` tells that a controller beyond Kubernetes' own may make pods for it.
    """

    subject: Subject
    api_version: str
    may_make_pods: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An object that could not be read, and why: the API server would reject it too."""

    subject: Subject
    field: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class NodeGroup:
    """A node group of an eksctl ClusterConfig; ``field`` is its path in the file.

    ``zones`` is empty if the group uses the cluster's zones. ``has_template`` tells that the user's
    launch template sets what is not set here.
    """

    name: str
    field: str
    is_managed: bool = True
    instance_types: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    desired: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    spot: bool = False
    private_networking: bool = False
    max_pods: int | None = None
    volume_type: str | None = None
    volume_encrypted: bool | None = None
    has_template: bool = False
    disable_imds_v1: bool | None = None
    disable_pod_imds: bool = False
    ami_family: str = "AmazonLinux2023"
    has_own_image: bool = False
    labels: Labels = ()
    taints: tuple[Taint, ...] = ()


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """An eksctl ClusterConfig, as far as it is checked.

    ``public_subnets`` and ``private_subnets`` are (zone, id) of an existing VPC. ``endpoints`` are
    the services for which eksctl creates VPC endpoints. ``vpc`` is the id of an existing VPC.
    """

    subject: Subject
    region: str = ""
    version: str = ""
    zones: tuple[str, ...] = ()
    groups: tuple[NodeGroup, ...] = ()
    profiles: tuple[FargateProfile, ...] = ()
    public_subnets: tuple[tuple[str, str], ...] = ()
    private_subnets: tuple[tuple[str, str], ...] = ()
    is_private: bool = False
    private_access: bool = False
    public_access: bool = True
    endpoints: tuple[str, ...] = ()
    auto_mode: bool = False
    networking: Networking = field(default_factory=Networking)
    vpc: str = ""


@dataclass(frozen=True, slots=True)
class ClusterVersion:
    """The minor version of Kubernetes of a cluster, and the object and field that tell it."""

    minor: int
    subject: Subject
    field: str = "gitVersion"


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet; ``is_public`` is None if it is unknown whether it has a route to the internet."""

    id: str
    zone: str
    cidr: str = ""
    available_addresses: int = 0
    maps_public_address: bool = False
    is_public: bool | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """The network given by --subnets; ``endpoints`` is None if it lists no VPC endpoints."""

    file: str
    subnets: tuple[Subnet, ...] = ()
    endpoints: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that the checks know; ``platforms`` maps an image to those it is built for."""

    cluster: Cluster
    catalog: Catalog
    today: date
    workloads: tuple[CheckedWorkload, ...] = ()
    budgets: tuple[Budget, ...] = ()
    storage: tuple[StorageClassFacts, ...] = ()
    machines: tuple[MachineSettings, ...] = ()
    scalings: tuple[Scaling, ...] = ()
    load_balancers: tuple[Subject, ...] = ()
    objects: tuple[ApiObject, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    config: ClusterConfig | None = None
    network: Network | None = None
    platforms: Mapping[str, tuple[str, ...]] | None = None
    networking: WantedNetworking = field(default_factory=WantedNetworking)
    version: ClusterVersion | None = None
