"""CheckView: the findings of the checks of a setup, and the checks that lacked information."""

import datetime
from typing import Annotated, Literal

from msgspec import Meta

from kubestow.model.finding import Finding, Report, Rule, Severity
from kubestow.model.setup import Setup
from kubestow.views.shared import IgnoredView, ignored_views
from kubestow.views.view import API_VERSION, ApiVersion, Count, View

_READ_BY_CHECKS = ("Ingress",)
"""Kinds that do not affect placement, but that a check reads."""

CheckId = Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
Url = Annotated[str, Meta(extra_json_schema={"format": "uri"})]


class CheckSummaryView(View, frozen=True):
    """How many findings there are of each severity."""

    errors: Count
    warnings: Count
    infos: Count
    checks: Annotated[
        int, Meta(ge=1, description="Checks that ran; notJudged lists the inconclusive ones.")
    ]


class SubjectView(View, frozen=True):
    """The object that a finding is about."""

    kind: Annotated[
        str,
        Meta(
            description="A Kubernetes kind, ClusterConfig, 'managed node group', 'node group', "
            "'nodes of', nodes or subnets."
        ),
    ]
    namespace: Annotated[str, Meta(description="Empty if the object has none.")]
    name: str


class FindingView(View, frozen=True):
    """One problem: its location, its reason, and how to fix it."""

    check: CheckId
    severity: Severity
    title: str
    object: SubjectView
    file: Annotated[
        str, Meta(description="The file that defines the object; empty if there is none.")
    ]
    field: Annotated[
        str, Meta(description="The path inside the object; empty for the whole object.")
    ]
    reason: str
    fix: Annotated[str, Meta(description="What to write instead.")]
    documentation: Url


class NotJudgedView(View, frozen=True):
    """An inconclusive check: information was missing for some or all objects."""

    check: CheckId
    reason: Annotated[str, Meta(description="What was missing.")]


class RuleView(View, frozen=True):
    """A check that ran."""

    id: CheckId
    severity: Annotated[Severity, Meta(description="The severity its findings usually have.")]
    title: str
    documentation: Url


class CheckView(View, frozen=True, kw_only=True):
    """What 'kubestow check -o json' writes.

    Fields may be added; none changes its meaning within v1alpha1.
    """

    api_version: ApiVersion = API_VERSION
    kind: Literal["Check"] = "Check"
    region: str
    date: Annotated[
        datetime.date,
        Meta(description="The day for which Kubernetes versions and AMI families are checked."),
    ]
    summary: CheckSummaryView
    findings: Annotated[
        tuple[FindingView, ...],
        Meta(description="Errors first, then warnings, then infos; in the order of checks."),
    ]
    not_judged: Annotated[
        tuple[NotJudgedView, ...],
        Meta(description="Checks that were inconclusive for some or all objects, and why."),
    ]
    ignored: Annotated[
        tuple[IgnoredView, ...], Meta(description="Objects of the input that no check reads.")
    ]
    assumptions: Annotated[
        tuple[str, ...], Meta(description="What was assumed while the input was read.")
    ]
    checks: Annotated[tuple[RuleView, ...], Meta(description="All checks.")]


def check_view(report: Report, setup: Setup) -> CheckView:
    """Return the view of a report on a setup."""
    cluster = setup.cluster
    rules = {rule.id: rule for rule in report.rules}
    return CheckView(
        region=setup.catalog.region,
        date=setup.today,
        summary=CheckSummaryView(
            errors=report.count("error"),
            warnings=report.count("warning"),
            infos=report.count("info"),
            checks=len(report.rules),
        ),
        findings=tuple(finding_view(item, rules[item.rule]) for item in report.findings),
        not_judged=tuple(NotJudgedView(item.rule, item.reason) for item in report.not_judged),
        ignored=ignored_views(i for i in cluster.ignored if i.kind not in _READ_BY_CHECKS),
        assumptions=(*cluster.assumptions, *cluster.remarks),
        checks=tuple(
            RuleView(rule.id, rule.severity, rule.title, rule.documentation)
            for rule in report.rules
        ),
    )


def finding_view(item: Finding, rule: Rule) -> FindingView:
    """Return the view of a finding of a rule."""
    own = item.subject
    return FindingView(
        check=item.rule,
        severity=item.severity,
        title=rule.title,
        object=SubjectView(own.kind, own.namespace, own.name),
        file=own.file,
        field=item.field,
        reason=item.reason,
        fix=item.fix,
        documentation=rule.documentation,
    )
