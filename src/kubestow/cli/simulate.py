"""The simulate command: whole autoscalers on the same days, with money.

Law: read, simulate policy by policy, show; what is done is kept when the rest is interrupted.
"""

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Flag, MoneyOptions, NodeOptions, PageOutput, settings_of
from kubestow.cli.console import output_screen, planning_progress, say
from kubestow.cli.simulation_options import (
    SimulationOptions,
    check_simulation,
    job_of,
    policies_of,
    read_simulation,
)
from kubestow.model.input_error import InputError
from kubestow.model.reporter import EnoughError
from kubestow.report.plan_json import encode

if TYPE_CHECKING:
    from kubestow.model.simulated import Result
    from kubestow.report.catalog_json import Settings
    from kubestow.simulation.job import Job

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
    """Simulate whole autoscalers on the same workload: what each costs and what its pods wait.

    kube-scheduler places every pod by its own filters and scores, nodes take their time to come,
    replicas follow the hours and, with --faults, things go wrong. Deterministic: the same command
    gives the same figures.

    Exit code 0: done; 2: a pod was Pending at the end; 1: the input was wrong; 3: a bug of
    kubestow's; 130: interrupted, what was done is shown.

    Examples:

    kubestow simulate --workload k8s/ --region us-east-1 --days 7 --shape weekly

    kubestow simulate --workload generated:1000 --region us-east-1 --policy optimal,karpenter

    kubestow simulate --workload pods.csv --region us-east-1 --spot --faults spot --out results/

    Parameters
    ----------
    seed
        Varies generated workloads, faults and the scheduler's choices among equals.
    out
        A folder for each policy's result (POLICY.json) and journal (POLICY.journal.gz), which
        'kubestow replay' decides anew and --resume goes on from.
    resume
        Go on where the same command broke off: take the results that are in the folder of --out,
        and of a run without one play the decisions of its journal again, then decide on from there.
        What comes out is what would have come without the break.
    output
        A table, the JSON of docs/schema, or one page of HTML to look at.
    """
    policies = policies_of(options.policy)
    check_simulation(options.days, options.step, seed)
    if resume and out is None:
        raise InputError("--resume needs --out", hint="name the folder that holds what is done")
    settings = settings_of(NodeOptions(), money)
    snapshot, workload, problems = read_simulation(options)
    job = job_of(options, snapshot, policies[0], seed)
    results, interrupted = _run(job, policies, None if out is None else Path(out), resume=resume)
    if interrupted and out is not None:
        say("interrupted: go on with --resume")
    if not results:
        return exit_codes.INTERRUPTED
    _write(job, workload, results, settings, output)
    if interrupted:
        return exit_codes.INTERRUPTED
    if problems:
        return exit_codes.WRONG_INPUT
    pending = any(result.pending for result in results)
    return exit_codes.UNSCHEDULABLE if pending else exit_codes.OK


def _run(
    job: "Job", policies: list[str], out: Path | None, *, resume: bool
) -> tuple[list["Result"], bool]:
    """Run policy by policy; return the results and whether there was an interrupt."""
    from kubestow.adapters.result_file import Store
    from kubestow.simulation.invariants import BrokenError
    from kubestow.simulation.job import policy_of, scenario_of
    from kubestow.simulation.run import simulate

    store = None if out is None else Store(out, job)
    results: list[Result] = []
    with planning_progress() as reporter, ExitStack() as stack:
        for name in policies:
            own = replace(job, policy=name)
            known = store.known(name) if store is not None and resume else None
            if known is not None:
                results.append(known)
                continue
            scenario = scenario_of(own)
            policy = policy_of(own, scenario)
            journal = recorded = None
            if store is not None:
                kept = store.journal(own, scenario.base, policy.pools, resume=resume)
                journal, recorded = stack.enter_context(kept)
            try:
                result = simulate(scenario, policy, journal, reporter, recorded=recorded)
            except EnoughError:
                return results, True
            except BrokenError as bug:
                say(f"error: {name}: {bug}")
                also = "" if out is None else f" and {out / name}.journal.gz"
                say(
                    f"hint: this is a bug of kubestow; please report it with the command line{also}"
                )
                raise SystemExit(exit_codes.OUR_BUG) from None
            results.append(result)
            if store is not None and not result.interrupted:
                store.keep(result)
            if result.interrupted:
                return results, True
    return results, False


def _write(
    job: "Job", workload: str, results: list["Result"], settings: "Settings", output: str
) -> None:
    from kubestow.report.simulate_json import Simulated, simulation_document
    from kubestow.simulation.job import scenario_of

    scenario = scenario_of(job)
    catalog = job.snapshot.catalog
    what = Simulated(
        workload, catalog.region, job.seed, job.faults, scenario.start, job.seconds,
        scenario.left_out, job.spot_prices,
    )  # fmt: skip
    if output == "html":
        from kubestow.report.html.simulate_page import render_simulate_page

        sys.stdout.write(render_simulate_page(what, results, catalog.sources, settings))
        return
    document = simulation_document(what, results, catalog.sources, settings)
    if output == "json":
        sys.stdout.write(encode(document))
        return
    from kubestow.report.simulate_text import render_simulation

    sys.stdout.write(render_simulation(document, output_screen()))
