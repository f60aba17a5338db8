"""A limit below the request: the API server rejects the pod."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.resources import format_amount
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES

RULE = Rule(
    "limit-below-request",
    "error",
    "A limit is below the request",
    KUBERNETES + "concepts/configuration/manage-resources-containers/#requests-and-limits",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Compare each container's limits with its requests."""
    for workload in context.setup.workloads:
        for container in workload.containers:
            limits = dict(container.limits)
            for name, asked in container.requests:
                if name in limits and limits[name] < asked:
                    yield RULE.finding(
                        workload.subject,
                        f"{container.field}.resources.limits.{name}",
                        f"container {container.name} requests {format_amount(name, asked)} of "
                        f"{name}, but its limit is {format_amount(name, limits[name])}: the API "
                        "server rejects the pod",
                        f"set limits.{name} to {format_amount(name, asked)} or more",
                    )
