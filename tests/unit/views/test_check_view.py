"""A check's view: findings with their rules, and what no check reads."""

from datetime import date

from kubestow.model.finding import Report, Rule, Subject
from kubestow.model.setup import Setup
from kubestow.model.snapshot import Cluster, Ignored
from kubestow.testing import GENERAL, catalog
from kubestow.views.check_view import CheckView, check_view

RULE = Rule("pod-alone", "warning", "A pod stands alone", "https://example.com/pod")
REPORT = Report(
    findings=(RULE.finding(Subject("Pod", "a", "shop", "a.yaml"), "spec", "alone", "add one"),),
    not_judged=(RULE.not_judged("no pods"),),
    rules=(RULE,),
)


def view(*ignored: Ignored) -> CheckView:
    cluster = Cluster(ignored=ignored, assumptions=("assumed",))
    return check_view(REPORT, Setup(cluster, catalog(*GENERAL), date(2026, 11, 23)))


def test_a_finding_has_its_rules_title_and_documentation() -> None:
    (finding,) = view().findings
    assert (finding.title, finding.documentation) == (RULE.title, RULE.documentation)
    assert (finding.object.kind, finding.object.namespace, finding.object.name) == (
        "Pod", "shop", "a",
    )  # fmt: skip
    assert (finding.file, finding.field) == ("a.yaml", "spec")


def test_findings_are_counted_by_severity() -> None:
    summary = view().summary
    assert (summary.errors, summary.warnings, summary.infos, summary.checks) == (0, 1, 0, 1)


def test_what_a_check_reads_is_not_ignored() -> None:
    found = view(Ignored("Ingress", 1, "no pods"), Ignored("ConfigMap", 2, "no pods"))
    assert [(item.kind, item.count) for item in found.ignored] == [("ConfigMap", 2)]


def test_a_check_that_could_not_be_judged_says_what_was_missing() -> None:
    assert [(item.check, item.reason) for item in view().not_judged] == [("pod-alone", "no pods")]
