"""Plan a migration: its obstacles, its waves, and the eviction orders it was rehearsed in.

If the waves stop in one of the orders, other waves are tried, then one more node.
"""

from collections.abc import Sequence
from dataclasses import replace

from kubestow.migration.launches import copy_of
from kubestow.migration.obstacles import certain_obstacles, fits, obstacle_of
from kubestow.migration.play import Play, Step, Stop, restarts
from kubestow.migration.start import Group, Start, lost
from kubestow.migration.timing import wave_times
from kubestow.migration.wave_search import ORDERS, find_waves
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

SPARES_TRIED = 5
"""How many copies of nodes are tried at most, to see whether they would help."""
_HOUR = 3600


def migrate(cluster: Cluster, request: Request, reporter: Reporter | None = None) -> Migration:
    """Return waves that finish, or what stops them."""
    reporter = reporter or SilentReporter()
    start = Start(cluster, request, request.launches)
    obstacles = certain_obstacles(start)
    if obstacles:
        return _answer(start, (), obstacles)
    waves = find_waves(start, reporter)
    if waves.stop is None:
        return _answer(start, waves.steps, ())
    refused = replace(_obstacle(start, waves.stop), always=False)
    stopped = _answer(start, (), (refused,))
    copies: tuple[PlannedLaunch, ...] = ()
    for number in range(1, max(SPARES_TRIED, request.spares_max) + 1):
        spare = _spare_for(start, waves.stop)
        if spare is None:
            break
        copies = (*copies, copy_of(spare, number))
        start = Start(cluster, request, (*request.launches, *copies))
        waves = find_waves(start, reporter)
        if waves.stop is None and number <= request.spares_max:
            answer = _answer(start, waves.steps, ())
            return replace(answer, spares_used=number, spares_needed=number)
        if waves.stop is None:
            return replace(stopped, spares_needed=number)
    return stopped


def _spare_for(start: Start, stop: Stop) -> PlannedLaunch | None:
    """Return the first spare that can run the pod at which the waves stopped."""
    return next((spare for spare in start.request.spares if fits(start, stop.pod, spare)), None)


def _obstacle(start: Start, stop: Stop) -> MigrationObstacle:
    obstacle = obstacle_of(start, stop.pod, stop.kind)
    return replace(obstacle, object=stop.objects, detail=stop.detail, refused=stop.refused)


def _answer(
    start: Start, steps: Sequence[Step], obstacles: tuple[MigrationObstacle, ...]
) -> Migration:
    """Play the waves once more and return the answer, with times and costs."""
    play, overlap = Play(start), 0
    waves: list[Wave] = []
    prices = dict(start.request.prices)
    for number, step in enumerate(steps):
        times = wave_times(start, play, step)
        sources = [name for name in play.alive if name in start.movers]
        overlap += times.seconds * sum(prices.get(name, 0) for name in sources)
        wave = _wave(start, play, step, number)
        waves.append(replace(wave, seconds=times.seconds, drain_seconds=times.drain_seconds))
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
    workload = start.workloads.get(group)
    scaler = workload.autoscaler if workload else ""
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
    """Return what is lost: pods, Jobs' progress, and the data of local volumes."""
    losses = [Loss(start.given.pods[pod].key, LOST) for pod in lost(start)]
    for pod in start.all_movers:
        item = start.given.pods[pod]
        if item.lifecycle.owner is not None and item.lifecycle.owner[0] == JOB:
            losses.append(Loss(item.key, JOB))
        for kind, volumes in (("emptyDir", item.lifecycle.empty_dirs),
                              ("hostPath", item.lifecycle.host_paths)):  # fmt: skip
            if volumes:
                losses.append(Loss(item.key, kind, volumes))
    return tuple(losses)
