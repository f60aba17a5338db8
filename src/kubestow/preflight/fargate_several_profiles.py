"""A pod that several Fargate profiles select: the first by name is used.

Source: EKS user guide, Define which Pods use AWS Fargate when launched: without the label
eks.amazonaws.com/fargate-profile the profile is chosen by alphanumeric order.
"""

from collections.abc import Iterator

from kubestow.model.fargate_profile import PROFILE_LABEL
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EKS, listed

RULE = Rule(
    "fargate-several-profiles",
    "info",
    "Several Fargate profiles select the same pod",
    EKS + "fargate-profile.html",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find workloads that more than one profile selects."""
    if context.setup.config is None:
        yield RULE.not_judged("no --cluster-config given")
        return
    for workload in context.running:
        names = [profile.name for profile in context.profiles(workload)]
        if len(names) > 1 and PROFILE_LABEL not in dict(workload.labels):
            yield RULE.finding(
                workload.subject,
                "metadata.namespace",
                f"{len(names)} profiles select it ({listed(names)}); the first by name is used, "
                f"{names[0]}, with its subnets and role",
                f"set the label {PROFILE_LABEL}: NAME on the pods, or narrow the selectors",
            )
