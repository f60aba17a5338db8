"""How long a plan is searched for, and what proof of it is kept.

Law: a limit is work or a gap, never a time, so that the same command gives the same plan.
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


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class SearchOptions:
    """How far to search.

    Parameters
    ----------
    gap
        End when the cost is proven to be at most this far above the cheapest possible: 1%, 0.5%.
        Without --effort the search works up to high for it.
    effort
        How much work at most: quick, normal (the default), high, max, or a number of node fillings.
        Ctrl-C ends a search early with the best plan so far.
    certificate
        Write the proof of the minimum to this file, for 'kubestow verify-bound'.
    warm_start
        Start from what the last plan left in this file, if it is there, and leave there what the
        next may start from: after a small change, the bound and a good plan come at once.
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
        text = self.gap.strip()
        try:
            found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            found = -1.0
        if not 0 <= found <= 10:
            raise InputError(
                f"--gap {self.gap} is not a share", hint="write it like 1% or 0.01, from 0 up"
            )
        return found

    @property
    def work_limit(self) -> int:
        """The most work, in node fillings."""
        usual = "normal" if self.gap is None else "high"
        text = usual if self.effort is None else self.effort
        known = _EFFORTS.get(text.strip().lower())
        if known is not None:
            return known
        if not (text.isascii() and text.isdigit() and 0 < int(text) <= 10**9):
            raise InputError(
                f"--effort {text} is not one that is known",
                hint=f"choose from {', '.join(_EFFORTS)}, or give a number up to 1000000000",
            )
        return int(text)
