"""A policy's memory as a journal holds it: the name of its own memory's type comes first."""

from typing import Any, get_args

import msgspec

from kubestow.adapters.shapes import decoder
from kubestow.model.memory import Memory, OfferingKey, PendingDisruption, PutOff
from kubestow.model.policy_memory import PolicyMemory

_encoder = msgspec.json.Encoder(order="deterministic")
_OWN: dict[str, msgspec.json.Decoder[Any]] = {
    kind.__name__: decoder(kind) for kind in get_args(PolicyMemory)
}


class MemoryRecord(msgspec.Struct, omit_defaults=True):
    """A Memory in a line of a journal."""

    cooling: tuple[tuple[OfferingKey, int], ...] = ()
    counter: int = 0
    disruptions: tuple[PendingDisruption, ...] = ()
    planned: tuple[tuple[str, str], ...] = ()
    own: tuple[str, msgspec.Raw] | None = None
    put_off: tuple[PutOff, ...] = ()

    @classmethod
    def of(cls, memory: Memory) -> "MemoryRecord":
        """Return the record of a memory."""
        own = None
        if memory.own is not None:
            name = type(memory.own).__name__
            assert name in _OWN, f"a journal holds the memories of kubestow's policies, not {name}"
            own = (name, msgspec.Raw(_encoder.encode(memory.own)))
        return cls(
            memory.cooling, memory.counter, memory.disruptions, memory.planned, own, memory.put_off
        )  # fmt: skip

    def memory(self) -> Memory:
        """Return the memory that was recorded."""
        own = None
        if self.own is not None:
            name, content = self.own
            own = _OWN[name].decode(content)
        return Memory(self.cooling, self.counter, self.disruptions, self.planned, own, self.put_off)
