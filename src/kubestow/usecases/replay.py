"""Replay: every decision of a journal made again, and compared."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from kubestow import engine
from kubestow.model.decision import Decision
from kubestow.model.eviction_prices import DEFAULT_PRICES, EvictionPrices
from kubestow.model.memory import Memory
from kubestow.model.nodepool import NodePool
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.registry import POLICIES, made
from kubestow.simulation.run import Forgetful
from kubestow.simulation.scenario import FAULTS

NAMES = tuple(POLICIES)
"""The policies that kubestow has."""


class JournalEntry(Protocol):
    """A decision as it was recorded, encoded, and what it was made from."""

    @property
    def snapshot(self) -> Snapshot:
        """What was observed."""

    @property
    def memory(self) -> Memory:
        """What was remembered."""

    @property
    def decision(self) -> bytes:
        """The decision, encoded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplayRequest:
    """A journal: the run it is of, and its entries; ``encoded`` encodes a decision as they are."""

    policy: str
    pools: tuple[NodePool, ...]
    seed: int
    faults: str
    entries: Iterable[JournalEntry]
    encoded: Callable[[Decision], bytes]
    eviction_prices: EvictionPrices = DEFAULT_PRICES


@dataclass(frozen=True, slots=True)
class ReplayAnswer:
    """How many decisions came out the same; ``differs_at``: the instant of one that did not."""

    decisions: int
    differs_at: int | None = None


def replay(request: ReplayRequest, reporter: Reporter) -> ReplayAnswer:
    """Make every decision again, until one differs."""
    own = made(request.policy, request.pools, request.eviction_prices)
    policy = Forgetful(own, request.seed, FAULTS[request.faults].forgetful)
    count = 0
    for entry in request.entries:
        reporter.progress(f"replaying: {count} decisions", 0, 0)
        decision, _ = engine.step(entry.snapshot, entry.memory, policy)
        if request.encoded(decision) != entry.decision:
            return ReplayAnswer(count, entry.snapshot.at)
        count += 1
    return ReplayAnswer(count)
