from datetime import date

from kubestow.model.finding import Subject
from kubestow.model.setup import CheckedWorkload, Setup
from kubestow.model.snapshot import Cluster
from kubestow.testing import GENERAL, catalog, pod
from kubestow.usecases.check import check

BARE = CheckedWorkload(Subject("Pod", "web", "shop"), 1, pod("web").template)


def test_every_check_is_run_and_those_that_lack_something_say_so() -> None:
    setup = Setup(Cluster(), catalog(*GENERAL), date(2026, 1, 1), workloads=(BARE,))
    report = check(setup)
    assert [finding.subject for finding in report.findings if finding.rule == "bare-pod"] == [
        BARE.subject
    ]
    assert "subnet-addresses" in {missing.rule for missing in report.not_judged}
    ids = {rule.id for rule in report.rules}
    assert len(ids) == len(report.rules) > 40
    assert {finding.rule for finding in report.findings} <= ids
