"""A policy whose NodePools are those of the cluster, as they are now."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from kubestow.model.decision import Decision
from kubestow.model.memory import Memory
from kubestow.model.nodepool import Launcher, NodePool
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.policies.optimal import Optimal
from kubestow.policies.policy import Delegating, Policy
from kubestow.policies.registry import made

PERIOD_SECONDS = 1


def launched_from(cluster: Cluster) -> tuple[NodePool, ...]:
    """Return the NodePools that a controller may launch from: Karpenter's that are not static."""
    return tuple(
        pool
        for pool in cluster.nodepools
        if pool.launched_by is Launcher.KARPENTER and pool.replicas is None
    )


@dataclass(slots=True)
class Following(Delegating):
    """Makes the policy anew where NodePools have changed; what it remembers is in the memory."""

    make: Callable[[tuple[NodePool, ...]], Policy]
    policy: Policy = field(init=False)
    _pools: tuple[NodePool, ...] = ()

    def __post_init__(self) -> None:
        self.policy = self.make(())

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Decide by the NodePools of the snapshot."""
        pools = launched_from(snapshot.cluster)
        if pools != self._pools:
            self.policy, self._pools = self.make(pools), pools
        return self.policy.decide(snapshot, memory, reporter)


def following(name: str, seed: int) -> Following:
    """Return a policy by its name; kubestow's own looks every second."""

    def make(pools: tuple[NodePool, ...]) -> Policy:
        policy = made(name, pools)
        if isinstance(policy, Optimal):
            return replace(policy, period_seconds=PERIOD_SECONDS, seed=seed)
        return policy

    return Following(make)
