"""Prescreen: every node and every offering of the catalog, filtered without planning.

If the prescreen finds no place for a set of moves, there is none. If it finds one, only a
plan can tell. The requirements of the NodePools are ignored at first, so that what each of them
excludes is known by key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from kubestow.catalog.usage import offering_usage
from kubestow.explanation.adjustments import Adjustment, relaxed
from kubestow.explanation.planned_cluster import usage
from kubestow.model import explanation as kinds
from kubestow.model import labels as names
from kubestow.model.arrays import Integers
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import HostPort, PodTemplate
from kubestow.model.requirements import Requirement, Requirements
from kubestow.model.resources import CPU, EBS_VOLUMES, MEMORY, PODS
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.preparation.conflicts import Content
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot, prepare
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.candidate_node import CandidateNode
from kubestow.scheduling.classes import PodClass
from kubestow.scheduling.filters.node_ports import conflict

_FIXED = frozenset({names.OS, names.REGION, names.NODEPOOL, names.NODE_CLASS, names.HOSTNAME})
"""Keys whose requirements are not widened: nothing else could be launched."""
_MIB = 2**20


def widenable(pool: NodePool) -> tuple[str, ...]:
    """Return the keys of a pool's requirements that decide what is requested of EC2."""
    keys = (k for k in pool.requirements.by_key if k in names.WELL_KNOWN and k not in _FIXED)
    if pool.launched_by.is_node_group:  # its other requirements are not labels of its nodes
        return tuple(key for key in keys if key in (names.INSTANCE_TYPE, names.ZONE))
    return tuple(keys)


class Prescreen:
    """Where one pod of a class could go, for any set of moves."""

    def __init__(
        self, snapshot: Snapshot, pools: tuple[NodePool, ...], pod: int, pending: int
    ) -> None:
        self.pools, self.pending = {pool.name: pool for pool in pools}, pending
        self.prepared: PreparedSnapshot = prepare(snapshot, tuple(_opened(pool) for pool in pools))
        self.pod_class: PodClass = next(c for c in self.prepared.pod_classes if pod in c.pending)
        self.request: Integers = self.prepared.requests[self.pod_class.index]
        self.candidates: Sequence[CandidateNode] = self.prepared.candidates
        self.exists = np.arange(len(self.candidates)) < self.prepared.existing
        self.prices = np.array([c.price.nano_usd_per_hour for c in self.candidates], dtype=np.int64)
        self._pool = np.array([c.nodepool for c in self.candidates])
        self.kept_out = {
            (pool.name, key): self._kept_out(pool.name, pool.requirements.by_key[key], key)
            for pool in pools
            for key in widenable(pool)
        }
        self._outside: Integers = np.zeros(len(self.candidates), dtype=np.int64)
        for mask in self.kept_out.values():
            self._outside += mask
        self._too_small = ~self.exists & (self.prepared.free < 0).any(axis=1)
        self._over = self._over_limits(usage(snapshot, snapshot.cluster.nodes))

    @property
    def template(self) -> PodTemplate:
        """The pod's template, without its preferences."""
        return self.pod_class.template

    def _kept_out(self, pool: str, item: Requirement, key: str) -> Mask:
        """Return the pool's offerings that one requirement excludes."""
        codes, values = self.prepared.filters.index.column(key)
        verdicts = [not item.has(value) for value in values]
        table = np.array([*verdicts, not item.allows_absence], dtype=bool)
        excluded: Mask = table[codes] & (self._pool == pool) & ~self.exists
        return excluded

    def _over_limits(self, used: Mapping[str, Mapping[str, int]]) -> dict[tuple[str, str], Mask]:
        """Return the offerings that would exceed a limit of their pool, by pool and resource."""
        types = self.prepared.snapshot.catalog.instance_types
        over: dict[tuple[str, str], Mask] = {}
        for pool in self.pools.values():
            for resource, limit in pool.limits:
                room = limit - used.get(pool.name, {}).get(resource, 0)
                over[pool.name, resource] = np.array(
                    [
                        not c.exists
                        and c.nodepool == pool.name
                        and offering_usage(types[c.instance_type], c.price.nano_usd_per_hour).get(
                            resource, 0
                        )
                        > room
                        for c in self.candidates
                    ],
                    dtype=bool,
                )
        return over

    @property
    def on_offer(self) -> Mask:
        """The nodes, and the offerings that the unchanged NodePools allow."""
        allowed: Mask = self._outside == 0
        return allowed

    def passing(self, moves: Sequence[Adjustment] = ()) -> Mask:
        """Return the candidates that pass the filters which look at one pod and one node."""
        key = self.pod_class.key
        other = replace(key, template=relaxed(key.template, moves))
        passed: Mask = self.prepared.filters.passing(replace(self.pod_class, key=other))
        return passed

    def mask(self, moves: Sequence[Adjustment]) -> Mask:
        """Return the candidates that could run the pod after these moves.

        With moves that widen NodePools: those that each of them lets in.
        """
        outside, over = self._outside.copy(), np.zeros(len(self.candidates), dtype=bool)
        gained = ~over
        raised = {(m.nodepool, m.subject) for m in moves if m.kind == kinds.RAISE_LIMIT}
        for move in moves:
            if move.kind == kinds.ALLOW_IN_POOL:
                outside -= self.kept_out[move.nodepool, move.subject]
                gained &= self.kept_out[move.nodepool, move.subject]
                gained &= self.prepared.filters.index.column(move.subject)[0] >= 0
        for limited, mask in self._over.items():
            over |= mask if limited not in raised else False
        lowered = {m.subject for m in moves if m.kind == kinds.LOWER_REQUEST}
        carrying: Mask = self.passing(moves) & (outside == 0) & gained & ~over & ~self._too_small
        carrying &= ~self._ports_conflict(relaxed(self.template, moves).host_ports)
        for axis, resource in enumerate(self.prepared.axes):
            if self.request[axis]:
                least = 1 if resource in lowered else self.request[axis]
                carrying &= self.prepared.free[:, axis] >= least
        return carrying

    def ports_taken(self) -> list[HostPort]:
        """Return the pod's host ports that are taken on some candidate."""
        ports = dict.fromkeys(self.template.host_ports)
        return [port for port in ports if self._ports_conflict((port,)).any()]

    def _ports_conflict(self, ports: tuple[HostPort, ...]) -> Mask:
        """Return the candidates where a pod that stays there has one of some host ports."""
        taken = np.zeros(len(self.candidates), dtype=bool)
        if not ports:
            return taken
        rivals = {c.index for c in self.prepared.classes if conflict(ports, c.template.host_ports)}
        verdicts: dict[Content, bool] = {}
        for place, content in enumerate(self.prepared.content):
            if content not in verdicts:
                verdicts[content] = any(index in rivals for index, _ in content)
            taken[place] = verdicts[content]
        return taken

    def offerings(self, mask: Mask) -> frozenset[tuple[str, str, str]]:
        """Return the offerings among these candidates (type, zone, capacity type)."""
        chosen = (self.candidates[int(i)] for i in np.flatnonzero(mask & ~self.exists))
        return frozenset((c.instance_type, c.zone, c.capacity_type) for c in chosen)

    def cheapest(self, mask: Mask) -> int:
        """Return the candidate that runs the Pending pods at the lowest cost."""
        where = np.flatnonzero(mask)
        each = np.maximum(np.minimum(self._fits(where), self.pending), 1)
        nodes = -(-self.pending // each)
        order = np.lexsort((self.prices[where], nodes * self.prices[where]))
        return int(where[order[0]])

    def _fits(self, where: Integers) -> Integers:
        asked = self.request > 0
        counts: Integers = (self.prepared.free[where][:, asked] // self.request[asked]).min(axis=1)
        return counts

    def lowered(self, mask: Mask, resources: Sequence[str]) -> dict[str, int] | None:
        """Return the largest requests that fit on these candidates; None if none is smaller."""
        axes = [self.prepared.axes.index(name) for name in resources]
        free, request = self.prepared.free[mask][:, axes], self.request[axes]
        if len(axes) == 1:
            most = {resources[0]: self._largest(mask, axes[0])}
        else:
            shares = (np.minimum(free, request) / request).min(axis=1)
            best = np.lexsort((self.prices[mask], -shares))[0]
            most = dict(zip(resources, (int(v) for v in free[best]), strict=True))
        rounded = {}
        for name, amount in most.items():
            asked = int(self.request[self.prepared.axes.index(name)])
            rounded[name] = _round(name, min(amount, asked))
            if not 0 < rounded[name] < asked:
                return None
        return rounded

    def _largest(self, mask: Mask, axis: int) -> int:
        """Return the largest amount that all Pending pods could request at once."""
        free = self.prepared.free[:, axis]
        launched = int(free[mask & ~self.exists].max(initial=0))
        there = free[mask & self.exists]
        slots = np.maximum(
            self.prepared.free[mask & self.exists][:, self.prepared.axes.index(PODS)], 0
        )
        low, high = 0, int(there.max(initial=0))
        while low < high:
            middle = (low + high + 1) // 2
            if int(np.minimum(there // middle, slots).sum()) >= self.pending:
                low = middle
            else:
                high = middle - 1
        return max(launched, low)

    def with_requests(self, template: PodTemplate, requests: Mapping[str, int]) -> PodTemplate:
        """Return the template with changed requests."""
        other = dict(template.requests) | dict(requests)
        return replace(template, requests=tuple(sorted(other.items())))

    def lacking(self) -> list[str]:
        """Return the resources that some candidate has too little of for the pod."""
        return [
            name
            for axis, name in enumerate(self.prepared.axes)
            if name not in (PODS, EBS_VOLUMES)
            and self.request[axis] > 0
            and bool((self.prepared.free[:, axis] < self.request[axis]).any())
        ]


def _opened(pool: NodePool) -> NodePool:
    """Return the pool without the requirements that could be widened."""
    keys = set(widenable(pool))
    others = {k: item for k, item in pool.requirements.by_key.items() if k not in keys}
    return replace(pool, requirements=Requirements(others))


def _round(name: str, amount: int) -> int:
    """Round an amount of memory or storage down to whole MiB."""
    if name != CPU and (name == MEMORY or name.startswith("ephemeral")) and amount > _MIB:
        return amount // _MIB * _MIB
    return amount
