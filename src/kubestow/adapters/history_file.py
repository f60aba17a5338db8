"""History: what a cluster cost over time, in a SQLite file that outlives a kill.

The file is in write-ahead mode: a sample is there whole or not at all. It stays below a size and an
age; the oldest samples go first. Sources: SQLite documentation, "Write-Ahead Logging" and PRAGMA
synchronous (NORMAL is consistent after a crash in this mode).
"""

import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from kubestow.model.input_error import InputError

_VERSION = 1
_LEAST_SECONDS = 15  # between two samples
_PRUNE_EVERY = 100  # samples
_DAY = 86_400
_BYTES_A_ROW = 64
_SCHEMA = """
CREATE TABLE IF NOT EXISTS samples (
    at INTEGER PRIMARY KEY, cost REAL NOT NULL, minimum REAL, cheapest REAL,
    pending INTEGER NOT NULL, pods INTEGER NOT NULL, nodes INTEGER NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class CostSample:
    """A cluster at an instant; money is USD an hour."""

    at: int
    cost: float
    minimum: float | None
    cheapest: float | None
    pending: int
    pods: int
    nodes: int


class HistoryFile:
    """Samples in a file; any thread may use it. ``days`` and ``mib`` are the most that is kept."""

    def __init__(self, path: Path, *, days: float = 90.0, mib: float = 100.0) -> None:
        self._days, self._mib = days, mib
        self._lock = threading.Lock()
        self._added, self._last_at = 0, 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._base = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._prepare()
        except (OSError, sqlite3.Error) as problem:
            raise InputError(
                f"{path}: the history cannot be kept there: {problem}",
                hint="name another file with --history, or move this one away",
            ) from problem

    def _prepare(self) -> None:
        version = self._base.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            raise sqlite3.DatabaseError(f"it is of version {version}, not {_VERSION}")
        self._base.execute("PRAGMA auto_vacuum=INCREMENTAL")  # of a file that is new
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=NORMAL")
        self._base.execute(_SCHEMA)
        self._base.execute(f"PRAGMA user_version={_VERSION}")
        found = self._base.execute("SELECT max(at) FROM samples").fetchone()[0]
        self._last_at = found or 0

    def add(self, sample: CostSample) -> bool:
        """Keep a sample, if the last one is some seconds old; return whether it is kept."""
        with self._lock:
            if 0 <= sample.at - self._last_at < _LEAST_SECONDS:
                return False
            values = (
                sample.at, sample.cost, sample.minimum, sample.cheapest,
                sample.pending, sample.pods, sample.nodes,
            )  # fmt: skip
            self._base.execute("INSERT OR REPLACE INTO samples VALUES (?,?,?,?,?,?,?)", values)
            self._last_at = sample.at
            self._added += 1
            if self._added % _PRUNE_EVERY == 1:
                self._prune(sample.at)
            return True

    def _prune(self, at: int) -> None:
        """Drop what is too old, and the oldest of what is too much."""
        self._base.execute("DELETE FROM samples WHERE at < ?", (at - round(self._days * _DAY),))
        most = int(self._mib * 2**20 / _BYTES_A_ROW)
        with closing(self._base.execute("SELECT count(*) FROM samples")) as found:
            over = found.fetchone()[0] - most
        if over > 0:
            self._base.execute(
                "DELETE FROM samples WHERE at IN (SELECT at FROM samples ORDER BY at LIMIT ?)",
                (over,),
            )
        self._base.execute("PRAGMA incremental_vacuum").fetchall()

    def since(self, at: int, most: int = 1_000) -> list[CostSample]:
        """Return the samples from an instant on; of very many, one for each of ``most`` spans.

        A span's sample is its last one, with the most pods that waited in it.
        """
        with self._lock:
            newest = max(self._last_at, at + 1)
            span = max(1, (newest - at) // most)
            rows = self._base.execute(
                "SELECT max(at), cost, minimum, cheapest, max(pending), pods, nodes FROM samples "
                "WHERE at >= ? GROUP BY (at - ?) / ? ORDER BY 1",
                (at, at, span),
            ).fetchall()
        return [CostSample(*row) for row in rows]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._base.close()
