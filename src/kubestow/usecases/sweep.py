"""Sweep: many simulations over settings and seeds, and what they come to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from kubestow import __version__
from kubestow.model.reporter import EnoughError, Reporter
from kubestow.model.simulated import Result
from kubestow.model.sweep import Row, RunOutcome, Summary
from kubestow.simulation.job import Job
from kubestow.simulation.sweep import (
    CONFIDENCE,
    RunVariant,
    SettingGrid,
    base_digest,
    changes,
    key_of,
    run_change,
    summaries,
)

Execute = Callable[
    [Callable[[Job, RunVariant], Result], Job, Mapping[str, RunVariant]],
    AbstractContextManager[Iterator[Sequence[RunOutcome]]],
]
"""Calls a function for each variant, wherever the processes are; yields outcomes as they come."""


class RowStore(Protocol):
    """Where the rows of finished runs are kept."""

    def rows(self) -> dict[str, Row]:
        """Return the rows that are there already, by key."""

    def keep(self, rows: Sequence[Row]) -> None:
        """Keep rows; they are safe when this returns."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepRequest:
    """The job that all runs share, what they vary, and their seeds."""

    base: Job
    grid: SettingGrid
    seeds: Sequence[int]
    workload: str


@dataclass(slots=True)
class SweepAnswer:
    """What came of the runs; ``rows_before`` of the rows were there before.

    ``confidence`` is that of the intervals in ``summaries``.
    """

    variants: dict[str, RunVariant]
    rows: dict[str, Row] = field(default_factory=dict)
    rows_before: int = 0
    failures: list[RunOutcome] = field(default_factory=list)
    interrupted: bool = False
    summaries: list[Summary] = field(default_factory=list)
    confidence: float = CONFIDENCE


def sweep(
    request: SweepRequest, store: RowStore, execute: Execute, reporter: Reporter
) -> SweepAnswer:
    """Run what is not in the store yet; keep and count each batch as it comes."""
    shared = base_digest(request.base, __version__)
    variants = {
        key_of(shared, variant): variant for variant in changes(request.grid, request.seeds)
    }
    answer = SweepAnswer(variants)
    answer.rows = {key: row for key, row in store.rows().items() if key in variants}
    answer.rows_before = len(answer.rows)
    if len(answer.rows) < len(variants):
        try:
            _run(request, answer, store, execute, reporter)
        except EnoughError:
            answer.interrupted = True
    in_order = [answer.rows[key] for key in variants if key in answer.rows]
    answer.summaries = summaries(in_order, request.grid)
    return answer


def _run(
    request: SweepRequest,
    answer: SweepAnswer,
    store: RowStore,
    execute: Execute,
    reporter: Reporter,
) -> None:
    region = request.base.snapshot.catalog.region
    left = {key: v for key, v in answer.variants.items() if key not in answer.rows}
    with execute(run_change, request.base, left) as batches:
        _report(reporter, answer)
        for batch in batches:
            rows = [
                Row(done.key, request.workload, region, left[done.key].setting, done.value)
                for done in batch
                if done.error is None
            ]
            store.keep(rows)
            answer.rows.update((row.key, row) for row in rows)
            answer.failures += [done for done in batch if done.error is not None]
            _report(reporter, answer)


def _report(reporter: Reporter, answer: SweepAnswer) -> None:
    done, total = len(answer.rows) + len(answer.failures), len(answer.variants)
    reporter.progress(f"{done} of {total} runs,", done, total)
