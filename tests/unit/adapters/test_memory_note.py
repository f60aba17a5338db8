"""A memory as a text: read back, or not at all."""

import base64
import gzip
import random

import pytest

from kubestow.adapters.memory_note import memory_note, memory_of
from kubestow.model.memory import Memory
from kubestow.model.policy_memory import ForeseenMoves, OptimalMemory

PLANNED = tuple((f"shop/web-{n:05}", f"general-1-{n % 40}") for n in range(3_500))


def test_a_memory_is_read_back() -> None:
    moves = ForeseenMoves(("node-1",), (("shop/web", "shop/web", "general-1-4"),))
    own = OptimalMemory(foreseen=moves, idle_digest="ab", jumped_at=4)
    memory = Memory(counter=7, planned=PLANNED, own=own)
    text = memory_note(memory)
    assert memory_of(text) == memory
    assert len(text) < 40_000


def test_one_that_does_not_fit_is_left_out() -> None:
    dice = random.Random(1)
    names = tuple((f"shop/{dice.getrandbits(256):x}", "general-1-1") for _ in range(6_000))
    assert memory_note(Memory(planned=names)) == ""


def packed(text: bytes) -> str:
    return base64.b64encode(gzip.compress(text, mtime=0)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "", "what", "é", packed(b"{"), packed(b'{"counter":"x"}'), packed(b'{"own":["Other",{}]}'),
        packed(b'{"own":["OptimalMemory",[]]}'), packed(b'{"counter":1}')[:8],
        base64.b64encode(b"no").decode(), packed(b" " * 5_000_001 + b"{}"),
        packed(b'{"own":["OptimalMemory",' + b"[" * 100_000),
    ],
)  # fmt: skip
def test_what_is_no_memory_is_none(text: str) -> None:
    assert memory_of(text) is None
