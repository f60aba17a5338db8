"""How much a controller may do: options that hold it back."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cyclopts import Parameter

from kubestow.model.input_error import InputError
from kubestow.model.instance_type import NANO_USD

if TYPE_CHECKING:
    from kubestow.live.limited import ActionLimits

_USD_MOST = 1e9
"""More than all that EC2 has; above it is a mistake."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class LimitOptions:
    """What holds the controller back. What is beyond a limit is not done, and told.

    Parameters
    ----------
    max_usd_per_hour
        The most that all nodes that it launched may cost, in USD an hour, as --max-usd-per-hour
        12.50; replacements count beside what they replace. The default is no limit.
    max_launches_per_hour
        The most nodes that it launches within an hour, as --max-launches-per-hour 40. EC2 tells
        when instances were launched, so that it holds after a restart, too. The default is no
        limit.
    max_evictions_per_hour
        The most pods that it evicts within an hour, as --max-evictions-per-hour 60, without those
        of DaemonSets. A node is drained of free will only if all of its pods are within it; from
        nodes that must go they are evicted as it allows. The Lease keeps the count for the next
        holder. Spot nodes that are taken back, and terminationGracePeriod, do not wait for it. The
        default is no limit.
    """

    max_usd_per_hour: float | None = None
    max_launches_per_hour: int | None = None
    max_evictions_per_hour: int | None = None

    def limits(self) -> "ActionLimits":
        """Return the limits; raise InputError for what is none."""
        from kubestow.live.limited import ActionLimits

        usd = self.max_usd_per_hour
        if usd is not None and not 0 <= usd <= _USD_MOST:
            raise InputError(
                f"--max-usd-per-hour {usd} is not an amount of USD",
                hint="for example 12.50; leave it out for no limit",
            )
        counts = {
            "--max-launches-per-hour": self.max_launches_per_hour,
            "--max-evictions-per-hour": self.max_evictions_per_hour,
        }
        for name, count in counts.items():
            if count is not None and count < 0:
                raise InputError(f"{name} {count} is below 0", hint="use 0 or more, such as 40")
        return ActionLimits(
            None if usd is None else round(usd * NANO_USD),
            self.max_launches_per_hour,
            self.max_evictions_per_hour,
        )
