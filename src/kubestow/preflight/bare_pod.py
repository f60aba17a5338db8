"""A pod without a controller: nothing makes it anew when its node goes."""

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
    """Find pods that stand for themselves."""
    for workload in context.running:
        if workload.subject.kind == "Pod":
            yield RULE.found(
                workload.subject,
                "metadata.ownerReferences",
                "no controller makes it anew when its node is drained or lost, and 'kubectl drain' "
                "stops at it without --force",
                "make it a Deployment, a StatefulSet or a Job",
            )
