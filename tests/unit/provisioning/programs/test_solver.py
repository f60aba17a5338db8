"""The linear programs, on numbers small enough to solve by hand."""

import numpy as np
import pytest

from kubestow.provisioning.programs import solver
from kubestow.provisioning.programs.solver import (
    CompactProgram,
    FractionalKnapsack,
    RestrictedMaster,
    resource_price_duals,
)

FREE = np.full(2, 1e6)


def test_resource_prices_are_what_the_cheapest_resource_costs() -> None:
    # One class fills a node of 4 cpu and 8 GiB for 2 USD by cpu alone.
    weights = resource_price_duals(
        np.array([[1.0, 1.0]]), np.array([4.0]), np.array([[4.0, 8.0]]), np.array([2.0])
    )
    assert weights == pytest.approx([0.5, 0.0])


def test_class_values_count_that_only_whole_pods_fit() -> None:
    # By volume a node of 4 holds 4/3 pods of 3; in truth it holds one.
    program = CompactProgram(
        np.array([[3.0]]), np.array([2.0]), np.array([[4.0]]), np.array([1.0]), np.array([[1.0]])
    )
    solved = program.solve()
    assert solved is not None
    assert solved.nodes == pytest.approx([2.0])
    values, weights = program.duals()
    assert values == pytest.approx([1.0])
    assert weights.shape == (1, 1)


def test_a_program_that_is_cut_off_says_what_it_was_solved_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(solver, "_ROUNDS_MAX", 1)
    program = CompactProgram(
        np.array([[3.0]]), np.array([2.0]), np.array([[4.0]]), np.array([1.0]), np.array([[1.0]])
    )
    solved = program.solve()
    assert solved is not None
    assert (solved.cost, solved.nodes) == (pytest.approx(1.5), pytest.approx([1.5]))
    values, _ = program.duals()
    assert values == pytest.approx([0.75])


def test_held_numbers_of_nodes_leave_the_rest_to_other_bins() -> None:
    program = CompactProgram(
        np.array([[1.0]]), np.array([6.0]), np.array([[4.0], [2.0]]), np.array([3.0, 2.0]),
        np.array([[4.0, 2.0]]),
    )  # fmt: skip
    program.fix(0, 1.0)
    solved = program.solve()
    assert solved is not None
    assert solved.nodes == pytest.approx([1.0, 1.0])
    assert solved.placed == pytest.approx(np.array([[4.0, 2.0]]))
    program.fix(1, 0.0)
    assert program.solve() is None


def test_the_knapsack_in_fractions_takes_the_best_value_for_room() -> None:
    weights, units = FractionalKnapsack().solve(
        np.array([[2.0], [1.0]]), np.array([6.0, 2.0]), np.array([1.0, 9.0]), np.array([4.0])
    )
    assert units == pytest.approx([1.0, 2.0])
    assert weights == pytest.approx([2.0])


def test_the_master_covers_the_demand_by_the_loads_it_knows() -> None:
    master = RestrictedMaster(np.array([2.0, 2.0]))
    master.set_box(np.zeros(2), FREE)
    assert master.add(0, 3.0, np.array([1.0, 0.0]))
    assert master.add(0, 3.0, np.array([0.0, 1.0]))
    first = master.solve()
    assert first is not None
    assert first.cost == pytest.approx(12.0)
    assert first.duals == pytest.approx([3.0, 3.0])
    assert master.add(1, 4.0, np.array([1.0, 1.0]))
    assert not master.add(1, 4.0, np.array([1.0, 1.0]))
    better = master.solve()
    assert better is not None
    assert better.cost == pytest.approx(8.0)
    assert better.used == pytest.approx([0.0, 0.0, 2.0])
    assert not better.is_boxed


def test_a_box_keeps_the_duals_in_it_and_says_so() -> None:
    master = RestrictedMaster(np.array([2.0, 2.0]))
    master.add(0, 3.0, np.array([1.0, 0.0]))
    master.add(0, 3.0, np.array([0.0, 1.0]))
    master.set_box(np.zeros(2), np.full(2, 1.0))
    solution = master.solve()
    assert solution is not None
    assert solution.duals == pytest.approx([1.0, 1.0])
    assert solution.is_boxed


def test_the_demand_can_be_changed() -> None:
    master = RestrictedMaster(np.array([2.0]))
    master.set_box(np.zeros(1), np.full(1, 1e6))
    master.add(0, 3.0, np.array([1.0]))
    master.set_demand(np.array([5.0]))
    solution = master.solve()
    assert solution is not None
    assert solution.cost == pytest.approx(15.0)
