"""Volumes: claims that exist, volumes the node can reach, and slots to attach them to.

Law: kube-scheduler's VolumeBinding, VolumeZone, VolumeRestrictions and NodeVolumeLimits as far
as the model holds their facts; static binding of unbound claims is not judged, because the model
knows neither sizes nor classes of volumes.
"""

from collections.abc import Iterator

from kubestow.model import labels as names
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import (
    EBS_PROVISIONERS,
    PersistentVolume,
    PersistentVolumeClaim,
    StorageClass,
)
from kubestow.verify.constraints import Labels, any_term_holds
from kubestow.verify.violation import Violation
from kubestow.verify.world import Place, Standing, World

_CURRENT_NAME = {
    "failure-domain.beta.kubernetes.io/zone": names.ZONE,
    "failure-domain.beta.kubernetes.io/region": names.REGION,
    names.ZONE: names.ZONE,
    names.REGION: names.REGION,
}
_NO_PROVISIONER = "kubernetes.io/no-provisioner"
_ASSUMED = StorageClass("", is_assumed=True)
_READ_WRITE_ONCE_POD = "ReadWriteOncePod"


def class_of(claim: PersistentVolumeClaim, cluster: Cluster) -> StorageClass | None:
    """Return the claim's class, one assumed where it is unknown, None where it wants none."""
    if claim.storage_class == "":
        return None
    if claim.storage_class is not None:
        return cluster.storage_classes.get(claim.storage_class, _ASSUMED)
    for name in sorted(cluster.storage_classes):
        if cluster.storage_classes[name].is_default:
            return cluster.storage_classes[name]
    return _ASSUMED


def is_ebs(key: tuple[str, str], cluster: Cluster) -> bool:
    """Tell whether the claim takes, or will take, an EBS volume."""
    claim = cluster.claims.get(key)
    if claim is None:
        return False
    if claim.volume_name:
        volume = cluster.volumes.get(claim.volume_name)
        return volume is not None and volume.is_ebs
    storage_class = class_of(claim, cluster)
    return storage_class is not None and storage_class.provisioner in EBS_PROVISIONERS


def ebs_volumes(world: World, place: int) -> int:
    """Return how many distinct EBS volumes the pods of a place attach."""
    cluster = world.snapshot.cluster
    found: set[tuple[str, str, str]] = set()
    for standing in world.at_place[place]:
        found.update(("claim", *key) for key in standing.claims if is_ebs(key, cluster))
        inline = world.template(standing).inline_ebs_volumes
        found.update(("inline", "", volume) for volume in inline)
    return len(found)


def volumes(world: World) -> Iterator[Violation]:
    """Find pods whose volumes do not exist, cannot follow them, or are taken."""
    for standing in world.standings:
        if standing.claims and not standing.bound:
            place = world.places[standing.place]
            for key in standing.claims:
                yield from _claim(standing, key, place, world.snapshot.cluster)
    yield from _shared_claims(world)


def _claim(
    standing: Standing, key: tuple[str, str], place: Place, cluster: Cluster
) -> Iterator[Violation]:
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
    elif storage_class.provisioner == _NO_PROVISIONER:
        detail = f"nothing provisions claim {claim.name} of class {storage_class.name}"
        yield Violation("VolumeBinding", standing.pod, detail)
    elif storage_class.allowed_topologies and not any_term_holds(
        storage_class.allowed_topologies, place.name, place.labels
    ):
        detail = f"class {storage_class.name} does not allow the topology of {place.name}"
        yield Violation("VolumeBinding", standing.pod, detail)


def _bound_volume(
    standing: Standing, volume: PersistentVolume, place: Place
) -> Iterator[Violation]:
    affinity = volume.node_affinity
    if affinity is not None and not any_term_holds(affinity, place.name, place.labels):
        detail = f"volume {volume.name} cannot be reached from {place.name}"
        yield Violation("VolumeBinding", standing.pod, detail)
    if not _zone_agrees(dict(volume.labels), place.labels):
        detail = f"volume {volume.name} is in another zone than {place.name}"
        yield Violation("VolumeZone", standing.pod, detail)


def _zone_agrees(volume_labels: Labels, node_labels: Labels) -> bool:
    if not any(key in node_labels for key in _CURRENT_NAME):
        return True
    for key, current in _CURRENT_NAME.items():
        text = volume_labels.get(key)
        allowed = [part.strip() for part in text.split("__")] if text is not None else []
        if not allowed or "" in allowed:  # an unreadable list of zones is passed over
            continue
        value = node_labels.get(key, node_labels.get(current))
        if value not in allowed:
            return False
    return True


def _shared_claims(world: World) -> Iterator[Violation]:
    cluster = world.snapshot.cluster
    users: dict[tuple[str, str], list[Standing]] = {}
    for standing in world.standings:
        for key in dict.fromkeys(standing.claims):
            users.setdefault(key, []).append(standing)
    for key, standings in users.items():
        claim = cluster.claims.get(key)
        new = [standing for standing in standings if not standing.bound]
        if claim is None or len(standings) < 2 or not new:
            continue
        if _READ_WRITE_ONCE_POD in claim.access_modes:
            surplus = new if len(new) < len(standings) else new[1:]
            for standing in surplus:
                detail = f"claim {claim.name} is ReadWriteOncePod and in use"
                yield Violation("VolumeRestrictions", standing.pod, detail)
        if not claim.volume_name and is_ebs(key, cluster):
            zones = {world.places[s.place].labels.get(names.ZONE, "") for s in standings}
            if len(zones) > 1:
                detail = f"its pods are in the zones {', '.join(sorted(zones))}"
                yield Violation("VolumeBinding", f"{key[0]}/{key[1]}", detail)
