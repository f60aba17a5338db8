"""Wire shapes of storage: volumes, claims, classes and what CSI drivers report."""

from kubestow.adapters.kubernetes.wire import (
    ClaimSpec,
    EbsVolume,
    GceDisk,
    Metadata,
    NodeSelector,
    Quantities,
    Quantity,
    Selector,
    Wire,
    WirePhase,
)


class VolumeAffinity(Wire):
    """A persistent volume's node affinity."""

    required: NodeSelector | None = None


class ClaimReference(Wire):
    """The claim a volume is bound to or reserved for."""

    namespace: str = ""
    name: str = ""
    uid: str | None = None


class CsiSource(Wire):
    """A volume's CSI driver and its name there."""

    driver: str = ""
    volume_handle: str = ""


class VolumeSpec(Wire):
    """A PersistentVolume's spec."""

    node_affinity: VolumeAffinity | None = None
    capacity: Quantities | None = None
    access_modes: list[str] | None = None
    storage_class_name: str | None = None
    volume_mode: str | None = None
    volume_attributes_class_name: str | None = None
    claim_ref: ClaimReference | None = None
    csi: CsiSource | None = None
    aws_elastic_block_store: EbsVolume | None = None
    gce_persistent_disk: GceDisk | None = None


class PersistentVolumeWire(Wire):
    """A PersistentVolume."""

    metadata: Metadata
    spec: VolumeSpec | None = None
    status: WirePhase | None = None


class PersistentVolumeClaimWire(Wire):
    """A PersistentVolumeClaim."""

    metadata: Metadata
    spec: ClaimSpec | None = None
    status: WirePhase | None = None


class TopologyExpression(Wire):
    """A label and the values a StorageClass allows for it."""

    key: str
    values: list[str] | None = None


class TopologyTerm(Wire):
    """A StorageClass's allowed topology."""

    match_label_expressions: list[TopologyExpression] | None = None


class StorageClassWire(Wire):
    """A StorageClass."""

    metadata: Metadata
    provisioner: str = ""
    volume_binding_mode: str | None = None
    allowed_topologies: list[TopologyTerm] | None = None


class DriverCount(Wire):
    """How many volumes a CSI driver can attach to a node."""

    count: int | None = None


class NodeDriver(Wire):
    """A CSI driver that runs on a node."""

    name: str = ""
    allocatable: DriverCount | None = None


class CsiNodeSpec(Wire):
    """A CSINode's spec."""

    drivers: list[NodeDriver] | None = None


class CsiNodeWire(Wire):
    """A CSINode."""

    metadata: Metadata
    spec: CsiNodeSpec | None = None


class CsiDriverSpec(Wire):
    """A CSIDriver's spec."""

    storage_capacity: bool | None = None


class CsiDriverWire(Wire):
    """A CSIDriver."""

    metadata: Metadata
    spec: CsiDriverSpec | None = None


class StorageCapacityWire(Wire):
    """A CSIStorageCapacity."""

    metadata: Metadata
    storage_class_name: str = ""
    node_topology: Selector | None = None
    capacity: Quantity | None = None
    maximum_volume_size: Quantity | None = None


class AttachmentSource(Wire):
    """What a VolumeAttachment attaches."""

    persistent_volume_name: str | None = None


class AttachmentSpec(Wire):
    """A VolumeAttachment's spec."""

    attacher: str = ""
    node_name: str = ""
    source: AttachmentSource | None = None


class VolumeAttachmentWire(Wire):
    """A VolumeAttachment."""

    metadata: Metadata
    spec: AttachmentSpec | None = None
