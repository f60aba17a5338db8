"""Waves: nodes that are replaced together, and go as the budgets of their NodePools let them.

What replaces them is launched at once and held, so that each pod lands where it was planned. All
are closed to other pods from then on, and budgets count those that drain. A node goes when what its
pods are planned on is there. It stays where that does not come or is held no longer, or where it
must not go any more.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from kubestow.disruption.candidate import BUDGET, candidates
from kubestow.disruption.expected import claims_of, is_going
from kubestow.disruption.node_budgets import allowed_by_pool, let_go
from kubestow.model.memory import PendingDisruption
from kubestow.model.nodeclaim import THERE, NodeClaim, Phase
from kubestow.model.nodepool import NodePool
from kubestow.model.policy_memory import ForeseenMoves
from kubestow.model.snapshot import Snapshot
from kubestow.policies.hindrances import Hindrances
from kubestow.policies.lifecycle import WaveStep


def is_consolidated(pool: NodePool) -> bool:
    """Return whether nodes of a pool with pods may be consolidated."""
    disruption = pool.disruption
    return disruption.when_underutilized and disruption.consolidate_after is not None


@dataclass(frozen=True)
class BudgetWaves:
    """What may go now of the nodes of a snapshot; ``taken`` are others that go.

    ``foreseen`` is where their pods are expected, ``hindrances`` what was not let go lately.
    """

    snapshot: Snapshot
    pools: Mapping[str, NodePool]
    taken: Collection[str] = ()
    foreseen: ForeseenMoves | None = None
    hindrances: Hindrances = field(default_factory=lambda: Hindrances({}, 0))

    @cached_property
    def _claims(self) -> dict[str, NodeClaim]:
        return {claim.name: claim for claim in claims_of(self.snapshot)}

    @cached_property
    def _may_go(self) -> set[str]:
        """The nodes that nothing but a PodDisruptionBudget keeps, which is for the moment."""
        pools = {name: pool for name, pool in self.pools.items() if is_consolidated(pool)}
        nodes = candidates(self.snapshot, pools, ages=False)
        names = {candidate.name for candidate in nodes.able}
        return names.union(kept.node for kept in nodes.kept if kept.reason == BUDGET)

    def next(self, disruption: PendingDisruption) -> WaveStep:
        """Return which nodes of a disruption are drained now, and which later.

        One that was drained and is not seen to go is drained again, and counts meanwhile.
        """
        claims = self._claims
        nodes = [name for name in disruption.nodes if claims[name].phase in THERE]
        counts_on = self._counted_on(nodes, disruption.replacements)
        coming = [claims[name] for name in disruption.replacements if self._is_to_stay(name)]
        due = {claim.name for claim in coming if claim.phase is Phase.HELD or claim.is_coming}
        there = {claim.name for claim in coming if claim.phase in THERE}
        may_go = [
            name
            for name in nodes
            if name in self._may_go
            and not self.hindrances.stays(name, disruption.reason)
            and (due and counts_on[name] <= due)
        ]
        ready = [name for name in may_go if counts_on[name] <= there]
        if not (there.issuperset(disruption.replacements) or self._is_foreseen(nodes)):
            ready = []  # their pods may count on any
            if len(coming) < len(disruption.replacements):
                may_go = []
        now = self._first(ready, disruption.reason)
        later = tuple(name for name in may_go if name not in now)
        return WaveStep(now, later, in_vain=len(may_go) < len(nodes))

    def _is_to_stay(self, name: str) -> bool:
        claim = self._claims.get(name)
        return claim is not None and not is_going(claim) and name not in self.taken

    def _is_foreseen(self, nodes: Collection[str]) -> bool:
        """Return whether a place is known for some pod of some nodes."""
        moves = () if self.foreseen is None else self.foreseen.pods
        known = {key for key, _, _ in moves}
        pods = self.snapshot.cluster.pods
        return any(pod.node_name in nodes and pod.key in known for pod in pods)

    def _counted_on(
        self, nodes: Collection[str], replacements: Collection[str]
    ) -> dict[str, set[str]]:
        """Return which replacements the pods of each node are expected on."""
        new = set(replacements)
        moves = () if self.foreseen is None else self.foreseen.pods
        expected = {key: node for key, _, node in moves if node in new}
        found: dict[str, set[str]] = {name: set() for name in nodes}
        for pod in self.snapshot.cluster.pods:
            if pod.node_name in found and pod.key in expected:
                found[pod.node_name].add(expected[pod.key])
        return found

    def _first(self, names: Sequence[str], reason: str) -> tuple[str, ...]:
        """Return as many of some nodes, in order, as their NodePools' budgets let go now."""
        left = allowed_by_pool(
            self.pools.values(), self._claims.values(), reason, self.snapshot.at, self.taken
        )
        return tuple(let_go(names, lambda name: self._claims[name].nodepool, left))
