"""BoundVerdict: what a certificate proves."""

from dataclasses import dataclass

from kubestow.model.violation import Violation


@dataclass(frozen=True, slots=True)
class BoundVerdict:
    """What a certificate proves, in nano-USD per hour, and where it falls short of its claim.

    It is valid if there are no failures. ``shown`` counts the offerings by how each was proven.
    """

    claimed_nano_usd_per_hour: int
    failures: tuple[Violation, ...]
    proven_nano_usd_per_hour: int = 0
    pods: int = 0
    offerings: int = 0
    existing: int = 0
    shown: tuple[tuple[str, int], ...] = ()
