"""KindsView: what the plan costs with few instance types."""

from typing import Annotated

from msgspec import Meta

from kubestow.model.instance_type import NANO_USD
from kubestow.model.kinds import KindsCost, KindsCurve
from kubestow.model.plan import LowerBound
from kubestow.views.settings import Settings
from kubestow.views.view import Count, CountFromOne, NonNegative, View


class KindsCostView(View, frozen=True):
    """What the new nodes cost if they are of at most so many instance types."""

    kinds: Annotated[CountFromOne | None, Meta(description="null for any number.")]
    instance_types: Annotated[tuple[str, ...], Meta(description="Those it uses, sorted.")]
    nodes: Annotated[Count, Meta(description="New nodes.")]
    usd_per_hour: NonNegative
    usd_per_month: NonNegative
    gap: Annotated[
        float | None, Meta(description="cost / bound - 1; null if nothing above zero is proven.")
    ]
    shown: Annotated[bool, Meta(description="Whether the plan was made from this one.")]


class KindsView(View, frozen=True):
    """What few instance types cost, if kubestow lands the pods."""

    costs: tuple[KindsCostView, ...]
    within: Annotated[
        NonNegative,
        Meta(description="The share that fewer kinds may cost more than any number."),
    ]
    enough: Annotated[
        bool, Meta(description="False if the kinds that --kinds asks for cannot run the pods.")
    ]


def kinds_view(curve: KindsCurve, least: LowerBound, settings: Settings) -> KindsView:
    """Return the view of the costs by number of kinds, against the proven minimum."""

    def view(position: int, item: KindsCost) -> KindsCostView:
        usd, bound = item.nano_usd_per_hour / NANO_USD, least.nano_usd_per_hour
        return KindsCostView(
            kinds=item.kinds,
            instance_types=item.types,
            nodes=item.nodes,
            usd_per_hour=usd,
            usd_per_month=round(usd * settings.hours_per_month, 6),
            gap=round(item.nano_usd_per_hour / bound - 1, 6) if bound else None,
            shown=position == curve.chosen,
        )

    costs = tuple(view(position, item) for position, item in enumerate(curve.costs))
    return KindsView(costs=costs, within=curve.within, enough=curve.enough)
