"""The simulate command: whole autoscalers on the same days, with money.

Law: read, simulate policy by policy, show; what is done is kept when the rest is interrupted.
"""

import re
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from kubestow.adapters.errors import InputError, did_you_mean
from kubestow.adapters.files import Reading, read_files
from kubestow.adapters.pool_checks import check_pools
from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import (
    Flag,
    MoneyOptions,
    NodeOptions,
    PageOutput,
    choice,
    settings_of,
)
from kubestow.cli.reading import InputOptions, catalog_of
from kubestow.cli.screen import output_screen, planning_progress, say
from kubestow.model.reporter import EnoughError
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.report.plan_json import encode

if TYPE_CHECKING:
    from kubestow.model.simulated import Result
    from kubestow.report.catalog_json import Settings
    from kubestow.simulation.job import Job

_POLICIES = ("optimal", "karpenter", "cluster-autoscaler")
_GENERATED = re.compile(r"generated:([0-9]+)")
_DAYS_MOST, _PODS_MOST = 366, 150_000
_DAY = 86_400
Shape = Annotated[
    Literal["steady", "diurnal", "weekly", "falling", "bursts"], Parameter(converter=choice)
]
FaultSet = Annotated[Literal["none", "spot", "all"], Parameter(converter=choice)]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class SimulationOptions:
    """What is simulated.

    Parameters
    ----------
    workload
        Manifests (a file, a folder, a glob in quotes, -), whose replicas are the most that --shape
        lets there be; or a trace of pods that come and go (FILE.csv, FILE.csv.gz); or
        generated:PODS, a mix of services by seed. May be repeated for manifests.
    nodepool
        Karpenter NodePools to launch from; may be repeated. Without: current c, m, r and t types.
    region
        The AWS region; otherwise that of AWS_REGION or the AWS config.
    policy
        Policies by commas: optimal (kubestow's), karpenter, cluster-autoscaler.
    days
        How long, in days; 0.5 is twelve hours.
    shape
        How replicas follow the hours: steady, diurnal, weekly, falling or bursts.
    step
        Seconds from one change of the replicas to the next.
    faults
        What goes wrong: none, spot (interruptions and insufficient capacity) or all.
    spot
        Offer spot as well, where no NodePool is given.
    node_group_types
        The instance types of Cluster Autoscaler's groups; without, the best for the peak.
    seed
        Varies generated workloads, faults and the scheduler's choices among equals.
    """

    workload: Annotated[list[str], Parameter(name=["--workload", "-f"], negative=())]
    nodepool: Annotated[list[str] | None, Parameter(negative=())] = None
    region: str | None = None
    policy: str = "optimal,karpenter,cluster-autoscaler"
    days: float = 1.0
    shape: Shape = "diurnal"
    step: int = 900
    faults: FaultSet = "none"
    spot: Flag = False
    node_group_types: str | None = None
    seed: int = 0


_MONEY_DEFAULTS = MoneyOptions()


def simulate_command(
    options: SimulationOptions,
    *,
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
    out
        A folder for each policy's result (POLICY.json) and journal (POLICY.journal.gz), which
        'kubestow replay' decides anew.
    resume
        Take the results that are in the folder of --out already, if they are of the same command.
    output
        A table, the JSON of docs/schema, or one page of HTML to look at.
    """
    policies = _policies(options.policy)
    _check(options)
    if resume and out is None:
        raise InputError("--resume needs --out", hint="name the folder that holds what is done")
    settings = settings_of(NodeOptions(), money)
    snapshot, workload, problems = _read(options)
    job = _job(options, snapshot, policies[0])
    results, interrupted = _run(job, policies, None if out is None else Path(out), resume=resume)
    if not results:
        return exit_codes.INTERRUPTED
    _write(job, workload, results, settings, output)
    if interrupted:
        return exit_codes.INTERRUPTED
    if problems:
        return exit_codes.WRONG_INPUT
    pending = any(result.pending for result in results)
    return exit_codes.UNSCHEDULABLE if pending else exit_codes.OK


def _policies(text: str) -> list[str]:
    found = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in found:
        if name not in _POLICIES:
            raise InputError(
                f"--policy: {name!r} is not a policy",
                hint=did_you_mean(name, _POLICIES) or f"choose from: {', '.join(_POLICIES)}",
            )
    if not found:
        raise InputError("--policy names no policy", hint=f"choose from: {', '.join(_POLICIES)}")
    return found


def _check(options: SimulationOptions) -> None:
    if not 0 < options.days <= _DAYS_MOST:
        raise InputError(
            f"--days {options.days:g} is out of range", hint=f"give up to {_DAYS_MOST} days"
        )
    if not 1 <= options.step <= _DAY:
        raise InputError(f"--step {options.step} is out of range", hint="give 1 to 86400 seconds")
    if options.seed < 0:
        raise InputError(f"--seed {options.seed} is negative", hint="give 0 or more")


def _read(options: SimulationOptions) -> tuple[Snapshot, str, int]:
    """Return the snapshot, what the workload is called, and how many objects could not be read."""
    first = options.workload[0]
    alone = len(options.workload) == 1
    paths = [*(options.nodepool or ())]
    is_made = alone and (_GENERATED.fullmatch(first) or _is_trace(first))
    if not is_made:
        paths = [*options.workload, *paths]
    reading = read_files(paths) if paths else Reading(Cluster(), ())
    for problem in reading.problems:
        say(f"error: {problem.describe()}")
        say(f"hint: {problem.hint}")
    if any(problem.is_fatal for problem in reading.problems):
        raise InputError("the input could not be read", hint="see above")
    if not is_made and not reading.cluster.pods:
        raise InputError(
            f"{', '.join(options.workload)}: no pods in it",
            hint="give manifests with replicas, a trace (FILE.csv), or generated:1000",
        )
    source = InputOptions(filename=paths, nodepool=options.nodepool, region=options.region)
    catalog = catalog_of(source, reading.cluster)
    check_pools(reading.cluster, catalog)
    return Snapshot(reading.cluster, catalog), ", ".join(options.workload), len(reading.problems)


def _is_trace(name: str) -> bool:
    return name.endswith((".csv", ".csv.gz"))


def _job(options: SimulationOptions, snapshot: Snapshot, policy: str) -> "Job":
    from kubestow.simulation.job import Job  # numpy: only a simulation pays for it

    first = options.workload[0]
    generated = _GENERATED.fullmatch(first)
    pods = int(generated[1]) if generated else 0
    if generated and not 1 <= pods <= _PODS_MOST:
        raise InputError(f"{first}: is out of range", hint=f"give 1 to {_PODS_MOST} pods")
    trace: tuple[Any, ...] = ()
    if _is_trace(first):
        from kubestow.adapters.trace_file import read_trace

        trace = tuple(read_trace(first))
    types = tuple(filter(None, (t.strip() for t in (options.node_group_types or "").split(","))))
    for name in types:
        if name not in snapshot.catalog.instance_types:
            known = sorted(snapshot.catalog.instance_types)
            raise InputError(
                f"--node-group-types: {name!r} is not sold in {snapshot.catalog.region}",
                hint=did_you_mean(name, known) or "'kubestow catalog list' shows what is",
            )
    return Job(
        snapshot,
        policy,
        round(options.days * _DAY),
        shape=options.shape,
        step=options.step,
        seed=options.seed,
        faults=options.faults,
        trace=trace,
        generated=pods,
        node_group_types=types,
        spot=options.spot,
    )


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
            journal = None
            if store is not None:
                journal = stack.enter_context(store.journal(own, scenario.base, policy.pools))
            try:
                result = simulate(scenario, policy, journal, reporter)
            except EnoughError:
                return results, True
            except BrokenError as bug:
                say(f"error: {name}: {bug}")
                say("hint: this is a bug of kubestow; please report it with the command line")
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
        scenario.left_out,
    )  # fmt: skip
    document = simulation_document(what, results, catalog.sources, settings)
    if output == "json":
        sys.stdout.write(encode(document))
        return
    if output == "html":
        raise InputError("-o html is not there yet for simulations", hint="use -o json")
    from kubestow.report.simulate_text import render_simulation

    sys.stdout.write(render_simulation(document, output_screen()))
