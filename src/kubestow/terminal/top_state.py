"""What all screens share: who looks at the cluster, and how it is to be shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from kubestow.live.lookout import Sight
from kubestow.views.cluster_view import ClusterView
from kubestow.views.explanation_view import ExplanationView
from kubestow.views.node_arrangement import Arrangement, in_namespaces

Explain = Callable[[Sight, str], ExplanationView]


class Watched(Protocol):
    """Who looks at a cluster, as a Lookout does."""

    @property
    def name(self) -> str:
        """What people call the cluster."""

    @property
    def sight(self) -> Sight | None:
        """What was seen last; None before the first."""

    def on_change(self, heard: Callable[[], None]) -> None:
        """Call a function, which returns at once, after each sight."""


@dataclass(slots=True)
class TopState:
    """What all screens read; keys change the arrangement alone."""

    watched: Watched
    explain: Explain
    arrangement: Arrangement = field(default_factory=Arrangement)
    namespaces: tuple[str, ...] = ()
    hours_per_month: float = 730.0
    with_advice: bool = True
    ascii_only: bool = False

    @property
    def sight(self) -> Sight | None:
        """What was seen last."""
        return self.watched.sight

    def view_of(self, sight: Sight) -> ClusterView:
        """Return the cluster, with the pods of the namespaces asked for."""
        return in_namespaces(sight.view, self.namespaces)

    def has_pod(self, key: str) -> bool:
        """Return whether a pod is of the namespaces asked for."""
        return not self.namespaces or key.partition("/")[0] in self.namespaces
