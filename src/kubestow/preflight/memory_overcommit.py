"""A memory limit far above the request: a node full by requests can run out of memory."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.resources import MEMORY, format_amount
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import BEST_PRACTICES

RULE = Rule(
    "memory-overcommit",
    "warning",
    "A memory limit is far above the request",
    BEST_PRACTICES + "data-plane.html",
)
_RATIO_MAX = 2
"""Above this ratio, fewer than half of a full node's pods can use their limit at once."""


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Compare memory limits with memory requests."""
    for workload in (*context.running, *context.daemonsets):
        for container in workload.containers:
            asked = dict(container.requests).get(MEMORY, 0)
            limit = dict(container.limits).get(MEMORY, 0)
            if asked and limit > _RATIO_MAX * asked:
                written = format_amount(MEMORY, limit)
                yield RULE.finding(
                    workload.subject,
                    f"{container.field}.resources.limits.memory",
                    f"the memory limit of container {container.name}, {written}, is "
                    f"{limit / asked:.1f} times its request, {format_amount(MEMORY, asked)}: a "
                    "node full by requests can run out of memory, and containers are killed",
                    f"request what it uses under load; {written} to be safe",
                )
