"""Pods: all pods of a simulation, their kinds, and kube-scheduler on the nodes there are.

The scheduler's own cycle (kubestow.scheduling) places every pod. Pods are numbered; the number of
one that is gone is reused for the next of its kind.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.node import Node
from kubestow.model.pod import DaemonSet, Pod, PodTemplate
from kubestow.model.resources import CPU, Amounts
from kubestow.model.snapshot import Cluster
from kubestow.model.workload import Lifecycle
from kubestow.scheduling import filtering
from kubestow.scheduling.cycle import Cycle
from kubestow.scheduling.pod_kinds import sort_pods
from kubestow.scheduling.scheduler_cache import SchedulerCache, build_cache

Owner = tuple[str, int]
"""What a pod belongs to: "service", "batch" or "daemonset", and the position of that."""


@dataclass(slots=True)
class Life:
    """A living pod: what the world sees of it, and since when."""

    pod: Pod
    owner: Owner
    created_at: int
    bound_at: int | None = None
    is_ready: bool = False
    incarnation: int = 0
    ready_at: int = 0

    def become(self, *, ready: bool) -> None:
        """Make the pod Ready, or not."""
        self.is_ready = ready
        if self.pod.lifecycle.is_ready != ready:
            self.pod = replace(self.pod, lifecycle=replace(self.pod.lifecycle, is_ready=ready))


@dataclass(frozen=True, slots=True)
class Scheduled:
    """The pods that a run of the scheduler bound and preempted; ``order`` is that of binding."""

    bound: tuple[int, ...] = ()
    preempted: tuple[int, ...] = ()
    order: tuple[int, ...] = ()


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
        self.count = dict.fromkeys(self.samples, 0)  # of all that are alive
        self.ready = dict.fromkeys(self.samples, 0)
        self._free: dict[Owner, list[int]] = {}
        self._made = 0
        self._number_of: dict[str, int] = {}  # by the pod's namespace/name
        self.nodes: dict[str, Node] = {}
        self.claims, self.volumes = base.claims, base.volumes  # as they are bound by now
        self.requested_millicpu = 0  # of the pods on nodes
        self.allocatable_millicpu = 0
        self._cache: SchedulerCache | None = None
        self._cycle: Cycle | None = None
        self.by_node: dict[str, dict[int, None]] = {}
        self.on_load: Callable[[str, PodTemplate, int], None] = _ignored  # node, pod, 1 or -1
        self._preempts = len({pod.template.priority for pod in self.samples.values()}) > 1

    def _kind(self, owner: Owner, *, terminating: bool) -> int:
        return self._kinds[self._kind_at[owner, terminating]]

    def create(self, owner: Owner, at: int) -> int:
        """Create a pending pod; return its number."""
        sample = self.samples[owner]
        self._made += 1
        name = sample.name if is_named(sample) else f"{sample.name}-{self._made:x}"
        pod = replace(sample, name=name)
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
        self._number_of[pod.key] = number
        self.count[owner] += 1
        return number

    def become_ready(self, number: int, at: int) -> None:
        """Make a bound pod Ready."""
        life = self.alive[number]
        if not life.is_ready:
            self.ready[life.owner] += 1
            life.ready_at = at
        life.become(ready=True)

    def bind(self, number: int, node: str, at: int) -> None:
        """Bind a pod to a node."""
        life = self.alive[number]
        life.pod = _begun(life.pod.on(node), at)
        life.bound_at = at
        self.requested_millicpu += _cpu(life.pod.template.requests)
        self.pending.pop(number, None)
        self.by_node[node][number] = None
        self.on_load(node, life.pod.template, 1)

    def waiting(self, key: str) -> int | None:
        """Return the number of a pending pod; None if none has this namespace/name."""
        number = self._number_of.get(key)
        return number if number in self.pending else None

    def is_alive(self, key: str) -> bool:
        """Return whether a pod of this namespace/name exists."""
        return key in self._number_of

    def can_land(self, number: int, node: str) -> bool:
        """Return whether every filter but the cordon lets a pending pod onto a node now."""
        cache = self.cache
        assert self._cycle is not None, "it is made with the cache"
        context = self._cycle.context(cache.kind_of[number])
        return bool(filtering.landable(context)[cache.position[node]])

    def land(self, number: int, node: str, at: int) -> None:
        """Bind a pending pod, and the claims that wait for it, to a node without the scheduler."""
        cache = self.cache
        assert self._cycle is not None, "it is made with the cache"
        self._cycle.place(number, cache.position[node])
        self._keep_storage(cache)
        self.bind(number, node, at)

    def _keep_storage(self, cache: SchedulerCache) -> None:
        """Keep the claims and volumes that pods were bound with since, if there are any."""
        claims, volumes = cache.storage.claims, cache.storage.volumes
        if any(self.claims.get(key) is not claim for key, claim in claims.items()):
            self.claims = {**self.claims, **claims}
            self.volumes = {**self.volumes, **volumes}

    def volumes_of(self, pod: Pod) -> list[str]:
        """Return the names of the volumes that a pod's claims are bound to."""
        claims = (self.claims.get((pod.namespace, name)) for name in pod.volume_claims)
        return [claim.volume_name for claim in claims if claim is not None and claim.volume_name]

    def terminate(self, number: int) -> None:
        """Start to stop a bound pod: it still takes its room, but is no longer Ready."""
        life = self.alive[number]
        life.pod = replace(life.pod, terminating=True)
        self.ready[life.owner] -= life.is_ready
        life.become(ready=False)
        cache = self._cache
        node = cache.remove(number) if cache is not None else None
        self._sorting.kind_of[number] = self._kind(life.owner, terminating=True)
        if cache is not None and node is not None:
            cache.add(number, node)

    def remove(self, number: int) -> None:
        """Remove a pod; its number is free."""
        life = self.alive.pop(number)
        del self._number_of[life.pod.key]
        self.count[life.owner] -= 1
        self.ready[life.owner] -= life.is_ready
        self.pending.pop(number, None)
        if life.pod.node_name:
            self.requested_millicpu -= _cpu(life.pod.template.requests)
            self.by_node[life.pod.node_name].pop(number, None)
            self.on_load(life.pod.node_name, life.pod.template, -1)
            if self._cache is not None and number in self._cache.node_of:
                self._cache.remove(number)
        self._free.setdefault(life.owner, []).append(number)

    def join(self, node: Node) -> None:
        """Add a node."""
        self.nodes[node.name] = node
        self.allocatable_millicpu += _cpu(node.allocatable)
        self.by_node[node.name] = {}
        self._cache = None

    def leave(self, name: str) -> None:
        """Remove a node; its pods must be gone."""
        assert not self.by_node[name], f"{name} still has pods"
        self.allocatable_millicpu -= _cpu(self.nodes[name].allocatable)
        del self.nodes[name], self.by_node[name]
        self._cache = None

    def cordon(self, name: str, *, on: bool) -> None:
        """Cordon or uncordon a node."""
        node = self.nodes[name]
        if node.unschedulable != on:
            self.nodes[name] = replace(node, unschedulable=on)
            self._cache = None

    def avoid(self, names: Collection[str]) -> None:
        """Have the scheduler use these nodes only where it must, and all others as usual."""
        for name, node in self.nodes.items():
            changed = node.avoided(on=name in names)
            if changed is not node:
                self.nodes[name] = changed
                self._cache = None

    @property
    def current_cache(self) -> SchedulerCache | None:
        """The cache; None if a node has come, gone or changed since the scheduler last ran."""
        return self._cache

    @property
    def cache(self) -> SchedulerCache:
        """The scheduler's cache of the nodes and pods there are."""
        if self._cache is None:
            pods: tuple[Pod, ...] = self._pods  # type: ignore[assignment] # read by number alone
            empty = replace(
                self._base,
                nodes=tuple(self.nodes.values()),
                pods=(),
                claims=self.claims,
                volumes=self.volumes,
            )
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
            self._cache, self._cycle = cache, Cycle(cache, self._seed)
        return self._cache

    def schedule(self, at: int) -> Scheduled:
        """Run kube-scheduler on the pending pods."""
        if not self.pending or not self.nodes:
            return Scheduled()
        cache = self.cache
        assert self._cycle is not None, "it is made with the cache"
        pending = list(self.pending)
        self._cycle.run(pending)
        self._keep_storage(cache)
        bound = [number for number in pending if number in cache.node_of]
        for number in bound:
            self.bind(number, cache.nodes[cache.node_of[number]].name, at)
        order = _in_last_order(self._cycle.bound, bound)
        preempted = []
        if self._preempts:
            for number, life in self.alive.items():
                position = cache.node_of.get(number)
                name = cache.nodes[position].name if position is not None else ""
                if life.pod.node_name and name != life.pod.node_name:
                    preempted.append(number)
        return Scheduled(tuple(bound), tuple(preempted), tuple(order))


def _ignored(node: str, template: PodTemplate, pods: int) -> None:
    """Ignore that pods come to a node or leave it."""


def _in_last_order(sequence: Sequence[int], numbers: Iterable[int]) -> list[int]:
    """Return some numbers in the order of their last places in a sequence."""
    remaining, backwards = set(numbers), []
    for number in reversed(sequence):
        if not remaining:
            break
        if number in remaining:
            remaining.discard(number)
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
        daemonset=daemonset.key,
        lifecycle=Lifecycle(owner=("DaemonSet", daemonset.name), eviction=daemonset.eviction),
    )  # fmt: skip


def owned(namespace: str, name: str, template: PodTemplate, labels: Sequence[tuple[str, str]],
          kind: str, *, eviction: EvictionTerms | None = None) -> Pod:  # fmt: skip
    """Return a sample pod of a workload."""
    lifecycle = Lifecycle(owner=(kind, name), eviction=eviction)
    return Pod(namespace, name, template, tuple(labels), lifecycle=lifecycle)


def is_named(sample: Pod) -> bool:
    """Return whether a pod's successor has its name, as in a StatefulSet."""
    return sample.lifecycle.owner is not None and sample.lifecycle.owner[0] == "StatefulSet"


def _begun(pod: Pod, at: int) -> Pod:
    """Return a pod with its start, if its protection ends at an age.

    The kubelet sets a pod's status.startTime when it first sees it: here, when it is bound.
    """
    terms = pod.lifecycle.eviction
    if terms is None or terms.protected_seconds is None:
        return pod
    return replace(pod, lifecycle=replace(pod.lifecycle, started_at=at))
