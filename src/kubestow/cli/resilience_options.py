"""The options that ask more of a fleet than its price; they become Wishes."""

import re
from dataclasses import dataclass
from fractions import Fraction

from cyclopts import Parameter

from kubestow.cli.catalog_options import Flag
from kubestow.model.input_error import InputError
from kubestow.model.wishes import Wishes

_PERCENT = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,4})?) *%", re.ASCII)
_DIVERSITY = re.compile(r"([0-9]{1,3}) *[xX] *([0-9]{1,3})", re.ASCII)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class ResilienceOptions:
    """What the fleet must also be good for.

    Parameters
    ----------
    headroom
        Reserve this much more cpu and memory than the pods request, for example 10%. Placeholder
        pods of the median size are planned and rehearsed with the others.
    max_share_per_node
        The largest share of a workload's replicas on one node, for example 25%. One is always
        allowed.
    on_demand_share
        The smallest share of every workload's replicas on demand, for example 30%, rounded up: what
        keeps running when all spot nodes are lost.
    launch_list
        Show what else could be launched for the pods of each new node: for spot, and for
        insufficient capacity.
    spot_diversity
        Fill spot nodes only as far as TYPESxZONES allows: 5x2 means that five instance types in
        each of two zones could carry their pods. Nodes that still fall short are named, with the
        reason.
    """

    headroom: str | None = None
    max_share_per_node: str | None = None
    on_demand_share: str | None = None
    launch_list: Flag = False
    spot_diversity: str | None = None

    def check(self) -> None:
        """Raise InputError where a value makes no sense, before anything is read."""
        _ = self.wishes

    @property
    def headroom_share(self) -> Fraction | None:
        """The headroom as a share of what the pods ask for."""
        return _share("--headroom", self.headroom, most=1000)

    @property
    def node_share(self) -> Fraction | None:
        """The largest share of a workload's replicas on one node."""
        return _share("--max-share-per-node", self.max_share_per_node, most=100)

    @property
    def on_demand(self) -> Fraction | None:
        """The least share of a workload's replicas on demand."""
        return _share("--on-demand-share", self.on_demand_share, most=100)

    @property
    def diversity(self) -> tuple[int, int] | None:
        """The types and zones a spot node must be launchable in."""
        if self.spot_diversity is None:
            return None
        found = _DIVERSITY.fullmatch(self.spot_diversity.strip())
        types, zones = map(int, found.groups()) if found else (0, 0)
        if not types or not zones:
            raise InputError(
                f"--spot-diversity {self.spot_diversity!r} is not TYPESxZONES",
                hint="for example 5x2: five instance types in each of two zones",
            )
        return types, zones

    @property
    def wishes(self) -> Wishes:
        """What the options ask of the fleet."""
        return Wishes(
            headroom=self.headroom_share,
            share_per_node=self.node_share,
            on_demand_share=self.on_demand,
            spot_diversity=self.diversity,
            launch_lists=self.launch_list,
        )


def _share(option: str, text: str | None, *, most: int) -> Fraction | None:
    if text is None:
        return None
    found = _PERCENT.fullmatch(text.strip())
    share = Fraction(found.group(1)) / 100 if found else Fraction(0)
    if not 0 < share <= Fraction(most, 100):
        raise InputError(
            f"{option} {text!r} is not a percentage above 0%, at most {most}%",
            hint="for example 10%",
        )
    return share
