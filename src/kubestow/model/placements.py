"""Placements: what the fleet of a plan costs, by who puts the pods on its nodes.

kubestow can land pods: it holds the nodes it launched until each planned pod is on its own node.
The fleet is then the one that was planned. kube-scheduler alone does not know the plan and mostly
needs more.
"""

from dataclasses import dataclass
from typing import Literal

from kubestow.model.plan import Plan

Placer = Literal["kube-scheduler", "kubestow"]
KUBE_SCHEDULER: Placer = "kube-scheduler"
KUBESTOW: Placer = "kubestow"


@dataclass(frozen=True, slots=True)
class Placement:
    """What a fleet costs, and what kube-scheduler alone makes of it.

    ``gap`` is the cost over the proven minimum, less 1; None if the minimum is zero. ``pending`` is
    how many pods kube-scheduler alone leaves Pending on it in the worst order of arrival rehearsed;
    None if none was.
    """

    nano_usd_per_hour: int
    nodes: int  # new ones
    gap: float | None
    pending: int | None


@dataclass(frozen=True, slots=True)
class Placements:
    """The fleet on which kubestow lands the pods, and the one kube-scheduler alone needs.

    ``by`` is who places the pods of the plan that is shown. ``rehearsed`` is None if there was no
    complete rehearsal; ``orders`` is how many orders of arrival were rehearsed, None if none was.
    """

    by: Placer
    landed: Placement
    rehearsed: Placement | None = None
    orders: int | None = None

    @property
    def difference_nano_usd_per_hour(self) -> int | None:
        """How much more the rehearsed fleet costs than the landed one."""
        if self.rehearsed is None:
            return None
        return self.rehearsed.nano_usd_per_hour - self.landed.nano_usd_per_hour


def placements_of(landed: Plan, rehearsed: Plan | None, by: Placer) -> Placements:
    """Return both costs of a plan; without a rehearsal kubestow has to land the pods."""
    if rehearsed is None:
        return Placements(KUBESTOW, _placement(landed, None))
    result = rehearsed.rehearsed
    if result is None:  # there was no pod to place
        return Placements(by, _placement(landed, 0), _placement(rehearsed, 0))
    left = result.pending if landed.nodes == rehearsed.nodes else result.pending_as_planned
    return Placements(
        by, _placement(landed, left), _placement(rehearsed, result.pending), result.orders
    )


def _placement(plan: Plan, pending: int | None) -> Placement:
    new = sum(not node.existing for node in plan.nodes)
    return Placement(plan.cost_nano_usd_per_hour, new, plan.gap, pending)
