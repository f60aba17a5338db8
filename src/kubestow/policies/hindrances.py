"""Hindrances: what was decided lately and not begun, so that nothing else waits for it.

A limit forbids it, or EC2 refuses to launch for it. It is asked for again, but does not count as
something that is under way. Where nothing was put off, all of this changes nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from kubestow.disruption.candidate import Candidates
from kubestow.model.decision import PROVISIONING, Action, Drain, Launch
from kubestow.model.memory import Memory
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot

_RESTS_SECONDS = 60
"""How long after a node that was put off no other is chosen for the same reason.

What comes next is chosen meanwhile: consolidation wants a cluster without a change for a while.
"""


@dataclass(frozen=True, slots=True)
class Hindrances:
    """When each node was put off that was to go for a reason, and each pod that was to get one."""

    put_off: Mapping[tuple[str, str], int]
    at: int

    @classmethod
    def of(cls, memory: Memory, at: int) -> "Hindrances":
        """Return what a policy remembers of them."""
        return cls({(item.reason, item.subject): item.at for item in memory.put_off}, at)

    def waits(self, pod: str) -> bool:
        """Return whether a pod waits for a node that was not launched."""
        return (PROVISIONING, pod) in self.put_off

    def stays(self, node: str, reason: str) -> bool:
        """Return whether a node was to go for a reason and was not let go."""
        return (reason, node) in self.put_off

    def rests(self, reason: str) -> bool:
        """Return whether nodes were put off for a reason just now."""
        last = max((at for (why, _), at in self.put_off.items() if why == reason), default=None)
        return last is not None and self.at - last < _RESTS_SECONDS

    def promising(
        self, planned: Mapping[str, str], drains: Iterable[Drain], pods: Iterable[Pod]
    ) -> Mapping[str, str]:
        """Return the node that each pod is planned on, for pods that get there.

        Pods that wait for a node that was not launched do not, nor do those of nodes that stay.
        """
        if not self.put_off:
            return planned
        staying = {drain.node for drain in drains if self.stays(drain.node, drain.reason)}
        there = {pod.key for pod in pods if pod.node_name in staying}
        return {
            pod: node for pod, node in planned.items() if not self.waits(pod) and pod not in there
        }

    def under_way(
        self,
        actions: Iterable[Action],
        planned: Mapping[str, str],
        promising: Mapping[str, str],
    ) -> tuple[Action, ...]:
        """Return the actions that others wait for."""
        if not self.put_off:
            return tuple(actions)
        hindered = set(planned.values()).difference(promising.values())
        return tuple(
            action
            for action in actions
            if not (isinstance(action, Launch) and action.claim.name in hindered)
            and not (isinstance(action, Drain) and self.stays(action.node, action.reason))
        )

    def placed(self, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot without the pods that wait for a node that was not launched."""
        if not self.put_off:
            return snapshot
        cluster = snapshot.cluster
        pods = tuple(pod for pod in cluster.pods if pod.node_name or not self.waits(pod.key))
        return replace(snapshot, cluster=replace(cluster, pods=pods))

    def free(self, nodes: Candidates, reason: str, chosen: Collection[str] = ()) -> Candidates:
        """Return the candidates without those put off for a reason, and others already chosen."""
        if not self.put_off:
            return nodes
        able, young = (
            tuple(
                candidate
                for candidate in some
                if not (candidate.name in chosen or self.stays(candidate.name, reason))
            )
            for some in (nodes.able, nodes.young)
        )
        return replace(nodes, able=able, young=young)
