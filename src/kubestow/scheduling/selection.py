"""Which pod classes a selector matches, found through an index instead of a scan."""

from collections.abc import Iterable, Mapping, Sequence

from kubestow.model.pod import PodAffinityTerm
from kubestow.model.selectors import LabelSelector
from kubestow.scheduling.classes import Labels, PodClass, namespace_labels


class ClassSelection:
    """Matches label selectors and affinity terms against classes."""

    def __init__(self, classes: Sequence[PodClass], namespaces: Mapping[str, Labels]) -> None:
        self.classes = classes
        self._labels = [dict(c.key.labels) for c in classes]
        self._namespaces = {
            name: namespace_labels(namespaces, name)
            for name in sorted({c.key.namespace for c in classes})
        }
        self._by_label: dict[tuple[str, str], list[int]] = {}
        for position, labels in enumerate(self._labels):
            for pair in labels.items():
                self._by_label.setdefault(pair, []).append(position)
        self._selected: dict[LabelSelector, tuple[int, ...]] = {}
        self._in_namespace: dict[tuple[LabelSelector, str], tuple[int, ...]] = {}
        self._by_term: dict[tuple[PodAffinityTerm, str], tuple[int, ...]] = {}

    def selected(self, selector: LabelSelector | None) -> tuple[int, ...]:
        """Return the positions of the classes a selector matches, in any namespace."""
        if selector is None:
            return ()
        known = self._selected.get(selector)
        if known is None:
            known = self._selected[selector] = tuple(
                position
                for position in self._worth_trying(selector)
                if selector.matches(self._labels[position])
            )
        return known

    def _worth_trying(self, selector: LabelSelector) -> Iterable[int]:
        shortest: list[int] | None = None
        for item in selector.requirements:
            if item.operator == "In":
                found = sorted(
                    position
                    for value in item.values
                    for position in self._by_label.get((item.key, value), ())
                )
                if shortest is None or len(found) < len(shortest):
                    shortest = found
        return range(len(self.classes)) if shortest is None else shortest

    def same_namespace(self, selector: LabelSelector | None, namespace: str) -> tuple[int, ...]:
        """Return the matching classes of one namespace: what a spread constraint counts."""
        if selector is None:
            return ()
        known = self._in_namespace.get((selector, namespace))
        if known is None:
            known = self._in_namespace[selector, namespace] = tuple(
                p for p in self.selected(selector) if self.classes[p].key.namespace == namespace
            )
        return known

    def by_term(self, term: PodAffinityTerm, namespace: str) -> tuple[int, ...]:
        """Return the classes an affinity term of a pod in ``namespace`` matches."""
        known = self._by_term.get((term, namespace))
        if known is not None:
            return known
        self._by_term[term, namespace] = known = tuple(
            position
            for position in self.selected(term.selector)
            if term.selects(
                namespace,
                self.classes[position].key.namespace,
                self._labels[position],
                self._namespaces[self.classes[position].key.namespace],
            )
        )
        return known
