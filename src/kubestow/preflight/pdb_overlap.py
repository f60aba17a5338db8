"""A pod that several PodDisruptionBudgets select: the eviction API never evicts it.

Source: kubernetes pkg/registry/core/pod/storage/eviction.go (more than one budget is an error).
"""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.budgets import selects
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES, listed

RULE = Rule(
    "pdb-overlap",
    "error",
    "Several PodDisruptionBudgets select the same pods",
    KUBERNETES + "concepts/scheduling-eviction/api-eviction/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find workloads that more than one budget selects."""
    for workload in context.running:
        names = [b.subject.name for b in context.setup.budgets if selects(b, workload)]
        if len(names) > 1:
            yield RULE.finding(
                workload.subject,
                "spec.template.metadata.labels",
                f"{len(names)} PodDisruptionBudgets select its pods ({listed(names)}): the API "
                "server rejects every eviction, so drains never finish",
                "keep one of them, or change their selectors so that they do not overlap",
            )
