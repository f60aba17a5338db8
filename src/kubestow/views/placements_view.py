"""PlacementsView: what a fleet costs if kubestow lands the pods, and if kube-scheduler is alone."""

from typing import Annotated

from msgspec import Meta

from kubestow.model.instance_type import NANO_USD
from kubestow.model.placements import KUBE_SCHEDULER, KUBESTOW, Placement, Placements
from kubestow.views.settings import Settings
from kubestow.views.shared import LocalCostView, local_cost_view
from kubestow.views.view import Count, NonNegative, View, one_of


class PlacementView(View, frozen=True):
    """A fleet that runs the pods, if they are placed this way."""

    usd_per_hour: Annotated[
        NonNegative,
        Meta(description="What is in cost.usdPerHour: in a comparison the whole option."),
    ]
    usd_per_month: NonNegative
    local: Annotated[
        LocalCostView | None, Meta(description="In the user's currency; null for USD.")
    ]
    nodes: Annotated[Count, Meta(description="New nodes.")]
    gap: Annotated[
        float | None,
        Meta(
            description="The cost of the new nodes / bound - 1; null if the bound is zero and the "
            "cost is not."
        ),
    ]
    pending: Annotated[
        Count | None,
        Meta(
            description="Pods that kube-scheduler alone leaves Pending on these nodes in the worst "
            "order of arrival rehearsed; null without a rehearsal."
        ),
    ]


class PlacementsView(View, frozen=True):
    """Both costs of the same pods: landed by kubestow, and placed by kube-scheduler alone.

    Landing holds the nodes that kubestow launched until each planned pod is on its own node. It
    needs kubestow in the cluster, or 'kubestow land'.
    """

    by: Annotated[
        str,
        one_of(KUBE_SCHEDULER, KUBESTOW),
        Meta(
            description="Who places the pods of the fleet that is shown, by --placed-by. Without a "
            "complete rehearsal, kubestow has to."
        ),
    ]
    kubestow: Annotated[PlacementView, Meta(description="If kubestow lands the pods.")]
    kube_scheduler: Annotated[
        PlacementView | None,
        Meta(
            description="If kube-scheduler places the pods alone; null without a complete "
            "rehearsal."
        ),
    ]
    difference_usd_per_hour: Annotated[
        float | None,
        Meta(description="kubeScheduler.usdPerHour - kubestow.usdPerHour; null like the former."),
    ]
    orders: Annotated[
        Count | None, Meta(description="Orders of arrival rehearsed; null if none was.")
    ]

    @property
    def is_landed(self) -> bool:
        """True if the fleet that is shown is the one for landed pods."""
        return self.by == KUBESTOW

    @property
    def other(self) -> PlacementView | None:
        """The fleet that is not shown; None without a complete rehearsal."""
        if self.kube_scheduler is None:
            return None
        return self.kube_scheduler if self.is_landed else self.kubestow


def placements_view(placements: Placements, settings: Settings) -> PlacementsView:
    """Return the view of both costs."""
    alone, difference = placements.rehearsed, placements.difference_nano_usd_per_hour
    return PlacementsView(
        by=placements.by,
        kubestow=_placement(placements.landed, settings),
        kube_scheduler=None if alone is None else _placement(alone, settings),
        difference_usd_per_hour=None if difference is None else difference / NANO_USD,
        orders=placements.orders,
    )


def _placement(placement: Placement, settings: Settings) -> PlacementView:
    usd_per_hour = placement.nano_usd_per_hour / NANO_USD
    usd_per_month = round(usd_per_hour * settings.hours_per_month, 6)
    return PlacementView(
        usd_per_hour=usd_per_hour,
        usd_per_month=usd_per_month,
        local=local_cost_view(usd_per_month, settings),
        nodes=placement.nodes,
        gap=None if placement.gap is None else round(placement.gap, 6),
        pending=placement.pending,
    )
