"""The plan command: manifests in, the cheapest fleet out."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import MoneyOptions, PageOutput
from kubestow.cli.console import (
    output_screen,
    planning_progress,
    say,
    say_notes,
    show,
    show_document,
    show_json,
)
from kubestow.cli.hand_over_options import HandOverOptions
from kubestow.cli.kinds_options import KindsOptions
from kubestow.cli.placement_options import PlacementOptions
from kubestow.cli.planning_options import PlanningOptions
from kubestow.cli.reading import NO_INPUT, InputOptions, read_snapshot
from kubestow.cli.resilience_options import ResilienceOptions
from kubestow.cli.search_options import SearchOptions
from kubestow.model.headroom import is_headroom
from kubestow.model.input_error import InputError, InputProblem
from kubestow.model.placements import KUBESTOW, Placements
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.model.suggestion import did_you_mean
from kubestow.model.wishes import Wishes
from kubestow.views.settings import Settings
from kubestow.views.view import encode

if TYPE_CHECKING:
    from kubestow.usecases.plan import PlanAnswer
    from kubestow.views.plan_view import PlanView

_MONEY_DEFAULTS = MoneyOptions()
_PLACEMENT_DEFAULTS = PlacementOptions()
_PLANNING_DEFAULTS = PlanningOptions()
_SEARCH_DEFAULTS = SearchOptions()
_KINDS_DEFAULTS = KindsOptions()
_RESILIENCE_DEFAULTS = ResilienceOptions()
_HAND_OVER_DEFAULTS = HandOverOptions()


def plan_command(
    source: InputOptions = NO_INPUT,
    *,
    explain: str | None = None,
    timing: bool = True,
    placement: PlacementOptions = _PLACEMENT_DEFAULTS,
    planning: PlanningOptions = _PLANNING_DEFAULTS,
    search: SearchOptions = _SEARCH_DEFAULTS,
    kinds: KindsOptions = _KINDS_DEFAULTS,
    resilience: ResilienceOptions = _RESILIENCE_DEFAULTS,
    hand_over: HandOverOptions = _HAND_OVER_DEFAULTS,
    money: MoneyOptions = _MONEY_DEFAULTS,
    output: PageOutput = "table",
) -> int:
    """Plan the cheapest fleet for a set of pods, and prove how far it is from the minimum.

    Exit code 0: every pod is placed; 2: some pods cannot run; 1: the input is wrong; 3: a bug in
    kubestow, written to a report. Ctrl-C shows the best plan so far; 130: there was none yet.

    For example:

    kubestow plan -f k8s/ --region ap-northeast-2

    kustomize build . | kubestow plan -f - --currency KRW --rate 1391.5 -o html > plan.html

    kubestow plan -f k8s/ --nodepool nodepool.yaml --costs costs.yaml --region us-east-1 -o json

    kubestow plan -f k8s/ --emit karpenter --cluster-name shop --node-role KarpenterNodeRole-shop

    Parameters
    ----------
    explain
        Show why this pod (namespace/name) runs where it does, or why it cannot run.
    timing
        Include how long each step took.
    output
        Print a table, the JSON of docs/schema, or a self-contained HTML page.
    """
    for options in (placement, search, kinds, resilience, hand_over):
        options.check()
    _check(hand_over, placement, output, explain)
    settings, wishes = planning.settings(money), resilience.wishes
    started = time.perf_counter()
    reading = read_snapshot(source, planning.networking)
    if reading is None:
        return exit_codes.WRONG_INPUT
    read_seconds = time.perf_counter() - started
    _say_what_is_there(reading.snapshot.cluster)
    answer = _planned(
        reading.snapshot,
        wishes,
        seed=planning.seed,
        placement=placement.held() if hand_over.held else placement,
        hours_per_month=settings.hours_per_month,
        search=search,
        kinds=kinds,
    )
    say_notes(answer.notes)
    search.keep(answer.certificate, answer.warm_start)
    _check_pod(explain, answer.plan)
    if hand_over.emit:
        _say_what_must_be_landed(answer.placements, hand_over)
    hand_over.write(answer.plan, answer.snapshot, answer.pools)
    if hand_over.leaves_output:
        seconds = (read_seconds, answer.solve_seconds, answer.rehearsal_seconds)
        view = _view(answer, wishes, settings, reading.problems, seconds if timing else None)
        _write(view, answer.snapshot, output, explain)
    if reading.problems:
        return exit_codes.WRONG_INPUT
    return exit_codes.UNSCHEDULABLE if answer.plan.unschedulable else exit_codes.OK


def _say_what_is_there(cluster: Cluster) -> None:
    if cluster.nodes and all(pod.node_name for pod in cluster.pods):
        say("note: no pod is Pending: the plan shows what runs on the existing nodes")


def _say_what_must_be_landed(placements: Placements, hand_over: HandOverOptions) -> None:
    """Say that the emitted nodes are for landed pods, unless kube-scheduler strands none."""
    if hand_over.held:
        written = "it" if hand_over.leaves_output else "it with --emit-to beside --emit"
        say(
            "note: the plan is the one for landed pods, and no pod starts on the emitted nodes "
            f"until 'kubestow land plan.json': '-o json > plan.json' writes {written}"
        )
    pending = placements.landed.pending
    if placements.by != KUBESTOW or pending == 0:
        return
    left = "may leave some" if pending is None else f"leaves up to {pending}"
    say(
        "note: the emitted nodes are for pods that kubestow lands: kube-scheduler alone "
        f"{left} of them Pending"
    )


def _check(
    hand_over: HandOverOptions, placement: PlacementOptions, output: str, explain: str | None
) -> None:
    """Raise InputError for options that make no sense, alone or together."""
    if hand_over.held:
        placement.held()
    if output == "html" and explain is not None:
        raise InputError(
            "-o html shows whole plans only", hint="use -o table or -o json with --explain"
        )
    if not hand_over.leaves_output and (output != "table" or explain is not None):
        taken = "--explain" if explain is not None else f"--output {output}"
        raise InputError(
            f"--emit and {taken} both write to standard output",
            hint="name a directory or file with --emit-to",
        )


def _planned(
    snapshot: Snapshot,
    wishes: Wishes,
    *,
    seed: int,
    placement: PlacementOptions,
    hours_per_month: float,
    search: SearchOptions,
    kinds: KindsOptions,
) -> "PlanAnswer":
    from kubestow.usecases.plan import PlanRequest, plan  # the solver: only a plan pays for it

    request = PlanRequest(
        snapshot=snapshot,
        wishes=wishes,
        seed=seed,
        rehearse=placement.rehearsal,
        placed_by=placement.placer,
        work_limit=search.work_limit,
        gap=search.share,
        hours_per_month=hours_per_month,
        start=search.start,
        kinds=kinds.wish,
        holds_gap=search.gap is not None,
        clock=time.perf_counter,
    )
    with planning_progress() as reporter:
        return plan(request, reporter)


def _view(
    answer: "PlanAnswer",
    wishes: Wishes,
    settings: Settings,
    problems: Sequence[InputProblem],
    seconds: tuple[float, float, float] | None,
) -> "PlanView":
    """Return the view of an answer; ``seconds`` are those of reading, solving and rehearsing."""
    from kubestow.views.plan_view import plan_view, timing_view
    from kubestow.views.resilience_view import spot_diversity_view

    listed, diversity = answer.plan_with_alternatives, wishes.spot_diversity
    return plan_view(
        listed if wishes.launch_lists else answer.plan,
        answer.snapshot,
        settings,
        placements=answer.placements,
        beside=answer.beside,
        timing=seconds and timing_view(*seconds),
        spot_diversity=diversity and spot_diversity_view(listed, *diversity),
        problems=problems,
        kinds=answer.kinds,
    )


def _check_pod(pod: str | None, plan: Plan) -> None:
    if pod is None:
        return
    known = [p for node in plan.nodes for p in node.pods if not is_headroom(p)]
    known += [u.pod for u in plan.unschedulable]
    if pod not in known:
        raise InputError(
            f"pod {pod!r} is not in the plan",
            hint=did_you_mean(pod, known) or "use namespace/name; -o json lists all pods",
        )


def _write(view: "PlanView", snapshot: Snapshot, output: str, explain: str | None) -> None:
    if output == "html":
        from kubestow.report.html.fleet import fleet_of
        from kubestow.report.html.plan_page import render_plan_page

        show_document(render_plan_page(view, fleet_of(view, snapshot)))
        return
    from kubestow.report.plan_text import render_plan, render_pod

    if explain is not None:
        from kubestow.views.pod_explanation_view import pod_explanation_view

        explanation = pod_explanation_view(view, explain)
        if output == "json":
            show_json(encode(explanation))
        else:
            show(render_pod(explanation, output_screen()))
    elif output == "json":
        show_json(encode(view))
    else:
        show(render_plan(view, output_screen()))
