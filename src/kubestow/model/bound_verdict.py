"""BoundVerdict: what a certificate was found to prove."""

from dataclasses import dataclass

from kubestow.model.violation import Violation


@dataclass(frozen=True, slots=True)
class BoundVerdict:
    """What a certificate proves, in nano-USD an hour, and why that is not what it claims.

    It is good if there are no failures. ``shown`` counts the offerings by how each was shown.
    """

    claimed_nano_usd_per_hour: int
    failures: tuple[Violation, ...]
    proven_nano_usd_per_hour: int = 0
    pods: int = 0
    offerings: int = 0
    existing: int = 0
    shown: tuple[tuple[str, int], ...] = ()
