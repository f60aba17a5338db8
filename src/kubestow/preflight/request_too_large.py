"""Requests that no node a pod may use can carry, beside the DaemonSets that run there."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.resources import PODS, format_amount
from kubestow.model.setup import CheckedWorkload
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EKS, listed

RULE = Rule(
    "request-too-large",
    "error",
    "No node can carry a pod's requests",
    EKS + "choosing-instance-type.html",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find pods that labels and taints let on to nodes which are all too small."""
    if context.unknown_capacity:
        yield RULE.not_judged(context.unknown_capacity)
        return
    for workload in context.on_nodes:
        reach = context.reach(workload)
        if reach.tolerated and not reach.fitting:
            yield RULE.found(
                workload.subject,
                f"{workload.field}.containers",
                _reason(context, workload),
                "lower the requests, or give a node group or NodePool a larger instance type",
            )


def _reason(context: CheckContext, workload: CheckedWorkload) -> str:
    """Name the resource that is short everywhere, or the node that comes closest."""
    asked = dict(workload.template.requests) | {PODS: 1}
    frees = [(context.free(c), c) for _, c in context.reach(workload).tolerated]
    types = listed(dict.fromkeys(c.instance_type or c.name for _, c in frees), 3)
    for name, amount in sorted(asked.items()):
        most = max(free.get(name, 0) for free, _ in frees)
        if most < amount:
            return (
                f"it requests {format_amount(name, amount)} of {name}, and the largest node it "
                f"may use leaves {format_amount(name, max(0, most))} beside DaemonSets ({types})"
            )
    free, closest = max(
        frees, key=lambda f: min(f[0].get(n, 0) / amount for n, amount in asked.items() if amount)
    )
    short = [n for n, amount in sorted(asked.items()) if free.get(n, 0) < amount]
    return (
        f"no node it may use has all it requests: {closest.instance_type or closest.name}, the "
        f"closest, leaves {format_amount(short[0], max(0, free.get(short[0], 0)))} of {short[0]} "
        f"for {format_amount(short[0], asked[short[0]])}"
    )
