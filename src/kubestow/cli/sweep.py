"""The sweep command: many simulations at once, over a grid and seeds.

Only this process writes; a run counts as done when its row is in the directory.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from kubestow.adapters.cores import cores
from kubestow.adapters.dask_cluster import (
    check_encryption,
    local_client,
    outcomes,
    remote_client,
    require_dask,
)
from kubestow.adapters.folder_lock import locked_folder
from kubestow.adapters.parquet_file import RESULTS, ParquetFolder
from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Flag, Output
from kubestow.cli.console import output_screen, planning_progress, say, show, show_json
from kubestow.cli.simulation_options import SimulationOptions, job_of, read_simulation
from kubestow.cli.sweep_options import check_size, grid_of, seeds_of
from kubestow.model.input_error import InputError
from kubestow.model.simulated import Result
from kubestow.model.sweep import FailedRun, RunOutcome, Swept
from kubestow.views.view import encode

if TYPE_CHECKING:
    from kubestow.simulation.job import Job
    from kubestow.simulation.sweep import RunVariant, SettingGrid
    from kubestow.usecases.sweep import SweepAnswer, SweepRequest
    from kubestow.views.sweep_view import SweepView

_FAILURES_SAID = 5


def sweep_command(
    options: SimulationOptions,
    *,
    out: str,
    seeds: str = "1..10",
    grid: Annotated[list[str] | None, Parameter(negative=())] = None,
    workers: int | None = None,
    scheduler: str | None = None,
    insecure_scheduler: Flag = False,
    resume: Flag = False,
    output: Output = "table",
) -> int:
    """Run many simulations over seeds and settings, and compare their results.

    The runs are distributed over processes of this machine, or over your dask cluster. Results go
    into a directory as Parquet, one row per run. A run whose worker dies is run again. Settings are
    shown with means and 95 % intervals, the cheapest first, and compared with the first policy seed
    by seed: the same seed means the same workload and the same faults.

    Exit code 0: done; 2: a run left a pod Pending at its end; 1: the input is wrong, or a run
    killed several workers; 3: a bug in kubestow; 130: interrupted, finished runs are kept.

    For example:

    kubestow sweep -f k8s/ --region us-east-1 --days 7 --seeds 1..200 --out results/

    kubestow sweep -f generated:300 --seeds 1..50 --grid policy=optimal,karpenter --grid
    faults=none,spot --spot --out results/

    kubestow sweep -f pods.csv --seeds 3,5,9 --scheduler tls://10.0.0.5:8786 --out results/

    Parameters
    ----------
    out
        The directory for the results: results.parquet, and part-*.parquet until the sweep ends.
    seeds
        The seeds, for example 1..200 or 3,5,9. A seed varies generated workloads, faults and the
        scheduler's choices between equal nodes.
    grid
        Values to vary, as NAME=VALUE,VALUE, where NAME is policy, shape, faults, step or days. May
        be repeated; all values are combined. The default is to vary the policies of --policy.
    workers
        The number of processes on this machine. The default is one per core.
    scheduler
        The address of a dask scheduler to use instead, for example tls://10.0.0.5:8786. Its workers
        need the same version of kubestow. The certificates are those of dask's configuration
        (distributed.comm.tls).
    insecure_scheduler
        Use a scheduler without TLS, such as tcp://10.0.0.5:8786: whoever reaches it can run code on
        its workers.
    resume
        Continue in a directory that has results: finished runs are not run again.
    output
        Print a table or the JSON of docs/schema.
    """
    numbers = seeds_of(seeds)
    points = grid_of(options, grid or [])
    check_size(points, numbers)
    _check_cluster(workers, scheduler, insecure=insecure_scheduler)
    require_dask()
    with locked_folder(Path(out)):
        return _swept(options, points, numbers, (workers, scheduler), (out, resume, output))


def _swept(
    options: SimulationOptions,
    points: "SettingGrid",
    numbers: Sequence[int],
    cluster: tuple[int | None, str | None],
    results: tuple[str, bool, str],
) -> int:
    """Run what is to be run on a cluster, and show it; ``results``: directory, resume, output."""
    out, resume, output = results
    store = _store(out, resume=resume)
    snapshot, workload, problems = read_simulation(options)
    from kubestow.usecases.sweep import SweepRequest, sweep  # only now numpy is needed

    base = job_of(options, snapshot, points.policy[0])
    request = SweepRequest(base=base, grid=points, seeds=tuple(numbers), workload=workload)
    with planning_progress() as reporter:
        answer = sweep(request, store, partial(_executed, *cluster), reporter)
    store.compact()
    if answer.rows:
        _write(_view(request, answer, out), output)
    return _exit_code(answer, problems)


def _store(out: str, *, resume: bool) -> ParquetFolder:
    store = ParquetFolder(Path(out))
    if not resume and not store.is_empty():
        raise InputError(
            f"{out}: the directory already has results",
            hint="add --resume, or name another directory",
        )
    return store


def _check_cluster(workers: int | None, scheduler: str | None, *, insecure: bool) -> None:
    if workers is not None and scheduler is not None:
        raise InputError(
            "--workers and --scheduler cannot be combined",
            hint="a dask cluster has its own workers: omit --workers",
        )
    if workers is not None and workers < 1:
        raise InputError(f"--workers {workers} is too few", hint="use 1 or more")
    if scheduler is not None:
        check_encryption(scheduler, insecure=insecure)
    elif insecure:
        raise InputError("--insecure-scheduler needs --scheduler", hint="omit it")


@contextmanager
def _where(workers: int | None, scheduler: str | None, runs: int) -> Iterator[Any]:
    """Yield the client of the cluster to run on."""
    if scheduler is not None:
        with remote_client(scheduler) as client:
            yield client
        return
    with local_client(min(workers or cores(), runs)) as client:
        yield client


@contextmanager
def _executed(
    workers: int | None,
    scheduler: str | None,
    function: Callable[["Job", "RunVariant"], Result],
    base: "Job",
    variants: Mapping[str, "RunVariant"],
) -> Iterator[Iterator[Sequence[RunOutcome]]]:
    """Call a function for every variant on the cluster; yield the outcomes as they come."""
    with (
        _where(workers, scheduler, len(variants)) as client,
        closing(outcomes(client, function, base, variants)) as batches,
    ):
        yield batches


def _view(request: "SweepRequest", answer: "SweepAnswer", out: str) -> "SweepView":
    catalog = request.base.snapshot.catalog
    swept = Swept(
        request.workload,
        catalog.region,
        tuple(request.seeds),
        asked=len(answer.variants),
        done=len(answer.rows),
        known=answer.rows_before,
        confidence=answer.confidence,
        file=str(Path(out) / RESULTS),
        failures=tuple(_failed(answer.variants[one.key], one) for one in answer.failures),
        is_interrupted=answer.interrupted,
        spot_prices=request.base.spot_prices,
    )
    from kubestow.views.sweep_view import sweep_view

    return sweep_view(swept, answer.summaries, catalog.sources)


def _failed(variant: "RunVariant", outcome: RunOutcome) -> FailedRun:
    return FailedRun(variant.setting, variant.seed, str(outcome.error))


def _exit_code(answer: "SweepAnswer", problems: int) -> int:
    """Say what failed, and return the exit code."""
    for outcome in answer.failures[:_FAILURES_SAID]:
        say(f"error: {outcome.error}")
    if len(answer.failures) > _FAILURES_SAID:
        say(f"error: and {len(answer.failures) - _FAILURES_SAID} more runs")
    if any(not outcome.is_worker_lost for outcome in answer.failures):
        say("hint: this is a bug in kubestow; please report it with the command line")
        return exit_codes.OUR_BUG
    if answer.failures:
        say("hint: give the workers more memory or use fewer, then continue with --resume")
        return exit_codes.WRONG_INPUT
    if answer.interrupted:
        return exit_codes.INTERRUPTED
    if problems:
        return exit_codes.WRONG_INPUT
    pending = any(row.result.pending for row in answer.rows.values())
    return exit_codes.UNSCHEDULABLE if pending else exit_codes.OK


def _write(view: "SweepView", output: str) -> None:
    if output == "json":
        show_json(encode(view))
        return
    from kubestow.report.sweep_text import render_sweep

    show(render_sweep(view, output_screen()))
