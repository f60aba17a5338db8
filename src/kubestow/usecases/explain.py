"""Explain: why one pod is Pending, and the cheapest change that lets it run."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from kubestow.explanation.explain import explain as explained
from kubestow.explanation.workload import siblings
from kubestow.model.explanation import Explanation
from kubestow.model.input_error import InputError
from kubestow.model.kinds import KindsWish
from kubestow.model.placements import KUBE_SCHEDULER, Placer
from kubestow.model.plan import Plan
from kubestow.model.pod import Pod
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.model.suggestion import did_you_mean
from kubestow.usecases.plan import PlanRequest, plan

_RANDOM = "[bcdfghjklmnpqrstvwxz2456789]"  # what Kubernetes makes names of (util/rand)
_GENERATED = re.compile(rf"-([0-9]+|([0-9]+-|{_RANDOM}{{1,10}}-)?{_RANDOM}{{5}})", re.ASCII)
_NAMED_MAX = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class ExplainRequest:
    """The pod asked about: namespace/name, or a name in ``namespace``; a workload's name too.

    Where it runs and what changes cost is told of the plan that ``plan`` shows for the same
    settings.
    """

    snapshot: Snapshot
    pod: str
    namespace: str = "default"
    seed: int = 0
    rehearse: bool = True
    placed_by: Placer = KUBE_SCHEDULER
    kinds: KindsWish = field(default_factory=KindsWish)


@dataclass(frozen=True, slots=True)
class ExplainAnswer:
    """The explanation of one pod, chosen among the ``pods_named`` that the name stands for."""

    explanation: Explanation
    pods_named: int


def explain(request: ExplainRequest, reporter: Reporter) -> ExplainAnswer:
    """Plan, judge and explain: of several pods the first that cannot run.

    Raises InputError where no pod has the name, RefusedPlanError for a bug of kubestow's.
    """
    named = named_pods(request.pod, request.namespace, request.snapshot.cluster.pods)
    answer = plan(
        PlanRequest(
            snapshot=request.snapshot,
            seed=request.seed,
            rehearse=request.rehearse,
            placed_by=request.placed_by,
            kinds=request.kinds,
        ),
        reporter,
    )
    snapshot = answer.snapshot
    chosen = _first_unschedulable(snapshot, answer.plan, named)
    return ExplainAnswer(explained(snapshot, answer.plan, chosen, reporter), len(named))


def _first_unschedulable(snapshot: Snapshot, plan: Plan, named: tuple[int, ...]) -> int:
    """Return the first of these pods that cannot run, or else the first."""
    unschedulable = {item.pod for item in plan.unschedulable}
    pods = snapshot.cluster.pods
    return next((p for p in named if pods[p].key in unschedulable), named[0])


def named_pods(text: str, namespace: str, pods: Sequence[Pod]) -> tuple[int, ...]:
    """Return the positions of the pods that a name stands for: one pod, or all of one workload.

    Raises InputError where there is none, or where several workloads' pods have such names.
    """
    where, slash, name = text.strip().rpartition("/")
    where = where if slash else namespace
    if not name or not where or "/" in where:
        raise InputError(f"{text!r} is not the name of a pod", hint="write it as namespace/name")
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
    """Return the nearest names: the same name in another namespace, or a similar one."""
    elsewhere = [p.key for p in pods if p.name == name or _GENERATED.sub("", p.name) == name]
    if elsewhere:
        return f"did you mean {elsewhere[0]!r}?"
    close = did_you_mean(f"{namespace}/{name}", [pod.key for pod in pods])
    inside = [pod.key for pod in pods if pod.namespace == namespace]
    some = ", ".join((inside or [pod.key for pod in pods])[:_NAMED_MAX])
    return close or f"write it as namespace/name; among the pods are: {some}"
