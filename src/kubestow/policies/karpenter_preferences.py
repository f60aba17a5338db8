"""Preferences as Karpenter heeds them: required at first, given up one by one.

Counts follow the order in which pods are placed. A preferred anti-affinity binds only the pod that
has it; a claim whose domain is still open counts in all its domains for anti-affinity, and in none
for affinity and spread. Over nodes, the emptiest domain always has none.
Source: kubernetes-sigs/karpenter v1.14 pkg/controllers/provisioning/scheduling (topology.go Record
and AddRequirements, topologygroup.go, scheduler.go trySchedule), for PreferencePolicy Respect.
"""

from collections.abc import Sequence

import numpy as np

from kubestow.model.arrays import Booleans, Integers
from kubestow.model.pod import Preferences
from kubestow.provisioning.packing.preferences import (
    Attempt,
    PreferenceProblem,
    PreferredTopology,
)
from kubestow.provisioning.packing.problem import PackingProblem

_OPEN, _FIRST_ROOM = -2, 64
_PLAIN = (Attempt(),)


def is_heeded(soft: Preferences) -> bool:
    """Return whether Karpenter requires something of what a pod prefers."""
    return bool(soft.spread or soft.node_affinity or soft.affinity or soft.anti_affinity)


class PreferenceTracker:
    """Counts pods by domain while nodes are filled, and narrows nodes to what a pod prefers."""

    def __init__(self, problem: PackingProblem) -> None:
        preferences = problem.preferences or PreferenceProblem([None] * len(problem.items))
        self._problem, self._preferences = problem, preferences
        self._domains = preferences.domains
        self._attempts: dict[int, tuple[Attempt, ...]] = {}
        self._usable: dict[tuple[str, int], Integers] = {}
        self._room = _FIRST_ROOM
        topologies = list(preferences.held)
        self._by_node = {t: np.zeros(_FIRST_ROOM, dtype=np.int64) for t in topologies}
        self._by_domain = {
            t: np.zeros(int(codes.max(initial=-1)) + 1, dtype=np.int64)
            for t in topologies
            if not t.is_by_node
            for codes in (self._domains[t.key],)
        }
        self._node_domain = {
            key: np.full(_FIRST_ROOM, _OPEN, dtype=np.int64) for key in self._domains
        }
        self._counted = [
            [
                (t, pods)
                for t in topologies
                if (pods := sum(n for index, n in item.parts if index in t.counted))
            ]
            for item in problem.items
        ]
        for topology, held in preferences.held.items():
            for position, count in enumerate(held.tolist()):
                self._grow(position)
                self._by_node[topology][position] = count
                if not topology.is_by_node:
                    domain = self._domains[topology.key][position]
                    if domain >= 0:
                        self._by_domain[topology][domain] += count

    def attempts(self, item: int) -> Sequence[Attempt]:
        """Return what is required of an item's place at first and after each step of relaxing."""
        preferences = self._preferences.of_item[item]
        if preferences is None:
            return _PLAIN
        if item not in self._attempts:
            self._attempts[item] = tuple(preferences.attempts())
        return self._attempts[item]

    def opened(self, number: int, bins: Booleans) -> None:
        """Take note of a node that may become any of some bins."""
        self._grow(number)
        for counts in self._by_node.values():
            counts[number] = counts[number] if self._is_existing(number) else 0
        self._settle(number, bins)

    def _is_existing(self, number: int) -> bool:
        return number < len(self._problem.bins) and self._problem.bins[number].exists

    def _grow(self, number: int) -> None:
        if number < self._room:
            return
        self._room = max(2 * self._room, number + 1)
        self._by_node = {t: _grown(counts, self._room) for t, counts in self._by_node.items()}
        self._node_domain = {k: _grown(at, self._room) for k, at in self._node_domain.items()}

    def _settle(self, number: int, bins: Booleans) -> None:
        """Take note of the domains that a node can still be in."""
        for key, codes in self._domains.items():
            left = np.unique(codes[bins])
            self._node_domain[key][number] = left[0] if len(left) == 1 else _OPEN

    def record(self, item: int, number: int, bins: Booleans) -> None:
        """Count an item on a node that may then become any of some bins."""
        self._settle(number, bins)
        for topology, pods in self._counted[item]:
            self._by_node[topology][number] += pods
            if topology.is_by_node:
                continue
            domain = int(self._node_domain[topology.key][number])
            if domain >= 0:
                self._by_domain[topology][domain] += pods
            elif domain == _OPEN and topology.kind == "anti-affinity":
                possible = np.unique(self._domains[topology.key][bins])
                self._by_domain[topology][possible[possible >= 0]] += pods

    def allowed(self, attempt: Attempt, item: int, among: Integers) -> Integers:
        """Return which of some nodes an attempt may use, as far as their domains tell."""
        for topology in attempt.topologies:
            if topology.is_by_node:
                among = among[self._takes(topology, item, self._by_node[topology][among])]
            else:
                domains = self._node_domain[topology.key][among]
                takes = np.append(self._free_domains(topology, item), [False])  # -1: no domain
                among = among[(domains == _OPEN) | takes[np.maximum(domains, -1)]]
        return among

    def narrowed(self, attempt: Attempt, item: int, number: int, bins: Booleans) -> Booleans:
        """Return the bins of a node, open or new, that an attempt may use."""
        if attempt.preferred is not None:
            bins = bins & attempt.preferred
        if attempt.avoided is not None:
            bins = bins & ~attempt.avoided
        for topology in attempt.topologies:
            if not bins.any():
                return bins
            if topology.is_by_node:
                count = self._by_node[topology][number : number + 1]
                if not self._takes(topology, item, count).all():
                    return np.zeros_like(bins)
                continue
            codes = self._domains[topology.key]
            free = np.append(self._free_domains(topology, item), [False])
            bins = bins & free[codes]
            if bins.any() and topology.kind == "spread":
                bins = bins & (codes == self._emptiest(topology, codes[bins]))
            elif bins.any() and topology.kind == "affinity" and not self._anywhere(topology):
                bins = bins & (codes == codes[bins].min())  # the first pod chooses one
        return bins

    def _takes(self, topology: PreferredTopology, item: int, counts: Integers) -> Booleans:
        """Return which nodes with these counts take an item, each node being a domain."""
        takes: Booleans
        if topology.kind == "spread":
            takes = counts + self._own(topology, item) <= topology.max_skew
        elif topology.kind == "anti-affinity":
            takes = counts == 0
        elif self._own(topology, item) and not self._by_node[topology].any():
            takes = np.ones(len(counts), dtype=bool)
        else:
            takes = counts > 0
        return takes

    def _own(self, topology: PreferredTopology, item: int) -> bool:
        """Return whether a topology counts the item itself."""
        return any(index in topology.counted for index, _ in self._problem.items[item].parts)

    def _anywhere(self, topology: PreferredTopology) -> bool:
        """Return whether any domain has a counted pod."""
        return bool(self._by_domain[topology].any())

    def _free_domains(self, topology: PreferredTopology, item: int) -> Booleans:
        """Return by domain whether it takes an item."""
        counts, usable = self._by_domain[topology], self._usable_domains(topology.key, item)
        free = np.zeros(len(counts), dtype=bool)
        if not len(usable):
            return free
        if topology.kind == "anti-affinity":
            free[usable] = counts[usable] == 0
        elif topology.kind == "affinity":
            starts = self._own(topology, item) and not self._anywhere(topology)
            free[usable] = starts | (counts[usable] > 0)
        else:
            least = 0 if len(usable) < topology.min_domains else int(counts[usable].min())
            free[usable] = counts[usable] + self._own(topology, item) - least <= topology.max_skew
        return free

    def _usable_domains(self, key: str, item: int) -> Integers:
        """Return the domains of the bins that an item may use, resources aside."""
        usable = self._usable.get((key, item))
        if usable is None:
            found = np.unique(self._domains[key][self._problem.compatible[item]])
            usable = self._usable[key, item] = found[found >= 0]
        return usable

    def _emptiest(self, topology: PreferredTopology, codes: Integers) -> int:
        """Return the domain with the fewest counted pods, of several the first by name."""
        present = np.unique(codes)
        return int(present[self._by_domain[topology][present].argmin()])


def _grown(values: Integers, room: int) -> Integers:
    return np.concatenate([values, np.zeros(room - len(values), dtype=np.int64)])
