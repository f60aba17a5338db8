"""VolumeRestrictions, VolumeBinding and VolumeZone for an arriving pod.

Each function prepares a pod's check once, as a plugin's PreFilter does, or returns None if the
plugin does not apply. Sources: the plugins of these names under
pkg/scheduler/framework/plugins and component-helpers storage/volume of Kubernetes 1.34.
"""

from kubestow.model.pod import Pod
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from kubestow.verify.arrival_state import (
    ArrivalState,
    Check,
    NodeAtArrival,
    claims_proper,
    nowhere,
)
from kubestow.verify.constraints import any_term_holds
from kubestow.verify.storage import (
    NO_PROVISIONER,
    READ_WRITE_ONCE_POD,
    disks_collide,
    volume_reaches,
    zones_agree,
)

Waiting = tuple[PersistentVolumeClaim, StorageClass]


def restrictions(state: ArrivalState, pod: Pod) -> Check | None:
    """Reject a ReadWriteOncePod claim in use, and nodes where an inline volume is in use."""
    for name in claims_proper(pod):
        claim = state.cluster.claims.get((pod.namespace, name))
        if claim is None:
            return nowhere
        if READ_WRITE_ONCE_POD in claim.access_modes and (
            (pod.namespace, name) in state.used_claims
        ):
            return nowhere
    disks = pod.template.inline_volumes
    if not disks:
        return None
    return lambda site: any(disks_collide(disk, other) for other in site.disks for disk in disks)


def binding(state: ArrivalState, pod: Pod) -> Check | None:
    """Reject nodes that bound volumes are not accessible from, or without a volume for a claim.

    A claim that names a volume is bound only once its binding is completed; until then it counts as
    an unbound claim that does not wait for its pod.
    """
    if not pod.volume_claims:
        return None
    bound: list[PersistentVolume] = []
    waiting: list[Waiting] = []
    for name in pod.volume_claims:
        claim = state.cluster.claims.get((pod.namespace, name))
        if claim is None or claim.is_lost or claim.terminating:
            return nowhere
        if name in pod.ephemeral_claims and pod.name not in claim.owner_pods:
            return nowhere
        if claim.volume_name:
            volume = state.cluster.volumes.get(claim.volume_name)
            if volume is None or not claim.bind_completed:
                return nowhere
            bound.append(volume)
            continue
        storage_class = state.storage_class(claim)
        if storage_class is None or not storage_class.waits_for_first_consumer:
            return nowhere
        waiting.append((claim, storage_class))
    waiting.sort(key=lambda item: item[0].requested or 0)

    def refuses(site: NodeAtArrival) -> bool:
        if not all(volume_reaches(volume, site.labels, site.migrated) for volume in bound):
            return True
        return bool(waiting) and not _can_be_had(state, waiting, site)

    return refuses


def _can_be_had(state: ArrivalState, waiting: list[Waiting], site: NodeAtArrival) -> bool:
    """Return whether every claim, the smallest first, gets an existing or a new volume.

    A claim whose volume is being provisioned for a node can only be used there.
    """
    if any(claim.selected_node not in (None, site.name) for claim, _ in waiting):
        return False
    taken: set[str] = set()
    for claim, storage_class in waiting:
        if claim.selected_node is None:
            volumes = state.volumes_of_class.get(storage_class.name, ())
            volume = _static_volume(claim, volumes, site, taken)
            if volume is not None:
                taken.add(volume.name)
                continue
        if not _provisions(state, claim, storage_class, site):
            return False
    return True


def _static_volume(
    claim: PersistentVolumeClaim,
    volumes: tuple[PersistentVolume, ...],
    site: NodeAtArrival,
    taken: set[str],
) -> PersistentVolume | None:
    """Return the volume reserved for the claim or, if none, the smallest suitable one here.

    If a reserved volume is not accessible from the node, no other volume can be used.
    """
    best: PersistentVolume | None = None
    for volume in volumes:
        promised = volume.claim is not None and _is_promised(volume.claim, claim)
        if volume.name in taken or (volume.claim is not None and not promised):
            continue
        if (
            volume.capacity < (claim.requested or 0)
            or volume.volume_mode != claim.volume_mode
            or volume.attributes_class != claim.attributes_class
            or volume.terminating
        ):
            continue
        reached = volume_reaches(volume, site.labels)
        if promised:
            return volume if reached else None
        if (
            reached
            and volume.is_available
            and (claim.selector is None or claim.selector.matches(dict(volume.labels)))
            and set(claim.access_modes) <= set(volume.access_modes)
            and (best is None or volume.capacity < best.capacity)
        ):
            best = volume
    return best


def _is_promised(promise: tuple[str, str, str], claim: PersistentVolumeClaim) -> bool:
    namespace, name, uid = promise
    return (namespace, name) == (claim.namespace, claim.name) and uid in ("", claim.uid)


def _provisions(
    state: ArrivalState,
    claim: PersistentVolumeClaim,
    storage_class: StorageClass,
    site: NodeAtArrival,
) -> bool:
    """Return whether the class can provision a volume of this size that the node can access."""
    provisioner, topologies = storage_class.provisioner, storage_class.allowed_topologies
    if provisioner in ("", NO_PROVISIONER):
        return False
    if topologies and not any_term_holds(topologies, site.name, site.labels):
        return False
    if claim.requested is None or provisioner not in state.cluster.capacity_drivers:
        return True
    return any(
        item.storage_class == storage_class.name
        and item.largest is not None
        and item.largest >= claim.requested
        and item.topology is not None
        and item.topology.matches(site.labels)
        for item in state.cluster.storage_capacities
    )


def zone(state: ArrivalState, pod: Pod) -> Check | None:
    """Reject nodes in another zone or region than the volumes that the pod's claims name.

    Claims of ephemeral volumes are ignored.
    """
    volumes: list[dict[str, str]] = []
    for name in claims_proper(pod):
        claim = state.cluster.claims.get((pod.namespace, name))
        if claim is None:
            return nowhere
        if claim.volume_name:
            volume = state.cluster.volumes.get(claim.volume_name)
            if volume is None:
                return nowhere
            volumes.append(dict(volume.labels))
            continue
        storage_class = state.storage_class(claim)
        if storage_class is None or not storage_class.waits_for_first_consumer:
            return nowhere
    if not volumes:
        return None
    return lambda site: not all(zones_agree(labels, site.labels) for labels in volumes)
