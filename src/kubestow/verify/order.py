"""Order: the search for an arrival order in which every pod passes spread and affinity.

The placement is given; only the order is searched. A pod left over in every attempt is a
violation. Nodes, bound pods and DaemonSet pods are there from the start. The search is a limited
heuristic: an order that it finds is a proof, but none found proves nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kubestow.model.violation import Violation
from kubestow.verify.final_state import FinalState, NodeInPlan, PodOnNode
from kubestow.verify.selection import Selection
from kubestow.verify.topology import AffinityGroup, Group, Groups, SpreadGroup, groups_of

_ATTEMPTS = 8
_STEPS_PER_POD = 80  # pods considered, over all attempts
_STEPS_MIN = 100_000


def order(final_state: FinalState, selection: Selection) -> Iterator[Violation]:
    """Find pods for which no order was found that allows their place in the plan."""
    groups = groups_of(final_state, selection)
    witness = {pod: rank for rank, pod in enumerate(final_state.plan.witness)}
    pods_of: dict[int, list[PodOnNode]] = {}
    component = _components(final_state, groups)
    for standing in final_state.standings:
        if not standing.bound and not standing.daemonset and standing.kind in component:
            pods_of.setdefault(component[standing.kind], []).append(standing)
    for pods in pods_of.values():
        if any(groups.held_by(standing.kind) for standing in pods):
            steps = _STEPS_MIN + _STEPS_PER_POD * len(pods)
            yield from _judge(_Search(final_state, groups, steps), pods, witness)


def _components(final_state: FinalState, groups: Groups) -> dict[int, int]:
    """Return a component for each kind: kinds whose order may matter to each other share one."""
    parent = list(range(len(groups.every)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    first: dict[int, int] = {}
    for kind, standings in enumerate(final_state.of_kind):
        if all(standing.bound or standing.daemonset for standing in standings):
            continue
        touched = [group.number for group in (*groups.held_by(kind), *groups.counted_in[kind])]
        if touched:
            first[kind] = touched[0]
            for number in touched:
                parent[root(number)] = root(touched[0])
    return {kind: root(number) for kind, number in first.items()}


def _judge(
    search: "_Search", pods: list[PodOnNode], witness: dict[str, int]
) -> Iterator[Violation]:
    """Try the plan's order, then others; pods left over go first in the next attempt."""
    if search.follow(pods, witness):
        return
    urgency: dict[str, int] = {}
    best: list[tuple[PodOnNode, Group]] | None = None
    for number in range(_ATTEMPTS):
        left = search.attempt(pods, urgency)
        if not left:
            return
        if best is None or len(left) < len(best):
            best = left
        if search.steps_left <= 0:
            break
        urgency.update((standing.pod, number + 1) for standing, _ in left)
    for standing, group in best or ():
        rule = "PodTopologySpread" if isinstance(group, SpreadGroup) else "InterPodAffinity"
        place = search.final_state.places[standing.place]
        yield Violation(rule, standing.pod, f"{place.name}: {group.describe(place)}")


@dataclass(slots=True)
class _Search:
    """Places the pods of one component, in repeated attempts."""

    final_state: FinalState
    groups: Groups
    steps_left: int

    def follow(self, pods: list[PodOnNode], witness: dict[str, int]) -> bool:
        """Return whether all pods can arrive in the plan's order, unordered ones last."""
        self._reset(pods)
        waiting = sorted(pods, key=lambda standing: witness.get(standing.pod, len(witness)))
        for _ in range(_ATTEMPTS):
            waiting = self._pass(waiting)
        return not waiting

    def _reset(self, pods: list[PodOnNode]) -> None:
        for kind in sorted({standing.kind for standing in pods}):
            for group in (*self.groups.held_by(kind), *self.groups.counted_in[kind]):
                group.reset()

    def attempt(
        self, pods: list[PodOnNode], urgency: dict[str, int]
    ) -> list[tuple[PodOnNode, Group]]:
        """Return the pods left over, each with a group that rejects it."""
        self._reset(pods)
        spread = [s for s in pods if s.kind in self.groups.spread_of]
        drawn = [s for s in pods if s.kind not in self.groups.spread_of and self._held(s)]
        free = [s for s in pods if not self._held(s)]
        drawn.sort(key=lambda standing: -urgency.get(standing.pod, 0))
        urgent = [s for s in drawn if s.pod in urgency]
        drawn = [*self._pass(urgent), *(s for s in drawn if s.pod not in urgency)]
        while (spread or drawn) and self.steps_left > 0:
            remaining = self._pass(self._balanced(spread, urgency))
            if len(remaining) < len(spread):
                spread = remaining
                continue
            helpers = self._helpers([*spread, *drawn], [*drawn, *free]) if spread else set()
            if helpers:
                drawn, free = self._without(drawn, helpers), self._without(free, helpers)
                continue
            still = self._pass(drawn)
            if len(still) < len(drawn):
                drawn = still
            elif free:
                free = self._pass(free)
            else:
                break
        return [(s, g) for s in (*spread, *drawn) if (g := self._refusing(s)) is not None]

    def _held(self, standing: PodOnNode) -> bool:
        return bool(self.groups.held_by(standing.kind))

    def _place(self, standing: PodOnNode) -> NodeInPlan:
        return self.final_state.places[standing.place]

    def _refusing(self, standing: PodOnNode) -> Group | None:
        place = self._place(standing)
        for group in self.groups.held_by(standing.kind):
            if group.refuses(place, standing.kind):
                return group
        return None

    def _add(self, standing: PodOnNode) -> None:
        place = self._place(standing)
        for group in self.groups.counted_in[standing.kind]:
            group.add(place)

    def _pass(self, standings: list[PodOnNode]) -> list[PodOnNode]:
        """Place each pod that may arrive now, in order; return the others."""
        remaining = []
        self.steps_left -= len(standings)
        for standing in standings:
            if self._refusing(standing) is None:
                self._add(standing)
            else:
                remaining.append(standing)
        return remaining

    def _balanced(self, standings: list[PodOnNode], urgency: dict[str, int]) -> list[PodOnNode]:
        """Order pods round-robin over domains, the least loaded first, nested by key."""
        spread_of = self.groups.spread_of
        depth = max((len(spread_of[s.kind]) for s in standings), default=0)
        ordered = standings
        for level in range(depth, 0, -1):
            seen: dict[tuple[int, str], int] = {}
            ranked = []
            for standing in ordered:
                groups, rank = spread_of[standing.kind], 0
                if len(groups) >= level:
                    group, place = groups[-level], self._place(standing)
                    key = (group.number, place.labels.get(group.constraint.topology_key, ""))
                    ahead = seen.get(key, 0)
                    seen[key] = ahead + 1
                    rank = group.load(place) - group.floor() + ahead
                ranked.append((rank, standing))
            ordered = [standing for _, standing in sorted(ranked, key=lambda item: item[0])]
        return sorted(ordered, key=lambda standing: -urgency.get(standing.pod, 0))

    def _helpers(self, stuck: list[PodOnNode], others: list[PodOnNode]) -> set[str]:
        """Place pods without spread constraints that help stuck ones; return their names."""
        wanted: set[int] = set()
        needed: set[tuple[int, tuple[str, str]]] = set()
        for standing in stuck:
            group = self._refusing(standing)
            if isinstance(group, SpreadGroup):
                wanted.add(group.number)
            elif isinstance(group, AffinityGroup):
                pairs = group.domains(self._place(standing))
                needed.update((group.number, pair) for pair in pairs)
        done: set[tuple[int, str]] = set()
        met: set[tuple[int, tuple[str, str]]] = set()
        helpers: set[str] = set()
        floors = {number: self._minimum(number) for number in sorted(wanted)}
        self.steps_left -= len(stuck) + len(others)
        for standing in others:
            if self._refusing(standing) is not None:
                continue
            place, useful = self._place(standing), False
            for group in self.groups.counted_in[standing.kind]:
                if isinstance(group, AffinityGroup):
                    helped = {(group.number, pair) for pair in group.domains(place)} & needed
                    if helped - met:
                        met |= helped
                        useful = True
                elif floors.get(group.number) == group.minimum:
                    domain = group.lifts(place)
                    if domain is not None and (group.number, domain) not in done:
                        done.add((group.number, domain))
                        useful = True
            if useful:
                self._add(standing)
                helpers.add(standing.pod)
        return helpers

    def _minimum(self, number: int) -> int:
        group = self.groups.every[number]
        return group.minimum if isinstance(group, SpreadGroup) else 0

    def _without(self, standings: list[PodOnNode], gone: set[str]) -> list[PodOnNode]:
        return [standing for standing in standings if standing.pod not in gone]
