"""Groups of items of which a node takes one pod."""

import numpy as np
import pytest

from kubestow.provisioning.packing.exclusive_groups import exclusive_groups, membership
from kubestow.provisioning.packing.problem import Item, PackingProblem, Rules
from kubestow.scheduling.filters import inter_pod_affinity, pod_topology_spread


def problem(cap: int, constraint: str) -> PackingProblem:
    """Return three items, of which a rule counts all and the first and the last own it."""
    rules = Rules(
        caps=[cap],
        constraints=[constraint],
        of_item=[((0, 1, True),), ((0, 1, False),), ((0, 1, True),)],
        members=[(np.array([0, 1, 2]), np.array([1, 1, 1]), np.array([True, False, True]))],
    )
    none = np.zeros((0, 1), dtype=np.int64)
    return PackingProblem(
        ("cpu",),
        [Item(((i, 1),), 1) for i in range(3)],
        np.ones((3, 1), dtype=np.int64),
        [],
        none,
        np.ones((3, 0), dtype=bool),
        rules,
        [],
        [],
        [],
    )


def test_the_owners_that_a_rule_counts_exclude_each_other() -> None:
    given = problem(1, inter_pod_affinity.NAME)
    groups = exclusive_groups(given)
    assert groups == [(0, 2)]
    assert membership(given, groups).tolist() == [[1], [0], [1]]


@pytest.mark.parametrize(
    ("cap", "constraint"), [(2, inter_pod_affinity.NAME), (1, pod_topology_spread.NAME)]
)
def test_more_than_one_a_node_and_spread_make_no_group(cap: int, constraint: str) -> None:
    assert not exclusive_groups(problem(cap, constraint))
