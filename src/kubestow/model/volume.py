"""Persistent volumes, claims and storage classes, as far as they decide placement."""

from dataclasses import dataclass

from kubestow.model.selectors import NodeSelectorTerm

EBS_PROVISIONERS = ("ebs.csi.aws.com", "kubernetes.io/aws-ebs", "ebs.csi.eks.amazonaws.com")


@dataclass(frozen=True, slots=True)
class StorageClass:
    """How volumes of a class come to be."""

    name: str
    provisioner: str = "ebs.csi.aws.com"
    waits_for_first_consumer: bool = True
    allowed_topologies: tuple[NodeSelectorTerm, ...] = ()
    is_default: bool = False
    is_assumed: bool = False  # not in the input: taken to be EBS with WaitForFirstConsumer


@dataclass(frozen=True, slots=True)
class PersistentVolume:
    """A volume that exists; ``node_affinity`` None means reachable from every node."""

    name: str
    node_affinity: tuple[NodeSelectorTerm, ...] | None = None
    labels: tuple[tuple[str, str], ...] = ()
    is_ebs: bool = False


@dataclass(frozen=True, slots=True)
class PersistentVolumeClaim:
    """A pod's claim on storage; ``volume_name`` is set once it is bound."""

    namespace: str
    name: str
    storage_class: str | None = None
    volume_name: str = ""
    access_modes: tuple[str, ...] = ("ReadWriteOnce",)
