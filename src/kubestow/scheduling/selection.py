"""Which pod classes a selector matches, found through an index instead of a scan."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from kubestow.model.pod import PodAffinityTerm
from kubestow.model.selectors import LabelSelector
from kubestow.scheduling.classes import Labels, namespace_labels


class Labelled(Protocol):
    """What a selector looks at."""

    @property
    def namespace(self) -> str:
        """The namespace."""

    @property
    def labels(self) -> Labels:
        """The labels some selector reads."""


class ClassSelection:
    """Matches label selectors and affinity terms against classes."""

    def __init__(self, keys: Sequence[Labelled], namespaces: Mapping[str, Labels]) -> None:
        self.keys = keys
        self._labels = [dict(key.labels) for key in keys]
        self._namespaces = {
            name: namespace_labels(namespaces, name)
            for name in sorted({key.namespace for key in keys})
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
        positions = self._selected.get(selector)
        if positions is None:
            positions = self._selected[selector] = tuple(
                position
                for position in self._worth_trying(selector)
                if selector.matches(self._labels[position])
            )
        return positions

    def _worth_trying(self, selector: LabelSelector) -> Iterable[int]:
        shortest: list[int] | None = None
        for item in selector.requirements:
            if item.operator == "In":
                positions = sorted(
                    position
                    for value in item.values
                    for position in self._by_label.get((item.key, value), ())
                )
                if shortest is None or len(positions) < len(shortest):
                    shortest = positions
        return range(len(self.keys)) if shortest is None else shortest

    def same_namespace(self, selector: LabelSelector | None, namespace: str) -> tuple[int, ...]:
        """Return the matching classes of one namespace: what a spread constraint counts."""
        if selector is None:
            return ()
        positions = self._in_namespace.get((selector, namespace))
        if positions is None:
            positions = self._in_namespace[selector, namespace] = tuple(
                p for p in self.selected(selector) if self.keys[p].namespace == namespace
            )
        return positions

    def by_own_term(self, term: PodAffinityTerm, namespace: str) -> tuple[int, ...]:
        """Return the classes the scheduler takes a term of the arriving pod to match.

        Kubernetes 1.34 asks such a term's namespace selector a second time without any labels,
        so that one which absent labels satisfy reaches every namespace (interpodaffinity
        mergeAffinityTermNamespacesIfNotEmpty).
        """
        selector = term.namespace_selector
        if selector is None or not selector.matches({}):
            return self.by_term(term, namespace)
        return self.selected(term.selector)

    def by_term(self, term: PodAffinityTerm, namespace: str) -> tuple[int, ...]:
        """Return the classes an affinity term of a pod in ``namespace`` matches."""
        positions = self._by_term.get((term, namespace))
        if positions is not None:
            return positions
        self._by_term[term, namespace] = positions = tuple(
            position
            for position in self.selected(term.selector)
            if term.selects(
                namespace,
                self.keys[position].namespace,
                self._labels[position],
                self._namespaces[self.keys[position].namespace],
            )
        )
        return positions
