"""Seeds and grids as a user writes them, and what is said of those that cannot be meant."""

from typing import Any

import pytest

from kubestow.cli.simulation_options import SimulationOptions
from kubestow.cli.sweep_options import check_size, grid_of, seeds_of
from kubestow.model.input_error import InputError
from kubestow.simulation.sweep import SettingGrid


def grid(*given: str, workload: str = "web.yaml", **options: Any) -> SettingGrid:
    return grid_of(SimulationOptions(workload=[workload], **options), given)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1..4", [1, 2, 3, 4]),
        ("3,5,9", [3, 5, 9]),
        ("0", [0]),
        ("7..7", [7]),
        (" 2 , 1..3 ,2", [2, 1, 3]),
    ],
)
def test_seeds_are_ranges_and_lists_each_once(text: str, expected: list[int]) -> None:
    assert seeds_of(text) == expected


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "--seeds is empty", "1..200"),
        ("1-5", "'1-5' is neither a seed", "1..200 or 3,5,9"),
        ("-1", "'-1' is neither a seed", "3,5,9"),
        ("1..x", "'1..x' is neither a seed", "1..200"),
        ("1.5", "'1.5' is neither a seed", "1..200"),
        ("9..3", "9..3 is empty", "use 3..9"),
        ("1..999999999999", "too many", "100,000"),
    ],
)
def test_seeds_that_cannot_be_meant(text: str, message: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        seeds_of(text)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_without_a_grid_the_policies_of_the_list_are_swept() -> None:
    found = grid(policy="karpenter,optimal", days=0.5, shape="weekly")
    assert found == SettingGrid(("karpenter", "optimal"), ("weekly",), ("none",), (900,), (43_200,))


def test_a_grid_replaces_the_options_it_names() -> None:
    found = grid(
        "policy=optimal", "shape=Steady, bursts", "faults=none,all", "step=60,900", "days=0.5,1"
    )
    assert found == SettingGrid(
        ("optimal",), ("steady", "bursts"), ("none", "all"), (60, 900), (43_200, 86_400)
    )
    assert len(found) == 16


def test_a_value_that_is_given_twice_counts_once() -> None:
    assert grid("days=1,1.0", "step=60,60").seconds == (86_400,)


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        (["polici=optimal"], "a sweep cannot vary 'polici'", "did you mean 'policy'?"),
        (["seed=1,2"], "cannot vary 'seed'", "choose from"),
        (
            ["policy=optimall"],
            "unknown policy 'optimall'",
            "did you mean 'optimal'?",
        ),
        (["shape=diurnall"], "--grid shape: 'diurnall'", "did you mean 'diurnal'?"),
        (["faults=lots"], "--grid faults: 'lots'", "choose from: none, spot, rebalance, all"),
        (["step=1.5"], "--grid step: '1.5' is not a whole number", "900"),
        (["step=" + "9" * 400], "is not a whole number", "900"),
        (["days=" + "9" * 5000], "is not a number", "1"),
        (["step=0"], "--step 0 is out of range", "86400"),
        (["days=nan"], "--grid days: 'nan' is not a number", "for example 1"),
        (["days=inf"], "--grid days: 'inf' is not a number", "for example 1"),
        (["days=0"], "--days 0 is out of range", "366"),
        (["days=9999"], "--days 9999 is out of range", "366"),
        (["days"], "--grid days: no values", "days=VALUE,VALUE"),
        (["days="], "--grid days=: no values", "days=VALUE,VALUE"),
        (["step=60", "step=90"], "--grid names step twice", "all values at once"),
    ],
)
def test_grids_that_cannot_be_meant(given: list[str], message: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        grid(*given)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_trace_has_its_own_shape() -> None:
    with pytest.raises(InputError, match="a trace has its own times"):
        grid("shape=steady,bursts", workload="pods.csv.gz")
    assert len(grid("faults=none,spot", workload="pods.csv.gz")) == 6


def test_too_many_runs_are_refused_before_any_is_made() -> None:
    check_size(grid("policy=optimal"), range(100_000))
    with pytest.raises(InputError, match="2 settings with 50001 seeds are 100,002 runs"):
        check_size(grid("policy=optimal,karpenter"), range(50_001))
