"""Nodes made cheaper part by part."""

import numpy as np

from kubestow.provisioning.programs.parted_nodes import PartedNodes
from kubestow.provisioning.programs.whole_nodes import Bins, CellShare, DealtDemand, LinearRow

# One class of 8 pods in two zones (rows 0 and 1); in each zone a small and a large bin.
_BINS = Bins(
    requests=np.array([[1.0], [1.0]]),
    capacity=np.array([[2.0], [4.0], [2.0], [4.0]]),
    prices=np.array([1.0, 1.5, 1.0, 1.5]),
    fits=np.array([[2.0, 4.0, 0.0, 0.0], [0.0, 0.0, 2.0, 4.0]]),
)
_EVEN = LinearRow(-1.0, 1.0, (0, 1), (1.0, -1.0))


def parted(*limits: LinearRow) -> PartedNodes:
    """Return the nodes that may be of two copies of each bin."""
    dealt = DealtDemand([CellShare(0, 0, 8), CellShare(1, 0, 8)], [8], limits)
    return PartedNodes(_BINS, dealt, np.full(4, 2, dtype=np.int64))


def test_zones_are_parts() -> None:
    assert [part.bins.tolist() for part in parted().parts] == [[0, 1], [2, 3]]


def test_each_part_is_made_for_what_is_dealt_to_it() -> None:
    nodes = parted().made(np.array([4, 4]))
    assert nodes is not None
    assert sorted(b for b, _ in nodes) == [1, 3]


def test_nothing_is_made_where_a_part_has_too_few_nodes() -> None:
    dealt = DealtDemand([CellShare(0, 0, 20), CellShare(1, 0, 20)], [20], ())
    assert PartedNodes(_BINS, dealt, np.full(4, 1)).made(np.array([18, 2])) is None


def test_a_part_alone_becomes_cheaper() -> None:
    given = [(0, np.array([2, 0])), (0, np.array([2, 0])), (3, np.array([0, 4]))]
    nodes, shares = parted().improved(given, np.array([4, 4]), 1e9)
    assert parted().cost(nodes) == 3.0
    assert shares.tolist() == [4, 4]


def test_two_parts_are_dealt_anew_together() -> None:
    given = [
        (0, np.array([1, 0])),
        (1, np.array([4, 0])),
        (2, np.array([0, 2])),
        (2, np.array([0, 1])),
    ]
    nodes, shares = parted().improved(given, np.array([5, 3]), 1e9)
    assert parted().cost(nodes) == 3.0
    assert sum(shares) == 8
    assert np.sum([load for _, load in nodes], axis=0).tolist() == shares.tolist()


def test_rows_between_parts_are_kept() -> None:
    given = [(1, np.array([4, 0])), (2, np.array([0, 2])), (2, np.array([0, 2]))]
    _, shares = parted(_EVEN).improved(given, np.array([4, 4]), 1e9)
    assert abs(shares[0] - shares[1]) <= 1


def test_without_work_nothing_changes() -> None:
    given = [(0, np.array([4, 0])), (3, np.array([0, 4]))]
    assert parted().improved(given, np.array([4, 4]), 0)[0] == given
