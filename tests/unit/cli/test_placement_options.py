"""--placed-by and --no-rehearsal: which cost is the plan's, and what is said of the other."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kubestow.cli.main import run
from kubestow.cli.placement_options import PlacementOptions
from kubestow.model.input_error import InputError
from kubestow.model.placements import KUBE_SCHEDULER, KUBESTOW

from .inputs import REGION

ROOT = Path(__file__).parents[3]
QUICK = [*REGION, "--effort", "100"]


def deployment(name: str, replicas: int, cpu: str, memory: str) -> str:
    return f"""---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers: [{{name: main, resources: {{requests: {{cpu: {cpu}, memory: {memory}}}}}}}]
"""


TIGHT = (
    deployment("lean", 30, "500m", "256Mi")
    + deployment("rich", 20, "150m", "1800Mi")
    + deployment("huge", 3, "3000m", "10Gi")
)


@pytest.fixture(autouse=True)
def somewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBESTOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(TIGHT)


def document(capsys: Any, command: str, *tokens: str) -> Any:
    """Return the JSON of a command, which must be as its schema says."""
    name = {"plan": "plan", "compare": "comparison"}[command]
    schema = json.loads((ROOT / f"docs/schema/{name}.v1alpha1.json").read_text())
    assert run([command, "-f", "a.yaml", *tokens, "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema)
    return found


def test_the_default_is_kube_scheduler_alone_and_only_a_rehearsal_knows_its_cost() -> None:
    assert PlacementOptions().placer == KUBE_SCHEDULER
    assert PlacementOptions(placed_by=KUBESTOW).placer == KUBESTOW
    for options in (
        PlacementOptions(),
        PlacementOptions(rehearsal=False),
        PlacementOptions(rehearsal=False, placed_by=KUBESTOW),
        PlacementOptions(placed_by=KUBE_SCHEDULER),
    ):
        options.check()
    with pytest.raises(InputError, match="only by a rehearsal") as raised:
        PlacementOptions(rehearsal=False, placed_by=KUBE_SCHEDULER).check()
    assert "--placed-by kubestow" in str(raised.value.hint)


@pytest.mark.parametrize("command", ["plan", "compare"])
@pytest.mark.parametrize(
    ("tokens", "error", "hint"),
    [
        (["--placed-by", "kube"], "'kube' is not a valid value of --placed-by", "kubestow"),
        (["--placed-by", "kube-scheduler", "--no-rehearsal"], "--no-rehearsal:", "omit"),
    ],
)
def test_a_mistake_is_one_error_with_a_hint(
    capsys: Any, command: str, tokens: list[str], error: str, hint: str
) -> None:
    assert run([command, "-f", "a.yaml", *REGION, *tokens]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    first, second = captured.err.splitlines()
    assert first.startswith(f"error: {error}")
    assert second.startswith("hint: ")
    assert hint in second


def test_both_headlines_of_a_plan_have_the_same_two_costs(capsys: Any) -> None:
    alone = document(capsys, "plan", *QUICK)
    landed = document(capsys, "plan", *QUICK, "--placed-by", "kubestow")
    for shown, key in ((alone, "kubeScheduler"), (landed, "kubestow")):
        own = shown["placements"][key]
        assert shown["cost"]["usdPerHour"] == own["usdPerHour"]
        assert shown["cost"]["usdPerMonth"] == own["usdPerMonth"]
        assert sum(not node["existing"] for node in shown["nodes"]) == own["nodes"]
        assert shown["bound"]["gap"] == own["gap"]
    assert alone["placements"] | {"by": "kubestow"} == landed["placements"]
    assert alone["placements"]["by"] == "kube-scheduler"
    assert alone["rehearsal"]["extraUsdPerHour"] == alone["placements"]["differenceUsdPerHour"] > 0
    assert landed["rehearsal"] is None
    assert landed["placements"]["kubestow"]["pending"] > 0
    assert landed["bound"]["usdPerHour"] == alone["bound"]["usdPerHour"]


def test_without_a_rehearsal_there_is_one_cost_and_it_is_said_whose(capsys: Any) -> None:
    found = document(capsys, "plan", *QUICK, "--no-rehearsal")["placements"]
    assert (found["by"], found["kubeScheduler"], found["orders"]) == ("kubestow", None, None)
    assert found["kubestow"]["pending"] is None
    assert run(["plan", "-f", "a.yaml", *QUICK, "--no-rehearsal"]) == 0
    assert "  rehearsed  no: the cost holds if kubestow lands the pods" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("placed_by", "notes"),
    [("kubestow", 1), ("kube-scheduler", 0)],
)
def test_what_is_emitted_for_landed_pods_is_said_to_be(
    capsys: Any, placed_by: str, notes: int
) -> None:
    tokens = ["--emit", "kubectl", "--placed-by", placed_by]
    assert run(["plan", "-f", "a.yaml", *QUICK, *tokens]) == 0
    captured = capsys.readouterr()
    assert captured.err.count("note: the emitted nodes are for pods that kubestow lands") == notes
    assert ("kubestow.dev/fill" in captured.out) is not bool(notes)


def test_a_comparison_has_both_costs_for_kubestows_fleet_alone(capsys: Any) -> None:
    types = ("--types", "t3.xlarge")
    found = {}
    for placed_by in ("kube-scheduler", "kubestow"):
        shown = document(capsys, "compare", *REGION, *types, "--placed-by", placed_by)
        own, other = shown["options"]
        assert other["placements"] is None
        key = "kubestow" if placed_by == "kubestow" else "kubeScheduler"
        assert own["placements"]["by"] == placed_by
        assert own["placements"][key]["usdPerMonth"] == own["cost"]["usdPerMonth"]
        assert own["placements"][key]["pending"] == own["stranded"]
        found[placed_by] = own["placements"]
    assert found["kube-scheduler"] | {"by": "kubestow"} == found["kubestow"]
    assert found["kubestow"]["differenceUsdPerHour"] > 0
