"""A sweep: what is run, kept and counted, with the calls made in this process."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from kubestow.model.reporter import EnoughError, SilentReporter
from kubestow.model.simulated import Result
from kubestow.model.sweep import Row, RunOutcome
from kubestow.simulation.job import Job
from kubestow.simulation.sweep import RunVariant, SettingGrid
from kubestow.testing import owned, replicas, snapshot
from kubestow.usecases.sweep import SweepAnswer, SweepRequest, sweep

PODS = tuple(owned(item) for item in replicas(2, "web", cpu="500m", labels={"app": "web"}))
GRID = SettingGrid(("karpenter", "optimal"), ("steady",), ("none",), (900,), (600,))
REQUEST = SweepRequest(
    base=Job(snapshot(PODS), "", 600), grid=GRID, seeds=(1, 2), workload="web.yaml"
)

Function = Callable[[Job, RunVariant], Result]


class Rows:
    """Rows in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Row] = {}

    def rows(self) -> dict[str, Row]:
        """Return the rows."""
        return dict(self.kept)

    def keep(self, rows: Sequence[Row]) -> None:
        """Keep rows."""
        self.kept.update((row.key, row) for row in rows)


class Here:
    """Executes calls in this process, one a batch; those of some seed fail."""

    def __init__(self, failing: int | None = None) -> None:
        self.failing = failing
        self.called: list[RunVariant] = []

    def __call__(
        self, function: Function, base: Job, variants: Mapping[str, RunVariant]
    ) -> AbstractContextManager[Iterator[Sequence[RunOutcome]]]:
        return nullcontext(self._outcomes(function, base, variants))

    def _outcomes(
        self, function: Function, base: Job, variants: Mapping[str, RunVariant]
    ) -> Iterator[Sequence[RunOutcome]]:
        for key, variant in variants.items():
            self.called.append(variant)
            if variant.seed == self.failing:
                yield [RunOutcome(key, error=RuntimeError("lost"))]
            else:
                yield [RunOutcome(key, function(base, variant))]


class StopsAt:
    """A reporter that has enough after so many runs."""

    def __init__(self, runs: int) -> None:
        self.runs = runs

    def progress(self, step: str, done: int, total: int) -> None:
        """Raise EnoughError once enough runs are done."""
        assert total == 4
        if done >= self.runs:
            raise EnoughError


def outcome(answer: SweepAnswer) -> tuple[int, int, int, bool]:
    return len(answer.rows), answer.rows_before, len(answer.failures), answer.interrupted


def test_every_setting_is_run_for_every_seed_and_kept() -> None:
    rows, here = Rows(), Here()
    answer = sweep(REQUEST, rows, here, SilentReporter())
    assert outcome(answer) == (4, 0, 0, False)
    assert rows.kept == answer.rows
    assert [(run.seed, run.setting.policy) for run in here.called] == [
        (1, "karpenter"), (1, "optimal"), (2, "karpenter"), (2, "optimal"),
    ]  # fmt: skip
    assert {(row.workload, row.region) for row in answer.rows.values()} == {("web.yaml", "test-1")}
    assert sorted(summary.runs for summary in answer.summaries) == [2, 2]


def test_rows_that_are_there_are_not_run_again() -> None:
    rows = Rows()
    whole = sweep(REQUEST, rows, Here(), SilentReporter())
    here = Here()
    again = sweep(REQUEST, rows, here, SilentReporter())
    assert outcome(again) == (4, 4, 0, False)
    assert here.called == []
    assert again.summaries == whole.summaries


def test_rows_of_another_sweep_in_the_same_folder_do_not_count() -> None:
    rows = Rows()
    other = SettingGrid(("karpenter",), ("steady",), ("none",), (900,), (300,))
    sweep(SweepRequest(base=REQUEST.base, grid=other, seeds=(1,), workload="web.yaml"), rows,
          Here(), SilentReporter())  # fmt: skip
    answer = sweep(REQUEST, rows, Here(), SilentReporter())
    assert outcome(answer) == (4, 0, 0, False)
    assert len(rows.kept) == 5


def test_a_run_that_fails_is_no_row_and_the_others_go_on() -> None:
    rows = Rows()
    answer = sweep(REQUEST, rows, Here(failing=1), SilentReporter())
    assert outcome(answer) == (2, 0, 2, False)
    assert {row.result.seed for row in rows.kept.values()} == {2}
    assert [summary.runs for summary in answer.summaries] == [1, 1]


def test_an_interrupted_sweep_keeps_and_sums_up_what_is_done() -> None:
    rows = Rows()
    answer = sweep(REQUEST, rows, Here(), StopsAt(2))
    assert outcome(answer) == (2, 0, 0, True)
    assert len(rows.kept) == 2
    assert [summary.runs for summary in answer.summaries] == [1, 1]
