"""A sweep's view: ranks by order, intervals around means, costs in USD."""

from kubestow.model.sweep import Difference, Estimate, FailedRun, Setting, Summary, Swept
from kubestow.views.sweep_view import EstimateView, SweepView, sweep_view

FIGURES = {
    "nano_usd": Estimate(2 * 10**9, 5 * 10**8),
    "wait_p99": Estimate(60.0, None),
    "pending_pod_seconds": Estimate(100.0, 1.0),
    "evictions": Estimate(3.0, 0.0),
}
CHEAP = Setting("optimal", "steady", "none", 60, 43_200)
OTHER = Setting("karpenter", "steady", "none", 60, 43_200)
SWEPT = Swept(
    "web/", "test-1", (1, 2), asked=4, done=3, known=1, confidence=0.95, file="results.parquet",
    failures=(FailedRun(OTHER, 2, "died"),),
)  # fmt: skip


def view() -> SweepView:
    summaries = [
        Summary(CHEAP, 2, FIGURES),
        Summary(OTHER, 1, FIGURES, Difference("optimal", 1, FIGURES)),
    ]
    return sweep_view(SWEPT, summaries, ("a list",))


def test_settings_are_ranked_in_their_order() -> None:
    assert [(item.rank, item.policy, item.days) for item in view().settings] == [
        (1, "optimal", 0.5), (2, "karpenter", 0.5),
    ]  # fmt: skip


def test_costs_are_in_usd_with_their_interval() -> None:
    assert view().settings[0].cost_usd == EstimateView(2.0, 1.5, 2.5)
    assert view().settings[0].evictions == EstimateView(3.0, 3.0, 3.0)


def test_a_single_run_has_no_interval() -> None:
    assert view().settings[0].wait_seconds_p99 == EstimateView(60.0, None, None)


def test_only_other_policies_differ_from_the_first() -> None:
    first, second = view().settings
    assert first.difference is None
    assert second.difference is not None
    assert (second.difference.from_policy, second.difference.pairs) == ("optimal", 1)


def test_failed_runs_are_counted_and_named() -> None:
    assert (view().runs.asked, view().runs.done, view().runs.failed) == (4, 3, 1)
    (failed,) = view().failures
    assert (failed.policy, failed.seed, failed.error) == ("karpenter", 2, "died")
