"""A memory limit far above the request: nodes filled by requests run out of memory."""

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
"""A limit of more than twice the request: half of a full node's pods cannot use theirs at once."""


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Compare memory limits with memory requests."""
    for workload in (*context.running, *context.daemonsets):
        for container in workload.containers:
            asked = dict(container.requests).get(MEMORY, 0)
            limit = dict(container.limits).get(MEMORY, 0)
            if asked and limit > _RATIO_MAX * asked:
                written = format_amount(MEMORY, limit)
                yield RULE.found(
                    workload.subject,
                    f"{container.field}.resources.limits.memory",
                    f"container {container.name} may use {written} and requests "
                    f"{format_amount(MEMORY, asked)}, {limit / asked:.1f} times less: a node full "
                    "by requests runs out of memory, and the kernel kills containers",
                    f"request what it uses under load; {written} to be safe",
                )
