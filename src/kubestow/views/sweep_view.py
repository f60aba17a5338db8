"""SweepView: the results of each setting of a sweep over all its seeds."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta

from kubestow.model.instance_type import NANO_USD
from kubestow.model.sweep import Difference, Estimate, FailedRun, Summary, Swept
from kubestow.views.shared import PriceSources
from kubestow.views.spot_prices_view import SpotPricesView, spot_prices_view
from kubestow.views.view import (
    API_VERSION,
    ApiVersion,
    Count,
    CountFromOne,
    NonNegative,
    View,
    one_of,
)

_SECONDS_PER_DAY = 86_400
_DIGITS = 9

PolicyName = Annotated[str, one_of("optimal", "karpenter", "cluster-autoscaler")]


class EstimateView(View, frozen=True):
    """A mean and its confidence interval by Student's t; a single run has no interval."""

    mean: float
    low: float | None
    high: float | None


class DifferenceView(View, frozen=True):
    """The figures of a setting minus those of the first policy in the same setting."""

    from_policy: PolicyName
    pairs: Annotated[CountFromOne, Meta(description="How many seeds both policies have run.")]
    cost_usd: EstimateView
    wait_seconds_p99: EstimateView
    pending_pod_seconds: EstimateView
    evictions: EstimateView


class SettingView(View, frozen=True):
    """The means of all runs of one setting."""

    rank: CountFromOne
    policy: PolicyName
    shape: str
    faults: str
    step_seconds: CountFromOne
    days: NonNegative
    runs: Annotated[CountFromOne, Meta(description="How many seeds the means are over.")]
    cost_usd: EstimateView
    wait_seconds_p99: EstimateView
    pending_pod_seconds: EstimateView
    evictions: EstimateView
    difference: Annotated[
        DifferenceView | None,
        Meta(description="Over the seeds that both policies have run; null for the first policy."),
    ]


class FailedRunView(View, frozen=True):
    """A failed run; figures do not include it."""

    policy: PolicyName
    shape: str
    faults: str
    step_seconds: CountFromOne
    days: NonNegative
    seed: Count
    error: str


class RunCountsView(View, frozen=True):
    """How many runs there were."""

    asked: Annotated[CountFromOne, Meta(description="Settings times seeds.")]
    done: Count
    taken_from_folder: Annotated[
        Count, Meta(description="How many of the done runs --resume found in the directory.")
    ]
    failed: Count


class SweepView(View, frozen=True, kw_only=True):
    """What 'kubestow sweep -o json' writes.

    Fields may be added; none changes its meaning within v1alpha1.
    """

    api_version: ApiVersion = API_VERSION
    kind: Literal["Sweep"] = "Sweep"
    workload: Annotated[str, Meta(description="As it was named on the command line.")]
    region: str
    seeds: Annotated[tuple[Count, ...], Meta(min_length=1, extra_json_schema={"uniqueItems": True})]
    spot_prices: SpotPricesView
    confidence: Annotated[
        float, Meta(gt=0, lt=1, description="The level of the intervals; 0.95 is 95 %.")
    ]
    runs: RunCountsView
    is_interrupted: bool
    settings: Annotated[
        tuple[SettingView, ...],
        Meta(description="One for each point of the grid with a completed run, by mean cost."),
    ]
    failures: tuple[FailedRunView, ...]
    file: Annotated[str, Meta(description="The Parquet file with a row for every run.")]
    price_sources: PriceSources


def sweep_view(swept: Swept, summaries: Sequence[Summary], sources: tuple[str, ...]) -> SweepView:
    """Return the view of a sweep; the settings keep their order, which is by cost."""
    return SweepView(
        workload=swept.workload,
        region=swept.region,
        seeds=swept.seeds,
        spot_prices=spot_prices_view(swept.spot_prices),
        confidence=swept.confidence,
        runs=RunCountsView(
            asked=swept.asked,
            done=swept.done,
            taken_from_folder=swept.known,
            failed=len(swept.failures),
        ),
        is_interrupted=swept.is_interrupted,
        settings=tuple(_setting(rank, summary) for rank, summary in enumerate(summaries, 1)),
        failures=tuple(map(_failure, swept.failures)),
        file=swept.file,
        price_sources=sources,
    )


def _setting(rank: int, summary: Summary) -> SettingView:
    own, figures = summary.setting, _estimates(summary.figures)
    return SettingView(
        rank=rank,
        policy=own.policy,
        shape=own.shape,
        faults=own.faults,
        step_seconds=own.step,
        days=_days(own.seconds),
        runs=summary.runs,
        cost_usd=figures["nano_usd"],
        wait_seconds_p99=figures["wait_p99"],
        pending_pod_seconds=figures["pending_pod_seconds"],
        evictions=figures["evictions"],
        difference=None if summary.difference is None else _difference(summary.difference),
    )


def _difference(difference: Difference) -> DifferenceView:
    figures = _estimates(difference.figures)
    return DifferenceView(
        from_policy=difference.policy,
        pairs=difference.pairs,
        cost_usd=figures["nano_usd"],
        wait_seconds_p99=figures["wait_p99"],
        pending_pod_seconds=figures["pending_pod_seconds"],
        evictions=figures["evictions"],
    )


def _failure(failed: FailedRun) -> FailedRunView:
    own = failed.setting
    return FailedRunView(
        policy=own.policy,
        shape=own.shape,
        faults=own.faults,
        step_seconds=own.step,
        days=_days(own.seconds),
        seed=failed.seed,
        error=failed.error,
    )


def _days(seconds: int) -> float:
    return round(seconds / _SECONDS_PER_DAY, 6)


def _estimates(figures: Mapping[str, Estimate]) -> dict[str, EstimateView]:
    return {
        name: _estimate(figure, NANO_USD if name == "nano_usd" else 1)
        for name, figure in figures.items()
    }


def _estimate(estimate: Estimate, unit: int) -> EstimateView:
    half = estimate.half_width
    return EstimateView(
        mean=round(estimate.mean / unit, _DIGITS),
        low=None if half is None else round((estimate.mean - half) / unit, _DIGITS),
        high=None if half is None else round((estimate.mean + half) / unit, _DIGITS),
    )
