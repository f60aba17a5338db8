"""Wishes: what a user wants of a fleet besides a low price."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """Requirements on a fleet; None for those not requested.

    ``headroom`` is a share of what the pods request; ``share_per_node`` is the largest share of a
    workload's replicas on one node; ``on_demand_share`` is the smallest share on demand;
    ``spot_diversity`` is in how many instance types and zones a spot node must be launchable;
    ``launch_lists`` requests the alternatives to each new node.
    """

    headroom: Fraction | None = None
    share_per_node: Fraction | None = None
    on_demand_share: Fraction | None = None
    spot_diversity: tuple[int, int] | None = None
    launch_lists: bool = False
