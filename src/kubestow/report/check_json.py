"""What the checks found as JSON: the stable shape of docs/schema/check.v1alpha1.json.

Law: built from the Report and what was read; the same report gives the same bytes.
"""

from kubestow.model.finding import Finding, Report, Rule
from kubestow.model.setup import Setup
from kubestow.report.plan_json import API_VERSION, Document

_READ_BY_CHECKS = ("Ingress",)
"""Kinds that decide no placement, but that a check looks at."""


def check_document(report: Report, setup: Setup) -> Document:
    """Return the report's document."""
    cluster = setup.cluster
    rules = {rule.id: rule for rule in report.rules}
    return {
        "apiVersion": API_VERSION,
        "kind": "Check",
        "region": setup.catalog.region,
        "date": setup.today.isoformat(),
        "summary": {
            "errors": report.count("error"),
            "warnings": report.count("warning"),
            "infos": report.count("info"),
            "checks": len(report.rules),
        },
        "findings": [_finding(item, rules[item.rule]) for item in report.findings],
        "notJudged": [{"check": item.rule, "reason": item.reason} for item in report.not_judged],
        "ignored": [
            {"kind": item.kind, "count": item.count, "reason": item.reason}
            for item in cluster.ignored
            if item.kind not in _READ_BY_CHECKS
        ],
        "assumptions": list(cluster.assumptions),
        "checks": [
            {
                "id": rule.id,
                "severity": rule.severity,
                "title": rule.title,
                "documentation": rule.documentation,
            }
            for rule in report.rules
        ],
    }


def _finding(item: Finding, rule: Rule) -> Document:
    own = item.subject
    return {
        "check": item.rule,
        "severity": item.severity,
        "title": rule.title,
        "object": {"kind": own.kind, "namespace": own.namespace, "name": own.name},
        "file": own.file,
        "field": item.field,
        "reason": item.reason,
        "fix": item.fix,
        "documentation": rule.documentation,
    }
