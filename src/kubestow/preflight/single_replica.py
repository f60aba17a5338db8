"""A workload of one replica: it is away for as long as its node is drained or lost."""

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
    """Find workloads that run, or may be scaled down to, one pod."""
    for workload in context.running:
        if not workload.lasts:
            continue
        scaling = workload.scaling
        if scaling is not None and scaling.minimum <= 1:
            yield RULE.found(
                scaling.subject,
                "spec.minReplicas",
                f"{workload.subject.describe()} may be scaled down to {scaling.minimum} replica: "
                "it is away while its node is drained",
                "write minReplicas: 2",
            )
        elif scaling is None and workload.replicas == 1:
            yield RULE.found(
                workload.subject,
                "spec.replicas",
                "1 replica: it is away while its node is drained or replaced, until a new pod is "
                "ready",
                "write replicas: 2 and a PodDisruptionBudget with maxUnavailable: 1, if it can run "
                "twice",
            )
