"""Bounds on what a node carries, against all loads there are."""

import random
from itertools import product

import pytest

from kubestow.model.certificate import PRICE_SHIFT, CertificateGrid
from kubestow.verify.bound_load import (
    Ware,
    fractional_bound,
    grid_bound,
    how_many,
    likely_best,
    most_valuable,
    priced,
)

AXES = ("cpu", "memory", "pods", "gpu")


def best_load(wares: list[Ware], free: dict[str, int]) -> int:
    """Return what the most valuable load is worth, by trying all."""
    best = 0
    for units in product(*(range(ware.count + 1) for ware in wares)):
        used = dict.fromkeys(AXES, 0)
        lists: dict[int, int] = {}
        for n, ware in zip(units, wares, strict=True):
            for name, amount in ware.asks:
                used[name] += n * amount
            for index in ware.lists:
                lists[index] = lists.get(index, 0) + n
        if all(used[name] <= free[name] for name in AXES) and max(lists.values(), default=0) <= 1:
            value = sum(n * ware.value for n, ware in zip(units, wares, strict=True))
            best = max(best, value)
    return best


def random_wares(dice: random.Random, scale: int) -> list[Ware]:
    wares: list[Ware] = []
    for _ in range(dice.randint(1, 4)):
        asks = (
            ("cpu", dice.choice((1, 2, dice.randint(1, 12))) * scale + dice.randint(0, scale - 1)),
            *((("gpu", 1),) if dice.random() < 0.2 else ()),
            ("memory", dice.randint(1, 9) * scale + dice.randint(0, scale - 1)),
            ("pods", 1),
        )
        if wares and dice.random() < 0.3:
            asks = dice.choice(wares).asks
        lists = tuple(index for index in range(2) if dice.random() < 0.2)
        wares.append(Ware(dice.randint(1, 50), dice.choice((1, 2, 3, 7)), asks, lists))
    return wares


@pytest.mark.parametrize("seed", range(400))
def test_no_load_is_worth_more_than_any_bound_says(seed: int) -> None:
    dice = random.Random(seed)
    scale = dice.choice((1, 3))
    wares = random_wares(dice, scale)
    free = {
        "cpu": dice.randint(5, 30) * scale,
        "memory": dice.randint(5, 20) * scale,
        "pods": dice.randint(2, 9),
        "gpu": dice.randint(0, 2),
    }
    best = best_load(wares, free)
    fits = most_valuable(wares, [free], how_many(wares, [free]))[0].tolist()
    for _ in range(6):
        price = {
            name: int(dice.choice((0, dice.random())) * 4 * 2**PRICE_SHIFT / scale)
            for name in (*AXES, "exclusive/0", "exclusive/1")
        }
        at = priced(price, wares)
        fractional = fractional_bound(free, fits, at)
        assert fractional >= best
        grid = CertificateGrid(dice.randint(1, 4), dice.randint(1, 4), dice.random() < 0.4)
        target = dice.randint(0, max(0, fractional - 1))
        found = grid_bound(wares, free, fits, at, grid, target=target)
        assert found is not None
        assert found >= max(best, target)


def test_cells_of_one_unit_count_exactly() -> None:
    wares = [Ware(10, 3, (("cpu", 4), ("memory", 1), ("pods", 1)))]
    wares += [Ware(6, 1, (("cpu", 3), ("memory", 4), ("pods", 1)))]
    free = {"cpu": 10, "memory": 5, "pods": 9, "gpu": 0}
    at = priced({}, wares)
    fits = how_many(wares, [free])[0].tolist()
    assert fits == [2, 1]
    assert grid_bound(wares, free, fits, at, CertificateGrid(1, 1), target=0) == 20
    assert fractional_bound(free, fits, at) == 26


def test_how_many_fit_is_what_the_scarcest_resource_allows() -> None:
    wares = [Ware(1, 9, (("cpu", 2), ("pods", 1))), Ware(1, 9, (("gpu", 1),)), Ware(1, 9, (), (0,))]
    rows = [{"cpu": 9, "pods": 3}, {"cpu": 1, "pods": 3, "gpu": 4}]
    assert how_many(wares, rows).tolist() == [[3, 0, 1], [0, 4, 1]]
    assert how_many(wares, rows, frozenset({"gpu"}), exclusive=False).tolist() == [
        [3, 9, 9],
        [0, 9, 9],
    ]
    assert how_many(wares, []).shape == (0, 3)
    assert how_many([], rows).shape == (2, 0)


def test_the_likely_best_prices_are_those_of_the_least_bound() -> None:
    wares = [Ware(10, 5, (("cpu", 2),)), Ware(1, 5, (("memory", 1),))]
    frees = [{"cpu": 4, "memory": 100}, {"cpu": 100, "memory": 1}]
    fits = how_many(wares, frees)
    unit = 2**PRICE_SHIFT
    choice = [priced(prices, wares) for prices in ({"cpu": 5 * unit}, {"memory": unit}, {})]
    picked = likely_best(frees, fits, choice)
    for row, (free, index) in enumerate(zip(frees, picked, strict=True)):
        bounds = [fractional_bound(free, fits[row].tolist(), at) for at in choice]
        assert bounds[index] == min(bounds)


def test_too_fine_a_grid_is_passed_over() -> None:
    wares = [Ware(10, 5, (("cpu", 2), ("memory", 2)))]
    free = {"cpu": 10**6, "memory": 2**40}
    fits = how_many(wares, [free])[0].tolist()
    assert grid_bound(wares, free, fits, priced({}, wares), CertificateGrid(1, 1), target=0) is None


def test_values_beyond_the_arrays_are_passed_over() -> None:
    wares = [Ware(2**99, 5, (("cpu", 2), ("memory", 2)))]
    free = {"cpu": 10, "memory": 10}
    fits = how_many(wares, [free])[0].tolist()
    at = priced({}, wares)
    assert grid_bound(wares, free, fits, at, CertificateGrid(1, 1), target=0) is None
    assert fractional_bound(free, fits, at) == 5 * 2**99


def test_of_pods_that_ask_the_same_the_dearest_come_first() -> None:
    asks = (("cpu", 4),)
    wares = [Ware(5, 2, asks), Ware(9, 2, asks), Ware(9, 9, (("cpu", 1),)), Ware(1, 9, asks, (0,))]
    frees = [{"cpu": 12}, {"cpu": 4}]
    fits = how_many(wares, frees)
    assert fits.tolist() == [[2, 2, 9, 1], [1, 1, 4, 1]]
    assert most_valuable(wares, frees, fits).tolist() == [[1, 2, 9, 1], [0, 1, 4, 1]]


def test_any_number_of_a_ware_may_be_in_a_load() -> None:
    """Two of the small ones stand beside the large one, of seven that would fit alone."""
    wares = [Ware(10, 7, (("cpu", 1),)), Ware(75, 1, (("cpu", 7),))]
    free = {"cpu": 9}
    fits = how_many(wares, [free])[0].tolist()
    assert grid_bound(wares, free, fits, priced({}, wares), CertificateGrid(1, 1), target=0) == 95
