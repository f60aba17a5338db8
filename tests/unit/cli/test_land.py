"""The land command: mistakes are told before anything is asked for, and outcomes are exit codes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.adapters.test_plan_file import document, node
from tests.unit.live.handed import HandedStand
from tests.unit.live.test_hand_landing import web

from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.cli import land
from kubestow.cli.main import run

NODE = node(
    "general-001", "default/web-0", "default/web-1",
    nodePool="pool", instanceType="m5.large", capacityType="on-demand", taints=[],
    labels={}, daemonSetPods=[],
)  # fmt: skip


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    made = document(NODE) | {
        "workloads": [
            {
                "kind": "Deployment", "namespace": "default", "name": "web",
                "pods": ["web-0", "web-1"],
            }
        ]
    }  # fmt: skip
    path.write_text(json.dumps(made))
    return path


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> HandedStand:
    """A cluster in the place of the one that a kubeconfig names."""
    made = HandedStand()
    made.join("x")

    @contextmanager
    def watched(*_: Any) -> Iterator[Any]:
        cache = SimpleNamespace(
            content=lambda kind, key: b'{"metadata": {"name": "x", "uid": "u"}}',
            contents=lambda kind: {},
        )

        def wait(since: int, seconds: float) -> int:
            made.on_turn()
            return 0

        observer = SimpleNamespace(observe=made.observe, changes=lambda: 0, wait_for_change=wait)
        hand = SimpleNamespace(read=lambda path: (Answer.GONE, None))
        yield SimpleNamespace(cache=cache, observer=observer, hand=hand)

    @contextmanager
    def changing(*_: Any) -> Iterator[Any]:
        yield made

    monkeypatch.setattr(land, "watched_cluster", watched)
    monkeypatch.setattr(land, "_changing", changing)
    return made


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ([], "needs a running cluster"),
        (["--cluster", "--timeout", "soon"], "--timeout 'soon' is not a duration"),
        (["--cluster", "--timeout", ""], "is not a duration"),
        (["--cluster", "--timout", "5m"], "--timeout"),
    ],
)
def test_mistakes_are_told(
    plan: Path, tokens: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["land", str(plan), *tokens]) == 1
    err = capsys.readouterr().err
    assert expected in err
    assert "hint: " in err


def test_a_plan_that_launches_nothing_has_nothing_to_land_on(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan.write_text(json.dumps(document(node("a", existing=True))))
    assert run(["land", str(plan), "--cluster"]) == 1
    assert "launches none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("1h30m", 5_400), ("0s", 0)]
)
def test_durations_are_as_kubectl_has_them(text: str, seconds: int) -> None:
    assert land._seconds(text) == seconds


def test_a_landing_is_told_as_a_table_and_as_json(
    plan: Path, stand: HandedStand, capsys: pytest.CaptureFixture[str]
) -> None:
    stand.add(web("web-p"), web("web-q"))
    assert run(["land", str(plan), "--cluster", "--dry-run"]) == 0
    assert "2 planned pods would be on their nodes" in capsys.readouterr().out
    assert stand.asked == []
    assert run(["land", str(plan), "--cluster", "-o", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["podCounts"]["asPlanned"] == 2
    assert [item["node"] for item in told["nodes"]] == ["x"]


def test_what_did_not_come_is_an_exit_code(
    plan: Path, stand: HandedStand, capsys: pytest.CaptureFixture[str]
) -> None:
    stand.add(web("web-p"))
    assert run(["land", str(plan), "--cluster", "--timeout", "1s"]) == 2
    out = capsys.readouterr().out
    assert "1 of 2 planned pods" in out
    assert "--timeout was over" in out
    assert not stand.nodes["x"].unschedulable


def test_ctrl_c_leaves_nodes_held_and_says_so(
    plan: Path, stand: HandedStand, capsys: pytest.CaptureFixture[str]
) -> None:
    stand.add(web("web-p"))

    def interrupt() -> None:
        if stand.nodes["x"].unschedulable and stand.where()["web-p"]:
            raise KeyboardInterrupt

    stand.on_turn = interrupt
    assert run(["land", str(plan), "--cluster"]) == 130
    err = capsys.readouterr().err
    assert "1 node stay held" not in err
    assert "1 node stays held: the same command goes on from there" in err
    assert stand.nodes["x"].unschedulable
    stand.on_turn = lambda: None
    stand.add(web("web-q"))
    assert run(["land", str(plan), "--cluster"]) == 0


def test_where_the_controller_acts_nothing_is_landed(
    plan: Path, stand: HandedStand, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr("kubestow.controller.rivals.controller_of", lambda hand: "a/kubestow")
    assert run(["land", str(plan), "--cluster"]) == 1
    assert "'kubestow run' acts in this cluster" in capsys.readouterr().err
    assert stand.asked == []
