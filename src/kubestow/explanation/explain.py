"""Explain one pod: where it runs, or why it cannot run and what the smallest change is."""

from dataclasses import replace

from kubestow.explanation.nearest import nearest_limit, nearest_place
from kubestow.explanation.obstacles import obstacle_of
from kubestow.explanation.scheduler_view import scheduler_view
from kubestow.explanation.search import PodInQuestion, RemedySearch, place
from kubestow.explanation.workload import siblings
from kubestow.model.explanation import (
    PLANNED,
    RUNNING,
    UNSCHEDULABLE,
    Explanation,
    NodePlace,
    Share,
)
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.pod import Pod
from kubestow.model.reporter import Reporter, SilentReporter
from kubestow.model.resources import PODS
from kubestow.model.snapshot import Snapshot

_UNSEEN = ("SchedulingGates", "Admission", "NotSupported")
"""Constraints that stop a pod before kube-scheduler considers any node."""


def explain(
    snapshot: Snapshot, plan: Plan, pod: int, reporter: Reporter | None = None
) -> Explanation:
    """Explain what the plan does with the pod at this position among the snapshot's pods."""
    item = snapshot.cluster.pods[pod]
    alike = siblings(snapshot.cluster.pods, pod)
    left = {u.pod: u for u in plan.unschedulable}
    base = Explanation(
        plan.region,
        item.key,
        PLANNED,
        len(alike),
        sum(snapshot.cluster.pods[position].key in left for position in alike),
    )
    if item.node_name:
        return _running(base, item, plan)
    unschedulable = left.get(item.key)
    if unschedulable is None:
        return _planned(replace(base, scheduler=scheduler_view(snapshot.cluster, pod)), item, plan)
    obstacle = obstacle_of(unschedulable)
    seen = obstacle is None or obstacle.constraint not in _UNSEEN
    base = replace(
        base,
        status=UNSCHEDULABLE,
        scheduler=scheduler_view(snapshot.cluster, pod) if seen else None,
        reasons=unschedulable.reasons,
        obstacle=obstacle,
    )
    if obstacle is not None:
        return base
    return _unschedulable(base, PodInQuestion(snapshot, plan, pod, alike), reporter)


def _running(base: Explanation, item: Pod, plan: Plan) -> Explanation:
    node = next((n for n in plan.nodes if n.name == item.node_name), None)
    where = NodePlace(item.node_name, existing=True) if node is None else place(node)
    return replace(base, status=RUNNING, place=where)


def _planned(base: Explanation, item: Pod, plan: Plan) -> Explanation:
    node = next(node for node in plan.nodes if item.key in node.pods)
    return replace(base, place=place(node), share=_share(item, node))


def _share(item: Pod, node: PlannedNode) -> Share:
    """Return the pod's share of its node's price, by the resource of which it takes the most."""
    allocatable = dict(node.allocatable)
    asked = dict(item.template.requests) | {PODS: 1}
    there = [(name, amount) for name, amount in asked.items() if allocatable.get(name)]
    name, amount = max(there, key=lambda pair: pair[1] / allocatable[pair[0]], default=(PODS, 1))
    whole = allocatable.get(name, 1)
    return Share(name, amount, whole, node.price.nano_usd_per_hour * amount // whole)


def _unschedulable(
    base: Explanation, case: PodInQuestion, reporter: Reporter | None
) -> Explanation:
    search = RemedySearch(case, reporter or SilentReporter())
    nearest = nearest_place(search.screen) or nearest_limit(search.screen)
    result = search.run()
    return replace(base, nearest=nearest, remedies=result.remedies, trials=result.trials)
