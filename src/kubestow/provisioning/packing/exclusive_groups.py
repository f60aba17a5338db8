"""Groups of items of which a node takes one pod, for limits of what a node carries."""

from collections.abc import Sequence

import numpy as np

from kubestow.model.arrays import Integers
from kubestow.provisioning.packing.problem import PackingProblem
from kubestow.scheduling.filters import pod_topology_spread

_GROUPS_MOST = 8  # the largest are enough: every group is one more resource to count


def exclusive_groups(problem: PackingProblem) -> list[tuple[int, ...]]:
    """Return the items of the largest groups of which a node takes one pod.

    Where an owner of a rule is, at most ``cap`` of the counted are: so of counted owners at most
    ``cap`` are anywhere. Hostname spread is left out: its cap grows with all other nodes.
    """
    units_of: dict[tuple[int, ...], int] = {}
    for number, (items, weights, owners) in enumerate(problem.rules.members):
        spread = problem.rules.constraints[number] == pod_topology_spread.NAME
        members = tuple(sorted(items[(weights > 0) & owners].tolist()))
        if not spread and problem.rules.caps[number] == 1 and len(members) > 1:
            units_of[members] = sum(problem.items[item].units for item in members)
    return sorted(units_of, key=lambda members: (-units_of[members], members))[:_GROUPS_MOST]


def membership(problem: PackingProblem, groups: Sequence[tuple[int, ...]]) -> Integers:
    """Return what each item asks of each group, items x groups: 1 for its members."""
    member = np.zeros((len(problem.items), len(groups)), dtype=np.int64)
    for axis, members in enumerate(groups):
        member[list(members), axis] = 1
    return member
