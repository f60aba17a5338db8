"""All checks of a change-over, in a fixed order; findings come with the worst first."""

from kubestow.adoption import hands, homes, kept_groups, pods, pools
from kubestow.adoption.context import AdoptionContext
from kubestow.model.adoption import Manager
from kubestow.model.finding import SEVERITIES, NotJudged, Report

_CHECKED = (hands, pools, pods, homes, kept_groups)
_WITHOUT_MOVES = (hands, homes, kept_groups)
_RIGHTS = "aws-rights"


def checked(context: AdoptionContext) -> Report:
    """Return the findings of all checks, and what a cluster does not show."""
    modules = _WITHOUT_MOVES if context.keeps_groups else _CHECKED
    findings = [finding for module in modules for finding in module.judge(context)]
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return Report(
        tuple(findings),
        tuple(_not_judged(context)),
        tuple(rule for module in modules for rule in module.RULES),
    )


def _not_judged(context: AdoptionContext) -> list[NotJudged]:
    missing = []
    if context.to is Manager.KUBESTOW:
        missing.append(
            NotJudged(
                _RIGHTS,
                "a cluster does not show kubestow's IAM role nor the access entry of the node "
                "role: the runbook's first step has the commands",
            )
        )
    if context.keeps_groups and context.to is Manager.KUBESTOW:
        missing.append(
            NotJudged(
                kept_groups.ZONES.id,
                "EKS was not asked: the zones and sizes of groups, and whether EKS runs them, are "
                "known from their nodes alone. The dry run of kubestow asks",
            )
        )
    if not context.objects.is_live:
        missing.append(
            NotJudged(
                hands.TWO_HANDS.id,
                "files do not tell whether a Lease is renewed: a manager with ready pods counts as "
                "running",
            )
        )
    autoscaler = context.objects.deployment(Manager.CLUSTER_AUTOSCALER)
    if autoscaler is not None and not autoscaler.arguments:
        missing.append(
            NotJudged(
                hands.TWO_HANDS.id,
                f"the arguments of Deployment {autoscaler.path} are not in the input: every node "
                "group counts as Cluster Autoscaler's",
            )
        )
    return missing
