"""Both costs of a plan as text: its pods landed by kubestow, and placed by kube-scheduler alone."""

from collections.abc import Iterator

from kubestow.model.counted import counted
from kubestow.report.numbers_text import percent_text
from kubestow.views.placements_view import PlacementsView, PlacementView

IF_LANDED = "if kubestow lands the pods"
IF_ALONE = "if kube-scheduler places the pods alone"


def placement_lines(placements: PlacementsView, *, rehearsed: bool) -> Iterator[str]:
    """Yield a plan's lines about the cost that is not shown; each begins with a name.

    ``rehearsed`` says that the nodes shown are the rehearsed ones.
    """
    alone, landed = placements.kube_scheduler, placements.kubestow
    if alone is None:
        yield (
            f"  rehearsed  no: the cost holds {IF_LANDED}; kube-scheduler alone may leave pods of "
            "this plan Pending"
        )
    elif placements.orders is None:
        yield "  rehearsed  there is no pod to place"
    elif not rehearsed:
        yield f"  rehearsed  {_other(alone, IF_ALONE, placements)}"
        yield f"  landed     {must_be_landed(landed)}"
    elif landed.pending:
        yield f"  landed     {_other(landed, IF_LANDED, placements)}"
    else:
        yield "  landed     the same: kube-scheduler alone leaves no pod Pending"


def must_be_landed(landed: PlacementView) -> str:
    """Return that kubestow has to land the pods, and what is known to happen otherwise."""
    if landed.pending is None:
        return "kubestow has to land the pods, or kube-scheduler may leave some Pending"
    pods = counted(landed.pending, "pod")
    return f"kubestow has to land the pods, or kube-scheduler leaves up to {pods} Pending"


def _other(placement: PlacementView, condition: str, placements: PlacementsView) -> str:
    """Return what the fleet that is not shown costs, against the one that is."""
    over = "" if placement.gap is None else f", {percent_text(placement.gap)} over the minimum"
    fleet = f"{placement.usd_per_hour:.4f} USD/h on {counted(placement.nodes, 'new node')}"
    return f"{fleet} {condition}: {difference_text(placements)}{over}"


def difference_text(placements: PlacementsView) -> str:
    """Return how much less or more the fleet costs that is not shown."""
    more = placements.difference_usd_per_hour or 0.0
    more = more if placements.is_landed else -more
    if not round(more, 4):
        return "the same cost"
    return f"{abs(more):.4f} USD/h {'more' if more > 0 else 'less'}"
