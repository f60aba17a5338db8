"""The sweep command as a user meets it: every run once, whatever dies meanwhile."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import psutil
import pyarrow.parquet
import pytest

from kubestow.adapters.parquet_file import RESULTS, ParquetFolder
from kubestow.cli.main import run
from kubestow.cli.simulation_options import SimulationOptions, job_of, read_simulation
from kubestow.simulation.sweep import (
    RunVariant,
    SettingGrid,
    changes,
    run_change,
)

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs" / "schema" / "sweep.v1alpha1.json").read_text())
TINY = ["-f", "generated:3", "--region", "eu-north-1", "--days", "0.02"]


def tiny(seed: int, policy: str = "optimal") -> Any:
    """Return the result of one of the tiny runs, made here."""
    options = SimulationOptions(workload=["generated:3"], region="eu-north-1", days=0.02)
    base = job_of(options, read_simulation(options)[0], policy)
    grid = SettingGrid((policy,), ("diurnal",), ("none",), (900,), (1728,))
    (change,) = changes(grid, [seed])
    return run_change(base, change)


def wait_for(what: Any, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if what() or process.poll() is not None:
            return
        time.sleep(0.1)


def test_a_worker_that_is_killed_half_way_loses_and_doubles_no_run(tmp_path: Path) -> None:
    out = tmp_path / "results"
    command = [
        sys.executable, "-m", "kubestow", "sweep", *TINY, "--seeds", "1..6", "--workers", "2",
        "--grid", "policy=optimal,karpenter", "--out", str(out), "-o", "json",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        wait_for(lambda: any(out.glob("part-*")), process)
        workers = [
            child
            for child in psutil.Process(process.pid).children(recursive=True)
            if "multiprocessing.spawn" in " ".join(child.cmdline())
        ]
        assert len(workers) == 2
        os.kill(workers[0].pid, signal.SIGKILL)
        output, errors = process.communicate(timeout=120)
    assert process.returncode in (0, 2), errors.decode()
    assert errors == b""
    document = json.loads(output)
    jsonschema.validate(document, SCHEMA)
    assert document["runs"] == {"asked": 12, "done": 12, "takenFromFolder": 0, "failed": 0}
    assert [one["runs"] for one in document["settings"]] == [6, 6]
    assert [path.name for path in out.iterdir()] == [RESULTS]
    rows = pyarrow.parquet.read_table(out / RESULTS).to_pylist()
    counts = Counter((row["policy"], row["seed"]) for row in rows)
    assert counts == {(p, s): 1 for p in ("optimal", "karpenter") for s in range(1, 7)}
    by_seed = {row.result.seed: row for row in ParquetFolder(out).rows().values()
               if row.setting.policy == "optimal"}  # fmt: skip
    assert by_seed[4].result == tiny(4)


class Here:
    """A stand-in for a cluster: runs what it is given at once, in this process."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.ran: list[RunVariant] = []
        self.stop_after = stop_after

    def outcomes(
        self, client: Any, function: Any, shared: Any, calls: dict[str, RunVariant]
    ) -> Any:
        from kubestow.model.sweep import RunOutcome

        for key, change in calls.items():
            if self.stop_after is not None and len(self.ran) >= self.stop_after:
                os.kill(os.getpid(), signal.SIGINT)
                yield []
            self.ran.append(change)
            yield [RunOutcome(key, function(shared, change))]


def sweep(monkeypatch: pytest.MonkeyPatch, cluster: Here, out: Path, *arguments: str) -> int:
    from contextlib import nullcontext

    monkeypatch.setattr("kubestow.cli.sweep.local_client", lambda workers: nullcontext())
    monkeypatch.setattr("kubestow.cli.sweep.outcomes", cluster.outcomes)
    return run(["sweep", *TINY, "--policy", "optimal", "--out", str(out), *arguments])


@pytest.mark.usefixtures("usual_interrupts")
def test_an_interrupted_sweep_keeps_what_is_done_and_goes_on_with_resume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = Here(stop_after=2)
    assert sweep(monkeypatch, first, tmp_path, "--seeds", "1..4", "-o", "json") == 130
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert document["isInterrupted"]
    assert document["runs"] == {"asked": 4, "done": 2, "takenFromFolder": 0, "failed": 0}
    second = Here()
    arguments = ("--seeds", "1..4", "--resume", "-o", "json")
    assert sweep(monkeypatch, second, tmp_path, *arguments) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["runs"] == {"asked": 4, "done": 4, "takenFromFolder": 2, "failed": 0}
    assert [change.seed for change in first.ran + second.ran] == [1, 2, 3, 4]
    third = Here()
    assert sweep(monkeypatch, third, tmp_path, *arguments) == 0
    assert third.ran == []
    again = json.loads(capsys.readouterr().out)
    assert again["settings"] == document["settings"]


def test_results_are_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sweep(monkeypatch, Here(), tmp_path, "--seeds", "1") == 0
    assert "1 of 1 runs, 1 seed," in capsys.readouterr().out
    assert sweep(monkeypatch, Here(), tmp_path, "--seeds", "1") == 1
    assert "the directory already has results\nhint: add --resume" in capsys.readouterr().err


def test_another_workload_in_the_same_folder_is_run_anew_and_counted_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sweep(monkeypatch, Here(), tmp_path, "--seeds", "1,2") == 0
    other = Here()
    arguments = ("--seeds", "1", "--spot", "--resume", "-o", "json")
    capsys.readouterr()
    assert sweep(monkeypatch, other, tmp_path, *arguments) == 0
    assert len(other.ran) == 1
    assert json.loads(capsys.readouterr().out)["settings"][0]["runs"] == 1
    assert len(ParquetFolder(tmp_path).rows()) == 3


def test_without_dask_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert run(["sweep", *TINY, "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == (
        "error: sweep needs dask.distributed\nhint: pip install 'kubestow[sweep]'\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--workers", "0"], "--workers 0 is too few"),
        (["--workers", "2", "--scheduler", "tcp://127.0.0.1:1"], "cannot be combined"),
        (["--seeds", "5..1"], "--seeds: 5..1 is empty"),
        (["--grid", "colour=red"], "a sweep cannot vary 'colour'"),
    ],
)
def test_mistakes_are_said_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(["sweep", *TINY, "--out", str(tmp_path / "out"), *arguments]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
