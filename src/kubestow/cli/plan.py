"""The plan command: manifests in, the cheapest fleet out.

Law: read, plan, judge, show; a plan the judge refuses is never shown, but written down as a bug
report with its snapshot.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import (
    Flag,
    MoneyOptions,
    NodeOptions,
    PageOutput,
    settings_of,
)
from kubestow.cli.console import output_screen, planning_progress, say
from kubestow.cli.hand_over_options import HandOverOptions
from kubestow.cli.reading import InputOptions, can_go_on, read_input, snapshot_of
from kubestow.cli.resilience_options import ResilienceOptions
from kubestow.cli.search_options import SearchOptions
from kubestow.model.headroom import is_headroom
from kubestow.model.input_error import InputError, InputProblem
from kubestow.model.plan import Plan
from kubestow.model.reporter import EnoughError
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.model.suggestion import did_you_mean
from kubestow.report.plan_text import render_plan, render_pod
from kubestow.views.plan_view import plan_view, timing_view
from kubestow.views.pod_explanation_view import pod_explanation_view
from kubestow.views.resilience_view import spot_diversity_view
from kubestow.views.settings import Settings
from kubestow.views.view import encode

if TYPE_CHECKING:
    from kubestow.engine import Solved

_MONEY_DEFAULTS = MoneyOptions()
_SEARCH_DEFAULTS = SearchOptions()
_RESILIENCE_DEFAULTS = ResilienceOptions()
_HAND_OVER_DEFAULTS = HandOverOptions()
BUG_REPORT = Path("kubestow-bug-report.json")


def plan_command(
    source: InputOptions,
    *,
    explain: str | None = None,
    seed: int = 0,
    timing: bool = True,
    rehearsal: bool = True,
    prefix_delegation: Flag = False,
    custom_networking: Flag = False,
    search: SearchOptions = _SEARCH_DEFAULTS,
    resilience: ResilienceOptions = _RESILIENCE_DEFAULTS,
    hand_over: HandOverOptions = _HAND_OVER_DEFAULTS,
    money: MoneyOptions = _MONEY_DEFAULTS,
    output: PageOutput = "table",
) -> int:
    """Plan the cheapest fleet for a set of pods, and say how far it is from the proven minimum.

    Exit code 0: every pod is placed; 2: some cannot be; 1: the input was wrong; 3: a bug of
    kubestow's, written to a report.

    Examples:

    kubestow plan -f k8s/ --region ap-northeast-2

    kustomize build . | kubestow plan -f - --currency KRW --rate 1391.5 -o html > plan.html

    kubestow plan -f k8s/ --nodepool nodepool.yaml --costs costs.yaml --region us-east-1 -o json

    kubestow plan -f k8s/ --emit karpenter --cluster-name shop --node-role KarpenterNodeRole-shop

    Parameters
    ----------
    explain
        Show why this pod (namespace/name) is where it is, or why it cannot run.
    seed
        Varies the search; the same seed gives the same plan.
    timing
        Put the seconds taken into the output.
    rehearsal
        Play the plan through kube-scheduler's own cycle, and mend it until no pod stays Pending.
    prefix_delegation
        The VPC CNI hands out address prefixes.
    custom_networking
        The VPC CNI keeps the first network interface for the node.
    output
        A table, the JSON of docs/schema, or one page of HTML to look at.
    """
    for options in (search, resilience, hand_over):
        options.check()
    _check(seed, hand_over, output, explain)
    node = NodeOptions(prefix_delegation=prefix_delegation, custom_networking=custom_networking)
    settings = settings_of(node, money)
    started = time.perf_counter()
    reading = read_input(source)
    if not can_go_on(reading, source.nodepool):
        return exit_codes.WRONG_INPUT
    snapshot = snapshot_of(source, reading.cluster, settings.networking)
    read_seconds = time.perf_counter() - started
    snapshot = resilience.amended(snapshot)
    plan, snapshot, violations, spent = _planned(snapshot, seed, rehearsal, search)
    if violations:
        return bug(snapshot, plan, violations)
    _check_plan(plan, reading.cluster, explain)
    seconds = (read_seconds, *spent) if timing else None
    hand_over.write(plan, snapshot)
    if hand_over.leaves_output:
        _write(plan, (snapshot, reading.problems, resilience), settings, output, explain, seconds)
    if reading.problems:
        return exit_codes.WRONG_INPUT
    return exit_codes.UNSCHEDULABLE if plan.unschedulable else exit_codes.OK


def _check(seed: int, hand_over: HandOverOptions, output: str, explain: str | None) -> None:
    """Raise InputError for options that make no sense, alone or together."""
    if seed < 0:
        raise InputError(f"--seed {seed} is negative", hint="give 0 or more")
    if output == "html" and explain is not None:
        raise InputError(
            "-o html shows whole plans, not --explain", hint="give -o table or -o json for one pod"
        )
    if not hand_over.leaves_output and (output != "table" or explain is not None):
        taken = "--explain" if explain is not None else f"--output {output}"
        raise InputError(
            f"--emit and {taken} both take standard output",
            hint="name a folder or a file with --emit-to",
        )


def _planned(
    snapshot: Snapshot, seed: int, rehearsal: bool, search: SearchOptions
) -> tuple[Plan, Snapshot, Sequence[object], tuple[float, float]]:
    """Return the plan and its snapshot, what the judge says, and the seconds of both steps.

    Desired nodes are nodes that exist while it is planned, and new ones of the plan returned.
    """
    from kubestow import engine  # numpy and the solver: only a plan pays for them
    from kubestow.provisioning.wishes.desired_nodes import (
        as_launched,
        settled,
        without_desired_nodes,
    )
    from kubestow.verify import judge

    start, before = None, without_desired_nodes(snapshot)
    if search.warm_start is not None:
        from kubestow.adapters.warm_start_file import read_warm_start

        start = read_warm_start(search.warm_start)
    with planning_progress() as reporter:
        started = time.perf_counter()
        found = engine.solve(
            snapshot,
            work_limit=search.work_limit,
            seed=seed,
            reporter=reporter,
            gap=search.share,
            start=start,
        )
        plan = settled(snapshot, found.plan, seed)
        _keep(found, search)
        solved = time.perf_counter()
        pools = engine.pools_of(snapshot)
        violations = judge(snapshot, plan, pools) if any(p.wants_choice for p in pools) else ()
        if violations:
            return as_launched(snapshot, plan), before, violations, (solved - started, 0.0)
        try:
            if rehearsal:
                plan = engine.rehearse(snapshot, plan, seed=seed, reporter=reporter)
            reporter.progress("judging the plan", 0, 0)
        except EnoughError:
            say("note: interrupted: the best plan so far, not rehearsed to the end")
        seconds = (solved - started, time.perf_counter() - solved)
        plan = as_launched(snapshot, plan)
        return plan, before, judge(before, plan, pools), seconds


def _keep(found: "Solved", search: SearchOptions) -> None:
    """Write what is asked to be kept of a solve."""
    if search.certificate is not None:
        from kubestow.adapters.certificate_file import write_certificate

        write_certificate(search.certificate, found.certificate())
    if search.warm_start is not None:
        from kubestow.adapters.warm_start_file import write_warm_start

        write_warm_start(search.warm_start, found.warm_start())


def bug(snapshot: Snapshot, plan: Plan, violations: Sequence[object]) -> int:
    """Write down a plan that the judge refused; return the exit code."""
    from kubestow.report.bug import bug_report

    BUG_REPORT.write_bytes(bug_report(snapshot, plan, violations))
    say(f"error: the plan breaks {len(violations)} rules by kubestow's own judge: {violations[0]}")
    say(f"hint: this is a bug of kubestow; please report it with {BUG_REPORT}")
    return exit_codes.OUR_BUG


def _check_plan(plan: Plan, cluster: Cluster, explain: str | None) -> None:
    """Name what can launch nothing; stop if nothing can, or if the pod to explain is unknown."""
    check_launching(plan.empty_pools, cluster, plan.region)
    if explain is not None:
        _check_pod(explain, plan)


def check_launching(empty_pools: Sequence[tuple[str, str]], cluster: Cluster, region: str) -> None:
    """Name the NodePools that can launch nothing; stop if none of them can."""
    sources = {pool.name: pool.source for pool in cluster.nodepools}
    lines = [f"{sources.get(n, n)}: NodePool {n}: {why}" for n, why in empty_pools]
    if lines and len(lines) == len(cluster.nodepools) and not cluster.nodes:
        raise InputError(
            "; ".join(lines),
            hint=f"'kubestow catalog list --region {region}' shows what is on offer",
        )
    for line in lines:
        say(f"note: {line}")


def _check_pod(pod: str, plan: Plan) -> None:
    known = [p for node in plan.nodes for p in node.pods if not is_headroom(p)]
    known += [u.pod for u in plan.unschedulable]
    if pod not in known:
        raise InputError(
            f"pod {pod!r} is not in the plan",
            hint=did_you_mean(pod, known) or "write it as namespace/name; -o json lists all pods",
        )


def _write(
    plan: Plan,
    state: tuple[Snapshot, Sequence[InputProblem], ResilienceOptions],
    settings: Settings,
    output: str,
    explain: str | None,
    seconds: tuple[float, float, float] | None,
) -> None:
    snapshot, problems, resilience = state
    listed = resilience.listed(snapshot, plan)
    shown = listed if resilience.launch_list else plan
    view = plan_view(
        shown,
        snapshot,
        settings,
        timing=seconds and timing_view(*seconds),
        spot_diversity=resilience.diversity and spot_diversity_view(listed, *resilience.diversity),
        problems=problems,
    )
    if output == "html":
        from kubestow.report.html.fleet import fleet_of
        from kubestow.report.html.plan_page import render_plan_page

        sys.stdout.write(render_plan_page(view, fleet_of(view, snapshot)))
    elif explain is not None:
        explanation = pod_explanation_view(view, explain)
        text = encode(explanation) if output == "json" else render_pod(explanation, output_screen())
        sys.stdout.write(text)
    else:
        sys.stdout.write(encode(view) if output == "json" else render_plan(view, output_screen()))
