"""The directory of a simulation: each policy's result and journal.

A result is written atomically when its run ends. Results and the journals of interrupted runs are
reused only by the same command.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec

from kubestow.adapters.input_file import decoded_json, read_file
from kubestow.adapters.journal_file import EVICTION_PRICES, Head, JournalWriter, resumed_journal
from kubestow.adapters.whole_file import made_folder, write_whole
from kubestow.model.digest import whole_digest
from kubestow.model.input_error import InputError
from kubestow.model.memory import RecordedDecision
from kubestow.model.nodepool import NodePool
from kubestow.model.simulated import Point, Result
from kubestow.model.snapshot import Snapshot

_FIGURE_MAX = 2**63


class _File(msgspec.Struct):
    job: str
    result: Result


class Store:
    """A directory of results; ``job`` is a dataclass that identifies the command."""

    def __init__(self, directory: Path, job: Any) -> None:
        self._folder = made_folder(directory)
        parts = [
            whole_digest(getattr(job, name))
            for name in sorted(job.__dataclass_fields__)
            if name != "policy"
        ]
        self._job = whole_digest(tuple(parts))

    def known(self, policy: str) -> Result | None:
        """Return an existing result of the same command, or None; one that was changed is none."""
        path = self._path(policy)
        try:
            content = read_file(path, hint="")
            stored: _File = decoded_json(path, content, _File, hint="")
        except InputError:
            return None
        own = stored.result
        return own if stored.job == self._job and own.policy == policy and _is_sound(own) else None

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
        options = {
            "seed": job.seed,
            "faults": job.faults,
            "job": self._job,
            EVICTION_PRICES: job.eviction_prices,
        }
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


def _is_sound(result: Result) -> bool:
    """Return whether the figures are those of a whole run: counts, seconds, money from zero on."""
    rows: list[Result | Point] = [result, *result.curve]
    figures = [getattr(row, field.name) for row in rows for field in fields(row)]
    numbers = [figure for figure in figures if isinstance(figure, int | float)]
    return not result.interrupted and all(0 <= number < _FIGURE_MAX for number in numbers)
