"""Protection: which pods an autoscaler does not evict, and until when.

Karpenter heeds karpenter.sh/do-not-disrupt on every pod, DaemonSets' too: "true" for good, a
duration from the pod's start on (an age that is not known protects). It does not evict such a pod
in any drain, so that an expired node stays until the pod has gone, and plans nothing for it before.
Cluster Autoscaler heeds safe-to-evict alone: "false" keeps a pod, "true" lifts every other rule of
its own. Sources: kubernetes-sigs/karpenter v1.14 pkg/utils/pod/scheduling.go (IsDisruptable,
IsEvictable), pkg/utils/pdb/pdb.go (IsCurrentlyReschedulable); kubernetes/autoscaler 1.36
cluster-autoscaler/simulator/drainability/rules (rules.go, safetoevict, notsafetoevict).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kubestow.disruption.expected import moves
from kubestow.model.decision import EXPIRED, INTERRUPTED, NOT_REGISTERED, VOLUNTARY
from kubestow.model.nodeclaim import Phase
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Heeds:
    """The annotations that an autoscaler heeds.

    ``reasons`` are those of drains in which a protected pod stays on its node.
    """

    do_not_disrupt: bool
    safe_to_evict: bool
    safe_lifts: bool = False
    reasons: tuple[str, ...] = VOLUNTARY

    def protects(self, pod: Pod, at: int) -> bool:
        """Return whether a pod is protected at an instant."""
        if pod.lifecycle.eviction is None or pod.terminating:
            return False
        return self._forbids(pod) or (self.do_not_disrupt and _is_young(pod, at))

    def _forbids(self, pod: Pod) -> bool:
        """Return whether a pod is protected at any age."""
        terms = pod.lifecycle.eviction
        if terms is None:
            return False
        if self.do_not_disrupt and terms.do_not_disrupt:
            return True
        return self.safe_to_evict and terms.safe_to_evict is False and moves(pod)

    def lifts(self, pod: Pod) -> bool:
        """Return whether a pod is declared safe, so that nothing else keeps it."""
        terms = pod.lifecycle.eviction
        return self.safe_lifts and terms is not None and terms.safe_to_evict is True

    def ends_at(self, pods: Iterable[Pod], at: int) -> int | None:
        """Return when none of some pods is protected any more; None if no age ends it."""
        ends = []
        for pod in pods:
            if not self.protects(pod, at):
                continue
            terms, started_at = pod.lifecycle.eviction, pod.lifecycle.started_at
            assert terms is not None, "it is protected"
            if self._forbids(pod) or terms.protected_seconds is None or started_at is None:
                return None
            ends.append(started_at + terms.protected_seconds)
        return max(ends, default=None)

    def stays(self, pod: Pod, reason: str, at: int) -> bool:
        """Return whether a drain for a reason leaves a pod on its node."""
        return reason in self.reasons and self.protects(pod, at)


KARPENTER = Heeds(
    do_not_disrupt=True,
    safe_to_evict=False,
    reasons=(*VOLUNTARY, EXPIRED, INTERRUPTED, NOT_REGISTERED),
)
CLUSTER_AUTOSCALER = Heeds(do_not_disrupt=False, safe_to_evict=True, safe_lifts=True)
KUBESTOW = Heeds(do_not_disrupt=True, safe_to_evict=True, reasons=(*VOLUNTARY, EXPIRED))
"""What both heed. When EC2 takes a node back, its pods are evicted before they are killed."""
HEEDS: Mapping[str, Heeds] = {
    "optimal": KUBESTOW, "karpenter": KARPENTER, "cluster-autoscaler": CLUSTER_AUTOSCALER,
}  # fmt: skip
"""By policy; any other policy is treated as kubestow's own."""


def without_staying(snapshot: Snapshot, heeds: Heeds) -> Snapshot:
    """Return a snapshot without the pods that stay on draining nodes: nothing is planned for them.

    Their nodes do not count either: see disruption.expected.
    """
    draining = {c.name: c.reason for c in snapshot.nodeclaims if c.phase is Phase.DRAINING}
    if not draining:
        return snapshot
    cluster, at = snapshot.cluster, snapshot.at
    pods = tuple(
        pod
        for pod in cluster.pods
        if pod.lifecycle.eviction is None
        or pod.node_name not in draining
        or not heeds.stays(pod, draining[pod.node_name], at)
    )
    if len(pods) == len(cluster.pods):
        return snapshot
    return replace(snapshot, cluster=replace(cluster, pods=pods))


def _is_young(pod: Pod, at: int) -> bool:
    terms, started_at = pod.lifecycle.eviction, pod.lifecycle.started_at
    if terms is None or terms.protected_seconds is None:
        return False
    return started_at is None or at < started_at + terms.protected_seconds
