"""Anti-affinity in the final state, in both directions: the order of arrival does not matter.

A conflict is the plan's fault only if the plan placed one of the two pods. It does not choose the
DaemonSet pods on new nodes, so they are never at fault, but they do count.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from kubestow.model.pod import PodAffinityTerm
from kubestow.model.violation import Violation
from kubestow.verify.final_state import FinalState, PodOnNode
from kubestow.verify.selection import Selection


@dataclass(slots=True)
class _Domain:
    """The pods of a topology domain that a term matches."""

    matched: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)  # those placed by the plan


def anti_affinity(final_state: FinalState, selection: Selection) -> Iterator[Violation]:
    """Find pods that share a domain although one excludes the other."""
    counted: dict[tuple[PodAffinityTerm, str], tuple[frozenset[int], dict[str, _Domain]]] = {}
    for number, kind in enumerate(final_state.kinds):
        for term in kind.template.anti_affinity:
            key = (term, kind.namespace)
            if key not in counted:
                matched = selection.of_term(term, kind.namespace)
                counted[key] = (frozenset(matched), _domains(final_state, term, matched))
            picked, domains = counted[key]
            if domains:
                yield from _owners(final_state, number, term, domains, number in picked)


def _chosen(final_state: FinalState, standing: PodOnNode) -> bool:
    if standing.bound:
        return False
    return not standing.daemonset or final_state.places[standing.place].existing


def _domains(
    final_state: FinalState, term: PodAffinityTerm, matched: tuple[int, ...]
) -> dict[str, _Domain]:
    domains: dict[str, _Domain] = {}
    for kind in matched:
        for standing in final_state.of_kind[kind]:
            value = final_state.places[standing.place].labels.get(term.topology_key)
            if value is None:
                continue
            domain = domains.setdefault(value, _Domain())
            domain.matched.append(standing.pod)
            if _chosen(final_state, standing):
                domain.chosen.append(standing.pod)
    return domains


def _owners(
    final_state: FinalState,
    kind: int,
    term: PodAffinityTerm,
    domains: dict[str, _Domain],
    matches_itself: bool,
) -> Iterator[Violation]:
    for standing in final_state.of_kind[kind]:
        value = final_state.places[standing.place].labels.get(term.topology_key)
        domain = None if value is None else domains.get(value)
        if domain is None:
            continue
        where = f"{term.topology_key} {value}"
        if _chosen(final_state, standing):
            if len(domain.matched) > matches_itself:
                other = next((pod for pod in domain.matched if pod != standing.pod), standing.pod)
                detail = f"anti-affinity: it must not share {where} with {other}"
                yield Violation("InterPodAffinity", standing.pod, detail)
        elif domain.chosen:
            detail = f"anti-affinity: {standing.pod} must not share {where} with it"
            yield Violation("InterPodAffinity", domain.chosen[0], detail)
