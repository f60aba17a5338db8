"""Constraints between domains wider than a node (zones above all), decided before packing.

Candidates fall into cells, one for each combination of values of the topology keys in use. Pods of
constrained classes are dealt to cells one at a time. Domains are the declared ones: every value
some eligible candidate offers, whether a node exists there yet or not.

The order of dealing is itself legal: each deal passes PodTopologySpread and InterPodAffinity
given all deals before it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kubestow.model.labels import HOSTNAME
from kubestow.model.pod import PodTemplate, SpreadConstraint
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.classes import PodClass
from kubestow.scheduling.filters import inter_pod_affinity, pod_topology_spread, volume_binding
from kubestow.scheduling.filters.inter_pod_affinity import affinity_targets
from kubestow.scheduling.selection import ClassSelection
from kubestow.scheduling.static_filters import StaticFilters

_WHOLE_CELL = -1


@dataclass(slots=True)
class DomainTally:
    """How many pods of some classes each domain of one topology key holds.

    Key -1 stands for the cell itself: what must share a node must share every wider domain.
    """

    key: int
    classes: frozenset[int]
    eligible: Mask | None = None
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Spread:
    tally: DomainTally
    domains: frozenset[str]
    matches_self: bool
    max_skew: int
    min_domains: int

    def lowest(self) -> int:
        if len(self.domains) < self.min_domains:
            return 0
        return min((self.tally.counts[d] for d in self.domains), default=0)


@dataclass(slots=True)
class _Terms:
    """One class's constraints over cells."""

    spread: list[_Spread] = field(default_factory=list)
    affinity: list[DomainTally] = field(default_factory=list)
    targets: frozenset[int] = frozenset()
    anti: list[DomainTally] = field(default_factory=list)
    blockers: list[DomainTally] = field(
        default_factory=list
    )  # owners of terms that select this class
    cells: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Dealt:
    """The outcome: units of a class for a cell (None: any), and what found no place."""

    shares: tuple[tuple[int, int | None, int], ...]  # class, cell, count
    refused: tuple[tuple[int, int, str], ...]  # class, count, constraint
    order: tuple[tuple[int, int], ...]  # (class, cell) one pod at a time: a legal order


class Cells:
    """Candidates grouped by their values of the topology keys in use."""

    def __init__(
        self, filters: StaticFilters, keys: Sequence[str], apart: Sequence[Mask] = ()
    ) -> None:
        """``apart`` are masks of candidates that must not share a cell with the others."""
        self.keys = tuple(keys)
        self.apart = {mask.tobytes() for mask in apart}
        columns = [filters.index.column(key) for key in self.keys]
        marks = [np.asarray(mask, dtype=np.int32) for mask in apart]
        same = np.zeros(len(filters.index), dtype=np.int32)
        rows = np.array([same, *(codes for codes, _ in columns), *marks], dtype=np.int32).T
        _, first, cell_of = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        order = np.argsort(first)
        self.first: list[int] = first[order].tolist()
        self.of_candidate = np.argsort(order).astype(np.int32)[cell_of.reshape(-1)]
        self.values: list[tuple[str | None, ...]] = [
            tuple(
                None if codes[position] < 0 else names[codes[position]] for codes, names in columns
            )
            for position in self.first
        ]

    def value(self, cell: int, key: int) -> str | None:
        """Return a cell's value of a key by position; -1 stands for the cell itself."""
        return str(cell) if key == _WHOLE_CELL else self.values[cell][key]

    def by_price(self, mask: Mask, prices: NDArray[np.int64]) -> list[int]:
        """Return the cells that hold candidates of the mask, cheapest first, then largest."""
        inside = self.of_candidate[mask]
        sizes = np.bincount(inside, minlength=len(self.first))
        lowest = np.full(len(self.first), np.iinfo(np.int64).max)
        np.minimum.at(lowest, inside, prices[mask])
        inhabited = np.flatnonzero(sizes)
        return [
            int(inhabited[i]) for i in np.lexsort((inhabited, -sizes[inhabited], lowest[inhabited]))
        ]


def eligible_for(
    constraint: SpreadConstraint, template: PodTemplate, filters: StaticFilters
) -> Mask:
    """Return the candidates a spread constraint counts pods and domains on."""
    eligible = np.ones(len(filters.index), dtype=bool)
    for other in template.spread:
        eligible &= filters.has_key(other.topology_key)
    if constraint.honor_affinity:
        eligible &= filters.affinity(template)
    if constraint.honor_taints:
        eligible &= filters.index.tolerated(template.tolerations)
    return eligible


def masks_apart(
    classes: Sequence[PodClass], selection: ClassSelection, filters: StaticFilters
) -> list[Mask]:
    """Return the masks cells must respect: where a counted pod may land uncounted."""
    groups: dict[bytes, int] = {}
    passing: list[Mask] = []
    group_of: list[int] = []  # classes that may run on the same candidates share a group
    for pod_class in classes:
        group = -1
        if pod_class.pending:
            mask = filters.passing(pod_class)
            group = groups.setdefault(mask.tobytes(), len(groups))
            if group == len(passing):
                passing.append(mask)
        group_of.append(group)
    apart: dict[bytes, Mask] = {}
    judged: dict[tuple[bytes, int], bool] = {}
    for pod_class in classes:
        for constraint in pod_class.template.spread if pod_class.pending else ():
            if constraint.topology_key == HOSTNAME:
                continue
            eligible = eligible_for(constraint, pod_class.template, filters)
            key = eligible.tobytes()
            matched = selection.same_namespace(constraint.selector, pod_class.key.namespace)
            for group in sorted({group_of[other] for other in matched} - {-1}):
                if (key, group) not in judged:
                    judged[key, group] = bool((passing[group] & ~eligible).any())
                if judged[key, group]:
                    apart[key] = eligible
    return list(apart.values())


def topology_keys(classes: Iterable[PodClass]) -> list[str]:
    """Return the topology keys wider than a node that any constraint uses, sorted."""
    keys = set()
    for pod_class in classes:
        template = pod_class.template
        keys |= {c.topology_key for c in template.spread}
        keys |= {t.topology_key for t in (*template.affinity, *template.anti_affinity)}
        if pod_class.key.volumes.colocated:
            keys.add("topology.kubernetes.io/zone")
    return sorted(keys - {HOSTNAME})


class Dealer:
    """Deals the pending pods of constrained classes to cells."""

    def __init__(
        self,
        classes: Sequence[PodClass],
        selection: ClassSelection,
        filters: StaticFilters,
        cells: Cells,
        able: Callable[[int], Mask],
        *,
        demand: Sequence[int],
        bound_pods: Sequence[tuple[int, int]],
        room: Mapping[tuple[int, int], int],
        is_given: bool = False,
    ) -> None:
        """``able`` gives the candidates that can carry a pod of a class.

        ``demand`` is how many pods of each class to deal; ``bound_pods`` are (class, candidate) of
        those on existing nodes; ``room`` is what a (class, cell) can take at most; if it
        ``is_given``, just what it gets.
        """
        self.classes, self.selection, self.filters, self.cells = classes, selection, filters, cells
        self._able, self._room = able, Counter(dict(room))
        self._limited, self._is_given = set(room), is_given
        self._touch: dict[int, list[DomainTally]] = {}
        self._tallies: dict[tuple[int, frozenset[int], bytes], DomainTally] = {}
        self._pending = dict(enumerate(demand))
        self._shares: Counter[tuple[int, int]] = Counter()
        self._colocated: dict[str, str | None] = {}
        self._order: list[tuple[int, int]] = []
        self._prices = np.array([c.price.nano_usd_per_hour for c in filters.index.candidates])
        self._terms = {
            c.index: self._compile(c) for c in classes if demand[c.index] and self._is_owner(c)
        }
        self._add_symmetry(demand)
        for index, terms in self._terms.items():
            terms.cells = cells.by_price(able(index), self._prices)
        for index, candidate in bound_pods:
            if index in self._touch:
                self._count(index, int(cells.of_candidate[candidate]), candidate)

    def _is_owner(self, pod_class: PodClass) -> bool:
        template = pod_class.template
        wide = [
            c.topology_key for c in template.spread if not pod_topology_spread.counts_nothing(c)
        ]
        wide += [t.topology_key for t in template.anti_affinity]
        wide += [t.topology_key for t in template.affinity]
        return any(key != HOSTNAME for key in wide) or bool(pod_class.key.volumes.colocated)

    def _tally(self, key: str, classes: Iterable[int], eligible: Mask | None = None) -> DomainTally:
        position = _WHOLE_CELL if key == HOSTNAME else self.cells.keys.index(key)
        counted = frozenset(classes)
        identity = (position, counted, b"" if eligible is None else eligible.tobytes())
        tally = self._tallies.get(identity)
        if tally is None:
            tally = self._tallies[identity] = DomainTally(position, counted, eligible)
            for index in sorted(counted):
                self._touch.setdefault(index, []).append(tally)
        return tally

    def _compile(self, pod_class: PodClass) -> _Terms:
        template, namespace = pod_class.template, pod_class.key.namespace
        terms = _Terms()
        spreads = [
            c
            for c in template.spread
            if c.topology_key != HOSTNAME and not pod_topology_spread.counts_nothing(c)
        ]
        for constraint in spreads:
            eligible = eligible_for(constraint, template, self.filters)
            matched = self.selection.same_namespace(constraint.selector, namespace)
            counted = [p for p in matched if not self.classes[p].key.terminating]
            codes, names = self.filters.index.column(constraint.topology_key)
            domains = frozenset(names[code] for code in np.unique(codes[eligible]))
            terms.spread.append(
                _Spread(
                    self._tally(constraint.topology_key, counted, eligible),
                    domains,
                    pod_class.index in matched,
                    constraint.max_skew,
                    constraint.min_domains,
                )
            )
        terms.targets = frozenset(affinity_targets(template, namespace, self.selection))
        terms.affinity = [self._tally(t.topology_key, terms.targets) for t in template.affinity]
        terms.anti = [
            self._tally(t.topology_key, self.selection.by_term(t, namespace))
            for t in template.anti_affinity
            if t.topology_key != HOSTNAME
        ]
        return terms

    def _add_symmetry(self, demand: Sequence[int]) -> None:
        for pod_class in self.classes:
            for term in pod_class.template.anti_affinity:
                if term.topology_key == HOSTNAME:
                    continue
                owners = self._tally(term.topology_key, [pod_class.index])
                for selected in self.selection.by_term(term, pod_class.key.namespace):
                    if demand[selected]:
                        self._terms.setdefault(selected, _Terms()).blockers.append(owners)

    def _count(self, index: int, cell: int, candidate: int | None = None) -> None:
        for tally in self._touch.get(index, ()):
            value = self.cells.value(cell, tally.key)
            if value is None:
                continue
            if tally.eligible is None or self._is_eligible(tally.eligible, cell, candidate):
                tally.counts[value] += 1

    def _is_eligible(self, eligible: Mask, cell: int, candidate: int | None) -> bool:
        """Return whether a constraint counts a pod on a candidate, or one dealt to a cell.

        A dealt pod can only land uncounted where the cells keep such candidates apart.
        """
        if candidate is not None:
            return bool(eligible[candidate])
        apart = eligible.tobytes() in self.cells.apart
        return not apart or bool(eligible[self.cells.first[cell]])

    def deal(self) -> Dealt:
        """Deal every constrained class; unconstrained ones keep the freedom of any cell.

        Where it is given what each cell gets, unconstrained ones get that first: pods with an
        affinity to them find them where they will be.
        """
        if self._is_given:
            self._deal_given()
        waiting = sorted(self._terms, key=self._rank)
        stuck: dict[int, str] = {}
        progress = True
        while waiting and progress:
            progress, later = False, []
            for index in waiting:
                if self._must_wait(index, waiting):
                    later.append(index)
                    continue
                progress = True
                stuck[index] = self._deal_class(index)
            waiting = later
        for index in waiting:
            stuck[index] = self._deal_class(index)
        refused = self._deal_stuck(stuck)
        shares: list[tuple[int, int | None, int]] = [
            (index, cell, count) for (index, cell), count in sorted(self._shares.items())
        ]
        for index, count in sorted(self._pending.items()):
            if count and index not in self._terms:
                shares.append((index, None, count))
        return Dealt(tuple(shares), tuple(refused), tuple(self._order))

    def _deal_given(self) -> None:
        for index in sorted(set(self._pending) - set(self._terms)):
            for cell in range(len(self.cells.first)):
                for _ in range(min(self._room[index, cell], self._pending[index])):
                    self._give(index, cell)

    def _rank(self, index: int) -> tuple[int, bool, bool, int, int]:
        terms = self._terms[index]
        free = not (terms.spread or terms.affinity or terms.anti)
        priority = self.classes[index].template.priority
        return (-priority, free, bool(terms.affinity), len(terms.cells), index)

    def _must_wait(self, index: int, waiting: list[int]) -> bool:
        """Wait for the pods an affinity aims at, while those are still to be dealt."""
        targets = self._terms[index].targets
        if not self._terms[index].affinity or index in targets:
            return False
        return not any(tally.counts.total() for tally in self._terms[index].affinity) and any(
            t in waiting and self._pending[t] for t in targets
        )

    def _deal_stuck(self, stuck: dict[int, str]) -> list[tuple[int, int, str]]:
        """Try classes with pods left again as long as that helps; return what is refused for good.

        kube-scheduler tries a pod again, too, after others have come: a volume of each replica
        leads them to their zones in an order that spread allows.
        """
        dealt = -1
        while dealt != len(self._order):
            dealt = len(self._order)
            for index in stuck:
                if self._pending[index]:
                    stuck[index] = self._deal_class(index)
        refused = []
        for index, blocker in stuck.items():
            if self._pending[index]:
                refused.append((index, self._pending[index], blocker))
                self._pending[index] = 0
        return refused

    def _deal_class(self, index: int) -> str:
        """Deal pods of a class as long as there is a legal cell; return what refuses the next."""
        terms = self._terms[index]
        while self._pending[index]:
            cell, blocker = self._choose(index, terms)
            if cell is None:
                return blocker
            self._give(index, cell)
        return ""

    def _give(self, index: int, cell: int) -> None:
        self._pending[index] -= 1
        self._order.append((index, cell))
        self._shares[index, cell] += 1
        self._room[index, cell] -= 1
        for claim in self.classes[index].key.volumes.colocated:
            self._colocated.setdefault(claim, self._zone(cell))
        self._count(index, cell)

    def _zone(self, cell: int) -> str | None:
        return self.cells.values[cell][self.cells.keys.index("topology.kubernetes.io/zone")]

    def _choose(self, index: int, terms: _Terms) -> tuple[int | None, str]:
        """Return the legal cell with the fewest matching pods, or the constraint that refuses."""
        best: tuple[tuple[int, ...], int] | None = None
        blocker = "NodeAffinity"
        lowest = [spread.lowest() for spread in terms.spread]
        for order, cell in enumerate(terms.cells):
            refusal = self._refusal(index, terms, cell, lowest)
            if refusal:
                blocker = refusal
                continue
            values = self.cells.values[cell]
            crowd = sum(s.tally.counts[str(values[s.tally.key])] for s in terms.spread)
            rank = (crowd, order)
            if best is None or rank < best[0]:
                best = (rank, cell)
        if best is None:
            return None, blocker
        cell = best[1]
        if terms.affinity and not self._target_in(terms, cell) and index not in terms.targets:
            pinned = self._pin_target(terms, cell)
            if pinned is None:
                return None, inter_pod_affinity.NAME
        return cell, ""

    def _refusal(self, index: int, terms: _Terms, cell: int, lowest: list[int]) -> str:
        values = self.cells.values[cell]
        if (index, cell) in self._limited and self._room[index, cell] <= 0:
            return "NodeResourcesFit"
        for spread, low in zip(terms.spread, lowest, strict=True):
            value = values[spread.tally.key]
            if value is None or not pod_topology_spread.allowed(
                spread.tally.counts[value], spread.matches_self, low, spread.max_skew
            ):
                return pod_topology_spread.NAME
        for tally in (*terms.anti, *terms.blockers):
            value = values[tally.key]
            if value is not None and tally.counts[value]:
                return inter_pod_affinity.NAME
        if terms.affinity and not self._affinity_allows(index, terms, cell):
            return inter_pod_affinity.NAME
        for claim in self.classes[index].key.volumes.colocated:
            if claim in self._colocated and self._colocated[claim] != self._zone(cell):
                return volume_binding.NAME
        return ""

    def _affinity_allows(self, index: int, terms: _Terms, cell: int) -> bool:
        if any(self.cells.value(cell, tally.key) is None for tally in terms.affinity):
            return False
        if self._target_in(terms, cell):
            return True
        if any(tally.counts.total() for tally in terms.affinity):
            return False
        return index in terms.targets or self._pinnable(terms, cell) is not None

    def _target_in(self, terms: _Terms, cell: int) -> bool:
        return all(t.counts[str(self.cells.value(cell, t.key))] for t in terms.affinity)

    def _pinnable(self, terms: _Terms, cell: int) -> int | None:
        """Return a pending, otherwise free target class that may run in the cell."""
        for target in sorted(terms.targets):
            if target in self._terms or not self._pending[target]:
                continue
            mask = self._able(target)
            if (self.cells.of_candidate[mask] == cell).any():
                return target
        return None

    def _pin_target(self, terms: _Terms, cell: int) -> int | None:
        target = self._pinnable(terms, cell)
        if target is not None:
            self._give(target, cell)
        return target
