"""kubestow top: one table or JSON where nobody presses keys, and what it says of the terminal."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kubestow.cli import console
from kubestow.cli.main import run

SCHEMA = Path(__file__).parents[3] / "docs" / "schema" / "cluster.v1alpha1.json"
REGION = ["--region", "ap-northeast-2"]


def items() -> list[dict[str, Any]]:
    """Return two nodes, a pod on one of them, one that waits, and an event about it."""
    nodes = [
        {
            "apiVersion": "v1", "kind": "Node",
            "metadata": {
                "name": f"ip-10-0-0-{n}.ap-northeast-2.compute.internal",
                "creationTimestamp": "2026-11-20T09:00:00Z",
                "labels": {
                    "node.kubernetes.io/instance-type": "m5.xlarge",
                    "topology.kubernetes.io/zone": "ap-northeast-2a",
                    "topology.kubernetes.io/region": "ap-northeast-2",
                    "eks.amazonaws.com/nodegroup": "workers",
                    "eks.amazonaws.com/capacityType": "ON_DEMAND",
                    "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux",
                },
            },
            "spec": {"providerID": f"aws:///ap-northeast-2a/i-0abc{n}"},
            "status": {
                "allocatable": {"cpu": "3920m", "memory": "15146680Ki", "pods": "58"},
                "capacity": {"cpu": "4", "memory": "16069384Ki", "pods": "58"},
                "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
            },
        }
        for n in range(2)
    ]  # fmt: skip
    return [*nodes, _pod("web", "500m", nodes[0]["metadata"]["name"]), _pod("big", "64", ""),
            _event()]  # fmt: skip


def _pod(name: str, cpu: str, node: str) -> dict[str, Any]:
    resources = {"requests": {"cpu": cpu, "memory": "1Gi"}}
    spec: dict[str, Any] = {"containers": [{"name": "main", "image": "x", "resources": resources}]}
    if node:
        spec["nodeName"] = node
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"},
        "spec": spec, "status": {"phase": "Running" if node else "Pending"},
    }  # fmt: skip


def _event() -> dict[str, Any]:
    return {
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "big.1", "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "big"},
        "reason": "FailedScheduling", "message": "0/2 nodes are available", "type": "Warning",
    }  # fmt: skip


@pytest.fixture
def dump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write a cluster, and return the file."""
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("KUBESTOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items()}))
    return str(path)


def test_where_nobody_presses_keys_it_prints_one_table(dump: str, capsys: Any) -> None:
    assert run(["top", "-f", dump, *REGION]) == 0
    out, err = capsys.readouterr()
    assert f"{dump} in ap-northeast-2: 2 nodes, 2 pods, 1 Pending." in out
    assert "managed node group workers: 2 nodes" in out
    assert "  shop/big\n    0/2 nodes are available: 2 Insufficient cpu." in out
    assert "minimum" not in out
    assert "TERM" not in err


def test_the_minimum_is_worked_out_where_it_is_asked_for(dump: str, capsys: Any) -> None:
    assert run(["top", "-f", dump, *REGION, "--once", "--advice"]) == 0
    assert "the proven minimum of" in capsys.readouterr().out


def test_json_is_what_its_schema_says(dump: str, capsys: Any) -> None:
    assert run(["top", "-f", dump, *REGION, "-o", "json", "--only-namespace", "none"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert document["pods"] == 0
    assert len(document["nodes"]) == 2


def test_reservations_are_counted(dump: str, tmp_path: Path, capsys: Any) -> None:
    own = {"name": "own", "instanceType": "m5.xlarge", "count": 3, "usdPerHour": 0.1}
    document = {"apiVersion": "kubestow.dev/v1alpha1", "kind": "Costs", "reservations": [own]}
    costs = tmp_path / "costs.json"
    costs.write_text(json.dumps(document))
    assert run(["top", "-f", dump, *REGION, "--costs", str(costs), "--once", "--advice"]) == 0
    out = capsys.readouterr().out
    assert "The nodes cost 0.3000 USD/hour" in out
    assert "0.1000 USD/hour is for reserved nodes that do not run: 1 of 3 m5.xlarge (own)" in out
    assert "at the proven minimum of 0.3 USD/hour" in out
    assert run(["top", "-f", dump, *REGION, "--costs", str(costs), "-o", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [node["usdPerHour"] for node in document["nodes"]] == [0.1, 0.1]
    assert [node["reservation"] for node in document["nodes"]] == ["own", "own"]
    assert document["cost"]["usdPerHour"] == 0.3


def test_filter_and_order_are_taken(dump: str, capsys: Any) -> None:
    options = ["--filter", "0-0-1", "--group-by", "none", "--sort", "name"]
    assert run(["top", "-f", dump, *REGION, "--once", *options]) == 0
    out = capsys.readouterr().out
    assert "ip-10-0-0-1" in out
    assert "ip-10-0-0-0" not in out
    assert run(["top", "-f", dump, "--sort", "prize"]) == 1
    assert "did you mean 'price'?" in capsys.readouterr().err


def test_without_textual_it_says_how_to_install_it(
    dump: str, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kubestow.cli import top

    monkeypatch.setattr(top, "why_no_keys", lambda: "")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert run(["top", "-f", dump, *REGION]) == 1
    err = capsys.readouterr().err
    assert "pip install 'kubestow[terminal]'" in err
    assert "--once" in err


@pytest.mark.parametrize("term", ["dumb", "vt100", ""])
def test_a_terminal_that_cannot_be_drawn_on_gets_the_table_and_a_hint(
    term: str, dump: str, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(getattr(console.sys, name), "isatty", lambda: True)
    assert run(["top", "-f", dump, *REGION]) == 0
    out, err = capsys.readouterr()
    assert "workers" in out
    assert f"note: TERM={term} cannot be drawn on" in err
    assert "hint: set TERM" in err


def test_a_fault_of_the_view_is_reported_without_a_traceback(
    dump: str, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kubestow.cli import top
    from kubestow.terminal.app import TopApp

    def fail(app: TopApp, *_: Any, **__: Any) -> None:
        app.fault = ValueError("broken")

    monkeypatch.setattr(top, "why_no_keys", lambda: "")
    monkeypatch.setattr(TopApp, "run", fail)
    assert run(["top", "-f", dump, *REGION, "--no-advice"]) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_no_other_command_pays_for_the_view() -> None:
    import subprocess
    import sys

    code = "import sys, kubestow.cli.main; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
