"""A container without a memory limit: a leak uses up the memory of the whole node."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.resources import MEMORY
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import BEST_PRACTICES

RULE = Rule(
    "memory-limit-missing",
    "info",
    "A container has no memory limit",
    BEST_PRACTICES + "data-plane.html",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find containers that request memory but have no limit."""
    for workload in (*context.running, *context.daemonsets):
        for container in workload.containers:
            if MEMORY in dict(container.requests) and MEMORY not in dict(container.limits):
                yield RULE.finding(
                    workload.subject,
                    f"{container.field}.resources.limits.memory",
                    f"container {container.name} has no memory limit: if it leaks, the kubelet "
                    "evicts other pods of the node, or the kernel kills one",
                    "set limits.memory equal to requests.memory",
                )
