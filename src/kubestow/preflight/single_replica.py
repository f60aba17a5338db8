"""A workload with one replica: it is down while its node is drained or lost."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import BEST_PRACTICES

RULE = Rule(
    "single-replica",
    "warning",
    "A workload has a single replica",
    BEST_PRACTICES + "application.html",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find workloads that have one pod or may be scaled down to one."""
    for workload in context.running:
        if not workload.lasts:
            continue
        scaling = workload.scaling
        if scaling is not None and scaling.minimum == 1:
            yield RULE.finding(
                scaling.subject,
                scaling.least_field,
                f"{workload.subject.describe()} may be scaled down to 1 replica: it is down while "
                "its node is drained",
                f"set {scaling.least_field.removeprefix('spec.')}: 2",
            )
        elif scaling is None and workload.replicas == 1:
            yield RULE.finding(
                workload.subject,
                "spec.replicas",
                "with 1 replica, it is down from the time its node is drained until a new pod is "
                "ready",
                "set replicas: 2 and add a PodDisruptionBudget with maxUnavailable: 1, if it can "
                "run twice",
            )
