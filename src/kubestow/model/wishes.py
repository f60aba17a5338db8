"""Wishes: what a user asks of a fleet beside its price."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """What a fleet must also be good for; None where nothing is asked.

    ``headroom`` is a share of what the pods request; ``share_per_node`` the largest share of a
    workload's replicas on one node; ``on_demand_share`` the smallest on demand; ``spot_diversity``
    the instance types and zones a spot node must be launchable in; ``launch_lists`` asks for the
    alternatives of each new node.
    """

    headroom: Fraction | None = None
    share_per_node: Fraction | None = None
    on_demand_share: Fraction | None = None
    spot_diversity: tuple[int, int] | None = None
    launch_lists: bool = False
