"""Spread and affinity groups: counts of pods per topology domain, as in kube-scheduler.

A group knows its counts and what they forbid, but not the order in which pods arrive. Counts only
increase.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kubestow.model.pod import PodAffinityTerm, PodTemplate, SpreadConstraint
from kubestow.verify.constraints import untolerated
from kubestow.verify.final_state import AlikePods, FinalState, NodeInPlan
from kubestow.verify.selection import Selection

Template = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Domains:
    """The domain of every place whose pods count, and the number of domains."""

    of_place: Mapping[int, str]
    total: int


@dataclass(slots=True)
class SpreadGroup:
    """A DoNotSchedule constraint of pods that count over the same nodes."""

    number: int
    constraint: SpreadConstraint
    domains: Domains
    matched: frozenset[int]  # kinds that the selector matches
    counts: dict[str, int] = field(default_factory=dict)  # without domains that have no pods
    minimum: int = 0
    _at_level: dict[int, int] = field(default_factory=dict)
    _base: tuple[dict[str, int], dict[int, int], int] = ({}, {}, 0)

    def keep(self) -> None:
        """Save this state as the start of every attempt."""
        self._base = (self.counts, self._at_level, self.minimum)
        self.reset()

    def reset(self) -> None:
        """Restore the start."""
        counts, levels, self.minimum = self._base
        self.counts, self._at_level = dict(counts), dict(levels)

    def add(self, place: NodeInPlan) -> None:
        """Count a pod."""
        domain = self.domains.of_place.get(place.index)
        if domain is None:
            return
        level = self.counts.get(domain, 0)
        self.counts[domain] = level + 1
        if level:
            self._at_level[level] -= 1
        self._at_level[level + 1] = self._at_level.get(level + 1, 0) + 1
        if len(self.counts) == self.domains.total:
            self.minimum = max(self.minimum, 1)
            while not self._at_level.get(self.minimum):
                self.minimum += 1

    def lifts(self, place: NodeInPlan) -> str | None:
        """Return the place's domain if a pod there could raise the minimum."""
        domain = self.domains.of_place.get(place.index)
        if domain is None or self.counts.get(domain, 0) > self.minimum:
            return None
        return domain

    def counts_kind(self, kind: AlikePods) -> bool:
        """Return whether pods of a matching kind are counted at all."""
        selector = self.constraint.selector
        return not kind.terminating and selector is not None and bool(selector.requirements)

    def floor(self) -> int:
        """Return the count of the emptiest domain."""
        return self.minimum if self.domains.total >= self.constraint.min_domains else 0

    def load(self, place: NodeInPlan) -> int:
        """Return the number of pods in the place's domain."""
        return self.counts.get(place.labels.get(self.constraint.topology_key, ""), 0)

    def refuses(self, place: NodeInPlan, kind: int) -> bool:
        """Return whether a pod of the kind may not go to the place now."""
        if self.constraint.topology_key not in place.labels:
            return True
        skew = self.load(place) + (kind in self.matched) - self.floor()
        return skew > self.constraint.max_skew

    def describe(self, place: NodeInPlan) -> str:
        """Describe the constraint's counts."""
        key = self.constraint.topology_key
        if key not in place.labels:
            return f"the node has no label {key}"
        return (
            f"spread over {key}: {place.labels[key]} has {self.load(place)} pods, the emptiest "
            f"domain {self.floor()}, maxSkew is {self.constraint.max_skew}"
        )


@dataclass(slots=True)
class AffinityGroup:
    """The required affinity terms of pods in one namespace; a pod must match all of them."""

    number: int
    terms: tuple[PodAffinityTerm, ...]
    matched: frozenset[int]
    present: set[tuple[str, str]] = field(default_factory=set)
    _base: frozenset[tuple[str, str]] = frozenset()

    def keep(self) -> None:
        """Save this state as the start of every attempt."""
        self._base = frozenset(self.present)

    def reset(self) -> None:
        """Restore the start."""
        self.present = set(self._base)

    def domains(self, place: NodeInPlan) -> list[tuple[str, str]]:
        """Return the (key, value) pairs of the place that the terms refer to."""
        keys = dict.fromkeys(term.topology_key for term in self.terms)
        return [(key, place.labels[key]) for key in keys if key in place.labels]

    def add(self, place: NodeInPlan) -> None:
        """Count a pod that matches all terms."""
        self.present.update(self.domains(place))

    def refuses(self, place: NodeInPlan, kind: int) -> bool:
        """Return whether a pod of the kind may not go to the place now."""
        here = self.domains(place)
        if any(term.topology_key not in place.labels for term in self.terms):
            return True
        if all(pair in self.present for pair in here):
            return False
        return bool(self.present) or kind not in self.matched

    def describe(self, place: NodeInPlan) -> str:
        """Describe what is missing."""
        keys = ", ".join(dict.fromkeys(term.topology_key for term in self.terms))
        return f"affinity: no pod that matches all its terms can be in its {keys} before it"


Group = SpreadGroup | AffinityGroup


@dataclass(slots=True)
class Groups:
    """The groups that restrict pods, and the groups in which each kind counts."""

    spread_of: dict[int, tuple[SpreadGroup, ...]]
    affinity_of: dict[int, AffinityGroup]
    every: list[Group]
    counted_in: list[list[Group]]

    def held_by(self, kind: int) -> tuple[Group, ...]:
        """Return the groups that may reject a kind."""
        affinity = self.affinity_of.get(kind)
        return (*self.spread_of.get(kind, ()), *(() if affinity is None else (affinity,)))


def groups_of(final_state: FinalState, selection: Selection) -> Groups:
    """Return the groups of all kinds that the plan places; count the pods bound before."""
    groups = Groups({}, {}, [], [[] for _ in final_state.kinds])
    _find_spread(final_state, selection, groups)
    _find_affinity(final_state, selection, groups)
    for standing in final_state.standings:
        if standing.bound or standing.daemonset:
            for group in groups.counted_in[standing.kind]:
                group.add(final_state.places[standing.place])
    for group in groups.every:
        group.keep()
    return groups


def _is_placed(final_state: FinalState, kind: int) -> bool:
    return any(not s.bound and not s.daemonset for s in final_state.of_kind[kind])


def _find_spread(final_state: FinalState, selection: Selection, groups: Groups) -> None:
    group_of: dict[Template, SpreadGroup] = {}
    places = _CountedPlaces(final_state)
    for number, kind in enumerate(final_state.kinds):
        if not kind.template.spread or not _is_placed(final_state, number):
            continue
        spread_groups = []
        for constraint in kind.template.spread:
            key = (constraint, kind.namespace, places.signature(kind.template, constraint))
            group = group_of.get(key)
            if group is None:
                matched = selection.in_namespace(constraint.selector, kind.namespace)
                domains = places.domains(kind.template, constraint)
                group = SpreadGroup(len(groups.every), constraint, domains, frozenset(matched))
                group_of[key] = group
                groups.every.append(group)
                for other in matched:
                    if group.counts_kind(final_state.kinds[other]):
                        groups.counted_in[other].append(group)
            spread_groups.append(group)
        # The finest topology first: pods are balanced over it first.
        spread_groups.sort(key=lambda group: -group.domains.total)
        groups.spread_of[number] = tuple(spread_groups)


def _find_affinity(final_state: FinalState, selection: Selection, groups: Groups) -> None:
    group_of: dict[tuple[tuple[PodAffinityTerm, ...], str], AffinityGroup] = {}
    for number, kind in enumerate(final_state.kinds):
        if not kind.template.affinity or not _is_placed(final_state, number):
            continue
        key = (kind.template.affinity, kind.namespace)
        group = group_of.get(key)
        if group is None:
            group = group_of[key] = _affinity_group(len(groups.every), kind, selection)
            groups.every.append(group)
            for other in sorted(group.matched):
                groups.counted_in[other].append(group)
        groups.affinity_of[number] = group


def _affinity_group(number: int, kind: AlikePods, selection: Selection) -> AffinityGroup:
    terms = kind.template.affinity
    matched = frozenset(selection.of_term(terms[0], kind.namespace))
    for term in terms[1:]:
        matched &= frozenset(selection.of_term(term, kind.namespace))
    return AffinityGroup(number, terms, matched)


@dataclass(slots=True)
class _CountedPlaces:
    """The places whose pods a constraint counts, cached by signature."""

    final_state: FinalState
    _domains: dict[Template, Domains] = field(default_factory=dict)

    def signature(self, template: PodTemplate, constraint: SpreadConstraint) -> Template:
        """Return everything that decides which places count."""
        honoured: Template = (constraint.honor_affinity, constraint.honor_taints)
        if constraint.honor_affinity:
            honoured += (template.node_selector, template.node_affinity)
        if constraint.honor_taints:
            honoured += (template.tolerations,)
        return (constraint.topology_key, self._keys(template), *honoured)

    def domains(self, template: PodTemplate, constraint: SpreadConstraint) -> Domains:
        """Return the domain of every place that counts."""
        key = self.signature(template, constraint)
        domains = self._domains.get(key)
        if domains is None:
            of_place = {
                index: self.final_state.places[index].labels[constraint.topology_key]
                for index in self._places(template, constraint)
            }
            domains = self._domains[key] = Domains(of_place, len(set(of_place.values())))
        return domains

    def _keys(self, template: PodTemplate) -> tuple[str, ...]:
        return tuple(sorted({constraint.topology_key for constraint in template.spread}))

    def _places(self, template: PodTemplate, constraint: SpreadConstraint) -> Iterable[int]:
        places, keys = self.final_state.places, self._keys(template)
        chosen: Iterable[int] = range(len(places))
        if constraint.honor_affinity:
            chosen = self.final_state.selected_places(template)
        for index in chosen:
            place = places[index]
            if any(key not in place.labels for key in keys):
                continue
            if constraint.honor_taints and untolerated(place.own_taints, template.tolerations):
                continue
            yield index
