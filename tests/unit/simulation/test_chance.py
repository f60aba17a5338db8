"""Random numbers by seed and name: reproducible, spread evenly, independent of each other."""

from kubestow.simulation.chance import share


def test_a_number_is_the_same_in_every_process() -> None:
    assert share(7, "interruption", "n-1", 30) == share(7, "interruption", "n-1", 30)
    assert f"{share(0, 'a'):.9f}" == "0.178622552"


def test_the_seed_and_every_name_matter() -> None:
    draws = {share(1, "a", "b"), share(2, "a", "b"), share(1, "b", "a"), share(1, "a", "c")}
    assert len(draws) == 4


def test_names_are_not_run_together() -> None:
    assert share(1, "ab", "c") != share(1, "a", "bc")


def test_numbers_are_spread_evenly_from_zero_to_one() -> None:
    draws = [share(3, "node", number) for number in range(4_000)]
    tenths = [sum(low <= draw * 10 < low + 1 for draw in draws) for low in range(10)]
    assert sum(tenths) == 4_000
    assert all(320 < count < 480 for count in tenths)
