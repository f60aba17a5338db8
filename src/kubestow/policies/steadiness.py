"""Steadiness: how long the pods' requests have been about the same, and are expected to stay so.

A saving lasts for as long as the load stays. A load that has been steady for an hour is expected to
stay for two, after two hours for four. So is at once one of which a fifth or more went within five
minutes, as where somebody scales down for the night: it is not falling, it stands lower. After a
jump, when a tenth of all pods came at once, it may jump again for three hours: savings count for a
third as long. Without its history, a load counts as just changed.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kubestow.model.pod import Pod
from kubestow.model.policy_memory import LoadHistory
from kubestow.model.resources import CPU, MEMORY

STEADY_AFTER = 3_600  # seconds
_LEVELS = ((2 * STEADY_AFTER, 4), (STEADY_AFTER, 2), (0, 1))
"""From so many seconds without a change: how many times as long a saving counts."""
TOLERANCE = 200  # half a percent more or less is no change
_JUMP_SECONDS = 3 * STEADY_AFTER
_AFTER_JUMP = 0.35
_LARGE_DROP = 5  # a fifth of the peak
_STEP_SECONDS = 300  # the longest that a step takes
_STILL_SECONDS = 60  # without a change: a change after that begins a step
_AFTER_STEP = 4
_BYTES_OF_MILLICPU = 8 * 2**30 // 1_000  # as much money, by EC2's prices of c, m and r types


@dataclass(frozen=True, slots=True)
class Steadiness:
    """The load ``at`` an instant, in millicpu, and its history up to then."""

    at: int
    load_millicpu: int
    history: LoadHistory
    jumped_at: int | None = None

    @classmethod
    def of(
        cls,
        pods: Iterable[Pod],
        history: LoadHistory | None,
        at: int,
        jumped_at: int | None = None,
    ) -> "Steadiness":
        """Compare the load now with its history; ``jumped_at`` is when it last jumped."""
        load = demand(pods)
        if history is None:
            return cls(at, load, LoadHistory(at, load, load, began_at=at), jumped_at)
        reference = history.reference_millicpu
        if abs(load - reference) * TOLERANCE > reference:
            history = replace(_stepped(history, load, at), changed_at=at, reference_millicpu=load)
        history = replace(history, peak_millicpu=max(history.peak_millicpu, load))
        return cls(at, load, history, jumped_at)

    @property
    def quiet_seconds(self) -> int:
        """The seconds without a change."""
        return self.at - self.history.changed_at

    @property
    def is_steady(self) -> bool:
        """True if it has been the same for an hour."""
        return self.quiet_seconds >= STEADY_AFTER

    @property
    def is_due(self) -> bool:
        """True if consolidation need not wait: the load is steady, or much of it is gone."""
        peak = self.history.peak_millicpu
        large_drop = (peak - self.load_millicpu) * _LARGE_DROP >= peak
        return large_drop or self.is_steady

    @property
    def is_falling(self) -> bool:
        """True if a hundredth of what was there at the last consolidation is gone."""
        return (self.history.peak_millicpu - self.load_millicpu) * 100 > self.history.peak_millicpu

    @property
    def has_risen(self) -> bool:
        """True if it is more than at the last consolidation, and has never been more since."""
        before = self.history.consolidated_millicpu
        if before is None or self.load_millicpu < self.history.peak_millicpu:
            return False
        return (self.load_millicpu - before) * TOLERANCE > before

    @property
    def times(self) -> float:
        """How many times as long as usual a saving counts."""
        if self._jump_ends_at is not None:
            return _AFTER_JUMP
        times = next((times for after, times in _LEVELS if self.quiet_seconds >= after), 1)
        return max(times, _AFTER_STEP) if self._has_stepped_down else times

    @property
    def _has_stepped_down(self) -> bool:
        before = self.history.step_from_millicpu
        return (before - self.load_millicpu) * _LARGE_DROP >= before > 0

    @property
    def _jump_ends_at(self) -> int | None:
        if self.jumped_at is None or self.at >= self.jumped_at + _JUMP_SECONDS:
            return None
        return self.jumped_at + _JUMP_SECONDS

    @property
    def next_at(self) -> int | None:
        """The instant at which a saving will count for longer, if nothing changes."""
        later = [after for after, _ in _LEVELS if after > self.quiet_seconds]
        longer_at = [self.history.changed_at + after for after in later]
        return min((at for at in (*longer_at, self._jump_ends_at) if at is not None), default=None)

    def after_consolidation(self) -> LoadHistory:
        """Return the history with the load now as its peak."""
        load = self.load_millicpu
        return replace(self.history, peak_millicpu=load, consolidated_millicpu=load)


def _stepped(history: LoadHistory, load: int, at: int) -> LoadHistory:
    """Return the history with what the load was before the step that a change belongs to."""
    before = history.reference_millicpu
    was_still = at - history.changed_at > _STILL_SECONDS
    if was_still or at - history.step_at > _STEP_SECONDS or load > history.step_from_millicpu:
        return replace(history, step_from_millicpu=max(before, load), step_at=at)
    return history


def growth(pods: Iterable[Pod], history: LoadHistory) -> float:
    """Return by which share the load is more than when it last changed."""
    before = max(history.reference_millicpu, 1)
    return demand(pods) / before - 1


def demand(pods: Iterable[Pod]) -> int:
    """Return the requests of all pods but DaemonSets', in millicpu: 8 GiB count as one vCPU."""
    counts = Counter(pod.template for pod in pods if not pod.daemonset and not pod.terminating)
    total = 0
    for template, count in counts.items():
        asked = dict(template.requests)
        total += count * (asked.get(CPU, 0) + asked.get(MEMORY, 0) // _BYTES_OF_MILLICPU)
    return total
