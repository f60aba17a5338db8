"""Whether journals that are told as one story are of one cluster.

A journal does not name its cluster: its Nodes are all that tells. Where a journal begins with none
of the Nodes that were there last in another, a note says so; all may have been replaced meanwhile.
"""

from collections.abc import Hashable

from kubestow.model.snapshot import Snapshot


class OneCluster:
    """Compares the first Nodes of each journal with those of the turn before, of another."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._begun: set[str] = set()
        self._last: tuple[str, Snapshot] | None = None

    def turn(self, source: str, snapshot: Snapshot) -> None:
        """Take the next turn in order of time, with the journal that it is of."""
        if not snapshot.cluster.nodes:
            return
        if source not in self._begun and self._last is not None:
            before, last = self._last
            if not _nodes(snapshot) & _nodes(last):
                self.notes.append(
                    f"{source} begins with none of the Nodes that {before} had last: unless all "
                    "were replaced, they are of two clusters, and this is not one story"
                )
        self._begun.add(source)
        self._last = source, snapshot


def _nodes(snapshot: Snapshot) -> set[Hashable]:
    """Return the Nodes; two of one name are not the same if their instances are not."""
    claims = {claim.name: claim for claim in snapshot.nodeclaims}
    return {
        (name, None if claim is None else (*claim.offering, claim.launched_at))
        for name in (node.name for node in snapshot.cluster.nodes)
        for claim in (claims.get(name),)
    }
