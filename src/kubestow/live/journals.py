"""A journal of advice: it begins with the first snapshot that a policy looks at."""

from collections.abc import Callable
from pathlib import Path

from kubestow.adapters.journal_file import EVICTION_PRICES, Head, JournalWriter
from kubestow.model.decision import Decision
from kubestow.model.eviction_prices import DEFAULT_PRICES
from kubestow.model.memory import Memory
from kubestow.model.nodepool import NodePool
from kubestow.model.snapshot import Cluster, Snapshot


class FirstSnapshotJournal:
    """A Journal (kubestow.ports) whose first line is made from what is recorded first.

    A journal is of one set of NodePools: where they change, it goes on in POLICY-2.journal.gz,
    as it does where an earlier run has left one.
    """

    def __init__(
        self,
        folder: Path,
        policy: str,
        launched_from: Callable[[Cluster], tuple[NodePool, ...]] = lambda c: c.nodepools,
    ) -> None:
        """``launched_from`` returns the NodePools of a cluster that the policy has."""
        self._folder, self._policy, self._launched_from = folder, policy, launched_from
        self._writer: JournalWriter | None = None
        self._pools: tuple[NodePool, ...] = ()
        self._files = 0

    def record(self, snapshot: Snapshot, memory: Memory, decision: Decision) -> None:
        """Write a decision with what it was made from."""
        pools = self._launched_from(snapshot.cluster)
        if self._writer is None or pools != self._pools:
            self.close()
            path = self._next()
            options = {"seed": 0, "faults": "none", EVICTION_PRICES: DEFAULT_PRICES}
            head = Head(self._policy, pools, snapshot, options)
            self._writer, self._pools = JournalWriter(path, head), pools
        self._writer.record(snapshot, memory, decision)

    def _next(self) -> Path:
        """Return the first of the journal's names that is not taken."""
        while True:
            self._files += 1
            number = f"-{self._files}" if self._files > 1 else ""
            path = self._folder / f"{self._policy}{number}.journal.gz"
            if not path.exists():
                return path

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
