"""What is taken to be so where an input does not hold all that its pods name."""

from collections.abc import Collection

from kubestow.model.counted import agreeing, counted


def assumed(
    *,
    unknown_priorities: Collection[str],
    replanned: int,
    from_scratch: bool,
    unknown_claims: int,
) -> list[str]:
    """Return the notes on it.

    ``unknown_priorities`` are PriorityClasses that are not in the input, ``replanned`` pods are
    planned though they are bound to nodes, and ``unknown_claims`` of StatefulSets' pods are not in
    the input.
    """
    notes: list[str] = []
    if unknown_priorities:
        names = ", ".join(sorted(unknown_priorities))
        notes.append(f"PriorityClasses not in the input, treated as priority 0: {names}")
    if replanned and from_scratch:
        runs = agreeing(replanned, "runs", "run")
        notes.append(f"{counted(replanned, 'pod')} already {runs} on nodes: planned from scratch")
    elif replanned:
        notes.append(
            f"{counted(replanned, 'pod')} {agreeing(replanned, 'is', 'are')} bound to nodes not in "
            "the input: planned as pending"
        )
    if unknown_claims:
        notes.append(
            f"{counted(unknown_claims, 'PersistentVolumeClaim')} of StatefulSets' pods "
            f"{agreeing(unknown_claims, 'is', 'are')} not in the input: treated as new, although "
            "their volumes may be tied to a zone"
        )
    return notes
