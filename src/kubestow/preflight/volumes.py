"""The driver of a pod's volume, and the zones of an existing volume.

A class that is not in the input counts as EBS if its name says so (gp2, gp3, ebs), and a claim
without a class uses the cluster's default class; anything else is unknown.
"""

from kubestow.model import labels as names
from kubestow.model.setup import CheckedWorkload, PodVolume, Setup
from kubestow.model.volume import (
    EBS_DRIVER,
    EBS_PROVISIONERS,
    PersistentVolume,
    is_ebs_class_name,
)

_MOUNTED_ONLY = ("efs.csi.aws.com", "fsx.csi.aws.com", "nfs.csi.k8s.io", "s3.csi.aws.com",
                 "smb.csi.k8s.io")  # fmt: skip
"""CSI drivers of network file systems: their CSIDriver says attachRequired: false."""


def bound_volume(
    setup: Setup, workload: CheckedWorkload, volume: PodVolume
) -> PersistentVolume | None:
    """Return the PersistentVolume behind a pod's volume, if it is in the input."""
    claim = setup.cluster.claims.get((workload.subject.namespace, volume.claim))
    return setup.cluster.volumes.get(claim.volume_name) if claim and claim.volume_name else None


def provisioner(setup: Setup, workload: CheckedWorkload, volume: PodVolume) -> str:
    """Return the provisioner of a pod's volume; empty if it has no claim or is unknown."""
    if volume.kind not in ("persistentVolumeClaim", "ephemeral", "volumeClaimTemplate"):
        return ""
    bound = bound_volume(setup, workload, volume)
    if bound is not None:
        return EBS_DRIVER if bound.is_ebs else bound.driver
    claim = setup.cluster.claims.get((workload.subject.namespace, volume.claim))
    wanted = claim.storage_class if claim else volume.storage_class
    if wanted is None and volume.kind == "persistentVolumeClaim" and claim is None:
        return ""  # the claim is not in the input
    classes = setup.cluster.storage_classes
    if wanted is None:
        wanted = next((name for name, item in sorted(classes.items()) if item.is_default), "")
    if wanted in classes:
        return classes[wanted].provisioner
    return EBS_DRIVER if is_ebs_class_name(wanted) else ""


def is_ebs(setup: Setup, workload: CheckedWorkload, volume: PodVolume) -> bool:
    """Return whether a pod's volume takes an EBS attachment slot."""
    return (
        volume.kind == "awsElasticBlockStore"
        or provisioner(setup, workload, volume) in EBS_PROVISIONERS
    )


def access_modes(
    setup: Setup, workload: CheckedWorkload, volume: PodVolume
) -> tuple[str, ...] | None:
    """Return the access modes of a pod's claim; None if the claim is not in the input."""
    claim = setup.cluster.claims.get((workload.subject.namespace, volume.claim))
    return None if claim is None else claim.access_modes


def is_attached(setup: Setup, workload: CheckedWorkload, volume: PodVolume) -> bool:
    """Return whether a volume is attached to nodes, so that its access mode binds them.

    A network file system is mounted without being attached, by any number of nodes.
    """
    return provisioner(setup, workload, volume) not in _MOUNTED_ONLY


def zones_of_volume(volume: PersistentVolume) -> tuple[str, ...]:
    """Return the zones that a volume is accessible from; empty if it names none."""
    zones = {
        value
        for term in volume.node_affinity or ()
        for item in term.expressions
        if names.normalised(item.key) == names.ZONE and item.operator == "In"
        for value in item.values
    }
    zones |= {
        zone
        for key, text in volume.labels
        if names.normalised(key) == names.ZONE
        for zone in text.split("__")
    }
    return tuple(sorted(zones))
