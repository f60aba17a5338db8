"""Observers: a cluster as it is now, from a cache that is watched or from files.

An observation is made anew only where something changed; instants are read from a clock that the
caller gives, so that the same objects at the same instant are the same observation.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Protocol

from kubestow.adapters.documents import Document, read_documents
from kubestow.adapters.kubernetes.facts import (
    PodDetailsOnDemand,
    facts_of_events,
    facts_of_nodes,
    node_facts,
)
from kubestow.adapters.kubernetes.latest import identity
from kubestow.adapters.kubernetes_api.cluster_cache import ClusterCache
from kubestow.adapters.sources import Argument, Source, read_sources
from kubestow.live.cloud import CloudState, InstanceSource, NoInstances
from kubestow.live.snapshot_reader import SnapshotReader
from kubestow.model import labels as names
from kubestow.model.input_error import InputProblem
from kubestow.model.instance_type import Catalog
from kubestow.model.node import Node
from kubestow.model.observed import NodeDetails, Observed, RunningInstance, Usage
from kubestow.model.snapshot import Snapshot


class Observer(Protocol):
    """Who observes a cluster."""

    @property
    def name(self) -> str:
        """What people call the cluster, or the files."""

    @property
    def address(self) -> str:
        """Where its API server is; empty for files."""

    def observe(self) -> Observed:
        """Return the cluster as it is now; raise InputError where it cannot be told."""

    def changes(self) -> int:
        """Return a number that grows with every change."""

    def wait_for_change(self, since: int, seconds: float) -> int:
        """Wait until there is a change after ``since``, or for so long; return the number."""

    def lag(self) -> tuple[float, str]:
        """Return how many seconds behind it may be, and why; zero if it is not."""


class ClusterObserver:
    """A running cluster, from its cache. Any thread may ask."""

    def __init__(
        self,
        cache: ClusterCache,
        reader: SnapshotReader,
        now: Callable[[], int],
        cloud: InstanceSource | None = None,
    ) -> None:
        self._cache, self._reader, self._now = cache, reader, now
        self._cloud = cloud or NoInstances()
        self._ids = instance_ids(cache)
        self._lock = threading.Lock()
        self._last: tuple[tuple[object, ...], tuple[object, ...], Observed] | None = None

    @property
    def name(self) -> str:
        """The name of the context."""
        return self._cache.name

    @property
    def address(self) -> str:
        """Where the API server is."""
        return self._cache.address

    @property
    def catalog(self) -> Catalog:
        """What it is read with, at the prices of the start."""
        return self._reader.catalog

    def observe(self) -> Observed:
        """Return the cluster as it is; what is the same as before is not read again."""
        with self._lock:
            self._cache.check()
            told = self._cloud.state(self._ids)
            objects = (*self._cache.changes_of(events=False), told.number)
            events = self._cache.changes_of(events=True)
            last = self._last
            if last is not None and last[0] == objects:
                observed = _at(last[2], self._now())
                if last[1] != events:
                    observed = _with_events(observed, self._cache)
            else:
                observed = _with_events(self._read(told), self._cache)
            usage = self._cache.usage
            if usage != observed.usage:
                observed = _with_usage(observed, usage)
            self._last = objects, events, observed
            return observed

    def _read(self, told: CloudState) -> Observed:
        problems: list[InputProblem] = []
        kept = self._cache.documents()
        reader = replace(self._reader, catalog=told.priced(self._reader.catalog))
        documents = list(chain.from_iterable(found.values() for found in kept.values()))
        completed = reader.read((), problems, self._now(), documents=documents)
        nodes = {
            name: facts
            for name, document in kept.get("nodes", {}).items()
            if (facts := document.once(_node_facts)) is not None
        }
        id_of = {name: facts.instance_id for name, facts in nodes.items() if facts.instance_id}
        self._ids = tuple(sorted(id_of.values()))
        instances = {
            name: told.instances[own] for name, own in id_of.items() if own in told.instances
        }
        trouble = (told.trouble,) if told.trouble else ()
        pods = {key: bytes(document.json) for key, document in kept.get("pods", {}).items()}
        return Observed(
            self.name,
            with_instances(_only_there(completed.snapshot, pods), instances),
            nodes,
            PodDetailsOnDemand(pods),
            notes=(*self._cache.missing(), *completed.notes, *map(_line, problems), *trouble),
        )

    def changes(self) -> int:
        """Return how many changes the cache has seen."""
        return self._cache.changes

    def wait_for_change(self, since: int, seconds: float) -> int:
        """Wait for the cache to change."""
        return self._cache.wait_for_change(since, seconds)

    def lag(self) -> tuple[float, str]:
        """Return the lag of the kind that has not been heard of for longest."""
        lags = self._cache.lags()
        if not lags:
            return 0.0, ""
        worst = max(lags, key=lambda lag: lag.seconds)
        return worst.seconds, worst.message


def instance_ids(cache: ClusterCache) -> tuple[str, ...]:
    """Return the instances that the nodes of a cache are."""
    found = facts_of_nodes(cache.contents("nodes")).values()
    return tuple(sorted(facts.instance_id for facts in found if facts.instance_id))


class FileObserver:
    """A cluster in files, such as a dump: it never changes."""

    def __init__(
        self, name: str, arguments: Sequence[Argument], reader: SnapshotReader, at: int
    ) -> None:
        self._name = name
        problems: list[InputProblem] = []
        sources = list(read_sources(arguments, problems))
        completed = reader.read(sources, problems, at)
        by_kind = _documents(sources, reader.namespace)
        pods = by_kind.get("Pod", {})
        self._observed = Observed(
            name,
            _only_there(completed.snapshot, pods) if pods else completed.snapshot,
            facts_of_nodes(by_kind.get("Node", {})),
            PodDetailsOnDemand(pods),
            facts_of_events(by_kind.get("Event", {})),
            notes=(*completed.notes, *map(_line, problems)),
        )

    @property
    def name(self) -> str:
        """The files."""
        return self._name

    @property
    def address(self) -> str:
        """Nowhere."""
        return ""

    def observe(self) -> Observed:
        """Return what the files tell."""
        return self._observed

    def changes(self) -> int:
        """Return zero: files are read once."""
        return 0

    def wait_for_change(self, since: int, seconds: float) -> int:
        """Wait for so long."""
        threading.Event().wait(seconds)
        return since

    def lag(self) -> tuple[float, str]:
        """Return that it is not behind."""
        return 0.0, ""


def with_instances(snapshot: Snapshot, instances: Mapping[str, RunningInstance]) -> Snapshot:
    """Return the snapshot whose nodes are what EC2 tells of their instances."""

    def told(node: Node) -> Node:
        own = instances.get(node.name)
        if own is None:
            return node
        labels = dict(node.labels)
        for key in names.CAPACITY_TYPES:
            labels.pop(key, None)
        is_managed = names.EKS_NODE_GROUP in labels
        key = names.MANAGED_CAPACITY_TYPE if is_managed else names.CAPACITY_TYPE
        capacity = own.capacity_type
        labels[key] = capacity.upper().replace("-", "_") if is_managed else capacity
        labels |= {names.INSTANCE_TYPE: own.instance_type, names.ZONE: own.zone}
        return replace(node, labels=tuple(sorted(labels.items())))

    if not instances:
        return snapshot
    nodes = tuple(map(told, snapshot.cluster.nodes))
    return replace(snapshot, cluster=replace(snapshot.cluster, nodes=nodes))


def _node_facts(document: Document) -> NodeDetails | None:
    return node_facts(bytes(document.json))


def _only_there(snapshot: Snapshot, pods: Mapping[str, bytes]) -> Snapshot:
    """Return the snapshot with the pods that there are.

    A plan also counts those that a workload is about to make: what runs does not.
    """
    there = tuple(pod for pod in snapshot.cluster.pods if pod.key in pods)
    return replace(snapshot, cluster=replace(snapshot.cluster, pods=there))


def _at(observed: Observed, at: int) -> Observed:
    return replace(observed, snapshot=replace(observed.snapshot, at=at))


def _with_events(observed: Observed, cache: ClusterCache) -> Observed:
    return replace(observed, events=facts_of_events(cache.contents("events")))


def _with_usage(observed: Observed, usage: Usage | None) -> Observed:
    return replace(observed, usage=usage)


def _documents(sources: Sequence[Source], namespace: str) -> Mapping[str, dict[str, bytes]]:
    """Return the JSON of nodes, pods and events by kind and namespace/name."""
    found: dict[str, dict[str, bytes]] = {}
    for source in sources:
        for document in read_documents(source, []):
            if document.kind in ("Node", "Pod", "Event"):
                name = _key(document, namespace)
                if name:
                    found.setdefault(document.kind, {})[name] = bytes(document.json)
    return found


def _key(document: Document, namespace: str) -> str:
    known = identity(document, namespace)
    if known is None:
        return ""
    return f"{known[2]}/{known[3]}" if known[2] else known[3]


def _line(problem: InputProblem) -> str:
    where = ": ".join(part for part in (problem.subject, problem.field) if part)
    return f"{where}: {problem.message}" if where else problem.message
