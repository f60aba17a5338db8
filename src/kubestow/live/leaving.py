"""Nodes that leave: which pods are evicted next, and when an instance may end.

Pure. Pods go in groups, each after the one before it is gone: others, those of DaemonSets, critical
ones, critical ones of DaemonSets. Pods that tolerate the taint of a Node that leaves are left, as
are static pods; they end with it. A pod that is being deleted and should have ended a minute ago is
stuck, on a kubelet that does not answer or by a finalizer: it is not waited for. Source:
kubernetes-sigs/karpenter v1.14 pkg/controllers/node/termination/terminator/terminator.go,
pkg/utils/pod/scheduling.go (IsStuckTerminating).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kubestow.disruption.expected import is_node_bound
from kubestow.live import marks
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.model.snapshot import SYSTEM_PRIORITIES, Cluster
from kubestow.model.volume import VolumeAttachment

_CRITICAL = min(priority for _, priority in SYSTEM_PRIORITIES)
STUCK_SECONDS = 60
"""How long after its grace period a pod that is being deleted is still waited for."""


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
        if not stays(pod):
            groups.setdefault(_rank(pod), []).append(pod)
    for _, group in sorted(groups.items()):
        ending = tuple(pod for pod in group if pod.terminating)
        return Leave(tuple(pod for pod in group if not pod.terminating), ending)
    return Leave(attached=tuple(attachments))


def volumes_of(pods: Iterable[Pod], cluster: Cluster) -> frozenset[str]:
    """Return the volumes of pods."""
    claims = (
        cluster.claims.get((pod.namespace, name)) for pod in pods for name in pod.volume_claims
    )
    return frozenset(claim.volume_name for claim in claims if claim is not None)


def _rank(pod: Pod) -> int:
    critical = pod.template.priority >= _CRITICAL
    return 2 * critical + bool(pod.daemonset)


def is_stuck(ends_at: int | None, at: int) -> bool:
    """Return whether a pod that should have ended at an instant, if any, will not by itself."""
    return ends_at is not None and at > ends_at + STUCK_SECONDS


def drained_by(pools: Iterable[NodePool], pool: str, at: int) -> int | None:
    """Return when a drain that begins now is over, if the NodePool says how long it may take."""
    limits = (item.disruption.drain_seconds for item in pools if item.name == pool)
    return next((at + seconds for seconds in limits if seconds is not None), None)


def stays(pod: Pod) -> bool:
    """Return whether a pod is left on a Node that leaves."""
    if is_node_bound(pod) and not pod.daemonset:
        return True
    return any(item.tolerates(marks.LEAVING_TAINT) for item in pod.template.tolerations)
