"""RemedyView: changes that together let a pod run, where it then runs, and their cost."""

from typing import Annotated

from msgspec import Meta

from kubestow.model import explanation as kinds
from kubestow.model.currency import USD, rounded_to_minor_unit
from kubestow.model.explanation import Change, Remedy
from kubestow.model.instance_type import NANO_USD
from kubestow.views.place_view import PlaceView, place_view
from kubestow.views.settings import Settings
from kubestow.views.shared import CurrencyCode, Rate
from kubestow.views.view import Count, CountFromOne, View, one_of

ChangeKind = Annotated[
    str,
    one_of(
        kinds.LOWER_REQUEST,
        kinds.TOLERATE_TAINT,
        kinds.DROP_NODE_SELECTOR,
        kinds.DROP_NODE_AFFINITY,
        kinds.DROP_HOST_PORT,
        kinds.RELAX_SPREAD,
        kinds.RELAX_AFFINITY,
        kinds.RELAX_ANTI_AFFINITY,
        kinds.ALLOW_IN_POOL,
        kinds.RAISE_LIMIT,
    ),
]


class ChangeView(View, frozen=True):
    """One change to the pod's template or to a NodePool."""

    kind: ChangeKind
    subject: Annotated[
        str,
        Meta(description="The resource, label key, taint, host port or topology key to change."),
    ]
    before: str
    after: str
    node_pool: Annotated[
        str, Meta(description="The NodePool to change; empty for a change to the pod's template.")
    ]
    node_pool_kind: Annotated[
        str,
        Meta(
            description="NodePool, static NodePool, managed node group or self-managed node group; "
            "empty for a change to the pod's template."
        ),
    ]
    node_pool_is_built_in: Annotated[
        bool, Meta(description="The NodePool is kubestow's own: the input has none.")
    ]
    added: Annotated[str, Meta(description="The value added to the NodePool's requirement.")]


class LocalDifferenceView(View, frozen=True):
    """A difference in monthly cost in the user's currency; negative for savings."""

    code: CurrencyCode
    rate: Rate
    per_month: Annotated[
        float, Meta(description="The difference, rounded to the currency's minor unit.")
    ]


class RemedyView(View, frozen=True):
    """A set of changes that lets the pod run.

    Its price is that of the nodes it adds to the plan, minus those it empties.
    """

    changes: Annotated[tuple[ChangeView, ...], Meta(min_length=1, max_length=3)]
    extra_usd_per_hour: Annotated[float, Meta(description="Negative if the changes save money.")]
    extra_usd_per_month: float
    extra_local: Annotated[
        LocalDifferenceView | None,
        Meta(description="The monthly difference in the user's currency; null for USD."),
    ]
    pods: Annotated[
        CountFromOne,
        Meta(description="Pods of the workload whose template changes; the price covers all."),
    ]
    pods_running: Annotated[Count, Meta(description="How many of them already run.")]
    pods_still_pending: Annotated[Count, Meta(description="How many of them still cannot run.")]
    other_pods_helped: Annotated[
        Count,
        Meta(
            description="Unschedulable pods of other workloads that can then run; the price covers "
            "them."
        ),
    ]
    place: Annotated[PlaceView, Meta(description="Where the pod then runs.")]


def remedy_view(remedy: Remedy, settings: Settings) -> RemedyView:
    """Return the view of a remedy."""
    hourly = remedy.extra_nano_usd_per_hour / NANO_USD
    monthly = round(hourly * settings.hours_per_month, 6)
    return RemedyView(
        changes=tuple(map(_change, remedy.changes)),
        extra_usd_per_hour=hourly,
        extra_usd_per_month=monthly,
        extra_local=_local_difference(monthly, settings),
        pods=remedy.pods,
        pods_running=remedy.running,
        pods_still_pending=remedy.still_pending,
        other_pods_helped=remedy.others,
        place=place_view(remedy.place),
    )


def _local_difference(usd_per_month: float, settings: Settings) -> LocalDifferenceView | None:
    code, rate = settings.currency.code, settings.currency.rate
    if code == USD:
        return None
    per_month = rounded_to_minor_unit(usd_per_month * rate, code)
    return LocalDifferenceView(code=code, rate=rate, per_month=float(per_month))


def _change(change: Change) -> ChangeView:
    return ChangeView(
        kind=change.kind,
        subject=change.subject,
        before=change.before,
        after=change.after,
        node_pool=change.nodepool,
        node_pool_kind=change.pool_kind,
        node_pool_is_built_in=change.builtin,
        added=change.added,
    )
