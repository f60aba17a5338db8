"""Programs of whole nodes against what a few nodes can hold, worked out by hand."""

import numpy as np
import pytest

from kubestow.provisioning.programs.whole_nodes import (
    Bins,
    CellShare,
    DealtDemand,
    NodeLimit,
    counted_nodes,
    slotted_nodes,
)

CASES = [
    # One bin of 10 units at 1 USD; pods of two rows.
    ("nothing keeps them apart", (2, 2), (4, 4), (), 1.0),
    ("pods of 4 units beside each other in pairs", (3, 3), (4, 4), (), 3.0),
    ("a's nodes take none of b", (2, 2), (4, 4), (NodeLimit(0, ((1, 1),), 0),), 2.0),
    ("a's nodes take one of b", (2, 2), (5, 2), (NodeLimit(0, ((1, 1),), 1),), 2.0),
    ("a's nodes take two of b", (2, 2), (5, 2), (NodeLimit(0, ((1, 1),), 2),), 1.0),
    ("two of a and b at most, one of them counting twice", (2, 2), (1, 1),
     (NodeLimit(0, ((0, 2), (1, 1)), 2),), 3.0),
]  # fmt: skip


def given(pods: tuple[int, int], sizes: tuple[int, int], limits: tuple[NodeLimit, ...],
          room: float = 10.0) -> tuple[Bins, DealtDemand]:  # fmt: skip
    requests = np.array(sizes, dtype=float)[:, None]
    fits = np.minimum(room // requests, np.array(pods, dtype=float)[:, None])
    bins = Bins(requests, np.array([[room]]), np.array([1.0]), fits)
    shares = [CellShare(row, row, count) for row, count in enumerate(pods)]
    return bins, DealtDemand(shares, list(pods), (), limits)


@pytest.mark.parametrize(("what", "pods", "sizes", "limits", "nodes"), CASES)
def test_nodes_one_by_one_hold_what_they_may(
    what: str,
    pods: tuple[int, int],
    sizes: tuple[int, int],
    limits: tuple[NodeLimit, ...],
    nodes: float,
) -> None:
    room = 18.0 if sizes[0] == 5 else 16.0 if pods == (2, 2) else 10.0
    bins, dealt = given(pods, sizes, limits, room)
    found = slotted_nodes(bins, dealt, [6], low=0.0, high=6.0, nodes=100)
    assert len(found.nodes) == nodes, what
    assert found.least == pytest.approx(nodes), what
    assert counted_nodes(bins, dealt, [6], 100).least <= nodes + 1e-9, what


def test_counted_nodes_do_not_share_large_pods_by_halves() -> None:
    """Three pods of 6 units take three nodes of 10 units, though two have room for 20."""
    bins, dealt = given((3, 0), (6, 4), ())
    assert counted_nodes(bins, dealt, [6], 100).least == pytest.approx(3.0)


def test_counted_nodes_keep_apart_what_a_limit_keeps_apart() -> None:
    """Of two nodes' worth of pods that exclude each other three nodes are left."""
    apart = (NodeLimit(0, ((1, 1),), 0),)
    bins, dealt = given((3, 3), (2, 2), apart, 4.0)
    assert counted_nodes(bins, dealt, [6], 100).least == pytest.approx(3.0)
    bins, dealt = given((3, 3), (2, 2), apart, 5.9)
    assert counted_nodes(bins, dealt, [6], 100).least == pytest.approx(3.0)
