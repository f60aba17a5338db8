"""PlaceView: a node or an offering for a pod; and the one that comes closest to fitting it."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from kubestow.model.explanation import NearestMiss, NodePlace
from kubestow.model.instance_type import NANO_USD
from kubestow.model.resources import format_amount
from kubestow.views.view import View


class PlaceView(View, frozen=True):
    """A node or an offering that runs a pod or would run it."""

    node: Annotated[str, Meta(description="Empty for an offering without a planned node.")]
    node_pool: str
    instance_type: str
    zone: str
    capacity_type: str
    usd_per_hour: Annotated[
        float, Meta(ge=0, description="0 for an existing node: it adds no cost.")
    ]
    price_is_estimate: bool
    existing: Annotated[bool, Meta(description="The node is in the input or reserved.")]
    planned: Annotated[
        bool,
        Meta(description="In a remedy: the plan launches the node for other pods anyway."),
    ]
    reservation: (
        Annotated[
            str,
            Meta(
                description="Only for a reserved node, which does not exist yet: the reservation "
                "in the costs file that pays for it."
            ),
        ]
        | UnsetType
    ) = UNSET


class ShortfallView(View, frozen=True):
    """A resource that is short."""

    resource: str
    requested: str
    available: str
    short: Annotated[str, Meta(description="How much is missing.")]


class NearestPlaceView(View, frozen=True):
    """The place that comes closest to fitting the pod, and what is missing there."""

    place: PlaceView
    refused_by: Annotated[
        tuple[str, ...],
        Meta(description="The filters that refuse the pod there; NodePoolLimits for a limit."),
    ]
    shortfalls: tuple[ShortfallView, ...]


def place_view(place: NodePlace) -> PlaceView:
    """Return the view of a place."""
    return PlaceView(
        node=place.node,
        node_pool=place.nodepool,
        instance_type=place.instance_type,
        zone=place.zone,
        capacity_type=place.capacity_type,
        usd_per_hour=place.nano_usd_per_hour / NANO_USD,
        price_is_estimate=place.is_estimate,
        existing=place.existing,
        planned=place.planned,
        reservation=place.reservation or UNSET,
    )


def nearest_place_view(nearest: NearestMiss) -> NearestPlaceView:
    """Return the view of the place that comes closest."""
    return NearestPlaceView(
        place=place_view(nearest.place),
        refused_by=nearest.refused_by,
        shortfalls=tuple(
            ShortfallView(
                resource=item.resource,
                requested=format_amount(item.resource, item.requested),
                available=format_amount(item.resource, item.available),
                short=format_amount(item.resource, item.short),
            )
            for item in nearest.shortfalls
        ),
    )
