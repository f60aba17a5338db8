"""NodePools that can launch nothing, which a user should hear of."""

from collections.abc import Sequence

from kubestow.model.input_error import InputError
from kubestow.model.snapshot import Cluster
from kubestow.model.zones import NOT_IN_THE_CATALOG


def notes_on_empty_pools(
    empty_pools: Sequence[tuple[str, str]], cluster: Cluster, region: str
) -> tuple[str, ...]:
    """Name the NodePools that can launch nothing, and why; ``empty_pools`` are (name, reason).

    Raises InputError where none of them can launch anything and no node exists.
    """
    sources = {pool.name: pool.source for pool in cluster.nodepools}
    notes = tuple(
        f"{sources.get(name, name)}: NodePool {name}: {reason}" for name, reason in empty_pools
    )
    if notes and len(notes) == len(cluster.nodepools) and not cluster.nodes:
        raise InputError(
            "; ".join(notes),
            hint=f"allow an ordinary zone of {region}, or leave these pods out"
            if any(NOT_IN_THE_CATALOG in note for note in notes)
            else f"'kubestow catalog list --region {region}' shows what is on offer",
        )
    return tuple(note for note in notes if NOT_IN_THE_CATALOG not in note)  # said when it was read
