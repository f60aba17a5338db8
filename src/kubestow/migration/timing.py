"""Timing: how long a wave takes, estimated with a model of evictions.

Pods use their whole grace period. Pods under one budget leave in rounds of as many as it allows;
all others leave at once.
"""

from dataclasses import dataclass

from kubestow.migration.play import Play, Step, restarts
from kubestow.migration.start import Start
from kubestow.model.migration import (
    LAUNCH_SECONDS,
    LOST,
    READY_SECONDS,
    RESTART,
    RETRY_SECONDS,
    VOLUME_SECONDS,
)

_WITH_SURGE = ("CloneSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "Rollout")
"""Owners that create the successor at once; a StatefulSet waits until the old pod is gone."""


@dataclass(frozen=True, slots=True)
class WaveTimes:
    """The seconds of a whole wave, and of its drains alone."""

    seconds: int
    drain_seconds: int


def wave_times(start: Start, before: Play, step: Step) -> WaveTimes:
    """Return the times of a wave that starts from the state ``before``."""
    seconds = LAUNCH_SECONDS if step.launch else 0
    for group in restarts(start, step.drain):
        if group not in before.restarted:
            seconds += len(start.groups[group]) * READY_SECONDS
    if not before.waves and any(p not in before.where for p in start.successors.values()):
        seconds += READY_SECONDS
    drain = _drain_seconds(start, before, step)
    return WaveTimes(seconds + drain, drain)


def _drain_seconds(start: Start, before: Play, step: Step) -> int:
    rounds: dict[str, list[int]] = {}
    allowed: dict[str, int] = {}
    longest = 0
    for name in step.drain:
        for pod in start.movers[name]:
            if start.means[pod] == RESTART:
                continue
            away, ready = _pod_seconds(start, pod)
            longest = max(longest, away, ready)
            for covered in start.budgets.of(pod):
                rounds.setdefault(covered.key, []).append(ready + RETRY_SECONDS)
                healthy = sum(p in before.where and p not in before.unready for p in covered.pods)
                allowed[covered.key] = max(1, healthy - (covered.counts.desired or 0))
    for key, seconds in rounds.items():
        longest = max(longest, -(-len(seconds) // allowed[key]) * max(seconds))
    return longest


def _pod_seconds(start: Start, pod: int) -> tuple[int, int]:
    """Return the seconds until a pod is gone, and until its successor is Ready."""
    lifecycle = start.given.pods[pod].lifecycle
    away = lifecycle.grace_seconds
    if start.means[pod] == LOST:
        return away, 0
    volume = VOLUME_SECONDS if start.has_volumes(pod) else 0
    at_once = lifecycle.owner is not None and lifecycle.owner[0] in _WITH_SURGE and not volume
    return away, READY_SECONDS if at_once else away + volume + READY_SECONDS
