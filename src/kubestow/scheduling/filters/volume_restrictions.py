"""VolumeRestrictions: disks that two pods of one node cannot share, and claims of one pod alone.

Source: pkg/scheduler/framework/plugins/volumerestrictions (Kubernetes 1.34).
"""

import numpy as np

from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.refusal import Refusal

NAME = "VolumeRestrictions"
DISK = "node(s) had no available disk"
IN_USE = (
    "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already "
    "in-use by another pod"
)


def real_claims(context: PodContext) -> list[str]:
    """Return the claims a pod names itself: those its ephemeral volumes make are left out."""
    return [name for name in context.kind.claims if name not in context.kind.ephemeral]


def unsolvable(context: PodContext) -> str:
    """Return why no node can do: a claim that does not exist."""
    for name in real_claims(context):
        if context.cache.storage.claim(context.kind.namespace, name) is None:
            return f'persistentvolumeclaim "{name}" not found'
    return ""


def _rivals(context: PodContext) -> tuple[int, ...]:
    volumes = context.template.inline_volumes
    return tuple(
        number
        for number, kind in enumerate(context.cache.kinds)
        if any(v.conflicts(other) for v in volumes for other in kind.template.inline_volumes)
    )


def applies(context: PodContext) -> bool:
    """Return whether the kind has volumes."""
    return bool(context.kind.claims or context.template.inline_volumes)


def refusals(context: PodContext) -> list[Refusal]:
    """Return the nodes that hold a disk of the pod's, and all where a claim is in use."""
    refused = []
    if context.template.inline_volumes:
        rivals = context.cache.counts(context.once(NAME, _rivals), None)
        refused.append(Refusal(DISK, rivals.present()))
    if context.kind.claims and _in_use(context):
        others = np.ones(len(context.index), dtype=bool)
        for disk in refused:
            others &= ~disk.nodes
        refused.append(Refusal(IN_USE, others))
    return refused


def _in_use(context: PodContext) -> bool:
    storage, namespace = context.cache.storage, context.kind.namespace
    for name in real_claims(context):
        claim = storage.claim(namespace, name)
        alone = claim is not None and "ReadWriteOncePod" in claim.access_modes
        if alone and storage.users.get((namespace, name), 0) > 0:
            return True
    return False
