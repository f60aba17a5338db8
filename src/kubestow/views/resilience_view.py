"""Launch lists, spot diversity and headroom, as parts of the plan's view."""

from typing import Annotated

from msgspec import Meta

from kubestow.model.headroom import is_headroom
from kubestow.model.plan import NARROWING, Alternative, LaunchList, Plan, PlannedNode
from kubestow.model.resources import CPU, MEMORY, format_amount
from kubestow.model.snapshot import Snapshot
from kubestow.views.shared import Quantities
from kubestow.views.view import Count, CountFromOne, NonNegative, View, one_of

_WIDER = {
    "NodePool": "its NodePool has too few spot offerings: widen the NodePool's requirements",
    "Pods": "its pods allow too few spot offerings: relax their node selectors, affinity, "
    "tolerations or volumes",
    "Resources": "too few spot offerings are large enough for its pods within the limits of its "
    "NodePool: allow larger types, or raise the limits",
    "Topology": "constraints between its pods and others keep it in its zone: make them "
    "preferred, or ask for one zone",
}


class HeadroomView(View, frozen=True):
    """Capacity reserved for future pods by placeholder pods in the namespace kubestow-headroom.

    They count in cost, bound, rehearsal and the nodes' requested, but not in the nodes' pods;
    those that cannot be placed are in unschedulable.
    """

    pods: Annotated[CountFromOne, Meta(description="Placeholder pods.")]
    unplaced: Annotated[Count, Meta(description="Placeholder pods that cannot be placed.")]
    cpu: Annotated[str, Meta(description="The cpu of all placeholder pods.")]
    memory: Annotated[str, Meta(description="The memory of all placeholder pods.")]
    pod_requests: Annotated[Quantities, Meta(description="What each placeholder pod requests.")]


class AlternativeView(View, frozen=True):
    """Another offering that fits a node's pods."""

    instance_type: str
    zone: str
    capacity_type: str
    usd_per_hour: Annotated[NonNegative, Meta(description="With what --costs adds.")]
    price_is_estimate: bool


class LaunchListView(View, frozen=True):
    """The other offerings of a node's NodePool that fit its pods and its DaemonSets.

    Each replaces this node alone; the rest of the plan stays as it is.
    """

    count: Annotated[Count, Meta(description="The number of all such offerings.")]
    alternatives: Annotated[
        tuple[AlternativeView, ...], Meta(description="The cheapest ones.", max_length=60)
    ]


class NarrowSpotNodeView(View, frozen=True):
    """A spot node that too few instance types or zones could replace."""

    node: str
    node_pool: str
    types_by_zone: Annotated[
        dict[str, CountFromOne],
        Meta(description="Spot instance types that fit its pods, its own included."),
    ]
    narrowed_by: Annotated[
        str,
        one_of(*NARROWING),
        Meta(
            description="The first criterion that leaves too few: the NodePool's offerings, the "
            "pods' own constraints, their resources, or constraints between pods."
        ),
    ]
    message: Annotated[str, Meta(description="How to widen the choice.")]
    on_demand: Annotated[
        AlternativeView | None,
        Meta(
            description="The cheapest on-demand offering that fits its pods; null if there is none."
        ),
    ]


class SpotDiversityView(View, frozen=True):
    """The spot nodes with too little choice of instance types and zones."""

    types: Annotated[CountFromOne, Meta(description="Instance types requested in each zone.")]
    zones: Annotated[CountFromOne, Meta(description="Zones requested.")]
    spot_nodes: Annotated[Count, Meta(description="All new spot nodes.")]
    nodes: Annotated[
        tuple[NarrowSpotNodeView, ...],
        Meta(description="Those with fewer types or zones than requested."),
    ]


def headroom_view(plan: Plan, snapshot: Snapshot) -> HeadroomView | None:
    """Return the headroom, or None if none was requested."""
    pods = [pod for pod in snapshot.cluster.pods if is_headroom(pod.key)]
    if not pods:
        return None
    each = dict(pods[0].template.requests)
    return HeadroomView(
        pods=len(pods),
        unplaced=sum(is_headroom(item.pod) for item in plan.unschedulable),
        cpu=format_amount(CPU, each.get(CPU, 0) * len(pods)),
        memory=format_amount(MEMORY, each.get(MEMORY, 0) * len(pods)),
        pod_requests={name: format_amount(name, amount) for name, amount in each.items()},
    )


def launch_list_view(launch: LaunchList) -> LaunchListView:
    """Return a node's launch list."""
    return LaunchListView(launch.count, tuple(map(_alternative, launch.alternatives)))


def spot_diversity_view(plan: Plan, types: int, zones: int) -> SpotDiversityView:
    """Return the spot nodes for which fewer than ``types`` types in ``zones`` zones would do."""
    spot = [node for node in plan.nodes if node.launch is not None and node.launch.spot_types]
    steps = [(node, _narrowed_by(node, types, zones)) for node in spot]
    return SpotDiversityView(
        types=types,
        zones=zones,
        spot_nodes=len(spot),
        nodes=tuple(_narrow(node, step) for node, step in steps if step is not None),
    )


def _narrowed_by(node: PlannedNode, types: int, zones: int) -> int | None:
    """Return the first step that leaves a spot node too few types or zones, if any."""
    steps = node.launch.spot_types if node.launch else ()
    for number, by_zone in enumerate(steps):
        if sum(count >= types for _, count in by_zone) < zones:
            return number
    return None


def _narrow(node: PlannedNode, step: int) -> NarrowSpotNodeView:
    launch = node.launch
    assert launch is not None, "only nodes with a launch list get here"
    return NarrowSpotNodeView(
        node=node.name,
        node_pool=node.nodepool,
        types_by_zone=dict(launch.spot_types[-1]),
        narrowed_by=NARROWING[step],
        message=_WIDER[NARROWING[step]],
        on_demand=None if launch.on_demand is None else _alternative(launch.on_demand),
    )


def _alternative(item: Alternative) -> AlternativeView:
    return AlternativeView(
        instance_type=item.instance_type,
        zone=item.zone,
        capacity_type=item.capacity_type,
        usd_per_hour=item.price.usd_per_hour,
        price_is_estimate=item.price.is_estimate,
    )
