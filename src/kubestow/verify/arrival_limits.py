"""NodeVolumeLimits for an arriving pod, in the form of kubestow.verify.arrival_volumes.

Source: pkg/scheduler/framework/plugins/
nodevolumelimits csi.go of Kubernetes 1.34.
"""

from collections import Counter

from kubestow.model.pod import Pod
from kubestow.verify.arrival_state import (
    ArrivalState,
    AttemptFailedError,
    Check,
    NodeAtArrival,
    nowhere,
)
from kubestow.verify.storage import (
    Attached,
    Migrated,
    UnreadableVolumeError,
    claim_attachment,
    inline_attachment,
    is_inline_attached,
)


def limits(state: ArrivalState, pod: Pod) -> Check | None:
    """Reject nodes whose CSI drivers cannot attach the pod's volumes too.

    A volume that is attached but used by no bound pod counts, and twice if the pod needs it.
    """
    if not pod.volume_claims and not any(map(is_inline_attached, pod.template.inline_volumes)):
        return None
    if any((pod.namespace, name) not in state.cluster.claims for name in pod.volume_claims):
        return nowhere
    wanted: dict[Migrated, frozenset[Attached]] = {}

    def refuses(site: NodeAtArrival) -> bool:
        if site.migrated not in wanted:
            wanted[site.migrated] = frozenset(_attached(state, pod, site.migrated))
        if not wanted[site.migrated] or not site.attach_limits:
            return False
        there = _attached_at(state, site)
        more = Counter(driver for driver, _ in wanted[site.migrated] - there)
        if not more:
            return False
        alone = frozenset(state.attachments.get(site.name, ())) - there
        held = Counter(driver for driver, _ in (*there, *alone))
        return any(
            held[driver] + count > site.attach_limits[driver]
            for driver, count in more.items()
            if driver in site.attach_limits
        )

    return refuses


def _attached_at(state: ArrivalState, site: NodeAtArrival) -> frozenset[Attached]:
    """Return what a site's pods attach; raise AttemptFailedError if that cannot be determined."""
    if site.index not in state.remembered_attached:
        volumes: set[Attached] = set()
        try:
            for pod in site.pods:
                volumes |= _attached(state, pod, site.migrated)
            state.remembered_attached[site.index] = frozenset(volumes)
        except AttemptFailedError:
            state.remembered_attached[site.index] = None
    attached = state.remembered_attached[site.index]
    if attached is None:
        raise AttemptFailedError
    return attached


def _attached(state: ArrivalState, pod: Pod, migrated: Migrated) -> set[Attached]:
    volumes = set()
    for name in pod.volume_claims:
        claim = state.cluster.claims.get((pod.namespace, name))
        if claim is None:
            continue
        if name in pod.ephemeral_claims and pod.name not in claim.owner_pods:
            raise AttemptFailedError
        volumes.add(claim_attachment(claim, state.cluster, state.storage_class(claim), migrated))
    for disk in pod.template.inline_volumes:
        try:
            volumes.add(inline_attachment(disk, migrated))
        except UnreadableVolumeError as problem:
            raise AttemptFailedError from problem
    return {item for item in volumes if item is not None}
