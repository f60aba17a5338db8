"""A memory in a journal is read back as it was, with what its policy remembers for itself."""

from dataclasses import dataclass
from typing import get_args

import msgspec
import pytest

from kubestow.adapters.journal_memory import MemoryRecord
from kubestow.model.memory import Memory, PendingDisruption, PutOff
from kubestow.model.policy_memory import (
    ClusterAutoscalerMemory,
    KarpenterMemory,
    LoadHistory,
    OptimalMemory,
    PodBatch,
    PolicyMemory,
)

OWN: tuple[PolicyMemory, ...] = (
    KarpenterMemory(PodBatch(3, 5), waiting_pods=7, idle_digest="abc"),
    ClusterAutoscalerMemory(last_added_at=0, unneeded_since=(("n1", 4), ("n2", 0))),
    OptimalMemory(LoadHistory(1, 2, 3), "abc", 4, consolidated_at=-880, idle_digest="def"),
)


def again(memory: Memory) -> Memory:
    """Write a memory and read it back."""
    line = msgspec.json.encode(MemoryRecord.of(memory))
    return msgspec.json.decode(line, type=MemoryRecord).memory()


def test_the_memory_of_every_policy_is_tried_here() -> None:
    assert {type(own) for own in OWN} == set(get_args(PolicyMemory))


@pytest.mark.parametrize("own", [*OWN, *(type(own)() for own in OWN), None])
def test_a_memory_is_read_back_with_what_is_the_policys_own(own: PolicyMemory | None) -> None:
    memory = Memory(
        cooling=((("m5.large", "a", "spot"), 180),),
        counter=4,
        disruptions=(PendingDisruption(("n1",), ("n2", "n3"), "Underutilized", 60),),
        planned=(("default/web-1", "n2"),),
        own=own,
        put_off=(PutOff("Drifted", "n1", 60),),
    )
    assert again(memory) == memory


def test_an_empty_memory_takes_no_room_in_a_journal() -> None:
    assert msgspec.json.encode(MemoryRecord.of(Memory())) == b"{}"
    assert again(Memory()) == Memory()


def test_a_memory_that_a_journal_could_not_read_back_is_not_written() -> None:
    @dataclass(frozen=True)
    class Foreign:
        count: int = 0

    with pytest.raises(AssertionError, match="not Foreign"):
        MemoryRecord.of(Memory(own=Foreign()))  # type: ignore[arg-type] # that is the test
