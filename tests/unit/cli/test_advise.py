"""The advise command: a table, JSON, journals, and mistakes."""

import json
from pathlib import Path

import pytest
from tests.unit.live.objects import node, pod

from kubestow.cli.main import run


@pytest.fixture
def dump(tmp_path: Path) -> str:
    items = [node("a"), node("b"), *(pod(f"web-{n}", "a") for n in range(2))]
    path = tmp_path / "dump.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return str(path)


def test_the_table_leads_from_the_cost_to_the_cheapest_plan(
    dump: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["advise", "-f", dump]) == 0
    out = capsys.readouterr().out
    assert "They cost 0.3840 USD/hour" in out
    assert "empty nodes, which run DaemonSets alone" in out
    assert "cheapest plan" in out
    assert "Nothing was changed" in out
    assert max(map(len, out.splitlines())) < 400


@pytest.fixture
def costs(tmp_path: Path) -> str:
    """Return a file: node a costs 0.1, node b 0.192 less 28 %, two that do not run 0.05 each."""
    path = tmp_path / "costs.yaml"
    path.write_text(
        """
apiVersion: kubestow.dev/v1alpha1
kind: Costs
prices:
  - {name: savings plan, discount: 0.28, source: bill}
reservations:
  - {name: xlarge, instanceType: m5.xlarge, count: 1, usdPerHour: 0.1, source: contract}
  - {name: large, instanceType: m5.large, count: 2, usdPerHour: 0.05, source: contract}
"""
    )
    return str(path)


def test_reservations_and_savings_plans_are_in_every_figure(
    dump: str, costs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["advise", "-f", dump, "--costs", costs]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "They cost 0.3382 USD/hour" in out, "0.1 + 0.13824 + 2 * 0.05"
    unused = "0.1000 USD/hour is for reserved nodes that do not run: 2 of 2 m5.large (large)."
    assert f"Of that, {unused}" in out
    assert "0.2000 USD/hour, the proven minimum" in out
    assert "note: reserved nodes that run are planned where they run" in out
    assert run(["advise", "-f", dump, "--costs", costs, "-o", "html"]) == 0
    page = capsys.readouterr().out
    assert unused in page
    assert "0.3382 USD/hour" in page


def test_json_adds_up_with_reservations(
    dump: str, costs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["advise", "-f", dump, "--costs", costs, "-o", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["cost"]["usdPerHour"] == pytest.approx(0.33824)
    parts = sum(item["usdPerHour"] for item in told["wastes"])
    assert told["cheapest"]["cost"]["usdPerHour"] == pytest.approx(0.33824 - parts)
    assert told["minimum"]["usdPerHour"] == told["cheapest"]["cost"]["usdPerHour"] == 0.2
    assert [item["inUse"] for item in told["reservations"]] == [1, 0]
    assert [item["unusedUsdPerHour"] for item in told["reservations"]] == [0.0, 0.1]
    (decision,) = told["decisions"]
    assert decision["removes"] == ["b"]
    assert decision["savingUsdPerHour"] == pytest.approx(0.13824)


def test_json_is_the_documented_kind_and_lines_are_lines(
    dump: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["advise", "-f", dump, "-o", "json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert run(["advise", "-f", dump, "-o", "jsonl"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert whole["kind"] == json.loads(line)["kind"] == "Advice"
    assert whole["wastes"] == json.loads(line)["wastes"]


def test_settled_tells_where_a_policy_would_rest(
    dump: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["advise", "-f", dump, "--policy", "cluster-autoscaler", "--settled"]
    assert run(arguments) == 0
    out = capsys.readouterr().out
    assert "Where it would rest, if it were left alone" in out
    assert "cluster-autoscaler: after 10 min 0.1920 USD/hour" in out
    assert run([*arguments, "-o", "html"]) == 0
    assert "Where each policy would rest, if it were left alone" in capsys.readouterr().out


def test_a_journal_can_be_replayed(
    dump: str, costs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "journals"
    arguments = ["--policy", "optimal,karpenter", "--journal", str(folder), "--costs", costs]
    assert run(["advise", "-f", dump, *arguments]) == 0
    for name in ("optimal", "karpenter"):
        assert run(["replay", str(folder / f"{name}.journal.gz")]) == 0
        assert "all the same" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--policy", "best"], "unknown policy"),
        (["--every", "1"], "too often"),
        (["--ec2"], "--ec2 is for a running cluster"),
    ],
)
def test_mistakes_are_told(
    dump: str, arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["advise", "-f", dump, *arguments]) == 1
    err = capsys.readouterr().err
    assert error in err
    assert "hint: " in err


def test_nothing_to_look_at_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty.json"
    path.write_text('{"apiVersion": "v1", "kind": "List", "items": []}')
    assert run(["advise", "-f", str(path), "--region", "us-east-1"]) == 1
    assert "no nodes and no pods" in capsys.readouterr().err
