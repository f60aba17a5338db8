from dataclasses import replace

import numpy as np
import pytest

from kubestow.model.plan import LowerBound
from kubestow.provisioning.programs.relaxation import Relaxation
from kubestow.provisioning.proof.lower_bound import bound_of, largest_alone, prove

NANO = 1e9


def relaxation(
    requests: list[list[float]],
    demand: list[float],
    capacity: list[list[float]],
    usd: list[float],
    existing: list[list[float]] | None = None,
) -> Relaxation:
    asked, room = np.array(requests, dtype=float), np.array(capacity, dtype=float)
    there = np.array(existing or [], dtype=float).reshape(-1, asked.shape[1])

    def fits(bins: np.ndarray) -> np.ndarray:
        counts = [[np.floor(b / np.maximum(r, 1e-9)).min() for b in bins] for r in asked]
        return np.minimum(np.array(counts).reshape(len(asked), -1), np.array(demand)[:, None])

    return Relaxation(
        asked,
        np.array(demand, dtype=float),
        room,
        np.array(usd) * NANO,
        fits(room),
        there,
        fits(there),
    )


def proven(relaxed: Relaxation) -> LowerBound:
    """Return the best of all rungs but column generation."""
    found = largest_alone(relaxed), bound_of(prove(relaxed))
    return max(found, key=lambda bound: bound.nano_usd_per_hour)


def test_pods_that_fill_nodes_exactly_have_a_bound_equal_to_their_cost() -> None:
    bound = proven(relaxation([[2, 4]], [10], [[4, 8]], [1.0]))
    assert bound.nano_usd_per_hour == pytest.approx(5 * NANO, rel=1e-6)
    assert bound.nano_usd_per_hour <= 5 * NANO


def test_l2_counts_that_only_whole_pods_fit_a_node() -> None:
    # By volume three nodes of four cpu hold four pods of three; but a node takes only one of them.
    apart = relaxation([[3, 1], [3, 2]], [4, 4], [[4, 100], [4, 100]], [1.0, 1.0])
    bound = proven(replace(apart, fits=np.array([[1.0, 0.0], [0.0, 1.0]])))
    assert bound.rung == "L2"
    assert bound.nano_usd_per_hour == pytest.approx(8 * NANO, rel=1e-6)


def test_one_pod_alone_costs_at_least_the_cheapest_node_that_carries_it() -> None:
    bound = proven(relaxation([[1, 1]], [1], [[4, 4], [64, 64]], [1.0, 10.0]))
    assert bound.rung == "L0"
    assert bound.nano_usd_per_hour == pytest.approx(NANO, rel=1e-6)


def test_existing_nodes_take_off_no_more_than_they_can_hold() -> None:
    without = proven(relaxation([[2, 2]], [10], [[4, 4]], [1.0]))
    with_one = proven(relaxation([[2, 2]], [10], [[4, 4]], [1.0], existing=[[4, 4]]))
    assert with_one.nano_usd_per_hour == pytest.approx(4 * NANO, rel=1e-6)
    assert without.nano_usd_per_hour == pytest.approx(5 * NANO, rel=1e-6)


def test_existing_nodes_that_hold_everything_leave_a_bound_of_zero() -> None:
    bound = proven(relaxation([[1, 1]], [3], [[4, 4]], [1.0], existing=[[8, 8]]))
    assert bound.nano_usd_per_hour == 0


def test_without_pods_the_bound_is_zero() -> None:
    nothing = np.zeros((0, 2))
    empty = Relaxation(
        nothing,
        np.zeros(0),
        np.ones((1, 2)),
        np.ones(1),
        np.zeros((0, 1)),
        nothing,
        np.zeros((0, 0)),
    )
    assert proven(empty).nano_usd_per_hour == 0


def test_many_types_of_linear_price_are_bounded_over_a_few_of_them() -> None:
    sizes = list(range(1, 301))
    capacity = [[size, 2 * size] for size in sizes]
    bound = proven(relaxation([[1, 1], [0.5, 1]], [100, 100], capacity, [0.1 * s for s in sizes]))
    assert bound.nano_usd_per_hour == pytest.approx(15 * NANO, rel=1e-6)
