"""The folder of a simulation: each policy's result and journal.

A result is written atomically when its run ends. Results and the journals of interrupted runs are
reused only by the same command.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from kubestow.adapters.journal_file import Head, JournalWriter, resumed_journal
from kubestow.adapters.whole_file import made_folder, write_whole
from kubestow.model.digest import whole_digest
from kubestow.model.memory import RecordedDecision
from kubestow.model.nodepool import NodePool
from kubestow.model.simulated import Result
from kubestow.model.snapshot import Snapshot


class _File(msgspec.Struct):
    job: str
    result: Result


class Store:
    """A folder of results; ``job`` is a dataclass that identifies the command."""

    def __init__(self, folder: Path, job: Any) -> None:
        self._folder = made_folder(folder)
        parts = [
            whole_digest(getattr(job, name))
            for name in sorted(job.__dataclass_fields__)
            if name != "policy"
        ]
        self._job = whole_digest(tuple(parts))

    def known(self, policy: str) -> Result | None:
        """Return an existing result of the same command, or None."""
        try:
            content = self._path(policy).read_bytes()
            stored = msgspec.json.decode(content, type=_File)
        except (OSError, msgspec.DecodeError):
            return None
        return stored.result if stored.job == self._job else None

    def keep(self, result: Result) -> None:
        """Write a result."""
        write_whole(self._path(result.policy), msgspec.json.encode(_File(self._job, result)))

    def _path(self, policy: str) -> Path:
        return self._folder / f"{policy}.json"

    @contextmanager
    def journal(
        self, job: Any, base: Snapshot, pools: tuple[NodePool, ...], *, resume: bool = False
    ) -> Iterator[tuple[JournalWriter, Iterator[RecordedDecision]]]:
        """Yield a journal for a run, and the decisions that one which broke off holds already."""
        options = {"seed": job.seed, "faults": job.faults, "job": self._job}
        path = self._folder / f"{job.policy}.journal.gz"
        head = Head(job.policy, pools, base, options)
        recorded: Iterator[RecordedDecision] = iter(())
        if resume:
            writer, recorded = resumed_journal(path, head)
        else:
            writer = JournalWriter(path, head)
        try:
            yield writer, recorded
        finally:
            writer.close()
