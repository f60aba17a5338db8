"""Steadiness: how long what pods ask for has been about the same, and so how long it is taken to.

Law: a saving is worth what it saves for as long as the load stays; one that has been steady for an
hour is taken to stay for two, after two hours for four. What is remembered are figures by name in
the memory; lost, the load counts as one that has just changed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kubestow.model.memory import Memory
from kubestow.model.pod import Pod
from kubestow.model.resources import CPU, MEMORY

STEADY_AFTER = 3_600  # seconds
_LEVELS = ((2 * STEADY_AFTER, 4), (STEADY_AFTER, 2), (0, 1))
"""From so many seconds without a change: how many times as long a saving counts."""
_TOLERANCE = 200  # half a percent more or less is no change
_FELL = 5  # a fifth less is much
_BYTES_OF_MILLICPU = 8 * 2**30 // 1_000  # as much money, by EC2's prices of c, m and r types
_SINCE, _LEVEL, _LOOKED = "steady", "steady level", "consolidated level"


@dataclass(frozen=True, slots=True)
class Steadiness:
    """``level`` is what pods ask for now, in millicpu; ``quiet`` the seconds it has been so.

    ``since`` and ``reference`` are when it last changed and what to, ``looked`` what it was when
    nodes were last consolidated.
    """

    at: int
    level: int
    since: int
    reference: int
    looked: int

    @classmethod
    def of(cls, pods: Iterable[Pod], memory: Memory, at: int) -> "Steadiness":
        """Compare what pods ask for now with what is remembered."""
        known, level = dict(memory.since), demand(pods)
        since, reference = known.get(_SINCE, at), known.get(_LEVEL, level)
        if abs(level - reference) * _TOLERANCE > reference:
            since, reference = at, level
        return cls(at, level, since, reference, known.get(_LOOKED, level))

    @property
    def quiet(self) -> int:
        """The seconds without a change."""
        return self.at - self.since

    @property
    def hurries(self) -> bool:
        """True where a look is due at once: nothing changes any more, or much has gone."""
        return self.quiet >= STEADY_AFTER or self.level * _FELL <= self.looked * (_FELL - 1)

    @property
    def times(self) -> int:
        """How many times as long as usual a saving counts."""
        return next(times for after, times in _LEVELS if self.quiet >= after)

    @property
    def next_at(self) -> int | None:
        """The instant at which a saving will count for longer, if nothing changes."""
        later = [after for after, _ in _LEVELS if after > self.quiet]
        return self.since + min(later) if later else None

    def figures(self, *, looked: bool = False) -> Mapping[str, int]:
        """Return what to remember; with ``looked`` that nodes are consolidated now."""
        return {
            _SINCE: self.since,
            _LEVEL: self.reference,
            _LOOKED: self.level if looked else max(self.looked, self.level),
        }


def demand(pods: Iterable[Pod]) -> int:
    """Return what pods ask for but DaemonSets', in millicpu: 8 GiB count as one vCPU."""
    counts = Counter(pod.template for pod in pods if not pod.daemonset and not pod.terminating)
    total = 0
    for template, count in counts.items():
        asked = dict(template.requests)
        total += count * (asked.get(CPU, 0) + asked.get(MEMORY, 0) // _BYTES_OF_MILLICPU)
    return total
