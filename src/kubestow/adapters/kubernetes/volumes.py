"""Persistent volumes, claims and storage classes as model values."""

from kubestow.adapters.kubernetes import wire
from kubestow.adapters.kubernetes.fields import node_selector_terms, pairs
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.volume import (
    EBS_PROVISIONERS,
    PersistentVolume,
    PersistentVolumeClaim,
    StorageClass,
)

_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def read_volume(item: wire.PersistentVolumeWire) -> PersistentVolume:
    """Read a PersistentVolume."""
    spec = item.spec or wire.VolumeSpec()
    required = spec.node_affinity.required if spec.node_affinity else None
    return PersistentVolume(
        item.metadata.name,
        node_selector_terms(required, "spec.nodeAffinity.required"),
        pairs(item.metadata.labels),
        bool(spec.aws_elastic_block_store) or (spec.csi or {}).get("driver") in EBS_PROVISIONERS,
    )


def read_claim(item: wire.PersistentVolumeClaimWire, namespace: str) -> PersistentVolumeClaim:
    """Read a PersistentVolumeClaim."""
    spec = item.spec or wire.ClaimSpec()
    return PersistentVolumeClaim(
        namespace, item.metadata.name, spec.storage_class_name, spec.volume_name or "",
        tuple(spec.access_modes or ("ReadWriteOnce",)),
    )  # fmt: skip


def read_storage_class(item: wire.StorageClassWire) -> StorageClass:
    """Read a StorageClass."""
    terms = []
    for term in item.allowed_topologies or ():
        expressions = tuple(
            SelectorRequirement(e.key, "In", tuple(sorted(e.values or ())))
            for e in term.match_label_expressions or ()
        )
        terms.append(NodeSelectorTerm(expressions))
    return StorageClass(
        item.metadata.name,
        item.provisioner,
        item.volume_binding_mode == "WaitForFirstConsumer",
        tuple(terms),
        (item.metadata.annotations or {}).get(_DEFAULT_CLASS) == "true",
    )
