"""Waves: nodes that go together, as many at a time as the budgets of their NodePools let go.

What replaces them is launched at once and held, so that each pod lands where it was planned; the
nodes of later waves are open until their turn, as they go within budgets then. One that must not go
any more stays. The rest stays, too, when what was launched for it is held no longer.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kubestow.disruption.candidate import BUDGET, candidates
from kubestow.disruption.expected import claims_of
from kubestow.disruption.node_budgets import allowed
from kubestow.model.memory import PendingDisruption
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import NodePool
from kubestow.model.snapshot import Snapshot
from kubestow.policies.lifecycle import Wave


@dataclass(frozen=True)
class BudgetWaves:
    """What may go now of the nodes of a snapshot; ``taken`` are others that go."""

    snapshot: Snapshot
    pools: Mapping[str, NodePool]
    taken: Collection[str] = ()

    @cached_property
    def _claims(self) -> dict[str, NodeClaim]:
        return {claim.name: claim for claim in claims_of(self.snapshot)}

    @cached_property
    def _may_go(self) -> set[str]:
        """The nodes that nothing but a PodDisruptionBudget keeps, which is for the moment."""
        nodes = candidates(self.snapshot, self.pools, ages=False)
        names = {candidate.name for candidate in nodes.able}
        return names.union(kept.node for kept in nodes.kept if kept.reason == BUDGET)

    def first(
        self, names: Sequence[str], reason: str, taken: Collection[str] = ()
    ) -> tuple[str, ...]:
        """Return as many of some nodes, in order, as their NodePools' budgets let go now."""
        taken = {*self.taken, *taken}
        counts: Counter[str] = Counter()
        now = []
        for name in names:
            pool = self.pools.get(self._claims[name].nodepool)
            if pool is None:
                continue
            claims, at = self._claims.values(), self.snapshot.at
            if counts[pool.name] < allowed(pool, claims, reason, at, taken):
                counts[pool.name] += 1
                now.append(name)
        return tuple(now)

    def next(self, disruption: PendingDisruption) -> Wave:
        """Return which later nodes of a disruption go now, and which later still."""
        if not disruption.later or self._is_over(disruption):
            return (), ()
        free = tuple(name for name in disruption.later if name in self._may_go)
        now = self.first(free, disruption.reason, disruption.nodes)
        return now, tuple(name for name in free if name not in now)

    def _is_over(self, disruption: PendingDisruption) -> bool:
        coming = (self._claims.get(name) for name in disruption.replacements)
        return not any(claim is not None and claim.phase is Phase.HELD for claim in coming)
