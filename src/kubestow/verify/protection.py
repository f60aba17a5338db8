"""Protection: whether a pod may be evicted voluntarily, by its annotations.

Worked out anew from the facts of each pod. Sources: kubernetes-sigs/karpenter v1.14
pkg/utils/pod/scheduling.go; Cluster Autoscaler FAQ, What types of pods can prevent CA from removing
a node?
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from kubestow.model.decision import VOLUNTARY, Cordon, Decision, Drain
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Protection:
    """Judges by Karpenter's annotation, by Cluster Autoscaler's, or by both."""

    by_karpenter: bool
    by_cluster_autoscaler: bool

    def broken(self, pod: Pod, at: int) -> str:
        """Return the annotation that a voluntary eviction breaks; an empty string if none."""
        life = pod.lifecycle
        terms = life.eviction
        if terms is None or pod.terminating:
            return ""
        if self.by_karpenter:
            if terms.do_not_disrupt:
                return "karpenter.sh/do-not-disrupt"
            least = terms.protected_seconds
            if least is not None and (life.started_at is None or at - life.started_at < least):
                return f"karpenter.sh/do-not-disrupt for its first {least} s"
        kind = life.owner[0] if life.owner else ""
        is_left = pod.daemonset or kind in ("DaemonSet", "Node")  # a drain leaves such pods
        if self.by_cluster_autoscaler and terms.safe_to_evict is False and not is_left:
            return "cluster-autoscaler.kubernetes.io/safe-to-evict"
        return ""

    def evicted(self, pod: Pod, reason: str, at: int) -> Iterator[str]:
        """Yield why a drain for a reason may not evict a pod."""
        broken = self.broken(pod, at) if reason in VOLUNTARY else ""
        if broken:
            yield f"pod {pod.key} was evicted ({reason}) although it has {broken}"

    def begun(
        self, snapshot: Snapshot, decision: Decision, awaiting: Collection[str]
    ) -> Iterator[str]:
        """Yield protected pods on nodes whose voluntary disruption begins with a decision.

        ``awaiting`` are nodes whose disruption began before.
        """
        begun = {
            action.node: action.reason
            for action in decision.actions
            if isinstance(action, Cordon | Drain)
            and action.reason in VOLUNTARY
            and action.node not in awaiting
        }
        if not begun:
            return
        coming = {claim.name for claim in snapshot.nodeclaims if claim.is_coming}
        for pod in snapshot.cluster.pods:
            reason = begun.get(pod.node_name)
            if reason is None or pod.node_name in coming:
                continue
            broken = self.broken(pod, snapshot.at)
            if broken:
                yield f"node {pod.node_name} is disrupted ({reason}): pod {pod.key} has {broken}"
