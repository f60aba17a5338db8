"""What a pod's claims ask of nodes that do not exist yet: zones, topologies, EBS slots.

Sources: pkg/scheduler/framework/plugins/{volumebinding,volumezone,nodevolumelimits} (Kubernetes
1.34). A claim bound to a volume follows the volume's node affinity and zone labels; an unbound
one that waits for its first consumer follows its class's allowed topologies and takes an EBS
attachment slot. A static volume for an unbound claim is not searched for.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kubestow.model import labels as names
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import (
    EBS_PROVISIONERS,
    PersistentVolume,
    PersistentVolumeClaim,
    StorageClass,
)

_ZONE_LABELS = (names.ZONE, "failure-domain.beta.kubernetes.io/zone")
_REGION_LABELS = (names.REGION, "failure-domain.beta.kubernetes.io/region")


@dataclass(frozen=True, slots=True)
class VolumeNeed:
    """What a pod's claims ask of its node.

    ``terms`` are AND-ed groups of OR-ed terms; ``colocated`` names unbound claims several pods
    share, which end up in one zone; ``exclusive`` names ReadWriteOncePod claims; ``problem`` is
    why no node will do, or empty. ``shared_ebs`` are EBS claims of several pods: a node attaches
    each once, however many of the pods it runs.
    """

    terms: tuple[tuple[NodeSelectorTerm, ...], ...] = ()
    ebs_slots: int = 0
    colocated: tuple[str, ...] = ()
    exclusive: tuple[str, ...] = ()
    problem: str = ""
    shared_ebs: tuple[str, ...] = ()


NO_VOLUMES = VolumeNeed()


def volume_need(
    namespace: str, claim_names: tuple[str, ...], cluster: Cluster, users: Mapping[str, int]
) -> VolumeNeed:
    """Return what these claims need; ``users`` counts the pods of each claim "namespace/name"."""
    if not claim_names:
        return NO_VOLUMES
    terms: list[tuple[NodeSelectorTerm, ...]] = []
    slots = 0
    colocated: list[str] = []
    exclusive: list[str] = []
    shared_ebs: list[str] = []
    for name in claim_names:
        key = f"{namespace}/{name}"
        claim = cluster.claims.get((namespace, name))
        if claim is None:
            return VolumeNeed(problem=f"PersistentVolumeClaim {key} is not in the input")
        shared = users.get(key, 0) > 1
        if "ReadWriteOncePod" in claim.access_modes and shared:
            exclusive.append(key)
        if claim.volume_name:
            volume = cluster.volumes.get(claim.volume_name)
            if volume is None:
                return VolumeNeed(
                    problem=f"PersistentVolume {claim.volume_name} of claim {key} is not in the "
                    "input"
                )
            terms += _bound_terms(volume)
            slots += volume.is_ebs and not shared
            shared_ebs += [key] if volume.is_ebs and shared else []
            continue
        storage_class = resolve_class(claim, cluster)
        problem = _unbound_problem(key, claim, storage_class)
        if problem or storage_class is None:
            return VolumeNeed(problem=problem)
        if storage_class.allowed_topologies:
            terms.append(storage_class.allowed_topologies)
        is_ebs = storage_class.provisioner in EBS_PROVISIONERS
        slots += is_ebs and not shared
        if shared and is_ebs:
            shared_ebs.append(key)
            colocated.append(key)
    return VolumeNeed(
        tuple(terms),
        slots,
        tuple(sorted(colocated)),
        tuple(sorted(exclusive)),
        shared_ebs=tuple(sorted(shared_ebs)),
    )


def resolve_class(claim: PersistentVolumeClaim, cluster: Cluster) -> StorageClass | None:
    """Return a claim's storage class; one that is not in the input is taken to be EBS."""
    if claim.storage_class == "":
        return None
    if claim.storage_class is None:
        defaults = sorted(c.name for c in cluster.storage_classes.values() if c.is_default)
        if defaults:
            return cluster.storage_classes[defaults[0]]
        return StorageClass("(default)", is_assumed=True)
    listed = cluster.storage_classes.get(claim.storage_class)
    return listed or StorageClass(claim.storage_class, is_assumed=True)


def _unbound_problem(
    key: str, claim: PersistentVolumeClaim, storage_class: StorageClass | None
) -> str:
    if storage_class is None:
        return f"claim {key} asks for a static volume; matching static volumes is not supported yet"
    if not storage_class.waits_for_first_consumer:
        return f"claim {key} is unbound and its class {storage_class.name} binds immediately"
    if storage_class.provisioner == "kubernetes.io/no-provisioner":
        return (
            f"claim {key} needs a static volume of class {storage_class.name}; "
            "matching static volumes is not supported yet"
        )
    return ""


def _bound_terms(volume: PersistentVolume) -> list[tuple[NodeSelectorTerm, ...]]:
    groups: list[tuple[NodeSelectorTerm, ...]] = []
    if volume.node_affinity is not None:
        groups.append(volume.node_affinity)
    labels = dict(volume.labels)
    for keys in (_ZONE_LABELS, _REGION_LABELS):
        for key in keys:
            if key in labels:
                values = tuple(sorted(labels[key].split("__")))
                # A node without any topology label passes; EKS nodes always carry them.
                requirement = SelectorRequirement(keys[0], "In", values)
                absent = SelectorRequirement(keys[0], "DoesNotExist")
                groups.append((NodeSelectorTerm((requirement,)), NodeSelectorTerm((absent,))))
    return groups
