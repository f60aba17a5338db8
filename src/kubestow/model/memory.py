"""Memory: what a policy must know and cannot observe.

Law: a visible, serialisable value in a fixed order; a controller that lost it starts with an empty
one and may be slower or cost more, never wrong.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kubestow.model.decision import Decision, Outcome
from kubestow.model.nodeclaim import Event

Offering = tuple[str, str, str]
COOLING_SECONDS = 180
"""How long an offering that EC2 had none of is passed over (Karpenter's unavailable offerings)."""


@dataclass(frozen=True, slots=True)
class Command:
    """A disruption under way: nodes that go once their replacements are ready."""

    nodes: tuple[str, ...]
    replacements: tuple[str, ...]
    reason: str
    since: int


@dataclass(frozen=True, slots=True)
class Memory:
    """``cooling``: offerings without capacity and until when; ``since``: instants, and
    what was then, by name.

    ``counter`` numbers the claims that were asked for; ``commands`` are disruptions under way;
    ``planned`` is the node that each waiting pod is planned on; ``settled`` a digest of the state
    in which nothing more was found to do.
    """

    cooling: tuple[tuple[Offering, int], ...] = ()
    since: tuple[tuple[str, int], ...] = ()
    counter: int = 0
    commands: tuple[Command, ...] = ()
    planned: tuple[tuple[str, str], ...] = ()
    settled: str = ""

    def learned(self, outcomes: Iterable[Outcome], at: int) -> "Memory":
        """Return the memory after what became of the last actions."""
        cooling = dict(self.cooling)
        for outcome in outcomes:
            if outcome.event == Event.INSUFFICIENT_CAPACITY and outcome.offering is not None:
                cooling[outcome.offering] = at + COOLING_SECONDS
        kept = {offering: until for offering, until in cooling.items() if until > at}
        return replace(self, cooling=tuple(sorted(kept.items())))

    def with_since(self, since: Mapping[str, int]) -> "Memory":
        """Return the memory with other instants."""
        return replace(self, since=tuple(sorted(since.items())))


Made = tuple[Memory, Decision]
"""A decision, and the memory it was made from."""
