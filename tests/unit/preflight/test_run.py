"""The registry of checks, and the order of what they find."""

import re
from pathlib import Path

from kubestow.model.finding import SEVERITIES
from kubestow.preflight.run import CHECKS, run

from .builders import config, group, setup, workload

FOLDER = Path(__file__).parents[3] / "src" / "kubestow" / "preflight"
HELPERS = {
    "__init__",
    "budgets",
    "capacity",
    "run",
    "spreading",
    "check_context",
    "volumes",
    "wording",
}


def test_every_file_of_a_check_is_in_the_registry_under_its_name() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - HELPERS
    assert {check.RULE.id.replace("-", "_") for check in CHECKS} == files
    assert len(CHECKS) == len(files) >= 32


def test_every_rule_has_a_title_and_a_public_page() -> None:
    for check in CHECKS:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", check.RULE.id)
        assert check.RULE.severity in SEVERITIES
        assert check.RULE.title[0].isupper()
        assert re.match(
            r"https://(kubernetes\.io|docs\.aws\.amazon\.com|github\.com)/",
            check.RULE.documentation,
        )


def test_findings_come_worst_first_and_the_same_every_time() -> None:
    of = setup(workload(cpu="9"), workload("db", replicas=1), config_of=config(group()))
    report = run(of)
    ranks = [SEVERITIES.index(finding.severity) for finding in report.findings]
    assert ranks == sorted(ranks)
    assert report.count("error") == 1
    assert report == run(of)


def test_nothing_is_passed_over_in_silence() -> None:
    report = run(setup(workload()))
    said = {item.rule for item in report.not_judged}
    assert {"type-not-in-zone", "image-platform", "subnet-addresses", "fargate-no-profile",
            "request-too-large", "kubernetes-version", "imds-hop-limit"} <= said  # fmt: skip
