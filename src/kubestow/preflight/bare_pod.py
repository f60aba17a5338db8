"""A pod without a controller: nothing recreates it when its node goes away."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES

RULE = Rule(
    "bare-pod",
    "warning",
    "A pod has no controller",
    KUBERNETES + "tasks/administer-cluster/safely-drain-node/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find pods without an owner."""
    for workload in context.running:
        if workload.subject.kind == "Pod":
            yield RULE.finding(
                workload.subject,
                "metadata.ownerReferences",
                "no controller recreates the pod when its node is drained or lost, and 'kubectl "
                "drain' refuses to evict it without --force",
                "use a Deployment, a StatefulSet or a Job",
            )
