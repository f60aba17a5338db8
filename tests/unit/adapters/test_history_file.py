"""The history keeps samples within a size and an age, and survives a kill."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from kubestow.adapters import history_file
from kubestow.adapters.history_file import CostSample, HistoryFile
from kubestow.model.input_error import InputError

DAY = 86_400
AT = 1_795_000_000


def sample(at: int, cost: float = 1.0, pending: int = 0) -> CostSample:
    return CostSample(at, cost, None, 0.5, pending, 10, 2)


def test_what_is_kept_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "below" / "h.sqlite"
    first = HistoryFile(path)
    assert first.add(sample(AT))
    first.close()
    again = HistoryFile(path)
    assert again.since(AT - DAY) == [sample(AT)]
    again.close()


def test_samples_that_come_too_soon_are_not_kept(tmp_path: Path) -> None:
    history = HistoryFile(tmp_path / "h.sqlite")
    assert [history.add(sample(AT + seconds)) for seconds in (0, 1, 14, 15)] == [
        True, False, False, True,
    ]  # fmt: skip


def test_a_clock_that_went_back_is_no_reason_to_stop(tmp_path: Path) -> None:
    history = HistoryFile(tmp_path / "h.sqlite")
    assert history.add(sample(AT + DAY))
    assert history.add(sample(AT))


def test_old_samples_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_file, "_PRUNE_EVERY", 1)
    history = HistoryFile(tmp_path / "h.sqlite", days=2)
    for day in range(5):
        history.add(sample(AT + day * DAY))
    assert history.since(0)[0].at >= AT + 2 * DAY


def test_the_oldest_go_where_there_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_file, "_PRUNE_EVERY", 10)
    path = tmp_path / "h.sqlite"
    history = HistoryFile(path, mib=100 * history_file._BYTES_A_ROW / 2**20)
    for number in range(1_000):
        history.add(sample(AT + 60 * number))
    kept = history.since(AT, most=100_000)
    assert 100 <= len(kept) <= 110
    assert kept[-1].at == AT + 60 * 999


def test_of_very_many_samples_few_are_told_with_the_most_that_waited(tmp_path: Path) -> None:
    history = HistoryFile(tmp_path / "h.sqlite")
    for number in range(2_000):
        history.add(sample(AT + 60 * number, pending=5 if number == 1_234 else 0))
    told = history.since(AT, most=100)
    assert 90 <= len(told) <= 101
    assert max(item.pending for item in told) == 5


def test_a_file_that_is_none_of_its_own_is_told(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    path.write_bytes(b"not a database, and long enough to be told from an empty one" * 20)
    with pytest.raises(InputError, match="history cannot be kept"):
        HistoryFile(path)
    with sqlite3.connect(tmp_path / "other.sqlite") as base:
        base.execute("PRAGMA user_version=7")
    with pytest.raises(InputError, match="version 7"):
        HistoryFile(tmp_path / "other.sqlite")


def test_it_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    program = textwrap.dedent(f"""
        from pathlib import Path
        from kubestow.adapters.history_file import CostSample, HistoryFile
        history = HistoryFile(Path({str(path)!r}))
        for number in range(10**6):
            history.add(CostSample({AT} + 60 * number, 1.0, None, None, 0, 10, 2))
            if number == 500:
                print("going", flush=True)
    """)
    running = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert running.stdout is not None
    assert running.stdout.readline() == b"going\n"
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    running.stdout.close()
    history = HistoryFile(path)
    kept = history.since(AT, most=10**7)
    assert len(kept) > 500
    assert [item.at for item in kept] == [AT + 60 * number for number in range(len(kept))]
    history.close()
