"""Pods: all pods of a simulation, and kube-scheduler on the current nodes.

kubestow.scheduling places every pod. Pods have numbers; the number of a removed pod is reused by
the next pod of the same owner.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kubestow.model.node import Node
from kubestow.model.pod import DaemonSet, Pod, PodTemplate
from kubestow.model.resources import CPU, Amounts
from kubestow.model.snapshot import Cluster
from kubestow.model.workload import Lifecycle
from kubestow.scheduling.cycle import Cycle
from kubestow.scheduling.pod_kinds import sort_pods
from kubestow.scheduling.scheduler_cache import SchedulerCache, build_cache

Owner = tuple[str, int]
"""The owner of a pod: "service", "batch" or "daemonset", and its index."""


@dataclass(slots=True)
class Life:
    """A live pod, when it was created, and when it was bound."""

    pod: Pod
    owner: Owner
    created_at: int
    bound_at: int | None = None
    is_ready: bool = False
    incarnation: int = 0

    def become(self, *, ready: bool) -> None:
        """Set whether the pod is Ready, also in the pod that snapshots show."""
        self.is_ready = ready
        if self.pod.lifecycle.is_ready != ready:
            self.pod = replace(self.pod, lifecycle=replace(self.pod.lifecycle, is_ready=ready))


class Pods:
    """The pods of a run and the scheduler's cache."""

    def __init__(self, base: Cluster, owners: Iterable[tuple[Owner, Pod]], seed: int) -> None:
        self.samples = {owner: _unready(pod) for owner, pod in owners}
        samples: list[Pod] = []
        self._kind_at: dict[tuple[Owner, bool], int] = {}
        for owner, pod in self.samples.items():
            for terminating in (False, True):
                self._kind_at[owner, terminating] = len(samples)
                samples.append(replace(pod, terminating=terminating))
        self._sorting = sort_pods(replace(base, pods=tuple(samples)))
        self._kinds = list(self._sorting.kind_of)
        self._sorting.kind_of.clear()
        self._pods: list[Pod] = []
        self._base = base
        self._seed = seed
        self.alive: dict[int, Life] = {}
        self.pending: dict[int, None] = {}
        self.count = dict.fromkeys(self.samples, 0)  # of live pods, by owner
        self.ready = dict.fromkeys(self.samples, 0)
        self.order: list[int] = []  # the pods bound last, in order
        self._free: dict[Owner, list[int]] = {}
        self._made = 0
        self.nodes: dict[str, Node] = {}
        self.asked_cpu, self.there_cpu = 0, 0  # millicpu of bound pods, and of the nodes
        self._state: SchedulerCache | None = None
        self._cycle: Cycle | None = None
        self.by_node: dict[str, dict[int, None]] = {}
        self._preempts = len({pod.template.priority for pod in self.samples.values()}) > 1

    def _kind(self, owner: Owner, *, terminating: bool) -> int:
        return self._kinds[self._kind_at[owner, terminating]]

    def create(self, owner: Owner, at: int) -> int:
        """Create a pending pod; return its number."""
        sample = self.samples[owner]
        self._made += 1
        pod = replace(sample, name=f"{sample.name}-{self._made:x}")
        free = self._free.get(owner)
        if free:
            number = free.pop()
            self._pods[number] = pod
            self._sorting.kind_of[number] = self._kind(owner, terminating=False)
        else:
            number = len(self._pods)
            self._pods.append(pod)
            self._sorting.kind_of.append(self._kind(owner, terminating=False))
        self.alive[number] = Life(pod, owner, at, incarnation=self._made)
        self.pending[number] = None
        self.count[owner] += 1
        return number

    def become_ready(self, number: int) -> None:
        """Mark a bound pod as Ready."""
        life = self.alive[number]
        self.ready[life.owner] += not life.is_ready
        life.become(ready=True)

    def bind(self, number: int, node: str, at: int) -> None:
        """Record that a pod is bound to a node."""
        life = self.alive[number]
        life.pod = life.pod.on(node)
        life.bound_at = at
        self.asked_cpu += _cpu(life.pod.template.requests)
        self.pending.pop(number, None)
        self.by_node[node][number] = None

    def terminate(self, number: int) -> None:
        """Start terminating a bound pod: it keeps its resources but no longer counts as ready."""
        life = self.alive[number]
        life.pod = replace(life.pod, terminating=True)
        self.ready[life.owner] -= life.is_ready
        life.become(ready=False)
        cache = self._state
        node = cache.remove(number) if cache is not None else None
        self._sorting.kind_of[number] = self._kind(life.owner, terminating=True)
        if cache is not None and node is not None:
            cache.add(number, node)

    def remove(self, number: int) -> None:
        """Remove a pod."""
        life = self.alive.pop(number)
        self.count[life.owner] -= 1
        self.ready[life.owner] -= life.is_ready
        self.pending.pop(number, None)
        if life.pod.node_name:
            self.asked_cpu -= _cpu(life.pod.template.requests)
            self.by_node[life.pod.node_name].pop(number, None)
            if self._state is not None and number in self._state.node_of:
                self._state.remove(number)
        self._free.setdefault(life.owner, []).append(number)

    def join(self, node: Node) -> None:
        """Add a node."""
        self.nodes[node.name] = node
        self.there_cpu += _cpu(node.allocatable)
        self.by_node[node.name] = {}
        self._state = None

    def leave(self, name: str) -> None:
        """Remove a node that has no pods."""
        assert not self.by_node[name], f"{name} still has pods"
        self.there_cpu -= _cpu(self.nodes[name].allocatable)
        del self.nodes[name], self.by_node[name]
        self._state = None

    def cordon(self, name: str, *, on: bool) -> None:
        """Cordon or uncordon a node."""
        node = self.nodes[name]
        if node.unschedulable != on:
            self.nodes[name] = replace(node, unschedulable=on)
            self._state = None

    @property
    def known_state(self) -> SchedulerCache | None:
        """The cache, or None if a node was added, removed or changed since the last run."""
        return self._state

    @property
    def cache(self) -> SchedulerCache:
        """The scheduler's cache of the current nodes and pods."""
        if self._state is None:
            pods: tuple[Pod, ...] = self._pods  # type: ignore[assignment] # read by number alone
            empty = replace(self._base, nodes=tuple(self.nodes.values()), pods=())
            cache = build_cache(empty, self._sorting)
            cache.cluster = replace(empty, pods=pods)
            position = cache.position
            cache.add_all(
                {
                    number: position[name]
                    for name, numbers in self.by_node.items()
                    for number in numbers
                }
            )
            self._state, self._cycle = cache, Cycle(cache, self._seed)
        return self._state

    def schedule(self, at: int) -> tuple[list[int], list[int]]:
        """Schedule the pending pods; return the numbers of bound and of preempted pods."""
        if not self.pending or not self.nodes:
            return [], []
        cache = self.cache
        assert self._cycle is not None, "it is built with the cache"
        waiting = list(self.pending)
        self._cycle.run(waiting)
        bound = [number for number in waiting if number in cache.node_of]
        for number in bound:
            self.bind(number, cache.nodes[cache.node_of[number]].name, at)
        self.order = _last(self._cycle.bound, set(bound))
        preempted = []
        if self._preempts:
            for number, life in self.alive.items():
                where = cache.node_of.get(number)
                name = cache.nodes[where].name if where is not None else ""
                if life.pod.node_name and name != life.pod.node_name:
                    preempted.append(number)
        return bound, preempted


def _last(numbers: Sequence[int], wanted: set[int]) -> list[int]:
    """Return the wanted numbers by their last position in a sequence; empties ``wanted``."""
    backwards = []
    for number in reversed(numbers):
        if not wanted:
            break
        if number in wanted:
            wanted.discard(number)
            backwards.append(number)
    return backwards[::-1]


def _cpu(amounts: Amounts) -> int:
    return dict(amounts).get(CPU, 0)


def _unready(pod: Pod) -> Pod:
    return replace(pod, lifecycle=replace(pod.lifecycle, is_ready=False))


def daemon_pod(daemonset: DaemonSet) -> Pod:
    """Return a sample pod of a DaemonSet."""
    return Pod(
        daemonset.namespace, daemonset.name, daemonset.template, daemonset.labels,
        daemonset=daemonset.key, lifecycle=Lifecycle(owner=("DaemonSet", daemonset.name)),
    )  # fmt: skip


def owned(namespace: str, name: str, template: PodTemplate, labels: Sequence[tuple[str, str]],
          kind: str) -> Pod:  # fmt: skip
    """Return a sample pod of a workload."""
    return Pod(namespace, name, template, tuple(labels), lifecycle=Lifecycle(owner=(kind, name)))
