"""Containers without a cpu or memory request: the scheduler treats them as using nothing."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.resources import CPU, MEMORY
from kubestow.model.setup import CheckedWorkload
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES

RULE = Rule(
    "missing-requests",
    "warning",
    "A container has no cpu or memory request",
    KUBERNETES + "concepts/configuration/manage-resources-containers/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find long-running containers without requests, after defaults from limits and LimitRanges."""
    for workload in (*context.running, *context.daemonsets):
        held = dict(workload.template.requests)
        for container in workload.containers:
            if container.is_init:
                continue
            asked = dict(container.requests)
            missing = [n for n in (CPU, MEMORY) if n not in asked and _counts(n, held, workload)]
            if missing:
                what = " and ".join(missing)
                yield RULE.finding(
                    workload.subject,
                    f"{container.field}.resources.requests",
                    f"container {container.name} requests no {what}: the scheduler places it as if "
                    "it used none, and it is the first to be throttled or evicted",
                    f"set resources.requests.{missing[0]} to what it uses under load",
                )


def _counts(name: str, held: dict[str, int], workload: CheckedWorkload) -> bool:
    """Return whether no pod-level request covers a resource for the containers."""
    asked = sum(dict(c.requests).get(name, 0) for c in workload.containers)
    return held.get(name, 0) <= asked
