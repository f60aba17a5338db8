"""The serve command: who may look, and mistakes."""

import json
import socket
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.unit.live.objects import node

from kubestow.cli.main import run
from kubestow.model.input_error import InputError
from kubestow.web import server
from kubestow.web.server import listen


@pytest.fixture
def dump(tmp_path: Path) -> str:
    path = tmp_path / "dump.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [node("a")]}))
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--host", "0.0.0.0"], "could be reached by others"),
        (["--port", "70000"], "out of range"),
        (["--history-days", "0"], "above 0"),
        (["--advice-every", "1"], "too often"),
        (["--token-file", "/nowhere/token"], "/nowhere/token"),
        (["--policy", "best"], "unknown policy"),
    ],
)
def test_mistakes_are_told_before_anything_is_served(
    dump: str, arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["serve", "-f", dump, *arguments]) == 1
    err = capsys.readouterr().err
    assert error in err
    assert "hint: " in err


@pytest.mark.parametrize("content", ["short", "", "ü" * 40, "with\nlines" * 5])
def test_what_is_no_token_is_told(
    dump: str, tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "token"
    path.write_text(content)
    assert run(["serve", "-f", dump, "--token-file", str(path)]) == 1
    assert str(path) in capsys.readouterr().err


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="cannot be listened on"):
            listen("127.0.0.1", taken.getsockname()[1])


def test_a_free_port_is_found() -> None:
    with listen("127.0.0.1", 0) as made:
        assert made.getsockname()[1] > 0


def test_the_page_is_told_whose_pods_to_show_first(
    dump: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []

    def ask(app: object, made: socket.socket) -> None:
        made.close()
        page = TestClient(app, base_url="http://localhost")  # type: ignore[arg-type] # an application
        told.append(page.get("/api/settings").json()["namespaces"])

    monkeypatch.setattr(server, "run", ask)
    chosen = ["--only-namespace", "shop", "--only-namespace", "batch"]
    options = ["--region", "us-east-1", "--port", "0", "--no-advice"]
    assert run(["serve", "-f", dump, *options, *chosen]) == 0
    assert told == [["shop", "batch"]]
