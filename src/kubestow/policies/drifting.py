"""Drifting: which drifted nodes are replaced now, and which replacements were in vain.

A node that is launched because another drifted, and has drifted from the same at once, was launched
in vain: EC2 gives something else than it is asked for, or somebody takes away what the NodePool
wants. So that nodes are not replaced for ever, what they drifted from is then left alone for ten
minutes, and for twice as long each time that it was in vain again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kubestow.disruption.candidate import DisruptionCandidate
from kubestow.disruption.drift import drift
from kubestow.model.decision import Kept
from kubestow.model.nodepool import NodePool
from kubestow.model.policy_memory import Replaced

IN_VAIN = "it drifted, but nodes that were launched for that have drifted from the same"
_RESTS, _RESTS_MOST = 600, 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Drifting:
    """Candidates that drifted, each with what from, and what is remembered of such nodes."""

    nodes: tuple[tuple[DisruptionCandidate, str], ...]
    replaced: tuple[Replaced, ...]
    at: int

    @classmethod
    def of(
        cls,
        nodes: Iterable[DisruptionCandidate],
        pools: Mapping[str, NodePool],
        replaced: tuple[Replaced, ...],
        at: int,
    ) -> "Drifting":
        """Look at candidates; what none has drifted from any more is forgotten, after its rest."""
        pairs = ((item, drift(item.claim, pools[item.claim.nodepool])) for item in nodes)
        found = tuple((item, what) for item, what in pairs if what)
        there = {(item.claim.nodepool, what) for item, what in found}
        kept = (
            r for r in replaced if (r.nodepool, r.drifted_from) in there or at < _rests_until(r)
        )
        return cls(found, tuple(kept), at)

    @property
    def due(self) -> list[DisruptionCandidate]:
        """Those that are to be replaced."""
        vain = self._in_vain()
        return [item for item, what in self.nodes if (item.claim.nodepool, what) not in vain]

    @property
    def left_alone(self) -> tuple[Kept, ...]:
        """Those that are not, as it would be in vain."""
        vain = self._in_vain()
        return tuple(
            Kept(item.name, IN_VAIN, what)
            for item, what in self.nodes
            if (item.claim.nodepool, what) in vain
        )

    @property
    def until(self) -> int | None:
        """When the first of what is left alone is tried again; None if nothing is."""
        return min((_rests_until(item) for item in self._in_vain().values()), default=None)

    def begun(self, candidate: DisruptionCandidate) -> tuple[Replaced, ...]:
        """Return what to remember once a node is being replaced."""
        what = next(what for item, what in self.nodes if item.name == candidate.name)
        key = candidate.claim.nodepool, what
        known = {(item.nodepool, item.drifted_from): item for item in self.replaced}
        before = known.get(key) or Replaced(*key, self.at, self.at)
        times = before.times_in_vain + self._was_in_vain(before)
        known[key] = replace(before, last_at=self.at, times_in_vain=times)
        return tuple(known.values())

    def _in_vain(self) -> dict[tuple[str, str], Replaced]:
        """Return what is left alone now."""
        return {
            (item.nodepool, item.drifted_from): item
            for item in self.replaced
            if self.at < _rests_until(item) and self._was_in_vain(item)
        }

    def _was_in_vain(self, known: Replaced) -> bool:
        """Return whether a node has drifted that came after the first was replaced for it."""
        return any(
            item.claim.nodepool == known.nodepool
            and what == known.drifted_from
            and item.claim.created_at >= known.first_at
            for item, what in self.nodes
        )


def _rests_until(known: Replaced) -> int:
    return known.last_at + min(_RESTS << known.times_in_vain, _RESTS_MOST)
