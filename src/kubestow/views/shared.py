"""Parts shared by several views: money in a currency, taints, and ignored input."""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from kubestow.model.currency import USD, rounded_to_minor_unit
from kubestow.model.snapshot import Ignored
from kubestow.model.taints import Taint
from kubestow.views.settings import Settings
from kubestow.views.view import CountFromOne, NonNegative, Positive, View, one_of

PodKey = Annotated[str, Meta(description="namespace/name", pattern="^[^/]+/[^/]+$")]
CurrencyCode = Annotated[str, Meta(description="The ISO 4217 code.", pattern="^[A-Z]{3}$")]
Rate = Annotated[Positive, Meta(description="Units of the currency that one USD buys.")]
Quantities = Annotated[dict[str, str], Meta(description="Kubernetes quantities by resource.")]
Assumptions = Annotated[tuple[str, ...], Meta(description="Assumptions beyond the input.")]
PriceSources = Annotated[
    tuple[str, ...], Meta(description="The sources of the catalog's prices and facts.")
]


class LocalCostView(View, frozen=True):
    """A monthly cost in the user's currency."""

    code: CurrencyCode
    rate: Rate
    per_month: Annotated[
        NonNegative, Meta(description="The monthly cost, rounded to the currency's minor unit.")
    ]


class TaintView(View, frozen=True):
    """A taint of a node."""

    key: str
    value: str
    effect: Annotated[str, one_of("NoSchedule", "PreferNoSchedule", "NoExecute")]


class IgnoredView(View, frozen=True):
    """Objects of one kind that are not taken into account, and why."""

    kind: str
    count: CountFromOne
    reason: str


IgnoredObjects = Annotated[
    tuple[IgnoredView, ...],
    Meta(description="Objects of the input that are not taken into account."),
]


def local_cost_view(usd_per_month: float, settings: Settings) -> LocalCostView | None:
    """Return a cost in the user's currency; None for USD."""
    code, rate = settings.currency.code, settings.currency.rate
    if code == USD:
        return None
    per_month = rounded_to_minor_unit(usd_per_month * rate, code)
    return LocalCostView(code=code, rate=rate, per_month=float(per_month))


def taint_views(taints: Iterable[Taint]) -> tuple[TaintView, ...]:
    """Return the views of taints, in order."""
    return tuple(TaintView(key=t.key, value=t.value, effect=t.effect) for t in taints)


def ignored_views(ignored: Iterable[Ignored]) -> tuple[IgnoredView, ...]:
    """Return the views of ignored objects, in order."""
    return tuple(
        IgnoredView(kind=item.kind, count=item.count, reason=item.reason) for item in ignored
    )
