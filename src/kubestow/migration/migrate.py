"""The way of a migration: obstacles, waves, and the orders in which it was played to its end.

Law: pure, and limited by work. Waves are shown to end by being played from the first to the last
in several orders of eviction; where one of them stops, other waves are tried, then one node more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kubestow.migration.launches import copy_of
from kubestow.migration.obstacles import fits, obstacle_of, standing
from kubestow.migration.play import Play, Step, Stop, restarts
from kubestow.migration.start import Group, Start, lost
from kubestow.migration.timing import wave_seconds
from kubestow.model.migration import (
    JOB,
    LOST,
    SCALE,
    Loss,
    Migration,
    MigrationObstacle,
    PlannedLaunch,
    PodMove,
    Request,
    Wave,
    WorkloadMove,
)
from kubestow.model.reporter import Reporter, SilentReporter
from kubestow.model.snapshot import Cluster

ORDERS = 12
"""Orders of eviction that every migration is played in, after the one that made its waves."""
SPARES_TRIED = 5
"""Copies of nodes that are added at most, to see whether they would help."""
_OTHERS_TRIED = 8  # nodes that are tried instead of one that cannot be drained yet
_HOUR = 3600


def migrate(cluster: Cluster, request: Request, reporter: Reporter | None = None) -> Migration:
    """Find waves that end, or what stops them."""
    reporter = reporter or SilentReporter()
    start = Start(cluster, request, request.launches)
    obstacles = standing(start)
    if obstacles:
        return _answer(start, (), obstacles)
    steps, stop = _search(start, reporter)
    if stop is None:
        return _answer(start, steps, ())
    refused = replace(_obstacle(start, stop), always=False)
    stopped = _answer(start, (), (refused,))
    copies: tuple[PlannedLaunch, ...] = ()
    for number in range(1, max(SPARES_TRIED, request.spares_max) + 1):
        spare = next((s for s in request.spares if fits(start, stop.pod, s)), None)
        if spare is None:
            break
        copies = (*copies, copy_of(spare, number))
        start = Start(cluster, request, (*request.launches, *copies))
        steps, stop = _search(start, reporter)
        if stop is None and number <= request.spares_max:
            return replace(_answer(start, steps, ()), spares_used=number, spares_needed=number)
        if stop is None:
            return replace(stopped, spares_needed=number)
    return stopped


def _search(start: Start, reporter: Reporter) -> tuple[tuple[Step, ...], Stop | None]:
    """Return waves that end in every order tried, or where the first ones stopped."""
    first: Stop | None = None
    for order, parallel in _ways(start):
        steps, stop = _waves(start, order, parallel)
        if stop is None:
            stop = _rehearsed(start, steps, reporter)
        if stop is None:
            return steps, None
        first = first or stop
    assert first is not None, "there is a way to try"
    return (), first


def _ways(start: Start) -> Iterator[tuple[list[str], int]]:
    """Yield orders of nodes to drain, and how many at a time: fewest pods first, then others."""
    parallel = start.request.max_parallel
    names = sorted(start.movers, key=lambda name: (len(start.movers[name]), name))
    yield names, parallel
    if parallel > 1:
        yield names, 1
    if len(names) > 1:
        yield names[::-1], 1


def _waves(start: Start, order: list[str], parallel: int) -> tuple[tuple[Step, ...], Stop | None]:
    """Make waves one after the other, each played before the next is made."""
    play, left = Play(start), list(order)
    steps: list[Step] = []
    unlaunched = list(start.launches)
    surge = start.request.surge
    most = None if surge is None else len(start.nodes) + surge
    while left or (unlaunched and play.waiting):
        room = len(unlaunched) if most is None else max(0, most - len(play.alive))
        launch = tuple(unlaunched[:room])
        if not left and not launch:
            break
        first: Stop | None = None
        for drain in _drains(left, parallel):
            trial, step = play.copy(), Step(launch, drain)
            stop = trial.wave(step)
            if stop is None:
                break
            first = first or stop
        else:
            return tuple(steps), first
        play, left = trial, [name for name in left if name not in drain]
        del unlaunched[:room]
        steps.append(step)
    return tuple(steps), None


def _drains(left: list[str], parallel: int) -> Iterator[tuple[str, ...]]:
    """Yield nodes to drain next: the first so many, then each of the first few alone."""
    yield tuple(left[:parallel])
    for name in left[: _OTHERS_TRIED + 1]:
        if parallel > 1 or name != left[0]:
            yield (name,)


def _rehearsed(start: Start, steps: Sequence[Step], reporter: Reporter) -> Stop | None:
    """Play the waves in several orders; return where the first of them stops."""
    for seed in range(1, ORDERS + 1):
        reporter.progress("playing the migration", seed, ORDERS)
        play = Play(start, seed)
        for step in steps:
            stop = play.wave(step)
            if stop is not None:
                return stop
    return None


def _obstacle(start: Start, stop: Stop) -> MigrationObstacle:
    found = obstacle_of(start, stop.pod, stop.kind)
    return replace(found, object=stop.objects, detail=stop.detail, refused=stop.refused)


def _answer(
    start: Start, steps: Sequence[Step], obstacles: tuple[MigrationObstacle, ...]
) -> Migration:
    """Return the answer: the waves played once more, with their times and costs."""
    play, overlap = Play(start), 0
    waves: list[Wave] = []
    prices = dict(start.request.prices)
    for number, step in enumerate(steps):
        seconds, drain_seconds = wave_seconds(start, play, step)
        sources = [name for name in play.alive if name in start.movers]
        overlap += seconds * sum(prices.get(name, 0) for name in sources)
        waves.append(replace(_wave(start, play, step, number), seconds=seconds,
                             drain_seconds=drain_seconds))  # fmt: skip
        play.wave(step)
    pods = start.cluster.pods
    moved = [p for p in start.all_movers if p in play.where] if waves else []
    return Migration(
        start.request.sources,
        tuple(waves),
        obstacles,
        tuple(start.launches.values()),
        tuple((pods[p].key, play.where[p]) for p in moved),
        ORDERS + 1 if waves else 0,
        0,
        None,
        _losses(start),
        tuple(pods[p].key for p in start.all_movers if start.is_down(p)),
        tuple(pods[p].key for p in play.waiting) if waves else (),
        sum(wave.seconds for wave in waves),
        overlap // _HOUR,
        tuple(name for name in start.request.sources if name not in prices),
    )


def _wave(start: Start, play: Play, step: Step, number: int) -> Wave:
    groups = [g for g in restarts(start, step.drain) if g not in play.restarted]
    if not number:
        groups += [g for g in start.successors if start.means_of(g) == SCALE]
    return Wave(
        step.launch,
        () if number else start.request.sources,
        tuple(_workload(start, group) for group in groups),
        step.drain,
        tuple(_move(start, pod, name) for name in step.drain for pod in start.movers[name]),
    )


def _workload(start: Start, group: Group) -> WorkloadMove:
    known = start.workloads.get(group)
    scaler = known.autoscaler if known else ""
    namespace, kind, name = group
    return WorkloadMove(kind, namespace, name, start.replicas(group), start.means_of(group), scaler)


def _move(start: Start, pod: int, node: str) -> PodMove:
    item = start.given.pods[pod]
    return PodMove(
        item.key,
        node,
        start.means[pod],
        tuple(covered.key for covered in start.budgets.of(pod)),
        item.lifecycle.grace_seconds,
        start.has_volumes(pod),
    )


def _losses(start: Start) -> tuple[Loss, ...]:
    """Return what does not move along: pods, Jobs' work, and the data of local volumes."""
    found = [Loss(start.given.pods[pod].key, LOST) for pod in lost(start)]
    for pod in start.all_movers:
        item = start.given.pods[pod]
        if item.lifecycle.owner is not None and item.lifecycle.owner[0] == JOB:
            found.append(Loss(item.key, JOB))
        for kind, volumes in (("emptyDir", item.lifecycle.empty_dirs),
                              ("hostPath", item.lifecycle.host_paths)):  # fmt: skip
            if volumes:
                found.append(Loss(item.key, kind, volumes))
    return tuple(found)
