"""--gap, --effort and the end of a search."""

from pathlib import Path
from typing import Any

import pytest

from kubestow import engine
from kubestow.cli.main import run
from kubestow.cli.search_options import SearchOptions
from kubestow.model.input_error import InputError
from kubestow.model.reporter import EnoughError
from kubestow.testing import replicas, snapshot

POD = """
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: main, resources: {requests: {cpu: 500m, memory: 1Gi}}}]}
"""


@pytest.mark.parametrize(
    ("gap", "effort", "share", "work"),
    [
        (None, None, 0.0005, 4_000),
        ("1%", None, 0.01, 60_000),
        ("0.02", "quick", 0.02, 1_000),
        ("0", "max", 0.0, 500_000),
        ("5 %", "1234", 0.05, 1_234),
    ],
)
def test_a_gap_and_an_effort_mean(
    gap: str | None, effort: str | None, share: float, work: int
) -> None:
    options = SearchOptions(gap=gap, effort=effort)
    assert options.share == pytest.approx(share)
    assert options.work_limit == work


@pytest.mark.parametrize("gap", ["-1%", "much", "nan", "2000%", ""])
def test_a_gap_that_is_none_is_refused(gap: str) -> None:
    with pytest.raises(InputError) as error:
        SearchOptions(gap=gap).check()
    assert "for example 1%" in error.value.hint


@pytest.mark.parametrize("effort", ["0", "-3", "lots", "1e3", "", "9" * 30, "9" * 5000])
def test_an_effort_that_is_none_is_refused(effort: str) -> None:
    with pytest.raises(InputError) as error:
        SearchOptions(effort=effort).check()
    assert "quick, normal, high, max" in error.value.hint


def test_a_wrong_gap_is_told_before_anything_is_read(capsys: Any) -> None:
    assert run(["plan", "-f", "nowhere.yaml", "--gap", "x"]) == 1
    assert "--gap x is not a percentage or a fraction" in capsys.readouterr().err


def test_a_certificate_is_written(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    target = tmp_path / "proof.json"
    tokens = ["plan", "-f", str(tmp_path / "pod.yaml"), "--region", "us-east-1"]
    assert run([*tokens, "--certificate", str(target)]) == 0
    capsys.readouterr()
    check = ["-f", str(tmp_path / "pod.yaml"), "--region", "us-east-1"]
    assert run(["verify-bound", str(target), *check]) == 0
    target.write_text(target.read_text().replace('"nanoUsdPerHour": ', '"nanoUsdPerHour": 9'))
    assert run(["verify-bound", str(target), *check]) == 1


def test_a_search_that_is_ended_gives_a_whole_plan() -> None:
    class Ending:
        calls = 0

        def progress(self, step: str, done: int, total: int) -> None:
            self.calls += 1
            if self.calls > 2:
                raise EnoughError

    state = snapshot((*replicas(40, "a", "700m", "900Mi"), *replicas(30, "b", "300m", "2Gi")))
    reporter = Ending()
    plan = engine.plan(state, reporter=reporter)
    assert not plan.unschedulable
    assert sum(len(node.pods) for node in plan.nodes) == 70
    calls, reporter.calls = reporter.calls, -(10**9)
    engine.plan(state, reporter=reporter)
    assert calls < reporter.calls + 10**9


def test_a_search_ends_at_its_gap() -> None:
    state = snapshot((*replicas(40, "a", "700m", "900Mi"), *replicas(30, "b", "300m", "2Gi")))
    near = engine.plan(state, gap=0.0)
    far = engine.plan(state, gap=1.0)
    assert near.cost_nano_usd_per_hour <= far.cost_nano_usd_per_hour
    assert far.gap is not None
    assert far.gap <= 1.0
