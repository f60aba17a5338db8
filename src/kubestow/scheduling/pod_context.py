"""The context in which one kind of pod is filtered and scored.

What does not change while pods come and go is computed once for the kind.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

from kubestow.model.pod import PodTemplate
from kubestow.model.scheduler_profile import SchedulerProfile
from kubestow.scheduling.candidate_index import CandidateIndex, Mask
from kubestow.scheduling.pod_kinds import PodKind
from kubestow.scheduling.scheduler_cache import SchedulerCache

T = TypeVar("T")


class PodContext:
    """A kind of pod and the cluster it comes to."""

    def __init__(self, cache: SchedulerCache, number: int) -> None:
        self.cache, self.number = cache, number
        self.kind: PodKind = cache.kinds[number]
        self._computed: dict[str, object] = {}

    @property
    def template(self) -> PodTemplate:
        """The kind's template."""
        return self.kind.template

    @cached_property
    def profile(self) -> SchedulerProfile:
        """The profile that schedules the kind."""
        profiles = self.cache.cluster.scheduler_profiles
        return profiles.of(self.template.preferences.scheduler_name)

    @property
    def index(self) -> CandidateIndex:
        """The nodes."""
        return self.cache.index

    def once(self, name: str, make: Callable[["PodContext"], T]) -> T:
        """Return what ``make`` computes, computed once."""
        if name not in self._computed:
            self._computed[name] = make(self)
        computed: T = self._computed[name]  # type: ignore[assignment] # only this name holds it
        return computed

    def on_any_nodes(self, name: str, make: Callable[["PodContext"], T]) -> T:
        """Return what ``make`` computes of the kinds of pods alone, whatever nodes there are.

        It is computed once for all fleets that share what their nodes hold (Contents).
        """
        contents = self.cache.contents
        if contents is None:
            return self.once(name, make)
        known = contents.of_kinds(name)
        if self.number not in known:
            known[self.number] = make(self)
        computed: T = known[self.number]
        return computed

    @cached_property
    def tolerated(self) -> Mask:
        """The nodes without a taint that keeps the pod off."""
        return self.index.tolerated(self.template.tolerations)
