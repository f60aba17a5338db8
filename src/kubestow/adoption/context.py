"""AdoptionContext: everything that the checks of a change-over look at, worked out once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from kubestow.model.adoption import Home, ManagedNodes, Manager, ManagerObjects
from kubestow.model.input_error import InputProblem
from kubestow.model.migration import Migration, Request
from kubestow.model.nodepool import Launcher, NodePool
from kubestow.model.observed import Observed
from kubestow.model.plan import Plan
from kubestow.model.survey import Survey

KARPENTER = "https://karpenter.sh/docs/concepts/"
KUBERNETES = "https://kubernetes.io/docs/"
EKS = "https://docs.aws.amazon.com/eks/latest/userguide/"
_NAMES_MAX = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class AdoptionContext:
    """A change-over to be judged.

    ``class_problems`` are what EC2NodeClasses have that kubestow cannot launch with; ``classes``
    are the names of those that it can. Those are None for files that have no EC2NodeClass. Where it
    ``keeps_groups``, ``kept`` are the node groups that somebody else scales from then on.
    """

    of: Manager
    to: Manager
    observed: Observed
    objects: ManagerObjects
    survey: Survey
    groups: tuple[ManagedNodes, ...]
    moving: tuple[str, ...]
    home: Home | None
    at: int
    classes: frozenset[str] = frozenset()
    class_problems: tuple[InputProblem, ...] = ()
    migration: Migration | None = None
    request: Request | None = None
    plan: Plan | None = None
    offers: bool = False
    notes: tuple[str, ...] = field(default=())
    keeps_groups: bool = False
    kept: tuple[str, ...] = ()

    @property
    def pools(self) -> tuple[NodePool, ...]:
        """The NodePools that kubestow launches from (kubestow.controller.following)."""
        return launching(self.observed.snapshot.cluster.nodepools)

    def of_manager(self, manager: Manager) -> tuple[ManagedNodes, ...]:
        """Return the groups of a manager."""
        return tuple(group for group in self.groups if group.manager is manager)

    def runs(self, manager: Manager) -> bool:
        """Return whether a manager is running."""
        return self.objects.runs(manager, self.at)


def launching(pools: Iterable[NodePool]) -> tuple[NodePool, ...]:
    """Return the NodePools that kubestow may launch from: Karpenter's that are not static."""
    return tuple(
        pool for pool in pools if pool.launched_by is Launcher.KARPENTER and pool.replicas is None
    )


def listed(names: Iterable[str], most: int = _NAMES_MAX) -> str:
    """Return the first names, separated by commas, and how many more there are."""
    items = list(names)
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more
