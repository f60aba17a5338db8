"""Nodes that leave: which pods are evicted next, and when an instance may end.

Pure. Pods go in groups, each after the one before it is gone: others, those of DaemonSets, critical
ones, critical ones of DaemonSets. Pods that tolerate the taint of a Node that leaves are left, as
are static pods; they end with it. Source: kubernetes-sigs/karpenter v1.14
pkg/controllers/node/termination/terminator/terminator.go.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kubestow.disruption.expected import is_node_bound
from kubestow.live import marks
from kubestow.model.pod import Pod
from kubestow.model.snapshot import SYSTEM_PRIORITIES, Cluster
from kubestow.model.volume import VolumeAttachment

_CRITICAL = min(priority for _, priority in SYSTEM_PRIORITIES)


@dataclass(frozen=True, slots=True)
class Leave:
    """What a Node that leaves waits for: pods to evict now, pods that end, volumes to detach."""

    evicted: tuple[Pod, ...] = ()
    ending: tuple[Pod, ...] = ()
    attached: tuple[VolumeAttachment, ...] = ()

    @property
    def is_over(self) -> bool:
        """True where nothing is waited for: its instance may end."""
        return not (self.evicted or self.ending or self.attached)


def leave(pods: Iterable[Pod], attachments: Sequence[VolumeAttachment]) -> Leave:
    """Return what is left to do of the pods and the volumes on a Node that leaves."""
    groups: dict[int, list[Pod]] = {}
    for pod in pods:
        if not _stays(pod):
            groups.setdefault(_rank(pod), []).append(pod)
    for _, group in sorted(groups.items()):
        ending = tuple(pod for pod in group if pod.terminating)
        return Leave(tuple(pod for pod in group if not pod.terminating), ending)
    return Leave(attached=tuple(attachments))


def volumes_of_staying(pods: Iterable[Pod], cluster: Cluster) -> frozenset[str]:
    """Return the volumes of the pods that are left on a Node: nobody waits for them to detach."""
    claims = (
        cluster.claims.get((pod.namespace, name))
        for pod in pods
        if _stays(pod)
        for name in pod.volume_claims
    )
    return frozenset(claim.volume_name for claim in claims if claim is not None)


def _rank(pod: Pod) -> int:
    critical = pod.template.priority >= _CRITICAL
    return 2 * critical + bool(pod.daemonset)


def _stays(pod: Pod) -> bool:
    """Return whether a pod is left on a Node that leaves."""
    if is_node_bound(pod) and not pod.daemonset:
        return True
    return any(item.tolerates(marks.LEAVING_TAINT) for item in pod.template.tolerations)
