"""Persistent volumes, claims, classes and what CSI drivers report, as model values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kubestow.adapters.kubernetes import storage_wire, wire
from kubestow.adapters.kubernetes.fields import label_selector, nanos, node_selector_terms, pairs
from kubestow.model.node import Node
from kubestow.model.quantity import value
from kubestow.model.resources import Amounts, amounts
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.volume import (
    EBS_PROVISIONERS,
    PersistentVolume,
    PersistentVolumeClaim,
    StorageCapacity,
    StorageClass,
    VolumeAttachment,
)

_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
_BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
_SELECTED_NODE = "volume.kubernetes.io/selected-node"
_MIGRATED_PLUGINS = "storage.alpha.kubernetes.io/migrated-plugins"
STORAGE_SHAPES: dict[str, type[Any]] = {
    "PersistentVolume": storage_wire.PersistentVolumeWire,
    "PersistentVolumeClaim": storage_wire.PersistentVolumeClaimWire,
    "StorageClass": storage_wire.StorageClassWire,
    "CSINode": storage_wire.CsiNodeWire,
    "CSIDriver": storage_wire.CsiDriverWire,
    "CSIStorageCapacity": storage_wire.StorageCapacityWire,
    "VolumeAttachment": storage_wire.VolumeAttachmentWire,
}


@dataclass(frozen=True, slots=True)
class CsiNode:
    """What a node's CSI drivers say: how many volumes each attaches, and the plugins migrated."""

    attach_limits: tuple[tuple[str, int], ...]
    migrated_plugins: tuple[str, ...]


@dataclass(slots=True)
class StorageObjects:
    """The storage objects of the input; ``csi_nodes`` are by the name of the node."""

    claims: dict[tuple[str, str], PersistentVolumeClaim] = field(default_factory=dict)
    volumes: dict[str, PersistentVolume] = field(default_factory=dict)
    classes: dict[str, StorageClass] = field(default_factory=dict)
    csi_nodes: dict[str, CsiNode] = field(default_factory=dict)
    capacity_drivers: set[str] = field(default_factory=set)
    capacities: list[StorageCapacity] = field(default_factory=list)
    attachments: list[VolumeAttachment] = field(default_factory=list)

    def equipped(self, node: Node) -> Node:
        """Return a node with the limits and plugins of its CSINode."""
        csi = self.csi_nodes.get(node.name)
        if csi is None:
            return node
        return replace(node, attach_limits=csi.attach_limits, migrated_plugins=csi.migrated_plugins)


def read_storage(kind: str, item: Any, namespace: str, storage: StorageObjects) -> None:
    """Read one object of a kind in STORAGE_SHAPES into ``storage``."""
    name = item.metadata.name
    match kind:
        case "PersistentVolume":
            storage.volumes[name] = read_volume(item)
        case "PersistentVolumeClaim":
            storage.claims[namespace, name] = read_claim(item, namespace)
        case "StorageClass":
            storage.classes[name] = read_storage_class(item)
        case "CSINode":
            annotations = item.metadata.annotations or {}
            drivers = (item.spec and item.spec.drivers) or ()
            counts = {
                d.name: d.allocatable.count
                for d in drivers
                if d.allocatable and d.allocatable.count is not None
            }
            migrated = annotations.get(_MIGRATED_PLUGINS, "")
            storage.csi_nodes[name] = CsiNode(
                tuple(sorted(counts.items())),
                tuple(plugin for plugin in migrated.split(",") if plugin),
            )
        case "CSIDriver":
            if item.spec and item.spec.storage_capacity:
                storage.capacity_drivers.add(name)
        case "CSIStorageCapacity":
            storage.capacities.append(_storage_capacity(item))
        case "VolumeAttachment":
            spec = item.spec or storage_wire.AttachmentSpec()
            source = spec.source or storage_wire.AttachmentSource()
            if spec.attacher and source.persistent_volume_name:
                storage.attachments.append(
                    VolumeAttachment(spec.node_name, spec.attacher, source.persistent_volume_name)
                )


def _storage_capacity(item: storage_wire.StorageCapacityWire) -> StorageCapacity:
    sizes = {"maximumVolumeSize": item.maximum_volume_size, "capacity": item.capacity}
    given = nanos({name: size for name, size in sizes.items() if size is not None}, "",
                  signed=True)  # of a negative size, nothing fits  # fmt: skip
    largest = given.get("maximumVolumeSize", given.get("capacity"))
    return StorageCapacity(
        item.storage_class_name,
        label_selector(item.node_topology, "nodeTopology"),
        None if largest is None else value(largest),
    )


def read_volume(item: storage_wire.PersistentVolumeWire) -> PersistentVolume:
    """Read a PersistentVolume."""
    spec = item.spec or storage_wire.VolumeSpec()
    required = spec.node_affinity.required if spec.node_affinity else None
    driver, handle, plugin = _source(spec)
    claim = spec.claim_ref
    return PersistentVolume(
        item.metadata.name,
        node_selector_terms(required, "spec.nodeAffinity.required"),
        pairs(item.metadata.labels),
        driver in EBS_PROVISIONERS,
        capacity=storage_bytes(spec.capacity, "spec.capacity") or 0,
        access_modes=tuple(sorted(spec.access_modes or ())),
        storage_class=(item.metadata.annotations or {}).get(
            _BETA_CLASS, spec.storage_class_name or ""
        ),
        volume_mode=spec.volume_mode or "Filesystem",
        attributes_class=spec.volume_attributes_class_name or "",
        claim=(claim.namespace, claim.name, claim.uid or "") if claim else None,
        is_available=bool(item.status and item.status.phase == "Available"),
        terminating=item.metadata.deletion_timestamp is not None,
        driver=driver,
        handle=handle,
        plugin=plugin,
    )


def _source(spec: storage_wire.VolumeSpec) -> tuple[str, str, str]:
    """Return the CSI driver, the volume's handle, and the in-tree plugin if it has one."""
    if spec.csi is not None:
        return spec.csi.driver, spec.csi.volume_handle, ""
    if spec.aws_elastic_block_store is not None:
        handle = ebs_handle(spec.aws_elastic_block_store.volume_id)
        return "ebs.csi.aws.com", handle, "kubernetes.io/aws-ebs"
    if spec.gce_persistent_disk is not None:
        handle = spec.gce_persistent_disk.pd_name
        return "pd.csi.storage.gke.io", handle, "kubernetes.io/gce-pd"
    return "", "", ""


def ebs_handle(volume_id: str) -> str:
    """Return the CSI handle of an in-tree EBS volume: aws://zone/vol-1 -> vol-1."""
    return volume_id.rpartition("/")[2] if volume_id.startswith("aws://") else volume_id


def storage_bytes(quantities: Mapping[str, wire.Quantity | None] | None, field: str) -> int | None:
    """Return the bytes of ``storage``, or None if it is not among the quantities."""
    storage = nanos({n: q for n, q in (quantities or {}).items() if n == "storage"}, field)
    return value(storage["storage"]) if storage else None


def claim_of(
    spec: wire.ClaimSpec, namespace: str, name: str, annotations: Mapping[str, str] | None = None
) -> PersistentVolumeClaim:
    """Return the claim of a spec."""
    notes = annotations or {}
    resources = spec.resources
    return PersistentVolumeClaim(
        namespace,
        name,
        notes.get(_BETA_CLASS, spec.storage_class_name),
        spec.volume_name or "",
        tuple(spec.access_modes or ("ReadWriteOnce",)),
        bind_completed=_BIND_COMPLETED in notes,
        selected_node=notes.get(_SELECTED_NODE),
        requested=storage_bytes(resources.requests if resources else None, "spec.resources"),
        selector=label_selector(spec.selector, "spec.selector"),
        volume_mode=spec.volume_mode or "Filesystem",
        attributes_class=spec.volume_attributes_class_name or "",
    )


def read_claim(
    item: storage_wire.PersistentVolumeClaimWire, namespace: str
) -> PersistentVolumeClaim:
    """Read a PersistentVolumeClaim."""
    metadata = item.metadata
    claim = claim_of(item.spec or wire.ClaimSpec(), namespace, metadata.name, metadata.annotations)
    return replace(
        claim,
        is_lost=bool(item.status and item.status.phase == "Lost"),
        terminating=metadata.deletion_timestamp is not None,
        uid=metadata.uid or "",
        owner_pods=tuple(o.name for o in metadata.owner_references or () if o.kind == "Pod"),
    )


def read_storage_class(item: storage_wire.StorageClassWire) -> StorageClass:
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


def node_images(items: list[wire.NodeImage] | None) -> Amounts:
    """Return the images a node holds and their bytes."""
    return amounts({n: i.size_bytes or 0 for i in items or () for n in i.names or ()})
