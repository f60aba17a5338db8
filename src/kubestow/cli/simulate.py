"""The simulate command: whole autoscalers on the same days, with money."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from kubestow.adapters.folder_lock import locked_folder
from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Flag, MoneyOptions, NodeOptions, PageOutput, settings_of
from kubestow.cli.console import (
    output_screen,
    planning_progress,
    say,
    show,
    show_document,
    show_json,
)
from kubestow.cli.simulation_options import (
    SimulationOptions,
    check_simulation,
    job_of,
    policies_of,
    read_simulation,
)
from kubestow.model.bug import BrokenRunError
from kubestow.model.input_error import InputError
from kubestow.model.simulated import Simulated
from kubestow.views.settings import Settings
from kubestow.views.view import encode

if TYPE_CHECKING:
    from kubestow.adapters.result_file import Store
    from kubestow.simulation.job import Job
    from kubestow.usecases.simulate import SimulateAnswer

_MONEY_DEFAULTS = MoneyOptions()


def simulate_command(
    options: SimulationOptions,
    *,
    seed: int = 0,
    out: str | None = None,
    resume: Flag = False,
    money: MoneyOptions = _MONEY_DEFAULTS,
    output: PageOutput = "table",
) -> int:
    """Simulate whole autoscalers on the same workload: what each costs and how long its pods wait.

    Pods are placed by the filters and scores of kube-scheduler, nodes need time to start, replicas
    change over the day, and with --faults things go wrong. The same command always gives the same
    figures.

    Exit code 0: done; 2: a pod was Pending at the end; 1: the input is wrong; 3: a bug in kubestow;
    130: interrupted, what was done is shown.

    For example:

    kubestow simulate --workload k8s/ --region us-east-1 --days 7 --shape weekly

    kubestow simulate --workload generated:1000 --region us-east-1 --policy optimal,karpenter

    kubestow simulate --workload pods.csv --region us-east-1 --spot --faults spot --out results/

    Parameters
    ----------
    seed
        Varies generated workloads, faults and the scheduler's choices between equal nodes.
    out
        The directory for each policy's result (POLICY.json) and journal (POLICY.journal.gz). A
        journal is what 'kubestow replay' reads and --resume continues from.
    resume
        Continue where the same command stopped: reuse the results in the directory of --out, replay
        the decisions of an unfinished journal, and go on from there. The result is the same as
        without the interruption.
    output
        Print a table, the JSON of docs/schema, or a self-contained HTML page.
    """
    policies = policies_of(options.policy)
    check_simulation(options.days, options.step, seed)
    if resume and out is None:
        raise InputError("--resume needs --out", hint="name the directory with the earlier results")
    settings = settings_of(NodeOptions(), money)
    snapshot, workload, problems = read_simulation(options)
    from kubestow.usecases.simulate import SimulateRequest, simulate  # only now numpy is needed

    job = job_of(options, snapshot, policies[0], seed)
    try:
        with _locked(out), planning_progress() as reporter:
            store = _store(out, job)
            request = SimulateRequest(job=job, policies=tuple(policies), store=store, resume=resume)
            answer = simulate(request, reporter)
    except BrokenRunError as broken:
        if out is not None:
            broken.add_note(str(Path(out) / f"{broken.policy}.journal.gz"))
        raise
    if answer.interrupted and out is not None:
        say("interrupted: continue with --resume")
    if not answer.results:
        return exit_codes.INTERRUPTED
    _write(job, workload, answer, settings, output)
    if answer.interrupted:
        return exit_codes.INTERRUPTED
    if problems:
        return exit_codes.WRONG_INPUT
    pending = any(result.pending for result in answer.results)
    return exit_codes.UNSCHEDULABLE if pending else exit_codes.OK


def _locked(out: str | None) -> AbstractContextManager[object]:
    return nullcontext() if out is None else locked_folder(Path(out))


def _store(out: str | None, job: "Job") -> "Store | None":
    if out is None:
        return None
    from kubestow.adapters.result_file import Store

    return Store(Path(out), job)


def _write(
    job: "Job", workload: str, answer: "SimulateAnswer", settings: Settings, output: str
) -> None:
    from kubestow.views.simulation_view import simulation_view

    catalog = job.snapshot.catalog
    simulated = Simulated(
        workload, catalog.region, job.seed, job.faults, answer.start, job.seconds,
        answer.left_out, job.spot_prices,
    )  # fmt: skip
    view = simulation_view(simulated, list(answer.results), catalog.sources, settings)
    if output == "json":
        show_json(encode(view))
        return
    if output == "html":
        from kubestow.report.html.simulate_page import render_simulate_page

        show_document(render_simulate_page(view))
        return
    from kubestow.report.simulate_text import render_simulation

    show(render_simulation(view, output_screen()))
