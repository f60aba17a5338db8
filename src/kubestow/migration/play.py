"""Play: a migration played wave by wave on the scheduling core.

kube-scheduler decides where a successor goes, the disruption budgets decide whether a pod may be
evicted, and the seed decides everything random. A refused eviction is retried, as kubectl drain
does, until nothing moves any more. Placed pods become Ready.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kubestow.migration.start import Start
from kubestow.model.migration import BUDGET, LOST, PLACEMENT, RESTART, SCALE, SEVERAL_BUDGETS
from kubestow.model.node import Node
from kubestow.scheduling import filtering
from kubestow.scheduling.cycle import Cycle
from kubestow.scheduling.scheduler_cache import SchedulerCache, build_cache

Random = np.random.Generator | None
_SEEDS_A_WAVE = 1_000_003


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a play stopped early: ``objects`` are budgets, ``refused`` the filters that reject."""

    kind: str
    pod: int
    objects: tuple[str, ...] = ()
    detail: str = ""
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A wave by node names: launch, then drain. The first wave cordons every source."""

    launch: tuple[str, ...]
    drain: tuple[str, ...]


class Play:
    """The cluster during a migration. Without a seed, the order of the nodes is used."""

    def __init__(self, start: Start, seed: int | None = None) -> None:
        self.start, self.seed = start, seed
        self.alive = list(start.nodes)
        self.where = dict(start.where)
        self.unready = set(start.unready)
        self.pending: dict[int, None] = {}
        self.first_waiting = frozenset(start.waiting)
        self.waiting = dict.fromkeys(start.waiting)
        self.claims = dict(start.cluster.claims)
        self.volumes = dict(start.cluster.volumes)
        self.restarted: tuple[tuple[str, str, str], ...] = ()
        self.waves = 0

    def copy(self) -> "Play":
        """Return a copy that can continue differently."""
        play = Play(self.start, self.seed)
        play.alive, play.where, play.unready = [*self.alive], {**self.where}, {*self.unready}
        play.pending, play.waiting = {**self.pending}, {**self.waiting}
        play.claims, play.volumes = {**self.claims}, {**self.volumes}
        play.restarted, play.waves = self.restarted, self.waves
        return play

    def wave(self, step: Step) -> Stop | None:
        """Play a wave; return why it stops, or None if it finishes."""
        start = self.start
        for name in step.launch:
            self.alive.append(name)
            self.where |= dict.fromkeys(start.arrivals[name], name)
        cycle = self._cycle()
        random = None if self.seed is None else np.random.default_rng([self.seed, self.waves])
        extra = [s for g, s in start.successors.items() if start.means_of(g) == SCALE]
        self._settle(cycle, [*self.waiting, *(extra if not self.waves else ())])
        stop = self._restart(cycle, step, random) or self._drain(cycle, step, random)
        self.waves += 1
        self._keep(cycle.cache)
        if stop is not None:
            return stop
        gone = set(step.drain)
        self.where = {pod: name for pod, name in self.where.items() if name not in gone}
        self.alive = [name for name in self.alive if name not in gone]
        if self.pending or self.waiting:
            cycle = self._cycle()
            self._settle(cycle, self.waiting)
            self._keep(cycle.cache)
            return self._stranded(cycle)
        return None

    def _cycle(self) -> Cycle:
        """Build the scheduler's state of the present nodes and their pods."""
        start = self.start
        nodes = tuple(self._node(name) for name in self.alive)
        cluster = replace(start.cluster, nodes=nodes, claims=self.claims, volumes=self.volumes)
        cache = build_cache(cluster, start.sorting)
        cache.add_all({pod: cache.position[name] for pod, name in self.where.items()})
        return Cycle(cache, (self.seed or 0) + _SEEDS_A_WAVE * self.waves)

    def _node(self, name: str) -> Node:
        launch = self.start.launches.get(name)
        node = launch.node if launch else self.start.nodes[name]
        return replace(node, unschedulable=True) if name in self.start.movers else node

    def _keep(self, cache: SchedulerCache) -> None:
        """Record where the pods are and the volumes their claims are bound to."""
        self.where = {pod: cache.nodes[node].name for pod, node in cache.node_of.items()}
        self.claims |= cache.storage.claims
        self.volumes |= cache.storage.volumes

    def _settle(self, cycle: Cycle, more: Iterable[int] = ()) -> None:
        """Let the scheduler place the waiting pods; pods it preempts wait as well."""
        tried = dict.fromkeys([*self.pending, *more])
        left = cycle.run(tried)
        untried = [pod for pod in self.waiting if pod not in tried]
        self.pending = dict.fromkeys(pod for pod in left if pod not in self.first_waiting)
        self.waiting = dict.fromkeys(
            [*untried, *(pod for pod in left if pod in self.first_waiting)]
        )

    def _is_healthy(self, cache: SchedulerCache) -> Callable[[int], bool]:
        return lambda pod: pod in cache.node_of and pod not in self.unready

    def _restart(self, cycle: Cycle, step: Step, random: Random) -> Stop | None:
        """Roll out the workloads of the wave that restart: each successor before its pod.

        The controller chooses which pod goes next.
        """
        start, cache = self.start, cycle.cache
        for group in restarts(start, step.drain):
            if group in self.restarted:
                continue
            self.restarted = (*self.restarted, group)
            successor = start.successors[group]
            for pod in _shuffled(start.groups[group], random):
                if pod not in cache.node_of:
                    continue
                self._settle(cycle, [successor])
                if successor in self.pending:
                    del self.pending[successor]
                    return _placement(cycle, pod)
                node = cache.remove(successor)
                if pod in cache.node_of:  # otherwise it was preempted and waits
                    cache.remove(pod)
                self.pending.pop(pod, None)
                self.unready.discard(pod)
                cycle.place(pod, node)
        return None

    def _drain(self, cycle: Cycle, step: Step, random: Random) -> Stop | None:
        """Evict the pods of the wave's nodes until none is left or none may be evicted."""
        start, cache = self.start, cycle.cache
        left = [pod for name in step.drain for pod in start.movers[name]
                if start.means[pod] != RESTART]  # fmt: skip
        left = _shuffled(left, random)
        while left:
            refused = []
            for pod in left:
                if (
                    pod not in cache.node_of
                    or cache.nodes[cache.node_of[pod]].name not in step.drain
                ):
                    continue  # it has left already
                if start.means[pod] != LOST and start.budgets.refusing(
                    pod, self._is_healthy(cache)
                ):
                    refused.append(pod)
                    continue
                cache.remove(pod)
                self.unready.discard(pod)
                if start.means[pod] != LOST:
                    self._settle(cycle, [pod])
            if len(refused) == len(left):
                return self._stranded(cycle) or self._refused(cache, refused[0])
            left = refused
        return None

    def _refused(self, cache: SchedulerCache, pod: int) -> Stop:
        budgets = self.start.budgets.refusing(pod, self._is_healthy(cache))
        names = tuple(covered.key for covered in budgets)
        if len(budgets) > 1:
            return Stop(SEVERAL_BUDGETS, pod, names)
        covered = budgets[0]
        healthy = sum(map(self._is_healthy(cache), covered.pods))
        return Stop(BUDGET, pod, names, covered.figures(healthy))

    def _stranded(self, cycle: Cycle) -> Stop | None:
        """Return a stop for the first pod that ran before and is now stranded, if any."""
        pod = next(iter(self.pending), None)
        return None if pod is None else _placement(cycle, pod)


def _shuffled(pods: list[int], random: Random) -> list[int]:
    return pods if random is None else [pods[i] for i in random.permutation(len(pods))]


def _placement(cycle: Cycle, pod: int) -> Stop:
    verdict = filtering.judge(cycle.context(cycle.cache.kind_of[pod]))
    refused = [verdict.unsolvable[0]] if verdict.unsolvable else sorted(verdict.deciding)
    return Stop(PLACEMENT, pod, (), verdict.message(), tuple(refused))


def restarts(start: Start, drain: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return the workloads with pods on these nodes that move by a rollout."""
    groups = {
        start.group(pod): None
        for name in drain
        for pod in start.movers[name]
        if start.means[pod] == RESTART
    }
    return [group for group in groups if group is not None]
