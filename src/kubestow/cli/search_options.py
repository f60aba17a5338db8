"""How far to search, from what, and what to keep of it.

A limit is work or a gap, never a time, so that the same command gives the same plan.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from kubestow.model.certificate import Certificate
from kubestow.model.input_error import InputError
from kubestow.model.warm_start import WarmStart

_EFFORTS = {"quick": 1_000, "normal": 4_000, "high": 60_000, "max": 500_000}
_GAP = 0.0005


def share_of(option: str, text: str) -> float:
    """Return a percentage or a fraction as a share; raise InputError for anything else."""
    number = text.strip()
    try:
        share = float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 10:
        raise InputError(
            f"{option} {text} is not a percentage or a fraction", hint="for example 1% or 0.01"
        )
    return share


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class SearchOptions:
    """How far to search.

    Parameters
    ----------
    gap
        Stop when the cost is proven to be at most this far above the minimum, for example 1%.
        Unless --effort is set, the search then works up to high.
    effort
        The largest amount of work: quick, normal (the default), high, max, or a number of node
        fillings. Ctrl-C ends a search early with the best plan so far; press it again to quit.
    certificate
        Write the proof of the minimum to this file; 'kubestow verify-bound' checks it.
    warm_start
        Start from what the last plan left in this file, if it exists, and update it for the next
        plan. After a small change, the minimum and a good plan come at once.
    """

    gap: str | None = None
    effort: str | None = None
    certificate: Annotated[str | None, Parameter(negative=())] = None
    warm_start: Annotated[str | None, Parameter(negative=())] = None

    def check(self) -> None:
        """Raise InputError where a value makes no sense, before anything is read."""
        _ = self.share, self.work_limit

    @property
    def start(self) -> WarmStart | None:
        """What the last plan left in the file of --warm-start, if it is there."""
        if self.warm_start is None:
            return None
        from kubestow.adapters.warm_start_file import read_warm_start

        return read_warm_start(self.warm_start)

    def keep(
        self, certificate: Callable[[], Certificate], warm_start: Callable[[], WarmStart]
    ) -> None:
        """Write the files of --certificate and --warm-start, as far as they are named."""
        if self.certificate is not None:
            from kubestow.adapters.certificate_file import write_certificate

            write_certificate(self.certificate, certificate())
        if self.warm_start is not None:
            from kubestow.adapters.warm_start_file import write_warm_start

            write_warm_start(self.warm_start, warm_start())

    @property
    def share(self) -> float:
        """The gap as a share of the minimum."""
        if self.gap is None:
            return _GAP
        return share_of("--gap", self.gap)

    @property
    def work_limit(self) -> int:
        """The most work, in node fillings."""
        usual = "normal" if self.gap is None else "high"
        text = usual if self.effort is None else self.effort
        known = _EFFORTS.get(text.strip().lower())
        if known is not None:
            return known
        if not (text.isascii() and text.isdigit() and 0 < int(text[:20]) <= 10**9):
            raise InputError(
                f"unknown --effort {text!r}",
                hint=f"choose from {', '.join(_EFFORTS)}, or use a number up to 1000000000",
            )
        return int(text)
