"""Launch lists: what else could be launched for each new node of a finished plan.

An alternative is of the node's own NodePool and custom labels, passes every pod's filters, has room
for the pods beside its own DaemonSets and leaves every constraint between pods as it is. Each
replaces one node alone; the rest of the plan stays. Nothing here changes the plan.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from kubestow.catalog.usage import node_usage, offering_usage
from kubestow.model import labels as names
from kubestow.model.arrays import Integers
from kubestow.model.instance_type import SPOT
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Alternative, LaunchList, Plan, PlannedNode
from kubestow.model.pod import PodTemplate
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot, prepare
from kubestow.scheduling.domains import Cells, masks_apart, topology_keys

LISTED_MOST = 60
Load = tuple[tuple[int, int], ...]


def with_launch_lists(
    snapshot: Snapshot,
    plan: Plan,
    pools: tuple[NodePool, ...],
    cache: PlanningCache | None = None,
) -> Plan:
    """Return the plan with a launch list on every new node."""
    if all(node.existing for node in plan.nodes):
        return plan
    lists = _Lists(prepare(snapshot, pools, cache=cache), plan)
    return replace(
        plan,
        nodes=tuple(
            node if node.existing else replace(node, launch=lists.of(node)) for node in plan.nodes
        ),
    )


@dataclass(slots=True)
class _Lists:
    """Launch lists, each worked out once for all nodes of the same candidate and pods."""

    prepared: PreparedSnapshot
    plan: Plan
    _class_of: dict[str, int] = field(default_factory=dict)
    _offered: dict[tuple[str, str, str, str], list[int]] = field(default_factory=dict)
    _by_price: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    _content: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    _contents: list[Load] = field(default_factory=list)  # what the codes of _content stand for
    _cells: Integers | None = None
    _coupled: frozenset[int] = frozenset()
    _used: dict[str, Counter[str]] = field(default_factory=dict)
    _made: dict[tuple[int, Load], LaunchList] = field(default_factory=dict)

    def __post_init__(self) -> None:
        prepared = self.prepared
        pods, candidates = prepared.snapshot.cluster.pods, prepared.candidates
        self._class_of = {pods[p].key: c.index for c in prepared.pod_classes for p in c.pending}
        fresh = range(prepared.existing, len(candidates))
        for i in fresh:
            c = candidates[i]
            key = (c.nodepool, c.instance_type, c.zone, c.capacity_type)
            self._offered.setdefault(key, []).append(i)
        self._by_price = np.array(
            sorted(
                fresh, key=lambda i: (candidates[i].price.nano_usd_per_hour, candidates[i].name)
            ),
            dtype=np.int64,
        )
        codes: dict[Load, int] = {}
        self._content = np.array([codes.setdefault(c, len(codes)) for c in prepared.content])
        self._contents = list(codes)
        keys = topology_keys(prepared.classes)
        if keys:
            apart = masks_apart(prepared.classes, prepared.selection, prepared.filters)
            self._cells = Cells(prepared.filters, keys, apart).of_candidate.astype(np.int64)
            self._coupled = frozenset(_coupled(prepared))
        catalog = prepared.snapshot.catalog
        prices = catalog.prices()
        for node in self.plan.nodes:
            usage = node_usage(dict(node.labels), node.allocatable, catalog.instance_types, prices)
            self._used.setdefault(node.nodepool, Counter()).update(usage)

    def of(self, node: PlannedNode) -> LaunchList:
        """Return a new node's list."""
        own = self._candidate(node)
        load = tuple(sorted(Counter(self._class_of[pod] for pod in node.pods).items()))
        made = self._made.get((own, load))
        if made is None:
            made = self._made[own, load] = self._list(own, load)
        return made

    def _candidate(self, node: PlannedNode) -> int:
        labels = {key: value for key, value in node.labels if key != names.HOSTNAME}
        key = (node.nodepool, node.instance_type, node.zone, node.capacity_type)
        return next(
            i for i in self._offered[key] if dict(self.prepared.candidates[i].labels) == labels
        )

    def _list(self, own: int, load: Load) -> LaunchList:
        candidates = self.prepared.candidates
        steps = list(self._steps(own, load))
        others = [int(i) for i in steps[-1] if i != own]
        if self.prepared.cpu_usage is not None:
            others.sort(key=lambda i: self.prepared.price_of(i, load).nano_usd_per_hour)
        spot = candidates[own].capacity_type == SPOT
        lasting = (i for i in others if candidates[i].capacity_type != SPOT)
        on_demand = next(lasting, None) if spot else None
        return LaunchList(
            tuple(self._alternative(i, load) for i in others[:LISTED_MOST]),
            len(others),
            tuple(self._spot_types(rows) for rows in steps) if spot else (),
            None if on_demand is None else self._alternative(on_demand, load),
        )

    def _steps(self, own: int, load: Load) -> Iterator[Integers]:
        """Yield the candidates that are left after each of NARROWING, cheapest first."""
        prepared = self.prepared
        rows = self._by_price[prepared.pool_of[self._by_price] == prepared.pool_of[own]]
        for key in self._custom_labels(own):
            codes, _ = prepared.filters.index.column(key)
            rows = rows[codes[rows] == codes[own]]
        yield rows
        for index, _ in load:
            rows = rows[prepared.filters.passing(prepared.classes[index])[rows]]
        for code in np.unique(self._content[rows]).tolist():
            if code != self._content[own] and not self._obeys(load, self._contents[code]):
                rows = rows[self._content[rows] != code]
        yield rows
        needed = sum(
            (prepared.requests[index] * pods for index, pods in load),
            start=np.zeros(len(prepared.axes), dtype=np.int64),
        )
        free = prepared.free[rows]
        fits = ((free >= needed) | (needed == 0)).all(axis=1) & (free >= 0).all(axis=1)
        rows = self._within_limits(own, rows[fits])
        yield rows
        held = {index for index, _ in (*load, *prepared.content[own])}
        if self._cells is not None and held & self._coupled:
            rows = rows[self._cells[rows] == self._cells[own]]
        yield rows

    def _custom_labels(self, own: int) -> list[str]:
        """Return the labels of a node that its offering does not decide."""
        pool = self.prepared.pools[int(self.prepared.pool_of[own])]
        labels = self.prepared.candidates[own].labels
        custom = (key for key in pool.requirements.by_key if key not in names.WELL_KNOWN)
        return [key for key in custom if key in labels]

    def _obeys(self, load: Load, content: Load) -> bool:
        """Return whether pods may share a node with other DaemonSets than those of their own."""
        held = Counter(dict(load)) + Counter(dict(content))
        return not any(
            any(held[owner] for owner in rule.owners)
            and sum(held[index] for index in rule.counted) > rule.cap
            for rule in self.prepared.rules
        )

    def _within_limits(self, own: int, rows: Integers) -> Integers:
        """Keep what the limits of the pool have room for in the node's place."""
        prepared = self.prepared
        pool = prepared.pools[int(prepared.pool_of[own])]
        if not pool.limits:
            return rows
        used = self._used[pool.name]
        given_back = self._taken(own)

        def has_room(candidate: int) -> bool:
            taken = self._taken(candidate)
            return all(
                used[key] - given_back.get(key, 0) + taken.get(key, 0) <= limit
                for key, limit in pool.limits
            )

        rows_left: list[int] = [i for i in rows.tolist() if i == own or has_room(i)]
        return np.array(rows_left, dtype=np.int64)

    def _taken(self, candidate: int) -> dict[str, int]:
        """Return what a candidate would take of its pool's limits."""
        offered = self.prepared.candidates[candidate]
        types = self.prepared.snapshot.catalog.instance_types
        return offering_usage(types[offered.instance_type], offered.price.nano_usd_per_hour)

    def _alternative(self, candidate: int, load: Load) -> Alternative:
        offered = self.prepared.candidates[candidate]
        price = self.prepared.price_of(candidate, load)
        return Alternative(offered.instance_type, offered.zone, offered.capacity_type, price)

    def _spot_types(self, rows: Integers) -> tuple[tuple[str, int], ...]:
        """Return how many instance types are on spot in each zone."""
        candidates = self.prepared.candidates
        zones = Counter(candidates[i].zone for i in rows if candidates[i].capacity_type == SPOT)
        return tuple(sorted(zones.items()))


def _coupled(prepared: PreparedSnapshot) -> Iterator[int]:
    """Yield the classes whose zone others look at, or that are held to one themselves."""
    for pod_class in prepared.classes:
        if pod_class.key.volumes.colocated:
            yield pod_class.index
        for selected in _selected(prepared, pod_class.template, pod_class.key.namespace):
            yield pod_class.index
            yield from selected


def _selected(
    prepared: PreparedSnapshot, template: PodTemplate, namespace: str
) -> Iterator[tuple[int, ...]]:
    """Yield the classes that each constraint wider than a node selects."""
    for constraint in template.spread:
        if constraint.topology_key != names.HOSTNAME:
            yield prepared.selection.same_namespace(constraint.selector, namespace)
    for term in (*template.affinity, *template.anti_affinity):
        if term.topology_key != names.HOSTNAME:
            yield prepared.selection.by_own_term(term, namespace)
