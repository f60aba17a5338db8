"""A policy whose NodePools are those of the cluster, as they are now."""

from collections.abc import Callable, Collection
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


def launched_from(cluster: Cluster, groups: Collection[str] = ()) -> tuple[NodePool, ...]:
    """Return the pools that a controller may launch from: NodePools that are not static.

    ``groups`` are the names of the node groups that it was given, too.
    """
    return tuple(
        pool
        for pool in cluster.nodepools
        if (pool.launched_by is Launcher.KARPENTER and pool.replicas is None)
        or (pool.launched_by is Launcher.MANAGED_NODE_GROUP and pool.name in groups)
    )


@dataclass(slots=True)
class Following(Delegating):
    """Makes the policy anew where NodePools have changed; what it remembers is in the memory."""

    make: Callable[[tuple[NodePool, ...]], Policy]
    groups: frozenset[str] = frozenset()
    policy: Policy = field(init=False)
    _pools: tuple[NodePool, ...] = ()

    def __post_init__(self) -> None:
        self.policy = self.make(())

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Decide by the NodePools of the snapshot."""
        pools = launched_from(snapshot.cluster, self.groups)
        if pools != self._pools:
            self.policy, self._pools = self.make(pools), pools
        return self.policy.decide(snapshot, memory, reporter)


def following(name: str, seed: int, groups: Collection[str] = ()) -> Following:
    """Return a policy by its name, for NodePools and these node groups.

    kubestow's own looks every second.
    """

    def make(pools: tuple[NodePool, ...]) -> Policy:
        policy = made(name, pools)
        if isinstance(policy, Optimal):
            return replace(policy, period_seconds=PERIOD_SECONDS, seed=seed)
        return policy

    return Following(make, frozenset(groups))
