"""VolumeRestrictions: disks that two pods of one node cannot share, and claims of one pod alone.

Source: pkg/scheduler/framework/plugins/volumerestrictions (Kubernetes 1.34).
"""

import numpy as np

from kubestow.scheduling.refusal import Refusal
from kubestow.scheduling.view import View

NAME = "VolumeRestrictions"
DISK = "node(s) had no available disk"
IN_USE = (
    "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already "
    "in-use by another pod"
)


def real_claims(view: View) -> list[str]:
    """Return the claims a pod names itself: those its ephemeral volumes make are left out."""
    return [name for name in view.kind.claims if name not in view.kind.ephemeral]


def unsolvable(view: View) -> str:
    """Return why no node can do: a claim that does not exist."""
    for name in real_claims(view):
        if view.state.storage.claim(view.kind.namespace, name) is None:
            return f'persistentvolumeclaim "{name}" not found'
    return ""


def _rivals(view: View) -> tuple[int, ...]:
    volumes = view.template.inline_volumes
    return tuple(
        number
        for number, kind in enumerate(view.state.kinds)
        if any(v.conflicts(other) for v in volumes for other in kind.template.inline_volumes)
    )


def applies(view: View) -> bool:
    """Tell whether the kind has volumes."""
    return bool(view.kind.claims or view.template.inline_volumes)


def refusals(view: View) -> list[Refusal]:
    """Return the nodes that hold a disk of the pod's, and all where a claim is in use."""
    found = []
    if view.template.inline_volumes:
        rivals = view.state.counts(view.kept(NAME, _rivals), None)
        found.append(Refusal(DISK, rivals.at_nodes() > 0))
    if view.kind.claims and _in_use(view):
        others = np.ones(len(view.index), dtype=bool)
        for disk in found:
            others &= ~disk.nodes
        found.append(Refusal(IN_USE, others))
    return found


def _in_use(view: View) -> bool:
    storage, namespace = view.state.storage, view.kind.namespace
    for name in real_claims(view):
        claim = storage.claim(namespace, name)
        alone = claim is not None and "ReadWriteOncePod" in claim.access_modes
        if alone and storage.users.get((namespace, name), 0) > 0:
            return True
    return False
