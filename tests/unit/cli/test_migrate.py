"""The migrate command as a user meets it: the example, messages, output, the runbook."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kubestow.cli.main import run

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs" / "schema" / "migration.v1alpha1.json").read_text())
EXAMPLE = ROOT / "examples" / "migration"
FROM = ["--from", "eks.amazonaws.com/nodegroup=general-2023"]
TO = ["--to", "eks.amazonaws.com/nodegroup=general-2026"]


def migrate(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = run(["migrate", *arguments, "-o", "json"])
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    return code, document


def test_the_example_ends(capsys: pytest.CaptureFixture[str]) -> None:
    """t3.xlarge costs 0.208 USD/h: 3 x 205 s, 2 x 85 s and 1 x 205 s of it are 0.0572 USD."""
    code, document = migrate(
        capsys, "-f", str(EXAMPLE / "cluster.yaml"), *FROM, *TO, "--currency", "KRW",
        "--rate", "1391.5",
    )  # fmt: skip
    assert code == 0
    assert document["ends"]
    assert document["ordersPlayed"] == 13
    assert [wave["seconds"] for wave in document["waves"]] == [205, 85, 205]
    expected = 0.208 * (3 * 205 + 2 * 85 + 205) / 3600
    assert document["cost"]["overlapUsd"] == pytest.approx(expected, abs=1e-8)
    assert document["cost"]["local"]["overlap"] == 80
    pods = {item["pod"]: item for wave in document["waves"] for item in wave["pods"]}
    assert len(pods) == 10
    assert pods["shop/admin-5c9f8d7b6c-b7x2k"]["means"] == "RollingRestart"
    assert pods["shop/orders-db-1"]["landsOn"].startswith("ip-10-0-2-77")  # its volume's zone
    assert {item["kind"] for item in document["losses"]} == {"emptyDir"}


def test_every_step_of_the_runbook_has_a_way_back(capsys: pytest.CaptureFixture[str]) -> None:
    _, document = migrate(capsys, "-f", str(EXAMPLE / "cluster.yaml"), *FROM, *TO)
    steps = document["runbook"]
    assert all(step["back"] and step["expect"] and step["commands"] for step in steps)
    commands = [command for step in steps for command in step["commands"]]
    assert "kubectl cordon -l eks.amazonaws.com/nodegroup=general-2023" in commands
    assert "kubectl rollout restart deployment/admin -n shop" in commands
    drained = [c for c in commands if c.startswith("kubectl drain")]
    assert len(drained) == 3
    assert sum("--delete-emptydir-data" in command for command in drained) == 1
    assert commands[-1].startswith('eksctl delete nodegroup --cluster "$CLUSTER"')


def test_what_stops_it_is_named_with_what_would_unblock_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, document = migrate(capsys, "-f", str(EXAMPLE), *FROM, *TO)
    assert code == 2
    assert not document["waves"]
    assert not document["runbook"]
    found = {item["pod"]: item for item in document["obstacles"]}
    assert {pod: item["kind"] for pod, item in found.items()} == {
        "shop/reports-59d7c8b6f4-x2k7q": "Placement",
        "shop/queue-0": "DisruptionBudget",
        "shop/debug": "NoController",
    }
    assert all(item["always"] and item["remedies"] for item in found.values())
    assert "nodeSelector or node affinity of Deployment/reports" in " ".join(
        found["shop/reports-59d7c8b6f4-x2k7q"]["remedies"]
    )
    assert "kubectl patch poddisruptionbudget queue -n shop" in found["shop/queue-0"]["remedies"][0]


def test_a_plan_of_new_nodes_is_launched_wave_by_wave(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = (EXAMPLE / "cluster.yaml").read_text()
    kept = [d for d in text.split("---\n") if "nodegroup: general-2026" not in d]
    (tmp_path / "cluster.yaml").write_text("---\n".join(kept))
    code, document = migrate(capsys, "-f", str(tmp_path), *FROM, "--to", "plan", "--surge", "1")
    assert code == 0
    assert all(len(wave["launch"]) <= 1 for wave in document["waves"])
    commands = "\n".join(c for step in document["runbook"] for c in step["commands"])
    assert commands.count("eksctl create nodegroup -f -") == len(document["launched"])
    assert document["cost"]["launchedUsdPerHour"] > 0


def test_the_table_says_what_the_json_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["migrate", "-f", str(EXAMPLE / "cluster.yaml"), *FROM, *TO]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "10 pods can move in 3 waves" in shown
    assert "emptyDir thumbnails: its data is deleted" in shown
    assert "kubectl drain ip-10-0-3-10.ap-northeast-2.compute.internal" in shown
    assert run(["migrate", "-f", str(EXAMPLE), *FROM, *TO]) == 2
    shown = " ".join(capsys.readouterr().out.split())
    assert "shop/queue-0 cannot move in any order" in shown
    assert "shop/queue never allows its eviction: 1 healthy, 1 must stay" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([*FROM, "--to", "kubernetes.io/arch=amd64"], "--from and --to both select"),
        ([*FROM, "--to", "group=none"], "none of the 6 nodes"),
        ([*FROM, *TO, "--surge", "-1"], "--surge -1 is negative"),
        ([*FROM, *TO, "--max-parallel", "0"], "--max-parallel 0 drains nothing"),
        ([*FROM, *TO, "--from-scratch"], "--from-scratch cannot be used here"),
        ([*FROM, *TO, "--seed", "-1"], "--seed -1 is negative"),
        ([*FROM, *TO, "--region", "us-east-1"], "the nodes of the input are in ap-northeast-2"),
    ],
)
def test_what_cannot_be_meant_is_told(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(["migrate", "-f", str(EXAMPLE / "cluster.yaml"), *arguments]) == 1
    said = capsys.readouterr().err
    assert message in said
    assert "hint: " in said


def test_an_input_without_nodes_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["migrate", "-f", str(ROOT / "examples" / "online-shop"), *FROM, *TO]) == 1
    assert "the input has no nodes to migrate" in capsys.readouterr().err
