"""Obstacles that stop a migration in every order, found before any order is tried.

Each obstacle is a proof. Every doubt is resolved in favour of the move: pods that may become
healthy are healthy, pods that may give way are gone, and constraints that other pods can satisfy
are satisfied.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kubestow.migration.start import Start
from kubestow.model.migration import (
    BARE,
    BUDGET,
    CAPACITY,
    LOST,
    PLACEMENT,
    PROTECTED,
    RESTART,
    SCALE,
    SEVERAL_BUDGETS,
    MigrationObstacle,
    PlannedLaunch,
)
from kubestow.model.resources import PODS, format_amount
from kubestow.scheduling import filtering
from kubestow.scheduling.cycle import Cycle
from kubestow.scheduling.filters import inter_pod_affinity, pod_topology_spread
from kubestow.scheduling.scheduler_cache import build_cache

_MET_BY_PODS = (pod_topology_spread.NAME, inter_pod_affinity.NAME)


def certain_obstacles(start: Start) -> tuple[MigrationObstacle, ...]:
    """Return the first obstacle of each pod; if there are none, a lack of capacity for all pods."""
    first: dict[int, MigrationObstacle] = {}
    for pod, obstacle in (*_forbidden(start), *_budgets(start), *_placement(start)):
        first.setdefault(pod, obstacle)
    obstacles = tuple(first[pod] for pod in sorted(first))
    return obstacles or tuple(_capacity(start))


def obstacle_of(start: Start, pod: int, kind: str, **more: object) -> MigrationObstacle:
    """Return an obstacle for a pod."""
    item = start.cluster.pods[pod]
    node = start.where.get(pod, "")
    obstacle = MigrationObstacle(kind, item.key, node, item.lifecycle.owner)
    return replace(obstacle, **more)  # type: ignore[arg-type] # the callers give fields by name


def _forbidden(start: Start) -> Iterator[tuple[int, MigrationObstacle]]:
    """Yield pods without a controller and pods that must not be disrupted, unless forced."""
    if start.request.force:
        return
    for pod in start.all_movers:
        if start.means[pod] == LOST:
            yield pod, obstacle_of(start, pod, BARE)
        elif (terms := start.given.pods[pod].lifecycle.eviction) is not None and terms.forbids:
            yield pod, obstacle_of(start, pod, PROTECTED)


def _budgets(start: Start) -> Iterator[tuple[int, MigrationObstacle]]:
    """Yield the pods whose disruption budgets never allow an eviction, even after other moves.

    Every eviction leaves at least as many healthy pods as before, so the order does not matter.
    """
    running = {*start.where, *start.waiting}
    running |= {s for g, s in start.successors.items() if start.means_of(g) == SCALE}
    unready = {p for p in start.unready if start.means.get(p) != RESTART}

    def is_healthy(pod: int) -> bool:
        return pod in running and pod not in unready

    left = [p for p in start.all_movers if start.means[p] not in (LOST, RESTART)]
    while True:
        stuck = []
        for pod in left:
            if start.budgets.refusing(pod, is_healthy):
                stuck.append(pod)
            else:
                unready.discard(pod)
        if len(stuck) == len(left):
            break
        left = stuck
    for pod in left:
        refusing = start.budgets.refusing(pod, is_healthy)
        names = tuple(covered.key for covered in refusing)
        if len(refusing) > 1:
            yield pod, obstacle_of(start, pod, SEVERAL_BUDGETS, object=names)
            continue
        covered = refusing[0]
        healthy = sum(map(is_healthy, covered.pods))
        detail = covered.figures(healthy)
        yield pod, obstacle_of(start, pod, BUDGET, object=names, detail=detail)


def _placement(start: Start) -> Iterator[tuple[int, MigrationObstacle]]:
    """Yield the pods whose successor fits on no node, even before other pods have moved there."""
    cycle = _emptiest(start)
    refusals: dict[int, _Refusal | None] = {}
    for pod in start.all_movers:
        if start.means[pod] == LOST:
            continue
        kind = cycle.cache.kind_of[pod]
        if kind not in refusals:
            refusals[kind] = _refused_by_all(cycle, kind)
        refusal = refusals[kind]
        if refusal is not None:
            yield (
                pod,
                obstacle_of(start, pod, PLACEMENT, detail=refusal.message, refused=refusal.filters),
            )


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A rejection by every node: the scheduler's message, and the filters that reject."""

    message: str
    filters: tuple[str, ...]


def _refused_by_all(cycle: Cycle, kind: int) -> _Refusal | None:
    """Return why all nodes reject pods of a kind; None if other pods may change that."""
    verdict = filtering.judge(cycle.context(kind))
    if verdict.unsolvable is not None:
        return _Refusal(verdict.message(), (verdict.unsolvable[0],))
    if verdict.feasible.any() or any(name in verdict.deciding for name in _MET_BY_PODS):
        return None
    return _Refusal(verdict.message(), tuple(sorted(verdict.deciding)))


def fits(start: Start, pod: int, launch: PlannedLaunch) -> bool:
    """Return whether a pod could run on such a node, beside its DaemonSet pods."""
    pods = (*start.cluster.pods, *(replace(item, node_name="") for item in launch.pods))
    cluster = replace(start.cluster, nodes=(launch.node,), pods=pods)
    cache = build_cache(cluster)
    for number in range(len(start.cluster.pods), len(pods)):
        cache.add(number, 0)
    return _refused_by_all(Cycle(cache), cache.kind_of[pod]) is None


def _emptiest(start: Start) -> Cycle:
    """Return the remaining and the launchable nodes, without pods that may be preempted."""
    request = start.request
    pods = start.cluster.pods
    above = [pods[p].template.priority for p in (*start.all_movers, *start.waiting)
             if pods[p].template.preempts]  # fmt: skip
    floor = max(above, default=None)
    spares = request.spares if request.spares_max else ()
    nodes = [start.nodes[name] for name in start.node_names()]
    nodes += [launch.node for launch in start.launches.values()]
    nodes += [replace(s.node, name=f"{s.node.name} spare") for s in spares]
    cache = build_cache(replace(start.cluster, nodes=tuple(nodes)), start.sorting)
    where = dict(start.where)
    for name, arrivals in start.arrivals.items():
        where |= dict.fromkeys(arrivals, name)
    restarted = {p for g, s in start.successors.items() if start.means_of(g) == RESTART
                 for p in start.groups[g]}  # fmt: skip
    for pod, name in where.items():
        item = pods[pod]
        stays = item.daemonset or floor is None or item.template.priority >= floor
        if name in cache.position and stays and pod not in restarted:
            cache.add(pod, cache.position[name])
    return Cycle(cache)


def _capacity(start: Start) -> Iterator[MigrationObstacle]:
    """Yield one obstacle if all nodes together are too small for all running pods."""
    sorting, request = start.sorting, start.request
    free: dict[str, int] = {}
    nodes = [start.nodes[name] for name in start.node_names()]
    nodes += [launch.node for launch in start.launches.values()]
    for node in nodes:
        for axis, amount in node.allocatable:
            free[axis] = free.get(axis, 0) + amount
    if request.spares_max:
        for axis in sorted({axis for s in request.spares for axis, _ in s.node.allocatable}):
            most = max(dict(s.node.allocatable).get(axis, 0) for s in request.spares)
            free[axis] = free.get(axis, 0) + most * request.spares_max
    staying = [p for p, name in start.where.items() if name not in start.movers]
    staying += [p for arrivals in start.arrivals.values() for p in arrivals]
    moving = [p for p in start.all_movers if start.means[p] != LOST]
    kinds = [sorting.kind_of[pod] for pod in (*staying, *moving)]
    for number, axis in enumerate(sorting.axes):
        asked = int(sum(sorting.requests[kind][number] for kind in kinds))
        if moving and asked > free.get(axis, 0) and (axis == PODS or asked):
            needed, available = (format_amount(axis, n) for n in (asked, free.get(axis, 0)))
            detail = f"{axis}: {needed} needed, {available} available"
            yield obstacle_of(start, moving[-1], CAPACITY, detail=detail)
            return
