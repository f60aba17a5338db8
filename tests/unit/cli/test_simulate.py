"""The simulate command: workloads, results kept and taken again, JSON by its schema, mistakes."""

import gzip
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kubestow.adapters.journal_file import read_journal
from kubestow.cli.console import Interruptible
from kubestow.cli.main import run
from kubestow.policies.optimal import Optimal

from .inputs import DEPLOYMENT, REGION

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs/schema/simulation.v1alpha1.json").read_text())
SHORT = ["--days", "0.05", *REGION]
KILLED = """
import os, signal, sys
from kubestow.cli.main import run
from kubestow.policies.optimal import Optimal

decide, turns = Optimal.decide, iter(range(6))

def last(*arguments):
    if next(turns, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
    return decide(*arguments)

Optimal.decide = last
run(sys.argv[1:])
"""
"""A command that is killed before its seventh decision."""


def simulated(capsys: Any, *arguments: str, code: int = 0) -> Any:
    """Return the JSON of a simulation, which must be as its schema says."""
    assert run(["simulate", *arguments, "-o", "json"]) == code
    found = json.loads(capsys.readouterr().out)
    Draft202012Validator(SCHEMA).validate(found)
    return found


def test_three_policies_on_a_deployment(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "web.yaml").write_text(DEPLOYMENT)
    found = simulated(capsys, "--workload", str(tmp_path / "web.yaml"), *SHORT, "--currency",
                      "KRW", "--rate", "1391.5", "--node-group-types", "m7i.large")  # fmt: skip
    assert [r["policy"] for r in found["results"]] == ["optimal", "karpenter", "cluster-autoscaler"]
    for result in found["results"]:
        assert result["atEnd"]["pending"] == 0
        assert result["pods"]["placed"] >= 1
        month = result["cost"]["usd"] / 1.2 * 730  # 0.05 days are 1.2 hours
        assert result["cost"]["usdPerMonth"] == pytest.approx(month)
        assert result["cost"]["local"]["perMonth"] == round(month * 1391.5)
        assert len(result["curve"]) == 4_320 // 300 + (4_320 % 300 > 0)


def test_a_trace_comes_and_goes_and_what_comes_after_the_end_is_named(
    tmp_path: Path, capsys: Any
) -> None:
    rows = "arrival_seconds,duration_seconds,cpu_milli,memory_mib\n0,600,500,1024\n60,,250,512\n"
    path = tmp_path / "pods.csv.gz"
    path.write_bytes(gzip.compress((rows + "90000,10,100,100\n").encode()))
    found = simulated(capsys, "--workload", str(path), *SHORT, "--policy", "optimal")
    assert found["results"][0]["pods"]["placed"] >= 2
    assert found["notes"] == ["1 pod left out: they come after the end"]


def test_a_trace_is_scaled_to_the_days_where_that_is_asked_for(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "pods.csv"
    path.write_text("arrival_seconds,duration_seconds,cpu_milli,memory_mib\n0,90000,500,1024\n"
                    "90000,9000,250,512\n")  # fmt: skip
    whole = ["--workload", str(path), *SHORT, "--policy", "optimal", "--fit-trace"]
    found = simulated(capsys, *whole)
    assert found["notes"] == []
    assert found["results"][0]["pods"]["placed"] >= 2


def test_a_result_that_is_there_is_taken_only_for_the_same_command(
    tmp_path: Path, capsys: Any
) -> None:
    directory = tmp_path / "out"
    arguments = [
        "--workload",
        "generated:30",
        "--policy",
        "optimal",
        *SHORT,
        "--out",
        str(directory),
    ]
    first = simulated(capsys, *arguments)
    kept = directory / "optimal.json"
    content = json.loads(kept.read_text())
    content["result"]["evictions"] = 77
    kept.write_text(json.dumps(content))
    again = simulated(capsys, *arguments, "--resume")
    assert again["results"][0]["pods"]["evictions"] == 77
    assert first["results"][0]["pods"]["evictions"] != 77
    before = (directory / "optimal.journal.gz").read_bytes()
    for more in (["--seed", "1"], ["--step", "450"], ["--faults", "spot"]):
        assert run(["simulate", *arguments, "--resume", *more]) == 1
        error = capsys.readouterr().err
        assert "optimal.journal.gz: was written by another command" in error
        assert "hint: repeat the options it was started with" in error
    assert (directory / "optimal.journal.gz").read_bytes() == before
    assert sorted(path.name for path in directory.iterdir()) == [
        "optimal.journal.gz",
        "optimal.json",
    ]
    other = simulated(capsys, *arguments, "--seed", "1")
    assert other["results"][0]["pods"]["evictions"] != 77


@pytest.mark.parametrize("policy", ["optimal", "karpenter", "cluster-autoscaler"])
def test_a_run_that_broke_off_goes_on_and_ends_byte_for_byte_as_if_it_had_not(
    policy: str, tmp_path: Path, capsys: Any
) -> None:
    # Every fault: stale observations, decisions carried out twice, memory that is lost.
    arguments = ["simulate", "--workload", "generated:40", "--policy", policy, *SHORT]
    arguments += ["--faults", "all", "--spot", "--seed", "3", "--shape", "bursts"]
    arguments += ["--node-group-types", "m7i.xlarge", "--out", str(tmp_path)]
    assert run(arguments) in (0, 2)
    journal, result = tmp_path / f"{policy}.journal.gz", tmp_path / f"{policy}.json"
    whole = journal.read_bytes(), result.read_bytes()
    capsys.readouterr()
    for share in (0.0, 0.4, 0.999):
        journal.write_bytes(whole[0][: round(share * len(whole[0]))])
        result.unlink()
        assert run([*arguments, "--resume"]) in (0, 2)
        assert (journal.read_bytes(), result.read_bytes()) == whole
    assert sorted(tmp_path.iterdir()) == [journal, result]


def test_an_interrupted_run_goes_on_and_an_interrupted_playback_loses_nothing(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["simulate", "--workload", "generated:40", "--policy", "optimal", *SHORT]
    journals = [tmp_path / name / "optimal.journal.gz" for name in ("whole", "cut")]
    assert run([*arguments, "--out", str(journals[0].parent)]) == 0
    again = [*arguments, "--out", str(journals[1].parent), "--resume"]
    heard = Interruptible.progress
    left = []
    for turns in (4, 9, 6):  # the last one while it plays the nine decisions again
        count = iter(range(turns))

        def progress(
            reporter: Interruptible,
            step: str,
            done: int,
            total: int,
            count: Iterator[int] = count,
        ) -> None:
            if next(count, None) is None:
                reporter.interrupt()
            heard(reporter, step, done, total)

        with monkeypatch.context() as patch:
            patch.setattr(Interruptible, "progress", progress)
            assert run(again) == 130
        assert "interrupted: continue with --resume" in capsys.readouterr().err
        left.append(len(list(read_journal(journals[1])[1])))
    assert left == [4, 9, 9]
    assert run(again) == 0
    assert journals[1].read_bytes() == journals[0].read_bytes()


def test_a_run_that_breaks_something_names_its_seed_and_its_journal(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kubestow.simulation.run_judge.broken", lambda world: ["all is wrong"])
    arguments = ["simulate", "--workload", "generated:9", "--policy", "optimal", *SHORT]
    assert run([*arguments, "--seed", "7", "--out", str(tmp_path)]) == 3
    error = capsys.readouterr().err
    assert "error: optimal: seed 7, at 1767571201: all is wrong" in error
    assert f"and {tmp_path}/optimal.journal.gz" in error
    assert len(list(read_journal(tmp_path / "optimal.journal.gz")[1])) == 1


def test_a_run_that_was_killed_goes_on_and_asks_the_policy_for_nothing_twice(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["simulate", "--workload", "generated:40", "--policy", "optimal", *SHORT]
    whole = tmp_path / "whole"
    assert run([*arguments, "--out", str(whole)]) == 0
    directory = tmp_path / "killed"
    command = [sys.executable, "-c", KILLED, *arguments, "--out", str(directory)]
    ended = subprocess.run(command, stdout=subprocess.DEVNULL, check=False, timeout=120)
    assert ended.returncode == -signal.SIGKILL
    journal = directory / "optimal.journal.gz"
    left = len(list(read_journal(journal)[1]))
    asked = []
    decide = Optimal.decide

    def counted(self: Optimal, snapshot: Any, memory: Any, reporter: Any) -> Any:
        asked.append(snapshot.at)
        return decide(self, snapshot, memory, reporter)

    monkeypatch.setattr(Optimal, "decide", counted)
    assert run([*arguments, "--out", str(directory), "--resume"]) == 0
    assert journal.read_bytes() == (whole / "optimal.journal.gz").read_bytes()
    decisions = len(list(read_journal(journal)[1]))
    assert left == 6 < decisions
    assert len(asked) == decisions - left + 1  # the last one it made is made once more


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--workload", "generated:0"], "generated:0: is out of range"),
        (["--workload", "generated:" + "9" * 5000], "is out of range"),
        (["--workload", "generated:9", "--days", "0"], "--days 0 is out of range"),
        (["--workload", "generated:9", "--policy", "karpentr"], "unknown policy 'karpentr'"),
        (["--workload", "generated:9", "--policy", ","], "--policy is empty"),
        (["--workload", "generated:9", "--step", "0"], "--step 0 is out of range"),
        (["--workload", "generated:9", "--resume"], "--resume needs --out"),
        (["--workload", "generated:9", "--fit-trace"], "--fit-trace needs a trace"),
        (["--workload", "generated:9", "--node-group-types", "m9.huge"], "'m9.huge' is not sold"),
        (
            ["--workload", "generated:9", "--spot-prices", "stil"],
            "'stil' is neither",
        ),
        (["--workload", "generated:9", "--spot-prices", "synthetic:9"], "is out of range"),
        (
            ["--workload", "generated:9", "--spot-prices", "nowhere.json"],
            "nowhere.json: no such file",
        ),
        (["--workload", "nowhere.csv"], "nowhere.csv: no such file"),
        (["--workload", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_a_mistake_is_named_with_a_hint(arguments: list[str], message: str, capsys: Any) -> None:
    assert run(["simulate", *arguments, *REGION]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert "hint: " in captured.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: column arrival_seconds is missing"),
        ("a,b\n1,2\n", "line 1: column arrival_seconds is missing"),
        ("arrival_seconds,duration_seconds,cpu_milli,memory_mib\n", "contains no pods"),
        (
            "arrival_seconds,duration_seconds,cpu_milli,memory_mib\n0,1,x,1\n",
            "line 2: cpu_milli: 'x' is not a number of zero or more",
        ),
    ],
)
def test_a_trace_that_cannot_be_read_is_named_by_line_and_column(
    text: str, message: str, tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "pods.csv"
    path.write_text(text)
    assert run(["simulate", "--workload", str(path), *REGION]) == 1
    assert message in capsys.readouterr().err


def test_prices_that_are_made_up_are_called_so_wherever_they_are_shown(capsys: Any) -> None:
    arguments = ["--workload", "generated:20", "--policy", "optimal", "--spot", *SHORT]
    arguments += ["--spot-prices", "synthetic:0.3"]
    found = simulated(capsys, *arguments)
    assert found["spotPrices"] == {
        "kind": "synthetic", "isSynthetic": True, "volatility": 0.3, "file": None,
    }  # fmt: skip
    assert any("synthetic, not AWS's" in note for note in found["notes"])
    assert run(["simulate", *arguments]) == 0
    assert "synthetic spot prices (volatility 0.3)" in capsys.readouterr().out
    assert run(["simulate", *arguments, "-o", "html"]) == 0
    assert "generated, not AWS" in capsys.readouterr().out


def test_a_history_of_ones_own_is_shifted_to_the_start_and_what_it_lacks_is_said(
    tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "history.json"
    entries = [
        ("m7i.large", "ap-northeast-2a", "0.050000", "2026-03-01T00:00:00+00:00"),
        ("m7i.large", "ap-northeast-2a", "0.020000", "2026-03-01T00:30:00+00:00"),
        ("m7i.large", "us-west-2a", "0.020000", "2026-03-01T00:30:00+00:00"),
    ]
    path.write_text(json.dumps({"SpotPriceHistory": [
        {"InstanceType": kind, "AvailabilityZone": zone, "SpotPrice": price, "Timestamp": at,
         "ProductDescription": "Linux/UNIX"} for kind, zone, price, at in entries
    ]}))  # fmt: skip
    found = simulated(capsys, "--workload", "generated:20", "--policy", "optimal", "--spot", *SHORT,
                      "--spot-prices", str(path))  # fmt: skip
    assert found["spotPrices"]["file"] == str(path)
    said = " ".join(found["notes"])
    assert "prices of 1 offering" in said
    assert "ends after 0.5 hours" in said
    assert "keep the catalog's price" in said
    assert "1 offering of it is not for sale here" in said


def test_prices_that_move_replay_from_a_journal_that_holds_no_second_catalog(
    tmp_path: Path, capsys: Any
) -> None:
    arguments = ["simulate", "--workload", "generated:30", "--policy", "optimal,karpenter"]
    arguments += ["--days", "0.15", *REGION, "--spot", "--faults", "all", "--seed", "2"]
    assert run([*arguments, "--spot-prices", "synthetic", "--out", str(tmp_path / "a")]) in (0, 2)
    assert run([*arguments, "--spot-prices", "synthetic", "--out", str(tmp_path / "b")]) in (0, 2)
    for name in ("optimal.journal.gz", "karpenter.journal.gz"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
        assert run(["replay", str(tmp_path / "a" / name)]) == 0
    lines = gzip.decompress((tmp_path / "a/optimal.journal.gz").read_bytes()).splitlines()
    moved = [line for line in lines[1:] if b'"prices"' in line]
    assert 3 <= len(moved) <= 4
    prices = [json.dumps(json.loads(line)[-1]["prices"]) for line in moved]
    assert all(len(text) < len(lines[0]) / 10 for text in prices), [len(p) for p in prices]


def test_a_page_of_html_is_whole(capsys: Any) -> None:
    arguments = ["--workload", "generated:20", "--policy", "optimal", *SHORT, "-o", "html"]
    assert run(["simulate", *arguments]) == 0
    page = capsys.readouterr().out
    assert page.startswith("<!doctype html>") or page.startswith("<!DOCTYPE html>")
    assert "optimal" in page
    assert page.rstrip().endswith("</html>")
