"""Of how many instance types new nodes may be."""

from dataclasses import dataclass

from cyclopts import Parameter

from kubestow.cli.search_options import share_of
from kubestow.model.input_error import InputError
from kubestow.model.kinds import KindsWish

FEW, ANY = "few", "any"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class KindsOptions:
    """Kinds of nodes.

    Parameters
    ----------
    kinds
        How many instance types kubestow's new nodes may be of: a number, any, or few, the fewest
        that cost little more (--kinds-within) than any number would.
    kinds_within
        What fewer kinds of nodes may cost more than any number, for example 5%. Where a --gap is
        set they stay within the gap as well.
    """

    kinds: str = FEW
    kinds_within: str = "3%"

    def check(self) -> None:
        """Raise InputError where a value makes no sense."""
        _ = self.wish

    @property
    def wish(self) -> KindsWish:
        """The wish; raises InputError where a value makes no sense."""
        text = self.kinds.strip().lower()
        most = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None
        if most == 0 or (most is None and text not in (FEW, ANY)):
            raise InputError(
                f"--kinds {self.kinds} is not a number of instance types",
                hint=f"use a number from 1 up, {FEW} or {ANY}",
            )
        return KindsWish(most, text == FEW, share_of("--kinds-within", self.kinds_within))
