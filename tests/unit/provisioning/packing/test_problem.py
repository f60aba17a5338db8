"""The packing problem's values."""

import numpy as np

from kubestow.provisioning.packing.problem import Bin, Item, Packing, PackingProblem, Pattern, Rules

BINS = [Bin((0,), 0, -1), Bin((1, 2), 100, 0), Bin((3,), 250, 1)]


def test_a_bin_of_no_pool_is_a_node_that_exists() -> None:
    assert [b.exists for b in BINS] == [True, False, False]


def test_a_packing_costs_its_new_nodes() -> None:
    nodes = [(Pattern(0, ((0, 9),)), 1), (Pattern(1, ((0, 2),)), 3), (Pattern(2, ((0, 1),)), 2)]
    problem = PackingProblem(
        ("cpu",), [Item(((0, 1),), 9)], np.ones((1, 1), dtype=np.int64), BINS,
        np.zeros((3, 1), dtype=np.int64), np.ones((1, 3), dtype=bool), Rules(), [{}, {}], [{}] * 3,
        [{}, {}],
    )  # fmt: skip
    assert Packing(nodes, np.zeros(1, dtype=np.int64)).cost(problem) == 3 * 100 + 2 * 250


def test_a_problem_gives_demand_and_prices_anew_each_time() -> None:
    problem = PackingProblem(
        ("cpu",), [Item(((0, 1),), 4), Item(((1, 2),), 5)], np.zeros((2, 1), dtype=np.int64), BINS,
        np.zeros((3, 1), dtype=np.int64), np.ones((2, 3), dtype=bool), Rules(), [{}, {}], [{}] * 3,
        [{}, {}],
    )  # fmt: skip
    problem.demand[0] = 0
    assert problem.demand.tolist() == [4, 5]
    assert problem.prices.tolist() == [0, 100, 250]
