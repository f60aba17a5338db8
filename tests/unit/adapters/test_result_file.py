"""The directory of a simulation: results and journals are reused only by the same command."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kubestow.adapters.result_file import Store
from kubestow.model.decision import Decision
from kubestow.model.eviction_prices import DEFAULT_PRICES, EvictionPrices
from kubestow.model.input_error import InputError
from kubestow.model.memory import Memory
from kubestow.model.simulated import Point, Result
from kubestow.testing import nodepool, snapshot

RESULT = Result(
    "optimal", 7, 1800, 1_500_000_001, 250_000_000, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
    0.25, 14, 15, 16, None, (Point(0, 1, 2, 3, 4, 5, 6),),
)  # fmt: skip
BASE, POOLS = snapshot(), (nodepool(),)


@dataclass(frozen=True)
class Command:
    policy: str = "optimal"
    seed: int = 7
    faults: str = "none"
    eviction_prices: EvictionPrices = DEFAULT_PRICES


def record(
    store: Store, command: Command, instants: tuple[int, ...], *, resume: bool
) -> list[int | None]:
    """Write a decision at each instant; return those that the journal held before."""
    with store.journal(command, BASE, POOLS, resume=resume) as (journal, made):
        held = list(made)
        for at in instants:
            journal.record(replace(BASE, at=at), Memory(), Decision(look_again_at=at))
    return [item.decision.look_again_at for item in held]


def test_a_result_is_read_back_by_the_same_command_whatever_its_policy(tmp_path: Path) -> None:
    Store(tmp_path, Command()).keep(RESULT)
    assert Store(tmp_path, Command(policy="karpenter")).known("optimal") == RESULT
    assert Store(tmp_path, Command()).known("karpenter") is None


def test_a_result_of_another_command_is_not_reused(tmp_path: Path) -> None:
    Store(tmp_path, Command()).keep(RESULT)
    assert Store(tmp_path, Command(seed=8)).known("optimal") is None


def test_a_damaged_result_is_not_reused(tmp_path: Path) -> None:
    Store(tmp_path, Command()).keep(RESULT)
    path = tmp_path / "optimal.json"
    path.write_bytes(path.read_bytes()[:-9])
    assert Store(tmp_path, Command()).known("optimal") is None


def test_a_resumed_journal_yields_the_decisions_it_holds(tmp_path: Path) -> None:
    store = Store(tmp_path, Command())
    assert record(store, Command(), (0, 60), resume=True) == []
    assert record(store, Command(), (0, 60, 120), resume=True) == [0, 60]
    assert record(store, Command(), (0,), resume=False) == []
    assert record(store, Command(), (0,), resume=True) == [0]


def test_a_journal_of_another_command_is_not_resumed(tmp_path: Path) -> None:
    record(Store(tmp_path, Command()), Command(), (0,), resume=False)
    other = Command(faults="spot")
    with pytest.raises(InputError, match="was written by another command"):
        record(Store(tmp_path, other), other, (0,), resume=True)


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file"):
        Store(tmp_path / "file", Command())


@pytest.mark.parametrize(
    "content",
    [
        b"", b"null", b"[" * 100_000, b"\xff", b'{"job": "x", "result": 1}', b"9" * 5000,
    ],
)  # fmt: skip
def test_a_result_that_is_none_is_not_reused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "optimal.json").write_bytes(content)
    assert Store(tmp_path, Command()).known("optimal") is None


@pytest.mark.parametrize(
    "change",
    [
        {"policy": "\x1b[31mother"}, {"nano_usd": -1}, {"nodes": 2**63}, {"wait_p99": -5},
        {"curve": (Point(0, -1, 2, 3, 4, 5, 6),)}, {"interrupted": True},
    ],
)  # fmt: skip
def test_a_result_that_no_run_can_have_is_not_reused(tmp_path: Path, change: Any) -> None:
    store = Store(tmp_path, Command())
    store.keep(RESULT)
    content = (tmp_path / "optimal.json").read_bytes()
    changed = msgspec.json.decode(content)
    changed["result"] |= msgspec.to_builtins(change)
    (tmp_path / "optimal.json").write_bytes(msgspec.json.encode(changed))
    assert store.known("optimal") is None


def test_a_pipe_in_the_place_of_a_result_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "optimal.json")
    os.mkfifo(tmp_path / "optimal.journal.gz")
    store = Store(tmp_path, Command())
    assert store.known("optimal") is None
    for resume in (False, True):
        with pytest.raises(InputError, match=r"is not a regular file|is a pipe"):
            record(store, Command(), (0,), resume=resume)
