"""ComparisonView: the cost of the same pods on each compute option, and what it cannot run."""

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from kubestow.model.input_error import InputProblem
from kubestow.model.instance_type import NANO_USD
from kubestow.model.option import Comparison
from kubestow.views.input_problem_view import Errors, input_problem_views
from kubestow.views.option_view import OptionView, option_view
from kubestow.views.settings import Settings
from kubestow.views.shared import Assumptions, PriceSources
from kubestow.views.view import API_VERSION, ApiVersion, Count, NonNegative, Positive, View


class ComparisonBoundView(View, frozen=True):
    """The minimum cost of the instances of any fleet from the input's NodePools."""

    usd_per_hour: NonNegative
    rung: Annotated[str, Meta(description="How it was proven.")]


class ComparisonView(View, frozen=True, kw_only=True):
    """What 'kubestow compare -o json' writes.

    Fields may be added; none changes its meaning within v1alpha1.
    """

    api_version: ApiVersion = API_VERSION
    kind: Literal["Comparison"] = "Comparison"
    region: str
    pods: Annotated[Count, Meta(description="Pods to run.")]
    hours_per_month: Positive
    bound: ComparisonBoundView
    options: tuple[OptionView, ...]
    assumptions: Assumptions
    price_sources: PriceSources
    errors: Errors


def comparison_view(
    comparison: Comparison,
    region: str,
    sources: tuple[str, ...],
    settings: Settings,
    problems: Iterable[InputProblem] = (),
) -> ComparisonView:
    """Return the view of a comparison; ``sources`` are the price sources."""
    return ComparisonView(
        region=region,
        pods=comparison.pods,
        hours_per_month=settings.hours_per_month,
        bound=ComparisonBoundView(
            comparison.lower_bound.nano_usd_per_hour / NANO_USD, comparison.lower_bound.rung
        ),
        options=tuple(
            option_view(option, comparison.pods, settings) for option in comparison.options
        ),
        assumptions=comparison.assumptions,
        price_sources=sources,
        errors=input_problem_views(problems),
    )
