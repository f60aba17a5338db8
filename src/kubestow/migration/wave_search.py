"""The search for waves that finish: several ways to make them, each rehearsed.

Waves are made one at a time, each played before the next is made. They are shown to finish by
playing all of them in several orders of eviction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubestow.migration.play import Play, Step, Stop
from kubestow.migration.start import Start
from kubestow.model.reporter import Reporter

ORDERS = 12
"""Orders of eviction that waves are rehearsed in, after the one they were made with."""
_OTHERS_TRIED = 8  # nodes tried in place of one that cannot be drained yet


@dataclass(frozen=True, slots=True)
class Waves:
    """Waves, and why they stopped; None if they finish."""

    steps: tuple[Step, ...]
    stop: Stop | None = None


@dataclass(frozen=True, slots=True)
class _Way:
    """The order in which sources are drained, and how many at a time."""

    order: Sequence[str]
    parallel: int


def find_waves(start: Start, reporter: Reporter) -> Waves:
    """Return waves that finish in every order tried, or why the first way stopped."""
    first: Stop | None = None
    for way in _ways(start):
        waves = _made(start, way)
        stop = waves.stop or _rehearsed(start, waves.steps, reporter)
        if stop is None:
            return waves
        first = first or stop
    assert first is not None, "there is a way to try"
    return Waves((), first)


def _ways(start: Start) -> Iterator[_Way]:
    """Yield the ways to try: nodes with the fewest pods first, then in reverse order."""
    parallel = start.request.max_parallel
    names = sorted(start.movers, key=lambda name: (len(start.movers[name]), name))
    yield _Way(names, parallel)
    if parallel > 1:
        yield _Way(names, 1)
    if len(names) > 1:
        yield _Way(names[::-1], 1)


def _made(start: Start, way: _Way) -> Waves:
    """Make waves one at a time, each played before the next is made."""
    play, left = Play(start), list(way.order)
    steps: list[Step] = []
    unlaunched = list(start.launches)
    surge = start.request.surge
    nodes_max = None if surge is None else len(start.nodes) + surge
    while left or (unlaunched and play.waiting):
        count = len(unlaunched) if nodes_max is None else max(0, nodes_max - len(play.alive))
        launch = tuple(unlaunched[:count])
        if not left and not launch:
            break
        first: Stop | None = None
        for drain in _drains(left, way.parallel):
            trial, step = play.copy(), Step(launch, drain)
            stop = trial.wave(step)
            if stop is None:
                break
            first = first or stop
        else:
            return Waves(tuple(steps), first)
        play, left = trial, [name for name in left if name not in drain]
        del unlaunched[:count]
        steps.append(step)
    return Waves(tuple(steps))


def _drains(left: Sequence[str], parallel: int) -> Iterator[tuple[str, ...]]:
    """Yield the nodes to drain next: the first ``parallel``, then each of the first few alone."""
    yield tuple(left[:parallel])
    for name in left[: _OTHERS_TRIED + 1]:
        if parallel > 1 or name != left[0]:
            yield (name,)


def _rehearsed(start: Start, steps: Sequence[Step], reporter: Reporter) -> Stop | None:
    """Play the waves in several orders; return why the first of them stops."""
    for seed in range(1, ORDERS + 1):
        reporter.progress("playing the migration", seed, ORDERS)
        play = Play(start, seed)
        for step in steps:
            stop = play.wave(step)
            if stop is not None:
                return stop
    return None
