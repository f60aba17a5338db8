"""The most valuable load of a node: the bound is never too small, and the loads fit."""

import itertools
import random

import numpy as np
import pytest

from kubestow.model.reporter import EnoughError, SilentReporter
from kubestow.provisioning.programs.knapsack import Knapsack
from kubestow.provisioning.programs.relaxation import Relaxation
from kubestow.provisioning.proof.column_generation import ColumnGeneration
from kubestow.provisioning.proof.lower_bound import prove

NANO = 1e9


def relaxation(seed: int) -> tuple[Relaxation, np.ndarray]:
    """Return up to five classes on one to three bins, and values."""
    dice = random.Random(seed)
    count, axes = dice.randint(1, 5), 3
    requests = np.array(
        [[dice.randint(1, 40) * 10, dice.randint(1, 40) * 7, 1] for _ in range(count)], dtype=float
    )
    capacity = np.array(
        [
            [dice.randint(20, 90) * 11, dice.randint(20, 90) * 9, dice.choice([4, 8, 60])]
            for _ in range(dice.randint(1, 3))
        ],
        dtype=float,
    )
    demand = np.array([dice.randint(1, 6) for _ in range(count)], dtype=float)
    most = np.floor((capacity[None, :, :] / requests[:, None, :]).min(axis=2) + 1e-9)
    fits = np.minimum(most, demand[:, None])
    prices = capacity[:, 0] * dice.uniform(0.5, 2.0) * NANO / 1000
    values = requests[:, 0] * np.array([dice.uniform(0.5, 2.0) for _ in range(count)])
    none = np.zeros((0, axes))
    relaxed = Relaxation(requests, demand, capacity, prices, fits, none, np.zeros((count, 0)))
    return relaxed, values


def best_load(r: Relaxation, bin_index: int, values: np.ndarray) -> float:
    """Return the most any load is worth, by trying all."""
    ranges = [range(int(most) + 1) for most in r.fits[:, bin_index]]
    return max(
        float(np.array(load) @ values)
        for load in itertools.product(*ranges)
        if (np.array(load) @ r.requests <= r.capacity[bin_index]).all()
    )


@pytest.mark.parametrize("seed", range(60))
def test_no_load_is_worth_more_than_the_bound(seed: int) -> None:
    r, values = relaxation(seed)
    knapsack = Knapsack(r)
    for bin_index in range(len(r.prices)):
        best = best_load(r, bin_index, values)
        for target in (0.0, best * 0.9, best * 1.05):
            priced = knapsack.price(bin_index, values, target)
            assert priced.most >= best * (1 - 1e-9)
            for load in priced.loads:
                assert (load @ r.requests <= r.capacity[bin_index] + 1e-6).all()
                assert (load <= r.fits[:, bin_index]).all()


def test_a_grid_sees_that_only_whole_pods_fit() -> None:
    # Two pods of 40 % fit a node; by fractions two and a half.
    one = np.ones((1, 1))
    r = Relaxation(
        np.array([[400.0, 400.0, 1.0]]), np.array([9.0]), np.array([[1000.0, 1000.0, 50.0]]),
        one[0] * NANO, one * 3, np.zeros((0, 3)), np.zeros((1, 0)),
    )  # fmt: skip
    priced = Knapsack(r).price(0, np.array([1.0]), 0.0)
    assert priced.grid is not None
    assert priced.most == pytest.approx(2.0)
    assert priced.loads[0].tolist() == [2.0]


def whole_pods() -> Relaxation:
    """Return pods of 60 and of 55 % of a node: one a node, where volume says nearly two."""
    return Relaxation(
        np.array([[600.0, 600.0, 1.0], [550.0, 550.0, 1.0]]), np.array([5.0, 5.0]),
        np.array([[1000.0, 1000.0, 50.0]]), np.array([NANO]), np.ones((2, 1)),
        np.zeros((0, 3)), np.zeros((2, 0)),
    )  # fmt: skip


def test_whole_loads_raise_the_bound_to_what_nodes_really_hold() -> None:
    r = whole_pods()
    before = prove(r)
    assert before.proven == pytest.approx(5.75 * NANO, rel=1e-5)
    after = ColumnGeneration(r, before).converge(1e30, 1000, SilentReporter())
    assert after.rung == "L4"
    assert 10 * NANO * (1 - 1e-5) <= after.proven <= 10 * NANO


def test_a_reporter_may_end_it_and_nothing_proven_is_lost() -> None:
    class Ending:
        def progress(self, step: str, done: int, total: int) -> None:
            raise EnoughError

    before = prove(whole_pods())
    assert ColumnGeneration(whole_pods(), before).converge(1e30, 1000, Ending()) is before


@pytest.mark.parametrize("seed", [seed for seed in range(26) if seed != 13])
def test_the_bound_of_whole_loads_is_above_no_cover_of_loads(seed: int) -> None:
    r, _ = relaxation(seed + 1000)
    assert (r.fits.max(axis=1) > 0).all(), "a class that fits nowhere has no cover (as with 13)"
    columns = ColumnGeneration(r, prove(r))
    proof = columns.converge(1e30, 3000, SilentReporter())
    columns.master.set_box(np.zeros(len(r.demand)), np.full(len(r.demand), 1e6))
    solved = columns.master.solve()
    assert solved is not None
    assert proof.proven <= solved[0] * NANO * (1 + 1e-7)
