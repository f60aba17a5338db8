"""A Kubernetes version in extended support, which costs more, or out of support.

Source: EKS user guide, Amazon EKS Kubernetes release calendar (as of 2026-02); prices:
aws.amazon.com/eks/pricing, 0.10 USD per hour in standard and 0.60 in extended support.
"""

from collections.abc import Iterator
from datetime import date

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EKS

RULE = Rule(
    "kubernetes-version",
    "warning",
    "The Kubernetes version is in extended support or no longer supported",
    EKS + "kubernetes-versions.html",
)
_CALENDAR = {
    28: (date(2024, 11, 26), date(2025, 11, 26)),
    29: (date(2025, 3, 23), date(2026, 3, 23)),
    30: (date(2025, 7, 23), date(2026, 7, 23)),
    31: (date(2025, 11, 26), date(2026, 11, 26)),
    32: (date(2026, 3, 23), date(2027, 3, 23)),
    33: (date(2026, 7, 29), date(2027, 7, 29)),
    34: (date(2026, 12, 2), date(2027, 12, 2)),
    35: (date(2027, 3, 27), date(2028, 3, 27)),
}
"""Minor version: end of standard support, end of extended support."""


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Compare the version's dates with today's."""
    config, told, today = context.setup.config, context.version_told, context.setup.today
    if told is None:
        missing = "no --cluster-config given" if config is None else "metadata.version is not set"
        yield RULE.not_judged(missing)
        return
    version = told.minor
    if version > max(_CALENDAR):
        yield RULE.not_judged(
            f"this version of kubestow does not know the support dates of 1.{version}"
        )
        return
    standard, extended = _CALENDAR.get(version, (date.min, date.min))
    newest = [minor for minor, (end, _) in _CALENDAR.items() if end > today]
    fix = "upgrade the cluster, one minor version at a time"
    if newest and told is not context.setup.version:
        fix = f'set metadata.version: "1.{max(newest)}"; {fix}'
    if today > extended:
        when = f" on {extended}" if version in _CALENDAR else ""
        reason = (
            f"extended support of 1.{version} ended{when}: EKS upgrades the cluster automatically"
        )
        yield RULE.finding(told.subject, told.field, reason, fix, "error")
    elif today >= standard:
        reason = (
            f"1.{version} is in extended support from {standard} to {extended}: the control plane "
            "costs 0.60 USD per hour instead of 0.10"
        )
        yield RULE.finding(told.subject, told.field, reason, fix)
