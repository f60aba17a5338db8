"""Requests that do not fit on any node a pod may use, beside its DaemonSet pods."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.resources import PODS, format_amount
from kubestow.model.setup import CheckedWorkload
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EKS, listed

RULE = Rule(
    "request-too-large",
    "error",
    "A pod's requests fit on no node",
    EKS + "choosing-instance-type.html",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find pods whose labels and tolerations match only nodes that are too small."""
    if context.unknown_capacity:
        yield RULE.not_judged(context.unknown_capacity)
        return
    for workload in context.on_nodes:
        reach = context.reach(workload)
        if reach.tolerated and not reach.fitting:
            yield RULE.finding(
                workload.subject,
                f"{workload.field}.containers",
                _reason(context, workload),
                "lower the requests, or add a larger instance type to a node group or NodePool",
            )


def _reason(context: CheckContext, workload: CheckedWorkload) -> str:
    """Name the resource that is short on every node, or the closest node."""
    asked = dict(workload.template.requests) | {PODS: 1}
    frees = [(context.free(c), c) for _, c in context.reach(workload).tolerated]
    types = listed(dict.fromkeys(c.instance_type or c.name for _, c in frees), 3)
    for name, amount in sorted(asked.items()):
        most = max(free.get(name, 0) for free, _ in frees)
        if most < amount:
            return (
                f"it requests {format_amount(name, amount)} of {name}, but the largest node it "
                f"may use has {format_amount(name, max(0, most))} beside DaemonSets ({types})"
            )
    free, closest = max(
        frees, key=lambda f: min(f[0].get(n, 0) / amount for n, amount in asked.items() if amount)
    )
    short = [n for n, amount in sorted(asked.items()) if free.get(n, 0) < amount]
    return (
        f"no node it may use has everything it requests: the closest, "
        f"{closest.instance_type or closest.name}, has "
        f"{format_amount(short[0], max(0, free.get(short[0], 0)))} of {short[0]} for the requested "
        f"{format_amount(short[0], asked[short[0]])}"
    )
