"""Selection: the kinds of pods that a selector or an affinity term matches.

An index by label only narrows the search; the selector itself always decides.
"""

from dataclasses import dataclass, field

from kubestow.model.pod import PodAffinityTerm
from kubestow.model.selectors import LabelSelector
from kubestow.verify.constraints import Labels, covers
from kubestow.verify.final_state import FinalState


@dataclass(slots=True)
class Selection:
    """Matches kinds, with a cache."""

    final_state: FinalState
    by_label: dict[tuple[str, str], list[int]]
    _selectors: dict[LabelSelector, tuple[int, ...]] = field(default_factory=dict)
    _terms: dict[tuple[PodAffinityTerm, str], tuple[int, ...]] = field(default_factory=dict)
    _namespaces: dict[str, Labels] = field(default_factory=dict)

    def of_selector(self, selector: LabelSelector | None) -> tuple[int, ...]:
        """Return the kinds that a selector matches in any namespace; None matches none."""
        if selector is None:
            return ()
        matching = self._selectors.get(selector)
        if matching is None:
            kinds = self.final_state.kinds
            matching = tuple(k for k in self._near(selector) if selector.matches(kinds[k].labels))
            self._selectors[selector] = matching
        return matching

    def in_namespace(self, selector: LabelSelector | None, namespace: str) -> tuple[int, ...]:
        """Return the kinds of one namespace that a selector matches."""
        kinds = self.final_state.kinds
        return tuple(k for k in self.of_selector(selector) if kinds[k].namespace == namespace)

    def of_term(self, term: PodAffinityTerm, own_namespace: str) -> tuple[int, ...]:
        """Return the kinds that the term of a pod in ``own_namespace`` matches."""
        key = (term, own_namespace)
        matching = self._terms.get(key)
        if matching is None:
            kinds = self.final_state.kinds
            matching = self._terms[key] = tuple(
                kind
                for kind in self.of_selector(term.selector)
                if self._reaches(term, own_namespace, kinds[kind].namespace)
            )
        return matching

    def _near(self, selector: LabelSelector) -> list[int]:
        """Return kinds that include all matches, in order."""
        for wanted in selector.requirements:
            if wanted.operator == "In":
                near: set[int] = set()
                for value in wanted.values:
                    near.update(self.by_label.get((wanted.key, value), ()))
                return sorted(near)
        return list(range(len(self.final_state.kinds)))

    def _reaches(self, term: PodAffinityTerm, own_namespace: str, namespace: str) -> bool:
        labels = self._namespaces.get(namespace)
        if labels is None:
            labels = self._namespaces[namespace] = self.final_state.namespace_labels(namespace)
        return covers(term, own_namespace, namespace, labels)


def selection_of(final_state: FinalState) -> Selection:
    """Index the kinds of a final state by label."""
    by_label: dict[tuple[str, str], list[int]] = {}
    for number, kind in enumerate(final_state.kinds):
        for pair in kind.labels.items():
            by_label.setdefault(pair, []).append(number)
    return Selection(final_state, by_label)
