"""A pod that two PodDisruptionBudgets select: the eviction API refuses to evict it at all.

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
    """Find workloads under more than one budget."""
    for workload in context.running:
        names = [b.subject.name for b in context.setup.budgets if selects(b, workload)]
        if len(names) > 1:
            yield RULE.found(
                workload.subject,
                "spec.template.metadata.labels",
                f"{len(names)} PodDisruptionBudgets select its pods ({listed(names)}): the API "
                "server answers every eviction with an error, so no drain ends",
                "keep one of them, or make their selectors tell the pods apart",
            )
