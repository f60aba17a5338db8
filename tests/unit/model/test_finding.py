import pytest

from kubestow.model.finding import SEVERITIES, Finding, NotJudged, Report, Rule, Severity, Subject

RULE = Rule("limit-below-request", "error", "a title", "https://kubernetes.io/docs/")
WEB = Subject("Deployment", "web", "shop")


@pytest.mark.parametrize(
    ("subject", "path", "description"),
    [
        (WEB, "shop/web", "Deployment shop/web"),
        (Subject("StorageClass", "gp3"), "gp3", "StorageClass gp3"),
        (Subject("", "eu-1a"), "eu-1a", "eu-1a"),
    ],
)
def test_an_object_is_written_as_kubectl_writes_it(
    subject: Subject, path: str, description: str
) -> None:
    assert (subject.path, subject.describe()) == (path, description)


@pytest.mark.parametrize(("given", "severity"), [(None, "error"), ("info", "info")])
def test_a_finding_is_as_severe_as_its_rule_unless_it_says_otherwise(
    given: Severity | None, severity: Severity
) -> None:
    finding = RULE.finding(WEB, "spec", "too low", "raise it", given)
    assert finding == Finding("limit-below-request", severity, WEB, "spec", "too low", "raise it")


def test_a_rule_that_was_not_judged_says_what_was_missing() -> None:
    assert RULE.not_judged("no subnets") == NotJudged("limit-below-request", "no subnets")


def test_a_report_counts_its_findings_by_severity() -> None:
    severities: tuple[Severity, ...] = ("error", "info", "info")
    findings = [RULE.finding(WEB, "", "", "", severity) for severity in severities]
    report = Report(tuple(findings), (), (RULE,))
    assert [report.count(severity) for severity in SEVERITIES] == [1, 0, 2]
