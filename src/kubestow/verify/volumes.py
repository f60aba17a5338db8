"""Volumes: existing claims, accessible volumes, and slots to attach them.

kube-scheduler's VolumeBinding, VolumeZone, VolumeRestrictions and NodeVolumeLimits for a whole
plan. A claim that names a volume counts as bound: the volume controller completes the binding
without a pod. Remaining static volumes and storage capacity are judged only for single pods, in
kubestow.verify.arrival_volumes.
"""

from collections.abc import Iterator
from contextlib import suppress

from kubestow.model import labels as names
from kubestow.model.node import Node
from kubestow.model.resources import EBS_VOLUMES
from kubestow.model.snapshot import Cluster
from kubestow.model.violation import Violation
from kubestow.model.volume import (
    EBS_PROVISIONERS,
    PersistentVolume,
    PersistentVolumeClaim,
    StorageClass,
)
from kubestow.verify.constraints import any_term_holds
from kubestow.verify.final_state import FinalState, NodeInPlan, PodOnNode
from kubestow.verify.storage import (
    EBS_DRIVER,
    NO_PROVISIONER,
    READ_WRITE_ONCE_POD,
    Attached,
    Migrated,
    UnreadableVolumeError,
    claim_attachment,
    default_class,
    inline_attachment,
    node_attachments,
    volume_reaches,
    zones_agree,
)

_ASSUMED = StorageClass("", is_assumed=True)


def class_of(claim: PersistentVolumeClaim, cluster: Cluster) -> StorageClass | None:
    """Return the claim's class, an assumed one if unknown, None if it has none."""
    if claim.storage_class == "":
        return None
    if claim.storage_class is not None:
        return cluster.storage_classes.get(claim.storage_class, _ASSUMED)
    return default_class(cluster) or _ASSUMED


def is_ebs(key: tuple[str, str], cluster: Cluster) -> bool:
    """Return whether the claim uses, or will use, an EBS volume."""
    claim = cluster.claims.get(key)
    if claim is None:
        return False
    if claim.volume_name:
        volume = cluster.volumes.get(claim.volume_name)
        return volume is not None and volume.is_ebs
    storage_class = class_of(claim, cluster)
    return storage_class is not None and storage_class.provisioner in EBS_PROVISIONERS


def ebs_need(final_state: FinalState, place: NodeInPlan) -> tuple[int, int]:
    """Return the EBS volumes that must be attachable to a place at once, and its limit.

    A new node's limit is in its allocatable, an existing node's in its CSINode. Nothing is
    needed if no new pod has a volume or if there is no limit.
    """
    if not any(
        (standing.claims or final_state.template(standing).inline_volumes) and not standing.bound
        for standing in final_state.at_place[place.index]
    ):
        return 0, 0
    if place.node is None:
        return ebs_volumes(final_state, place.index), place.allocatable.get(EBS_VOLUMES, 0)
    limit = dict(place.node.attach_limits).get(EBS_DRIVER)
    return (0, 0) if limit is None else (_ebs_peak(final_state, place, place.node), limit)


def _ebs_peak(final_state: FinalState, place: NodeInPlan, node: Node) -> int:
    """Return how many slots an existing node needs as its new pods arrive, in the best order.

    A volume that is attached but unused takes a slot, and another one when a pod that needs it
    arrives (nodevolumelimits); such pods should arrive first.
    """
    held: set[Attached] = set()
    new: list[set[Attached]] = []
    for standing in final_state.at_place[place.index]:
        attached = _ebs_attached(final_state, standing, node.migrated_plugins)
        if standing.bound:
            held |= attached
        else:
            new.append(attached)
    attached_there = node_attachments(final_state.snapshot.cluster).get(node.name, ())
    lone = {item for item in attached_there if item[0] == EBS_DRIVER} - held
    peak = 0
    for attached in sorted(new, key=lambda items: -len(items & lone)):
        more = attached - held
        if more:
            peak = max(peak, len(held | lone) + len(more))
            held |= more
    return peak


def _ebs_attached(
    final_state: FinalState, standing: PodOnNode, migrated: Migrated
) -> set[Attached]:
    cluster = final_state.snapshot.cluster
    attached = set()
    for key in standing.claims:
        claim = cluster.claims.get(key)
        if claim is not None:
            attached.add(claim_attachment(claim, cluster, class_of(claim, cluster), migrated))
    for disk in final_state.template(standing).inline_volumes:
        with suppress(UnreadableVolumeError):
            attached.add(inline_attachment(disk, migrated))
    return {item for item in attached if item is not None and item[0] == EBS_DRIVER}


def ebs_volumes(final_state: FinalState, place: int) -> int:
    """Return how many distinct EBS volumes the pods of a new node attach."""
    cluster = final_state.snapshot.cluster
    volumes: set[tuple[str, str, str]] = set()
    for standing in final_state.at_place[place]:
        volumes.update(("claim", *key) for key in standing.claims if is_ebs(key, cluster))
        inline = final_state.template(standing).inline_ebs_volumes
        volumes.update(("inline", "", volume) for volume in inline)
    return len(volumes)


def volumes(final_state: FinalState) -> Iterator[Violation]:
    """Find pods whose volumes do not exist, are not accessible, or are in use."""
    for standing in final_state.standings:
        if standing.claims and not standing.bound:
            place = final_state.places[standing.place]
            for key in standing.claims:
                yield from claim_violations(standing, key, place, final_state.snapshot.cluster)
    yield from _shared_claims(final_state)


def claim_violations(
    standing: PodOnNode, key: tuple[str, str], place: NodeInPlan, cluster: Cluster
) -> Iterator[Violation]:
    """Find why a pod with a claim cannot be on a node, regardless of other pods."""
    claim = cluster.claims.get(key)
    if claim is None:
        yield Violation("VolumeBinding", standing.pod, f"there is no claim {key[1]}")
        return
    if claim.volume_name:
        volume = cluster.volumes.get(claim.volume_name)
        if volume is None:
            yield Violation(
                "VolumeBinding", standing.pod, f"there is no volume {claim.volume_name}"
            )
        else:
            yield from _bound_volume(standing, volume, place)
        return
    storage_class = class_of(claim, cluster)
    if storage_class is None or not storage_class.waits_for_first_consumer:
        detail = f"claim {claim.name} is unbound and does not wait for a pod"
        yield Violation("VolumeBinding", standing.pod, detail)
    elif storage_class.provisioner == NO_PROVISIONER:
        detail = f"nothing provisions claim {claim.name} of class {storage_class.name}"
        yield Violation("VolumeBinding", standing.pod, detail)
    elif storage_class.allowed_topologies and not any_term_holds(
        storage_class.allowed_topologies, place.name, place.labels
    ):
        detail = f"class {storage_class.name} does not allow the topology of {place.name}"
        yield Violation("VolumeBinding", standing.pod, detail)


def _bound_volume(
    standing: PodOnNode, volume: PersistentVolume, place: NodeInPlan
) -> Iterator[Violation]:
    migrated = place.node.migrated_plugins if place.node is not None else None
    if not volume_reaches(volume, place.labels, migrated):
        detail = f"volume {volume.name} is not accessible from {place.name}"
        yield Violation("VolumeBinding", standing.pod, detail)
    if not zones_agree(dict(volume.labels), place.labels):
        detail = f"volume {volume.name} is in another zone than {place.name}"
        yield Violation("VolumeZone", standing.pod, detail)


def _shared_claims(final_state: FinalState) -> Iterator[Violation]:
    cluster = final_state.snapshot.cluster
    users: dict[tuple[str, str], list[PodOnNode]] = {}
    for standing in final_state.standings:
        for key in dict.fromkeys(standing.claims):
            users.setdefault(key, []).append(standing)
    for key, standings in users.items():
        claim = cluster.claims.get(key)
        new = [standing for standing in standings if not standing.bound]
        if claim is None or len(standings) < 2 or not new:
            continue
        if READ_WRITE_ONCE_POD in claim.access_modes:
            surplus = new if len(new) < len(standings) else new[1:]
            for standing in surplus:
                detail = f"claim {claim.name} is ReadWriteOncePod and in use"
                yield Violation("VolumeRestrictions", standing.pod, detail)
        if not claim.volume_name and is_ebs(key, cluster):
            zones = {final_state.places[s.place].labels.get(names.ZONE, "") for s in standings}
            if len(zones) > 1:
                detail = f"its pods are in the zones {', '.join(sorted(zones))}"
                yield Violation("VolumeBinding", f"{key[0]}/{key[1]}", detail)
