"""LandingReport: what became of a plan whose pods were landed by hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kubestow.model.handed_plan import HandedNode


class NodeOutcome(StrEnum):
    """What became of a planned node."""

    OPENED = "opened"
    HELD = "held"
    MISSING = "missing"


class PodOutcome(StrEnum):
    """What became of a planned pod."""

    AS_PLANNED = "asPlanned"
    ELSEWHERE = "elsewhere"
    PENDING = "pending"
    ABSENT = "absent"
    NOT_WANTED = "notWanted"


@dataclass(frozen=True, slots=True)
class LandedNode:
    """A planned node; ``name`` is that of its Node, empty where there is none."""

    planned: HandedNode
    name: str
    outcome: NodeOutcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LandedPod:
    """A planned pod, the pod of the cluster that stands for it, and the Node where that is."""

    planned: str
    planned_node: str
    outcome: PodOutcome
    pod: str = ""
    node: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LandingReport:
    """What was done, or what would be in a ``is_dry_run``.

    ``pods`` are those that the plan has on nodes to launch. ``others`` are held nodes that are none
    of the plan's, with what became of them.
    """

    plan: str
    cluster: str
    nodes: tuple[LandedNode, ...]
    pods: tuple[LandedPod, ...]
    others: tuple[tuple[str, str], ...] = ()
    timed_out: bool = False
    is_dry_run: bool = False

    def count(self, *outcomes: PodOutcome) -> int:
        """Return how many pods have one of these outcomes."""
        return sum(pod.outcome in outcomes for pod in self.pods)

    def nodes_that(self, outcome: NodeOutcome) -> Iterable[LandedNode]:
        """Return the nodes of an outcome."""
        return [node for node in self.nodes if node.outcome is outcome]

    @property
    def is_whole(self) -> bool:
        """True where no planned pod is Pending or has not come."""
        return not self.count(PodOutcome.PENDING, PodOutcome.ABSENT)
