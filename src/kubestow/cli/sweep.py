"""The sweep command: many simulations at once, over a grid and seeds.

Law: only this process writes; what is done is in the folder before it counts as done, and is not
run again with --resume.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from kubestow import __version__
from kubestow.adapters.dask_cluster import (
    local_client,
    outcomes,
    remote_client,
    require_dask,
)
from kubestow.adapters.parquet_file import RESULTS, ParquetFolder
from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Flag, Output
from kubestow.cli.console import output_screen, planning_progress, say
from kubestow.cli.simulation_options import SimulationOptions, job_of, read_simulation
from kubestow.cli.sweep_options import check_size, grid_of, seeds_of
from kubestow.model.input_error import InputError
from kubestow.model.reporter import EnoughError, Reporter
from kubestow.model.sweep import FailedRun, Row, RunOutcome, Swept
from kubestow.views.sweep_view import SweepView, sweep_view
from kubestow.views.view import encode

if TYPE_CHECKING:
    from kubestow.simulation.job import Job
    from kubestow.simulation.sweep import RunVariant, SettingGrid

_FAILURES_SAID = 5


@dataclass(slots=True)
class _Done:
    """What came of the runs so far; ``known`` of the rows were there before."""

    workload: str
    runs: dict[str, "RunVariant"]
    rows: dict[str, Row] = field(default_factory=dict)
    known: int = 0
    failures: list[RunOutcome] = field(default_factory=list)
    interrupted: bool = False


def sweep_command(
    options: SimulationOptions,
    *,
    out: str,
    seeds: str = "1..10",
    grid: Annotated[list[str] | None, Parameter(negative=())] = None,
    workers: int | None = None,
    scheduler: str | None = None,
    resume: Flag = False,
    output: Output = "table",
) -> int:
    """Run many simulations at once, over seeds and settings, and compare what they come to.

    The runs are dealt to processes of this machine, or to a dask cluster of yours, and their
    results come into a folder as Parquet, a row a run. A run whose worker dies is run again.
    Settings are shown with their means and 95 % intervals, the cheapest first, and beside the
    first policy seed by seed: the same seed is the same workload and the same luck.

    Exit code 0: done; 2: a run left a pod Pending at its end; 1: the input was wrong, or workers
    died of a run again and again; 3: a bug of kubestow's; 130: interrupted, what was done is kept.

    Examples:

    kubestow sweep -f k8s/ --region us-east-1 --days 7 --seeds 1..200 --out results/

    kubestow sweep -f generated:300 --seeds 1..50 --grid policy=optimal,karpenter --grid
    faults=none,spot --spot --out results/

    kubestow sweep -f pods.csv --seeds 3,5,9 --scheduler tcp://10.0.0.5:8786 --out results/

    Parameters
    ----------
    out
        The folder for the results: results.parquet, and part-*.parquet until the end.
    seeds
        The seeds: 1..200, or 3,5,9. A seed varies generated workloads, faults and the scheduler's
        choices among equals.
    grid
        Values to vary, as NAME=VALUE,VALUE of policy, shape, faults, step or days; may be
        repeated, and all are combined. Without: the policies of --policy.
    workers
        How many processes of this machine; without, one a core.
    scheduler
        The address of a dask scheduler to use instead, such as tcp://10.0.0.5:8786; its workers
        need this version of kubestow.
    resume
        Go on in a folder that holds results: runs that are there are not run again.
    output
        A table, or the JSON of docs/schema.
    """
    numbers = seeds_of(seeds)
    points = grid_of(options, grid or [])
    check_size(points, numbers)
    _check_cluster(workers, scheduler)
    require_dask()
    store = _store(out, resume=resume)
    snapshot, workload, problems = read_simulation(options)
    base = job_of(options, snapshot, points.policy[0])
    done = _Done(workload, _runs(base, points, numbers))
    done.rows = {key: row for key, row in store.rows().items() if key in done.runs}
    done.known = len(done.rows)
    if left := len(done.runs) - done.known:
        _run(store, base, done, _where(workers, scheduler, left))
    store.compact()
    if done.rows:
        _write(_view(done, points, numbers, base, out), output)
    return _exit_code(done, problems)


def _store(out: str, *, resume: bool) -> ParquetFolder:
    store = ParquetFolder(Path(out))
    if not resume and not store.is_empty():
        raise InputError(f"{out}: holds results already", hint="add --resume, or name another")
    return store


def _runs(base: "Job", points: "SettingGrid", seeds: list[int]) -> dict[str, "RunVariant"]:
    from kubestow.simulation.sweep import base_digest, changes, key_of

    shared = base_digest(base, __version__)
    return {key_of(shared, change): change for change in changes(points, seeds)}


def _check_cluster(workers: int | None, scheduler: str | None) -> None:
    if workers is not None and scheduler is not None:
        raise InputError(
            "--workers and --scheduler exclude each other",
            hint="a cluster of yours has the workers that it has",
        )
    if workers is not None and workers < 1:
        raise InputError(f"--workers {workers} is too few", hint="give 1 or more")


@contextmanager
def _where(workers: int | None, scheduler: str | None, runs: int) -> Iterator[Any]:
    """Yield the client of the cluster to run on."""
    if scheduler is not None:
        with remote_client(scheduler) as client:
            yield client
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with local_client(min(workers or cores or 1, runs)) as client:
        yield client


def _run(store: ParquetFolder, base: "Job", done: _Done, where: Any) -> None:
    """Run what is not done yet; keep and note each batch as it comes."""
    from kubestow.simulation.sweep import run_change

    calls = {key: change for key, change in done.runs.items() if key not in done.rows}
    region = base.snapshot.catalog.region
    with planning_progress() as reporter, where as client:
        try:
            _progress(reporter, done)
            with closing(outcomes(client, run_change, base, calls)) as batches:
                for batch in batches:
                    rows = [
                        Row(one.key, done.workload, region, calls[one.key].setting, one.value)
                        for one in batch
                        if one.error is None
                    ]
                    store.keep(rows)
                    done.rows.update((row.key, row) for row in rows)
                    done.failures += [one for one in batch if one.error is not None]
                    _progress(reporter, done)
        except EnoughError:
            done.interrupted = True


def _progress(reporter: Reporter, done: _Done) -> None:
    count, total = len(done.rows) + len(done.failures), len(done.runs)
    reporter.progress(f"{count} of {total} runs,", count, total)


def _view(done: _Done, points: "SettingGrid", seeds: list[int], base: "Job", out: str) -> SweepView:
    from kubestow.simulation.sweep import CONFIDENCE, summaries

    catalog = base.snapshot.catalog
    failed = [(done.runs[one.key], str(one.error)) for one in done.failures]
    swept = Swept(
        done.workload,
        catalog.region,
        tuple(seeds),
        asked=len(done.runs),
        done=len(done.rows),
        known=done.known,
        confidence=CONFIDENCE,
        file=str(Path(out) / RESULTS),
        failures=tuple(FailedRun(change.setting, change.seed, error) for change, error in failed),
        is_interrupted=done.interrupted,
        spot_prices=base.spot_prices,
    )
    rows = [done.rows[key] for key in done.runs if key in done.rows]
    return sweep_view(swept, summaries(rows, points), catalog.sources)


def _exit_code(done: _Done, problems: int) -> int:
    """Say what failed, and return the exit code."""
    for outcome in done.failures[:_FAILURES_SAID]:
        say(f"error: {outcome.error}")
    if len(done.failures) > _FAILURES_SAID:
        say(f"error: and {len(done.failures) - _FAILURES_SAID} more runs")
    if any(not outcome.is_worker_lost for outcome in done.failures):
        say("hint: this is a bug of kubestow; please report it with the command line")
        return exit_codes.OUR_BUG
    if done.failures:
        say("hint: give the workers more memory or use fewer, then go on with --resume")
        return exit_codes.WRONG_INPUT
    if done.interrupted:
        return exit_codes.INTERRUPTED
    if problems:
        return exit_codes.WRONG_INPUT
    pending = any(row.result.pending for row in done.rows.values())
    return exit_codes.UNSCHEDULABLE if pending else exit_codes.OK


def _write(view: SweepView, output: str) -> None:
    if output == "json":
        sys.stdout.write(encode(view))
        return
    from kubestow.report.sweep_text import render_sweep

    sys.stdout.write(render_sweep(view, output_screen()))
