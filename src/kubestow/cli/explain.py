"""The explain command: why one pod is Pending, and the cheapest change that lets it run.

Law: read, plan, judge, explain, show. The pod is found before anything is planned.
"""

import re
import sys
from collections.abc import Sequence

from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Flag, MoneyOptions, NodeOptions, Output, settings_of
from kubestow.cli.console import output_screen, planning_progress, say
from kubestow.cli.plan import BUG_REPORT
from kubestow.cli.reading import InputOptions, can_go_on, read_input, snapshot_of
from kubestow.explanation.workload import siblings
from kubestow.model.explanation import UNSCHEDULABLE, Explanation
from kubestow.model.input_error import InputError
from kubestow.model.plan import Plan
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.model.suggestion import did_you_mean
from kubestow.views.explanation_view import ExplanationView, explanation_view
from kubestow.views.view import encode

_MONEY_DEFAULTS = MoneyOptions()
_RANDOM = "[bcdfghjklmnpqrstvwxz2456789]"  # what Kubernetes makes names of (util/rand)
_GENERATED = re.compile(rf"-([0-9]+|([0-9]+-|{_RANDOM}{{1,10}}-)?{_RANDOM}{{5}})", re.ASCII)
_NAMED_MAX = 5


def explain_command(
    pod: str,
    source: InputOptions,
    *,
    seed: int = 0,
    prefix_delegation: Flag = False,
    custom_networking: Flag = False,
    money: MoneyOptions = _MONEY_DEFAULTS,
    output: Output = "table",
) -> int:
    """Say why a pod is Pending, and what the cheapest change is that lets it run.

    Every change shown was planned: it is the smallest set that works, with what it costs a month.

    Exit code 0: the pod can run; 2: it cannot; 1: the input was wrong; 3: a bug of kubestow's,
    written to a report.

    Examples:

    kubestow explain shop/web-0 -f k8s/ --region ap-northeast-2

    kubectl get nodes,pods -A -o json | kubestow explain web -n shop -f - --nodepool pools/

    kubestow explain web-0 -f k8s/ --region us-east-1 --currency KRW --rate 1391.5 -o json

    Parameters
    ----------
    pod
        The pod: namespace/name, or a name in --namespace; a Deployment's or StatefulSet's name
        stands for the first of its pods that cannot run.
    seed
        Varies the search of the plan; the same seed gives the same plan.
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
    reading = read_input(source)
    if not can_go_on(reading, source.nodepool):
        return exit_codes.WRONG_INPUT
    meant = named_pods(pod, source.namespace, reading.cluster.pods)
    snapshot = snapshot_of(source, reading.cluster, settings.networking)
    found = _explained(snapshot, pod, meant, seed)
    if found is None:
        return exit_codes.OUR_BUG
    sources = snapshot.catalog.sources
    _write(explanation_view(found, pod, sources, settings, reading.problems), output)
    if reading.problems:
        return exit_codes.WRONG_INPUT
    return exit_codes.UNSCHEDULABLE if found.status == UNSCHEDULABLE else exit_codes.OK


def _write(view: ExplanationView, output: str) -> None:
    if output == "json":
        sys.stdout.write(encode(view))
        return
    from kubestow.report.explanation_text import render_explanation

    sys.stdout.write(render_explanation(view, output_screen()))


def _explained(
    snapshot: Snapshot, asked: str, meant: tuple[int, ...], seed: int
) -> Explanation | None:
    """Plan, judge and explain; None where the judge refuses the plan: it is then written down."""
    from kubestow import engine  # numpy and the solver: only a plan pays for them
    from kubestow.explanation.explain import explain
    from kubestow.report.bug import bug_report
    from kubestow.verify import judge

    with planning_progress() as reporter:
        plan = engine.plan(snapshot, seed=seed, reporter=reporter)
        violations = judge(snapshot, plan, engine.pools_of(snapshot))
        if not violations:
            chosen = _first(snapshot, plan, meant)
            found = explain(snapshot, plan, chosen, reporter)
    if violations:
        BUG_REPORT.write_bytes(bug_report(snapshot, plan, violations))
        say(f"error: the plan breaks {len(violations)} rules by kubestow's own judge")
        say(f"hint: this is a bug of kubestow; please report it with {BUG_REPORT}")
        return None
    if found.pod.rpartition("/")[2] != asked.strip().rpartition("/")[2]:
        many = f", one of the {len(meant)} pods of {asked}" if len(meant) > 1 else ""
        say(f"pod: {found.pod}{many}")
    return found


def _first(snapshot: Snapshot, plan: Plan, meant: tuple[int, ...]) -> int:
    """Return the first of these pods that cannot run, else the first."""
    left = {item.pod for item in plan.unschedulable}
    pods = snapshot.cluster.pods
    return next((p for p in meant if pods[p].key in left), meant[0])


def named_pods(text: str, namespace: str, pods: Sequence[Pod]) -> tuple[int, ...]:
    """Return the positions of the pods a name means: one pod, or all of one workload."""
    where, slash, name = text.strip().rpartition("/")
    where = where if slash else namespace
    if not name or not where or "/" in where:
        raise InputError(f"{text!r} names no pod", hint="write it as namespace/name")
    inside = [i for i, pod in enumerate(pods) if pod.namespace == where]
    exact = tuple(i for i in inside if pods[i].name == name)
    if exact:
        return exact
    generated = [
        i
        for i in inside
        if pods[i].name.startswith(f"{name}-") and _GENERATED.fullmatch(pods[i].name[len(name) :])
    ]
    if not generated:
        raise InputError(f"pod '{where}/{name}' is not in the input", hint=_hint(where, name, pods))
    workload = set(siblings(pods, generated[0]))
    strangers = [pods[i].key for i in generated if i not in workload]
    if strangers:
        named = ", ".join([pods[generated[0]].key, *strangers[: _NAMED_MAX - 1]])
        raise InputError(
            f"'{where}/{name}' may mean pods of several workloads", hint=f"choose from: {named}"
        )
    return tuple(generated)


def _hint(namespace: str, name: str, pods: Sequence[Pod]) -> str:
    """Return the nearest names: elsewhere by the same name, or alike."""
    elsewhere = [p.key for p in pods if p.name == name or _GENERATED.sub("", p.name) == name]
    if elsewhere:
        return f"did you mean {elsewhere[0]!r}?"
    close = did_you_mean(f"{namespace}/{name}", [pod.key for pod in pods])
    inside = [pod.key for pod in pods if pod.namespace == namespace]
    some = ", ".join((inside or [pod.key for pod in pods])[:_NAMED_MAX])
    return close or f"write it as namespace/name; among the pods are: {some}"
