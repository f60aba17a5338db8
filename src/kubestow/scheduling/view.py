"""View: one kind of pod as the filters and scores look at it.

Law: what does not change while pods come and go is computed once for the kind and kept.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

from kubestow.model.pod import PodTemplate
from kubestow.scheduling.index import CandidateIndex, Mask
from kubestow.scheduling.kinds import Kind
from kubestow.scheduling.state import State

T = TypeVar("T")


class View:
    """A kind of pod against a state."""

    def __init__(self, state: State, number: int) -> None:
        self.state, self.number = state, number
        self.kind: Kind = state.kinds[number]
        self._kept: dict[str, object] = {}

    @property
    def template(self) -> PodTemplate:
        """The kind's template."""
        return self.kind.template

    @property
    def index(self) -> CandidateIndex:
        """The nodes."""
        return self.state.index

    def kept(self, name: str, make: Callable[["View"], T]) -> T:
        """Return what ``make`` computes, computed once."""
        if name not in self._kept:
            self._kept[name] = make(self)
        found: T = self._kept[name]  # type: ignore[assignment] # only this name holds it
        return found

    @cached_property
    def node_affinity(self) -> Mask:
        """The nodes that node selector and required affinity accept."""
        from kubestow.scheduling.filters.node_affinity import mask

        return mask(self.template, self.index)

    @cached_property
    def tolerated(self) -> Mask:
        """The nodes without a taint that keeps the pod off."""
        return self.index.tolerated(self.template.tolerations)
