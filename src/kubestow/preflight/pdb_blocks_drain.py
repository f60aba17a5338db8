"""A PodDisruptionBudget that allows no eviction even if all pods are healthy.

Checked for the current replicas, and for the fewest that an autoscaler may leave.
"""

from collections.abc import Iterator

from kubestow.model.counted import counted
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.setup import Budget
from kubestow.preflight.budgets import allowed, selects
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES, listed

RULE = Rule(
    "pdb-blocks-drain",
    "error",
    "A PodDisruptionBudget blocks every drain",
    KUBERNETES + "tasks/run-application/configure-pdb/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find budgets that allow no eviction although all pods are healthy."""
    for budget in context.setup.budgets:
        covered = [w for w in context.running if selects(budget, w)]
        pods = sum(w.replicas for w in covered)
        fewest = sum(min(w.replicas, w.scaling.minimum) if w.scaling else w.replicas
                     for w in covered)  # fmt: skip
        if not fewest or allowed(budget, fewest):
            continue
        field, text = _limit(budget)
        at = "" if fewest == pods else " (the minimum of its HorizontalPodAutoscaler)"
        whose = listed(w.subject.describe() for w in covered)
        yield RULE.finding(
            budget.subject,
            f"spec.{field}",
            f"{field}: {text} of {counted(fewest, 'pod')}{at} of {whose} allows no disruptions: "
            "every eviction is refused, so node drains and node group upgrades fail",
            "use maxUnavailable: 1 instead"
            + (" and run at least 2 replicas" if fewest == 1 else ""),
        )


def _limit(budget: Budget) -> tuple[str, str]:
    if budget.max_unavailable is not None:
        return "maxUnavailable", budget.max_unavailable
    return "minAvailable", budget.min_available or ""
