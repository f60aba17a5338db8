"""Persistent volumes, claims and storage classes, as far as they affect scheduling."""

from dataclasses import dataclass

from kubestow.model.selectors import LabelSelector, NodeSelectorTerm

EBS_DRIVER = "ebs.csi.aws.com"
EBS_PROVISIONERS = ("ebs.csi.aws.com", "kubernetes.io/aws-ebs", "ebs.csi.eks.amazonaws.com")
_EBS_NAMES = ("gp2", "gp3", "io1", "io2", "ebs")


def is_ebs_class_name(name: str) -> bool:
    """Guess from its name whether a storage class that is not in the input is EBS."""
    return any(part in name for part in _EBS_NAMES)


@dataclass(frozen=True, slots=True)
class StorageClass:
    """A StorageClass: how its volumes are provisioned."""

    name: str
    provisioner: str = "ebs.csi.aws.com"
    waits_for_first_consumer: bool = True
    allowed_topologies: tuple[NodeSelectorTerm, ...] = ()
    is_default: bool = False
    is_assumed: bool = False  # not in the input: assumed to be EBS with WaitForFirstConsumer


@dataclass(frozen=True, slots=True)
class PersistentVolume:
    """A PersistentVolume; ``node_affinity`` None means accessible from every node.

    ``driver`` is the CSI driver or, for a volume of an in-tree plugin, the driver that replaced
    it; ``plugin`` the in-tree plugin's name. ``claim`` is (namespace, name, uid) of the claim it
    is bound to or reserved for. ``capacity`` is in bytes.
    """

    name: str
    node_affinity: tuple[NodeSelectorTerm, ...] | None = None
    labels: tuple[tuple[str, str], ...] = ()
    is_ebs: bool = False
    capacity: int = 0
    access_modes: tuple[str, ...] = ()
    storage_class: str = ""
    volume_mode: str = "Filesystem"
    attributes_class: str = ""
    claim: tuple[str, str, str] | None = None
    is_available: bool = False
    terminating: bool = False
    driver: str = ""
    handle: str = ""
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class PersistentVolumeClaim:
    """A PersistentVolumeClaim; ``volume_name`` is set once a volume is bound or reserved.

    ``bind_completed`` tells that binding is done, ``is_lost`` that the volume is gone;
    ``selected_node`` is the node for which a volume is being provisioned. ``requested`` is in
    bytes, None if the claim names no size.
    """

    namespace: str
    name: str
    storage_class: str | None = None
    volume_name: str = ""
    access_modes: tuple[str, ...] = ("ReadWriteOnce",)
    bind_completed: bool = True
    is_lost: bool = False
    terminating: bool = False
    selected_node: str | None = None
    requested: int | None = None
    selector: LabelSelector | None = None
    volume_mode: str = "Filesystem"
    attributes_class: str = ""
    uid: str = ""
    owner_pods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StorageCapacity:
    """A CSIStorageCapacity: the largest volume of a class on nodes that ``topology`` matches."""

    storage_class: str
    topology: LabelSelector | None
    largest: int | None


@dataclass(frozen=True, slots=True)
class VolumeAttachment:
    """A volume that is attached to a node, or will be."""

    node: str
    driver: str
    volume: str
