"""Random numbers depend on the seed and on what they are for, and on nothing else."""

import os
import subprocess
import sys

import pytest

from kubestow.simulation.chance import share


def test_the_same_seed_and_names_give_the_same_number_whatever_was_drawn_before() -> None:
    first = share(7, "capacity", ("m5.large", "a"), 3)
    for number in range(100):
        share(7, "else", number)
    assert share(7, "capacity", ("m5.large", "a"), 3) == first


def test_another_seed_or_another_name_gives_another_number() -> None:
    drawn = {share(seed, name, n) for seed in (1, 2) for name in ("a", "b") for n in range(50)}
    assert len(drawn) == 200


def test_names_are_told_apart_by_where_they_end() -> None:
    assert share(1, "ab", "c") != share(1, "a", "bc")


@pytest.mark.parametrize("seed", range(3))
def test_numbers_lie_evenly_between_0_and_1(seed: int) -> None:
    drawn = [share(seed, "interruption", f"node-{n}") for n in range(10_000)]
    assert min(drawn) >= 0.0
    assert max(drawn) < 1.0
    tenths = [sum(n / 10 <= value < (n + 1) / 10 for value in drawn) for n in range(10)]
    assert all(850 < count < 1_150 for count in tenths)


def test_no_hash_seed_changes_a_number() -> None:
    program = "from kubestow.simulation.chance import share; print(share(3, 'a', ('b', 1)))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert outputs == {f"{share(3, 'a', ('b', 1))}\n"}
