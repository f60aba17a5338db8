"""The verify-bound command as a user meets it: exit codes, messages, output."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kubestow.adapters.catalog_files import load_catalog
from kubestow.adapters.certificate_file import write_certificate
from kubestow.adapters.files import read_files
from kubestow.catalog.system_daemonsets import with_system_daemonsets
from kubestow.cli.main import run
from kubestow.model.certificate import Certificate, PodValue
from kubestow.model.digest import problem_digest
from kubestow.model.snapshot import Snapshot

from .inputs import DEPLOYMENT

REGION = "ap-northeast-2"


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("KUBESTOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(DEPLOYMENT)


def certified(tmp_path: Path, **change: Any) -> str:
    """Write a certificate that says: three pods, each worth a bit less than any node costs."""
    cluster = with_system_daemonsets(read_files(["a.yaml"], namespace="default").cluster)
    of = Snapshot(cluster, load_catalog(REGION))
    pods = tuple(sorted(p.key for p in cluster.pods))
    made = Certificate(REGION, problem_digest(of), "L1", 3000, (1, 1), (PodValue(1000, pods),))
    path = tmp_path / "bound.json"
    write_certificate(path, replace(made, **change))
    return str(path)


def test_a_certificate_that_holds_is_shown_and_exits_0(tmp_path: Path, capsys: Any) -> None:
    path = certified(tmp_path, values=(), bound_nano_usd_per_hour=0)
    assert run(["verify-bound", path, "-f", "a.yaml"]) == 0
    assert run(["verify-bound", certified(tmp_path), "-f", "a.yaml", "-o", "json"]) == 0
    text, _, found = capsys.readouterr().out.partition("{")
    assert "ap-northeast-2: the certificate proves a minimum of 0.0000 USD/h" in text
    document = json.loads("{" + found)
    assert document["kind"] == "BoundVerdict"
    assert document["proven"] is True
    assert document["provenUsdPerHour"] == document["claimedUsdPerHour"] == 3000 / 10**9
    assert document["pods"] == 3
    assert document["failures"] == document["errors"] == []
    assert sum(document["shown"].values()) == document["offerings"]


def test_one_that_does_not_says_why_and_exits_1(tmp_path: Path, capsys: Any) -> None:
    path = certified(tmp_path, bound_nano_usd_per_hour=3001)
    assert run(["verify-bound", path, "-f", "a.yaml"]) == 1
    captured = capsys.readouterr()
    assert "the certificate does not prove a minimum of" in captured.out
    assert "  Bound boundNanoUsdPerHour: it proves 3000, not 3001" in captured.out
    assert "error: it proves 3000, not 3001" in captured.err
    assert "hint: 'kubestow plan --certificate' writes a new one" in captured.err


def test_many_failures_are_cut_short_in_the_text(tmp_path: Path, capsys: Any) -> None:
    pods = tuple(f"shop/none-{number}" for number in range(12))
    path = certified(tmp_path, values=(PodValue(1, pods),))
    assert run(["verify-bound", path, "-f", "a.yaml"]) == 1
    assert "and 2 more: -o json lists all" in capsys.readouterr().out


def test_another_input_is_not_what_it_was_made_for(tmp_path: Path, capsys: Any) -> None:
    path = certified(tmp_path)
    (tmp_path / "a.yaml").write_text(DEPLOYMENT.replace("500m", "501m"))
    assert run(["verify-bound", path, "-f", "a.yaml"]) == 1
    captured = capsys.readouterr()
    assert "the certificate is for another input" in captured.out
    assert "hint: pass the same input" in captured.err
    other = ["verify-bound", path, "-f", "a.yaml", "--region", "us-east-1"]
    assert run(other) == 1
    assert "for ap-northeast-2, the input for us-east-1" in capsys.readouterr().out


def test_what_cannot_be_read_is_an_error_with_a_hint(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "bound.json").write_text("{}")
    assert run(["verify-bound", "bound.json", "-f", "a.yaml"]) == 1
    assert run(["verify-bound", "none.json", "-f", "a.yaml"]) == 1
    errors = capsys.readouterr().err
    assert "error: bound.json: Object missing required field `apiVersion`" in errors
    assert "error: none.json: no such file" in errors
    assert errors.count("hint: ") == 2
