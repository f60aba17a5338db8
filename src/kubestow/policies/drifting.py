"""Drifting: which drifted nodes are replaced now, and which replacements were in vain.

A node that is launched because another drifted, and has drifted from the same at once, was launched
in vain: EC2 gives something else than it is asked for, or somebody takes away what the NodePool
wants. So that nodes are not replaced for ever, what they drifted from is then left alone for ten
minutes, and for twice as long each time that it was in vain again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kubestow.disruption.candidate import DisruptionCandidate
from kubestow.disruption.drift import drift
from kubestow.model.decision import Kept
from kubestow.model.nodeclaim import THERE, NodeClaim
from kubestow.model.nodepool import NodePool
from kubestow.model.policy_memory import Replaced

IN_VAIN = "it drifted, but nodes that were launched for that have drifted from the same"
_RESTS, _RESTS_MOST = 600, 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Drifting:
    """Candidates that drifted, each with what from, and what is remembered of such nodes.

    ``vain`` is what was in vain when it was tried last, by NodePool and what they drifted from.
    """

    nodes: tuple[tuple[DisruptionCandidate, str], ...]
    replaced: tuple[Replaced, ...]
    vain: frozenset[tuple[str, str]]
    at: int

    @classmethod
    def of(
        cls,
        nodes: Iterable[DisruptionCandidate],
        claims: Iterable[NodeClaim],
        pools: Mapping[str, NodePool],
        replaced: tuple[Replaced, ...],
        at: int,
    ) -> "Drifting":
        """Look at candidates; what no claim has drifted from is forgotten, after its rest.

        A try was in vain where a node that came since has drifted as well. Nodes replaced within
        ten minutes are one try: drift may be seen some time after a node came.
        """
        pairs = ((item, drift(item.claim, pools[item.claim.nodepool])) for item in nodes)
        found = tuple((item, what) for item, what in pairs if what)
        newest: dict[tuple[str, str], int] = {}
        for claim in claims if replaced else ():
            pool = pools.get(claim.nodepool)
            if claim.phase in THERE and pool is not None and (what := drift(claim, pool)):
                key = claim.nodepool, what
                newest[key] = max(newest.get(key, 0), claim.created_at)
        known = tuple(r for r in replaced if _key(r) in newest or at < _rests_until(r))
        vain = frozenset(_key(r) for r in known if newest.get(_key(r), -1) >= r.tried_at)
        return cls(found, known, vain, at)

    @property
    def due(self) -> list[DisruptionCandidate]:
        """Those that are to be replaced."""
        resting = self._resting()
        return [item for item, what in self.nodes if (item.claim.nodepool, what) not in resting]

    @property
    def left_alone(self) -> tuple[Kept, ...]:
        """Those that are not, as it would be in vain."""
        resting = self._resting()
        return tuple(
            Kept(item.name, IN_VAIN, what)
            for item, what in self.nodes
            if (item.claim.nodepool, what) in resting
        )

    @property
    def until(self) -> int | None:
        """When the first of what is left alone is tried again; None if nothing is."""
        return min((_rests_until(item) for item in self._resting().values()), default=None)

    def begun(self, candidate: DisruptionCandidate) -> tuple[Replaced, ...]:
        """Return what to remember once a node is being replaced."""
        what = next(what for item, what in self.nodes if item.name == candidate.name)
        known = {_key(item): item for item in self.replaced}
        key = candidate.claim.nodepool, what
        before = known.get(key)
        if before is None or key in self.vain or self.at >= before.tried_at + _RESTS:
            times = before.times_in_vain + 1 if before is not None and key in self.vain else 0
            known[key] = Replaced(*key, self.at, times)
        return tuple(known.values())

    def _resting(self) -> dict[tuple[str, str], Replaced]:
        """Return what is left alone now."""
        return {
            _key(item): item
            for item in self.replaced
            if _key(item) in self.vain and self.at < _rests_until(item)
        }


def _key(known: Replaced) -> tuple[str, str]:
    return known.nodepool, known.drifted_from


def _rests_until(known: Replaced) -> int:
    return known.tried_at + min(_RESTS << known.times_in_vain, _RESTS_MOST)
