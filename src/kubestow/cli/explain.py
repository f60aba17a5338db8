"""The explain command: why one pod is Pending, and the cheapest change that lets it run."""

from typing import TYPE_CHECKING

from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import MoneyOptions, Output
from kubestow.cli.console import output_screen, planning_progress, say, show, show_json
from kubestow.cli.kinds_options import KindsOptions
from kubestow.cli.placement_options import PlacementOptions
from kubestow.cli.planning_options import PlanningOptions
from kubestow.cli.reading import NO_INPUT, InputOptions, read_snapshot
from kubestow.model.explanation import UNSCHEDULABLE
from kubestow.views.view import encode

if TYPE_CHECKING:
    from kubestow.usecases.explain import ExplainAnswer
    from kubestow.views.explanation_view import ExplanationView

_MONEY_DEFAULTS, _PLANNING_DEFAULTS = MoneyOptions(), PlanningOptions()
_PLACEMENT_DEFAULTS, _KINDS_DEFAULTS = PlacementOptions(), KindsOptions()


def explain_command(
    pod: str,
    source: InputOptions = NO_INPUT,
    *,
    placement: PlacementOptions = _PLACEMENT_DEFAULTS,
    kinds: KindsOptions = _KINDS_DEFAULTS,
    planning: PlanningOptions = _PLANNING_DEFAULTS,
    money: MoneyOptions = _MONEY_DEFAULTS,
    output: Output = "table",
) -> int:
    """Explain why a pod is Pending, and find the cheapest change that lets it run.

    Every change shown has been planned and judged. It is the smallest set of changes that works,
    with what it costs a month beside the fleet that 'kubestow plan' shows.

    Exit code 0: the pod can run; 2: it cannot; 1: the input is wrong; 3: a bug in kubestow, written
    to a report.

    For example:

    kubestow explain shop/web-0 -f k8s/ --region ap-northeast-2

    kubectl get nodes,pods -A -o json | kubestow explain web -n shop -f - --nodepool pools/

    kubestow explain web-0 -f k8s/ --region us-east-1 --currency KRW --rate 1391.5 -o json

    Parameters
    ----------
    pod
        The pod: namespace/name, or a name in --namespace. The name of a Deployment or StatefulSet
        stands for the first of its pods that cannot run.
    """
    placement.check()
    kinds.check()
    settings = planning.settings(money)
    reading = read_snapshot(source, planning.networking)
    if reading is None:
        return exit_codes.WRONG_INPUT
    from kubestow.usecases.explain import ExplainRequest, explain  # only now the solver is needed

    snapshot = reading.snapshot
    request = ExplainRequest(
        snapshot=snapshot,
        pod=pod,
        namespace=source.namespace,
        seed=planning.seed,
        rehearse=placement.rehearsal,
        placed_by=placement.placer,
        kinds=kinds.wish,
    )
    with planning_progress() as reporter:
        answer = explain(request, reporter)
    _say_which(answer, pod)
    explanation = answer.explanation
    sources = snapshot.catalog.sources
    from kubestow.views.explanation_view import explanation_view

    _write(explanation_view(explanation, pod, sources, settings, reading.problems), output)
    if reading.problems:
        return exit_codes.WRONG_INPUT
    return exit_codes.UNSCHEDULABLE if explanation.status == UNSCHEDULABLE else exit_codes.OK


def _say_which(answer: "ExplainAnswer", asked: str) -> None:
    """Say which pod is explained where the name given is not its own."""
    chosen = answer.explanation.pod
    if chosen.rpartition("/")[2] == asked.strip().rpartition("/")[2]:
        return
    many = f", one of the {answer.pods_named} pods of {asked}" if answer.pods_named > 1 else ""
    say(f"pod: {chosen}{many}")


def _write(view: "ExplanationView", output: str) -> None:
    if output == "json":
        show_json(encode(view))
        return
    from kubestow.report.explanation_text import render_explanation

    show(render_explanation(view, output_screen()))
