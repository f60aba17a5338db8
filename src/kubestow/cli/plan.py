"""The plan command: manifests in, the cheapest fleet out.

Law: read, plan, judge, show; a plan the judge refuses is never shown, but written down as a bug
report with its snapshot.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from kubestow.adapters.catalog_files import load_catalog
from kubestow.adapters.errors import InputError, Problem, did_you_mean
from kubestow.adapters.files import Reading, read_files
from kubestow.adapters.kubernetes.workloads import AutoscalerChoice
from kubestow.adapters.pool_checks import check_pools
from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import (
    Flag,
    MoneyOptions,
    NodeOptions,
    Output,
    choice,
    settings_of,
)
from kubestow.cli.region import ASSUMED, resolve_region
from kubestow.cli.screen import output_screen, planning_progress, say
from kubestow.model.instance_type import Catalog
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.report.catalog_json import Settings

_MONEY_DEFAULTS = MoneyOptions()
BUG_REPORT = Path("kubestow-bug-report.json")
_PODS_MAX = 150_000


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class InputOptions:
    """What is planned.

    Parameters
    ----------
    filename
        A manifest, a folder, a glob in quotes, or - for standard input; may be repeated.
    nodepool
        Karpenter NodePools (and EC2NodeClasses) to launch from; may be repeated. Those among the
        manifests count as well. Without any: current c, m, r and t types, on-demand, amd64 (arm64
        for pods that ask for it).
    region
        The AWS region; otherwise that of AWS_REGION, the AWS config or the input's nodes.
    namespace
        The namespace of objects that name none.
    hpa
        Replicas of workloads with a HorizontalPodAutoscaler: its current, min or max.
    from_scratch
        Leave out the nodes of the input and plan all pods anew: what would the cheapest be?
    """

    filename: Annotated[
        list[str],
        Parameter(name=["--filename", "-f"], negative=(), allow_leading_hyphen=True),
    ]
    nodepool: Annotated[list[str] | None, Parameter(negative=())] = None
    region: str | None = None
    namespace: Annotated[str, Parameter(name=["--namespace", "-n"])] = "default"
    hpa: Annotated[AutoscalerChoice, Parameter(converter=choice)] = "current"
    from_scratch: Flag = False


def plan_command(
    source: InputOptions,
    *,
    explain: str | None = None,
    seed: int = 0,
    timing: bool = True,
    prefix_delegation: Flag = False,
    custom_networking: Flag = False,
    money: MoneyOptions = _MONEY_DEFAULTS,
    output: Output = "table",
) -> int:
    """Plan the cheapest fleet for a set of pods, and say how far it is from the proven minimum.

    Exit code 0: every pod is placed; 2: some cannot be; 1: the input was wrong; 3: a bug of
    kubestow's, written to a report.

    Examples:

    kubestow plan -f k8s/ --region ap-northeast-2

    kustomize build . | kubestow plan -f - --currency KRW --rate 1391.5

    kubestow plan -f pods.json --nodepool nodepool.yaml --region us-east-1 -o json

    Parameters
    ----------
    explain
        Show why this pod (namespace/name) is where it is, or why it cannot run.
    seed
        Varies the search; the same seed gives the same plan.
    timing
        Put the seconds taken into the output.
    prefix_delegation
        The VPC CNI hands out address prefixes.
    custom_networking
        The VPC CNI keeps the first network interface for the node.
    """
    if seed < 0:
        raise InputError(f"--seed {seed} is negative", hint="give 0 or more")
    settings = settings_of(
        NodeOptions(prefix_delegation=prefix_delegation, custom_networking=custom_networking), money
    )
    started = time.perf_counter()
    files = [*source.filename, *(source.nodepool or ())]
    reading = read_files(
        files,
        namespace=source.namespace,
        autoscaler_choice=source.hpa,
        from_scratch=source.from_scratch,
    )
    if not _can_go_on(reading, source.nodepool):
        return exit_codes.WRONG_INPUT
    catalog = _catalog(source.region, reading.cluster)
    check_pools(reading.cluster, catalog)
    read_seconds = time.perf_counter() - started
    snapshot = Snapshot(reading.cluster, catalog, settings.networking)
    started = time.perf_counter()
    plan, violations = _planned(snapshot, seed)
    solve_seconds = time.perf_counter() - started
    if violations:
        return _bug(snapshot, plan, violations)
    _check_pools(plan, reading.cluster)
    if explain is not None:
        _check_pod(explain, plan)
    seconds = (read_seconds, solve_seconds) if timing else None
    _write(plan, (snapshot, reading.problems), settings, output, explain, seconds)
    if reading.problems:
        return exit_codes.WRONG_INPUT
    return exit_codes.UNSCHEDULABLE if plan.unschedulable else exit_codes.OK


def _can_go_on(reading: Reading, nodepool: list[str] | None) -> bool:
    """Say what could not be read; False if a plan of the rest would mislead or is impossible."""
    for problem in reading.problems:
        say(f"error: {problem.describe()}")
        say(f"hint: {problem.hint}")
    cluster, problems = reading.cluster, reading.problems
    pending = [pod for pod in cluster.pods if not pod.node_name]
    if any(problem.is_fatal for problem in problems) or (problems and not pending):
        return False
    if problems:
        say(f"note: the plan leaves out {_count(problems)} that could not be read")
    if nodepool and not cluster.nodepools:
        raise InputError(
            f"{', '.join(nodepool)}: no NodePool in it",
            hint="expected a karpenter.sh/v1 NodePool or a v1alpha5 Provisioner",
        )
    if not cluster.pods:
        read = ", ".join(f"{i.count} {i.kind}" for i in cluster.ignored)
        raise InputError(
            "no pods in the input" + (f" (it holds {read})" if read else ""),
            hint="DaemonSets alone need no nodes of their own: give the pods they run beside"
            if cluster.daemonsets
            else "give Pods, Deployments, StatefulSets, Jobs or CronJobs with replicas",
        )
    if len(pending) > _PODS_MAX:
        raise InputError(
            f"{len(pending)} pods are more than the {_PODS_MAX} the largest Kubernetes cluster "
            "holds",
            hint="plan the clusters one by one",
        )
    return True


def _count(problems: Sequence[Problem]) -> str:
    return "1 object" if len(problems) == 1 else f"{len(problems)} objects"


def _catalog(explicit: str | None, cluster: Cluster) -> Catalog:
    """Load the catalog of the region asked for, which must be that of the input's nodes."""
    region, how = resolve_region(explicit)
    seen = list(cluster.regions)
    if seen and seen != [region]:
        if cluster.nodes and (explicit is not None or len(seen) > 1):
            raise InputError(
                f"the nodes of the input are in {', '.join(seen)}, the plan would be for {region}",
                hint=f"run with --region {seen[0]}, or leave the nodes out with --from-scratch",
            )
        if explicit is None:
            region = seen[0]
            say(f"region: {region}, as the nodes of the input say")
    elif how == ASSUMED:
        say(f"region: {region} is assumed; name another with --region or AWS_REGION")
    try:
        return load_catalog(region)
    except InputError as problem:
        if how in ("--region", ASSUMED):
            raise
        raise InputError(f"{problem.message} (from {how})", hint=problem.hint) from problem


def _planned(snapshot: Snapshot, seed: int) -> tuple[Plan, Sequence[object]]:
    from kubestow import engine  # numpy and the solver: only a plan pays for them
    from kubestow.verify import judge

    with planning_progress() as reporter:
        plan = engine.plan(snapshot, seed=seed, reporter=reporter)
        reporter.progress("judging the plan", 0, 0)
        return plan, judge(snapshot, plan, engine.pools_of(snapshot))


def _bug(snapshot: Snapshot, plan: Plan, violations: Sequence[object]) -> int:
    from kubestow.report.bug import bug_report

    BUG_REPORT.write_bytes(bug_report(snapshot, plan, violations))
    say(f"error: the plan breaks {len(violations)} rules by kubestow's own judge: {violations[0]}")
    say(f"hint: this is a bug of kubestow; please report it with {BUG_REPORT}")
    return exit_codes.OUR_BUG


def _check_pools(plan: Plan, cluster: Cluster) -> None:
    """Name the NodePools that can launch nothing; stop if none of them can."""
    sources = {pool.name: pool.source for pool in cluster.nodepools}
    lines = [f"{sources.get(n, n)}: NodePool {n}: {why}" for n, why in plan.empty_pools]
    if lines and len(lines) == len(cluster.nodepools) and not cluster.nodes:
        raise InputError(
            "; ".join(lines),
            hint=f"'kubestow catalog list --region {plan.region}' shows what is on offer",
        )
    for line in lines:
        say(f"note: {line}")


def _check_pod(pod: str, plan: Plan) -> None:
    known = [p for node in plan.nodes for p in node.pods] + [u.pod for u in plan.unschedulable]
    if pod not in known:
        raise InputError(
            f"pod {pod!r} is not in the plan",
            hint=did_you_mean(pod, known) or "write it as namespace/name; -o json lists all pods",
        )


def error_document(problem: Problem) -> dict[str, str]:
    """Return what could not be read, as it stands in the JSON."""
    return {
        "file": problem.file,
        "object": problem.subject,
        "field": problem.field,
        "message": problem.message,
        "hint": problem.hint,
    }


def _write(
    plan: Plan,
    state: tuple[Snapshot, Sequence[Problem]],
    settings: Settings,
    output: str,
    explain: str | None,
    seconds: tuple[float, float] | None,
) -> None:
    from kubestow.report.plan_json import encode, plan_document

    snapshot, problems = state
    document = plan_document(plan, snapshot, settings, seconds)
    document["errors"] = [error_document(problem) for problem in problems]
    if output == "json":
        sys.stdout.write(encode(document, explain))
        return
    from kubestow.report.plan_text import render_plan, render_pod

    screen = output_screen()
    text = (
        render_plan(document, screen) if explain is None else render_pod(document, explain, screen)
    )
    sys.stdout.write(text)
