"""Storage: the identity of attached volumes, and the nodes they are accessible from.

Facts about volumes, claims and classes that the rules of plans and of arrivals share. Sources:
csi-translation-lib v0.34 (plugins replaced by CSI drivers), component-helpers
storage/volume (CheckNodeAffinity), pkg/scheduler/framework/plugins volumerestrictions,
volumezone and nodevolumelimits of Kubernetes 1.34.
"""

import re
from collections.abc import Iterable

from kubestow.model import labels as names
from kubestow.model.pod import InlineVolume
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from kubestow.verify.constraints import Labels

Attached = tuple[str, str]
"""A CSI driver and its name for the volume."""
Migrated = tuple[str, ...] | None
"""The in-tree plugins that CSI drivers have replaced on a node; None without a CSINode."""

EBS_DRIVER = "ebs.csi.aws.com"
NO_PROVISIONER = "kubernetes.io/no-provisioner"
READ_WRITE_ONCE_POD = "ReadWriteOncePod"
_BETA_ZONE = "failure-domain.beta.kubernetes.io/zone"
_BETA_REGION = "failure-domain.beta.kubernetes.io/region"
_CURRENT_NAME = {
    _BETA_ZONE: names.ZONE,
    _BETA_REGION: names.REGION,
    names.ZONE: names.ZONE,
    names.REGION: names.REGION,
}
_AWS_PLUGIN, _GCE_PLUGIN = "kubernetes.io/aws-ebs", "kubernetes.io/gce-pd"
_DRIVER_OF = {
    _AWS_PLUGIN: EBS_DRIVER,
    _GCE_PLUGIN: "pd.csi.storage.gke.io",
    "kubernetes.io/cinder": "cinder.csi.openstack.org",
    "kubernetes.io/azure-disk": "disk.csi.azure.com",
    "kubernetes.io/portworx-volume": "pxd.portworx.com",
}
_NEVER_COUNTED = ("kubernetes.io/azure-file", "kubernetes.io/vsphere-volume")
"""In-tree plugins with a CSI driver whose migration NodeVolumeLimits ignores."""
_ZONE_KEY = {_AWS_PLUGIN: "topology.ebs.csi.aws.com/zone", _GCE_PLUGIN: "topology.gke.io/zone"}
_INLINE_PLUGIN = {"ebs": _AWS_PLUGIN, "gce": _GCE_PLUGIN}
_AWS_SCHEME = "aws://"
_AWS_VOLUME = re.compile(r"vol-[^/]*")


class UnreadableVolumeError(ValueError):
    """An inline volume's identity that the CSI translation rejects."""


def default_class(cluster: Cluster) -> StorageClass | None:
    """Return the default class that admission sets; of several, the first by name."""
    for name in sorted(cluster.storage_classes):
        if cluster.storage_classes[name].is_default:
            return cluster.storage_classes[name]
    return None


def disks_collide(one: InlineVolume, other: InlineVolume) -> bool:
    """Return whether pods with these inline volumes cannot share a node (volumerestrictions)."""
    if one.kind != other.kind or one.name != other.name:
        return False
    if one.kind == "ebs":
        return True  # read-only or not
    if one.kind == "rbd" and all(monitor not in other.monitors for monitor in one.monitors):
        return False
    return not one.read_only or not other.read_only


def is_inline_attached(disk: InlineVolume) -> bool:
    """Return whether a CSI driver can replace the inline volume's plugin."""
    return disk.kind in _INLINE_PLUGIN


def ebs_name(volume_id: str) -> str:
    """Return an EBS volume's name: vol-1 for aws://zone/vol-1 (csi-translation-lib)."""
    if not volume_id.startswith(_AWS_SCHEME):
        return volume_id
    path = re.split(r"[?#]", volume_id.removeprefix(_AWS_SCHEME))[0].partition("/")[2].strip("/")
    if _AWS_VOLUME.fullmatch(path) is None:
        raise UnreadableVolumeError(volume_id)
    return path


def inline_attachment(disk: InlineVolume, migrated: Migrated) -> Attached | None:
    """Return what a node attaches for an inline volume; None without a CSI driver."""
    plugin = _INLINE_PLUGIN.get(disk.kind, "")
    if migrated is None or plugin not in _DRIVER_OF:
        return None
    if plugin == _AWS_PLUGIN:
        return EBS_DRIVER, ebs_name(disk.name)
    return _DRIVER_OF[plugin], f"projects/UNSPECIFIED/zones/UNSPECIFIED/disks/{disk.name}"


def volume_attachment(volume: PersistentVolume, migrated: Migrated) -> Attached | None:
    """Return what a node attaches for a volume; None without a CSI driver there."""
    handle = volume.handle
    if volume.plugin:
        if migrated is None or volume.plugin not in _DRIVER_OF:
            return None
        if volume.plugin == _GCE_PLUGIN:
            handle = _gce_handle(volume)
    return (volume.driver, handle) if volume.driver and handle else None


def _gce_handle(volume: PersistentVolume) -> str:
    labels = dict(volume.labels)
    zones = (labels.get(_BETA_ZONE) or labels.get(names.ZONE) or "").split("__")
    if len(zones) == 1:
        return f"projects/UNSPECIFIED/zones/{zones[0] or 'UNSPECIFIED'}/disks/{volume.handle}"
    regions = sorted({zone.rpartition("-")[0] for zone in zones})
    if len(regions) != 1 or any(zone.count("-") != 2 for zone in zones):
        return ""
    return f"projects/UNSPECIFIED/regions/{regions[0]}/disks/{volume.handle}"


def claim_attachment(
    claim: PersistentVolumeClaim,
    cluster: Cluster,
    storage_class: StorageClass | None,
    migrated: Migrated,
) -> Attached | None:
    """Return what a node attaches for a claim; a claim without a volume counts by its class.

    ``storage_class`` is that of the claim; None if it has none or the class does not exist.
    """
    volume = cluster.volumes.get(claim.volume_name) if claim.volume_name else None
    if volume is not None:
        return volume_attachment(volume, migrated)
    if storage_class is None or storage_class.provisioner in _NEVER_COUNTED:
        return None
    driver = storage_class.provisioner
    if driver in _DRIVER_OF:
        if migrated is None:
            return None
        driver = _DRIVER_OF[driver]
    return (driver, f"of claim {claim.namespace}/{claim.name}") if driver else None


def node_attachments(cluster: Cluster) -> dict[str, tuple[Attached, ...]]:
    """Return what VolumeAttachments attach to each node, without volumes of in-tree plugins.

    Source: nodevolumelimits getNodeVolumeAttachmentInfo.
    """
    attached: dict[str, dict[Attached, None]] = {}
    for item in cluster.attachments:
        volume = cluster.volumes.get(item.volume)
        if item.driver and volume is not None and volume.driver and not volume.plugin:
            attached.setdefault(item.node, {})[item.driver, volume.handle] = None
    return {node: tuple(items) for node, items in attached.items()}


def volume_reaches(volume: PersistentVolume, labels: Labels, migrated: Migrated = None) -> bool:
    """Return whether a volume is accessible from a node with these labels.

    matchFields are ignored, because the scheduler passes only labels. If a CSI driver replaces the
    volume's in-tree plugin, the driver's zone label is used instead.
    """
    terms = volume.node_affinity
    if volume.plugin in _ZONE_KEY and migrated is not None and volume.plugin in migrated:
        terms = _translated(volume, _ZONE_KEY[volume.plugin])
    if terms is None:
        return True
    return any(
        not term.is_empty and term.is_valid and all(e.matches(labels) for e in term.expressions)
        for term in terms
    )


def _translated(volume: PersistentVolume, zone_key: str) -> tuple[NodeSelectorTerm, ...] | None:
    """Return an in-tree volume's affinity as the CSI migration rewrites it."""
    terms, labels = volume.node_affinity or (), dict(volume.labels)
    zone, region = _zone_labels(terms, labels)
    if any(e.key == zone and e.values for term in terms for e in term.expressions):
        terms = _renamed(terms, zone, zone_key)
    else:
        zones = {part.strip() for part in labels.get(zone, "").split("__")} - {""}
        if zones:
            wanted = SelectorRequirement(zone_key, "In", tuple(sorted(zones)))
            terms = tuple(
                NodeSelectorTerm((*term.expressions, wanted), term.fields)
                for term in terms or (NodeSelectorTerm(),)
            )
    if region == _BETA_REGION and any(
        e.key == region and e.values for term in terms for e in term.expressions
    ):
        terms = _renamed(terms, region, names.REGION)
    return terms if terms or volume.node_affinity is not None else None


def _zone_labels(terms: Iterable[NodeSelectorTerm], labels: Labels) -> tuple[str, str]:
    """Return the zone and region labels of the volume that count."""
    in_affinity = {e.key for term in terms for e in term.expressions}
    for source in (in_affinity, labels):
        if names.ZONE in source:
            break
        if _BETA_ZONE in source:
            return _BETA_ZONE, _BETA_REGION
    return names.ZONE, names.REGION


def _renamed(terms: Iterable[NodeSelectorTerm], old: str, new: str) -> tuple[NodeSelectorTerm, ...]:
    return tuple(
        NodeSelectorTerm(
            tuple(
                SelectorRequirement(new, e.operator, e.values) if e.key == old else e
                for e in term.expressions
            ),
            term.fields,
        )
        for term in terms
    )


def zones_agree(volume_labels: Labels, node_labels: Labels) -> bool:
    """Return whether a node is in the zone and region of a volume's labels (volumezone)."""
    if not any(key in node_labels for key in _CURRENT_NAME):
        return True
    for key, current in _CURRENT_NAME.items():
        text = volume_labels.get(key)
        allowed = [part.strip() for part in text.split("__")] if text is not None else []
        if not allowed or "" in allowed:  # an unreadable list of zones is ignored
            continue
        value = node_labels.get(key, node_labels.get(current))
        if value not in allowed:
            return False
    return True
