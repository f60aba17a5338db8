"""Reservations of the costs file as every command that reads it shows them."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kubestow.cli.main import run
from kubestow.cli.reading import check_pools_left
from kubestow.model.input_error import InputError
from kubestow.model.snapshot import Cluster, Ignored

from .inputs import DEPLOYMENT, REGION

ROOT = Path(__file__).parents[3]
SCHEMAS = {
    name: json.loads((ROOT / "docs" / "schema" / f"{name}.v1alpha1.json").read_text())
    for name in ("plan", "explanation")
}
RESERVED = """
apiVersion: kubestow.dev/v1alpha1
kind: Costs
reservations:
  - {name: m7i-2025, instanceType: m7i.xlarge, count: 3, usdPerHour: 0.15, source: contract}
"""
RUNNING = """
---
apiVersion: v1
kind: Node
metadata:
  name: old
  labels:
    kubernetes.io/hostname: old
    node.kubernetes.io/instance-type: m7i.xlarge
    topology.kubernetes.io/region: ap-northeast-2
    topology.kubernetes.io/zone: ap-northeast-2a
    karpenter.sh/capacity-type: on-demand
spec: {taints: [{key: full, effect: NoSchedule}]}
status: {allocatable: {cpu: 3920m, memory: 14Gi, pods: "58"}}
"""
LARGE = DEPLOYMENT.replace("500m", "3500m")


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("KUBESTOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(LARGE + RUNNING)
    (tmp_path / "costs.yaml").write_text(RESERVED)


INPUT = ["-f", "a.yaml", *REGION, "--costs", "costs.yaml"]


def test_a_plan_says_which_are_used_and_what_is_paid_in_any_case(capsys: Any) -> None:
    assert run(["plan", *INPUT, "-o", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMAS["plan"])
    assert document["reservations"] == [
        {
            "name": "m7i-2025",
            "instanceType": "m7i.xlarge",
            "zone": None,
            "count": 3,
            "inUseAlready": 1,
            "planned": 2,
            "unused": 0,
            "usdPerHour": 0.15,
            "committedUsdPerHour": 0.45,
            "source": "contract",
        }
    ]
    assert document["cost"]["committedUsdPerHour"] == 0.45
    assert document["existing"]["nodes"] == 1
    found = [node.get("reservation", "") for node in document["nodes"]]
    assert found == ["", "m7i-2025", "m7i-2025", ""]
    new = document["nodes"][-1]
    assert document["cost"]["usdPerHour"] == new["usdPerHour"]

    assert run(["plan", *INPUT]) == 0
    text = capsys.readouterr().out
    assert text.startswith(
        "ap-northeast-2: 3 pods on 1 new node of 1 kind, 2 reserved and 1 existing\n"
    )
    assert (
        "  reserved   3 m7i.xlarge (m7i-2025): 1 already running, 2 used, 0 unused, 0.4500 USD/h "
        "committed" in text
    )
    assert f"  total      {0.45 + new['usdPerHour']:.4f} USD/h for new and reserved nodes" in text
    assert "Reserved nodes, filled first (not running yet: launch them too)" in text
    assert "note: 2 reserved nodes (reserved-m7i-2025-001, ...) are not there yet" in text


def test_from_scratch_leaves_all_of_them_to_use(capsys: Any) -> None:
    assert run(["plan", *INPUT, "--from-scratch", "-o", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (found,) = document["reservations"]
    assert (found["inUseAlready"], found["planned"], found["unused"]) == (0, 3, 0)
    assert document["cost"]["usdPerHour"] == 0


def test_a_pod_on_one_is_explained_as_such(capsys: Any) -> None:
    assert run(["plan", *INPUT, "--explain", "shop/web-0"]) == 0
    assert "reserved m7i.xlarge (already paid for, not running yet)" in capsys.readouterr().out
    assert run(["explain", "shop/web-0", *INPUT, "-o", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMAS["explanation"])
    assert document["place"]["reservation"] == "m7i-2025"
    assert document["scheduler"]["message"].startswith("0/1 nodes are available")
    assert run(["explain", "shop/web-0", *INPUT]) == 0
    assert "can run on the reserved node reserved-m7i-2025-00" in capsys.readouterr().out


def test_a_certificate_needs_the_same_costs_to_be_checked(capsys: Any) -> None:
    assert run(["plan", *INPUT, "--certificate", "bound.json"]) == 0
    assert run(["verify-bound", "bound.json", *INPUT]) == 0
    assert run(["verify-bound", "bound.json", *INPUT[:-2]]) == 1
    assert "hint: pass the same input, --region, --nodepool, --costs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("field", "message", "hint"),
    [
        (
            "instanceType: m7i.xlarg",
            "reservations[0].instanceType: instance type 'm7i.xlarg' does not exist",
            "did you mean 'm7i.xlarge'?",
        ),
        (
            "instanceType: m7i.xlarge, zone: us-east-1a",
            "reservations[0].zone: zone 'us-east-1a' is not in region ap-northeast-2",
            "hint: ",
        ),
        (
            "instanceType: m5.xlarge",
            "reservations[0]: no NodePool may launch m5.xlarge on demand in ap-northeast-2",
            "--nodepool",
        ),
        (
            "instanceType: m7i.xlarge, nodePool: general",
            "reservations[0].nodePool: there is no NodePool 'general'",
            "the NodePools are default, default-arm64",
        ),
    ],
)
def test_what_nothing_can_launch_names_the_file_and_the_field(
    field: str, message: str, hint: str, tmp_path: Path, capsys: Any
) -> None:
    text = RESERVED.replace("instanceType: m7i.xlarge", field)
    (tmp_path / "costs.yaml").write_text(text)
    assert run(["plan", *INPUT]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"error: costs.yaml: Costs: {message}" in captured.err
    assert hint in captured.err


def test_without_a_pool_that_can_be_used_nothing_is_launched() -> None:
    reason = Ignored("NodePool", 1, "left out: win: it launches windows")
    cluster = Cluster(pools_left_out=("gpu", "win"), ignored=(reason,))
    with pytest.raises(
        InputError, match="NodePool gpu is left out, NodePool win: it launches windows"
    ):
        check_pools_left(cluster)
    check_pools_left(Cluster())
