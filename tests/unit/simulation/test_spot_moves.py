"""Moves of spot prices: the synthetic process's bounds and its luck, and histories shifted."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np

from kubestow.model.instance_type import Price
from kubestow.model.spot_prices import HISTORY, SYNTHETIC, SpotPrices
from kubestow.simulation.spot_moves import by_instant, synthetic, timed
from kubestow.testing import GENERAL, ZONES, catalog

BASE = catalog(*GENERAL, spot=0.4)
WEEK, HOUR = 7 * 86_400, 3_600


def moves(seed: int = 0, volatility: float = 0.15, seconds: int = WEEK, base=BASE):  # type: ignore[no-untyped-def] # a short hand
    return dict(synthetic(base, volatility, start=0, seconds=seconds, seed=seed))


def test_no_synthetic_price_exceeds_the_on_demand_price_of_its_type() -> None:
    listed, reached = BASE.prices(), 0
    for (kind, zone), own in moves(volatility=1.5).items():
        most = listed[kind, zone, "on-demand"]
        assert all(0 < nano <= most for _, nano in own)
        reached += sum(nano == most for _, nano in own)
    assert reached, "the bound was put to the test"


def test_prices_change_on_the_hour_after_the_first_and_before_the_end() -> None:
    instants = {at for own in moves(seconds=5 * HOUR + 1).values() for at, _ in own}
    assert instants == {HOUR * n for n in range(1, 6)}
    assert moves(seconds=HOUR) == {}


def test_a_price_is_a_whole_number_of_ten_thousandths_of_a_dollar() -> None:
    assert all(nano % 100_000 == 0 for own in moves().values() for _, nano in own)


def test_prices_stray_as_far_as_the_volatility_says_and_their_mean_is_the_catalogs() -> None:
    listed = BASE.prices()
    found = []
    for seed in range(40):
        for (kind, zone), own in moves(seed).items():
            found.append(own[-1][1] / listed[kind, zone, "spot"])
    logs = np.log(found)
    assert 0.13 < logs.std() < 0.17
    assert 0.98 < np.mean(found) < 1.02


def test_an_offerings_prices_do_not_depend_on_what_else_is_sold_or_how_long_it_runs() -> None:
    alone = replace(BASE, offerings=tuple(o for o in BASE.offerings if o.zone == ZONES[2]))
    whole = moves(5)
    for place, own in moves(5, base=alone).items():
        assert own == whole[place]
    day = moves(5, seconds=86_400)
    assert all(own == whole[place][: len(own)] for place, own in day.items())
    assert moves(6) != whole


def test_an_offering_without_an_on_demand_price_or_with_a_price_of_the_users_stands_still() -> None:
    changed = []
    for item in BASE.offerings:
        if item.instance_type == "m5.large" and item.capacity_type == "on-demand":
            item = replace(item, price=None)
        if item.instance_type == "m5.xlarge" and item.capacity_type == "spot":
            item = replace(item, price=Price(1_000_000, "ours", override="ours"))
        changed.append(item)
    kinds = {kind for kind, _ in moves(base=replace(BASE, offerings=tuple(changed)))}
    assert kinds == {"c5.xlarge", "r5.large", "m5.4xlarge"}


def test_what_a_costs_file_adds_stays_in_the_price() -> None:
    def dearer(price: Price) -> Price:
        return replace(price, nano_usd_per_hour=price.nano_usd_per_hour + 7, extras=(("agent", 7),))

    offerings = [replace(o, price=dearer(o.price)) for o in BASE.offerings if o.price is not None]
    plain, with_agent = moves(), moves(base=replace(BASE, offerings=tuple(offerings)))
    assert with_agent == {
        place: tuple((at, nano + 7) for at, nano in own) for place, own in plain.items()
    }


def test_the_same_seed_gives_the_same_prices_under_any_hash_seed() -> None:
    code = (
        "from kubestow.simulation.spot_moves import synthetic\n"
        "from kubestow.testing import GENERAL, catalog\n"
        "print(synthetic(catalog(*GENERAL, spot=0.4), 0.15, start=0, seconds=86400, seed=3)[0])"
    )
    said = set()
    for hashing in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hashing}
        command = [sys.executable, "-c", code]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        said.add(ran.stdout)
    first = synthetic(BASE, 0.15, start=0, seconds=86_400, seed=3)[0]
    assert said == {f"{first}\n"}


def history(*entries: tuple[str, str, tuple[tuple[int, int], ...]], others: int = 0) -> SpotPrices:
    own = tuple(((kind, zone), prices) for kind, zone, prices in entries)
    return SpotPrices(HISTORY, file="h.json", moves=own, others=others)


def test_a_historys_first_instant_is_the_start_and_its_first_price_holds_until_its_own() -> None:
    wanted = history(
        ("m5.large", ZONES[0], ((5_000, 30), (5_600, 40), (99_000, 50))),
        ("r5.large", ZONES[1], ((5_100, 60), (5_200, 60))),
    )
    found, notes = timed(wanted, BASE, start=1_000_000, seconds=3_600, seed=0)
    assert dict(found.moves) == {
        ("m5.large", ZONES[0]): ((1_000_000, 30), (1_000_600, 40)),
        ("r5.large", ZONES[1]): ((1_000_000, 60),),
    }
    assert "2 offerings as h.json has them" in notes[0]
    assert notes[1:] == ("13 spot offerings are not in it and keep the catalog's price",)


def test_what_of_a_history_does_not_count_is_said() -> None:
    wanted = history(("m5.large", ZONES[0], ((0, 30),)), ("p9.huge", "x", ((60, 1),)), others=4)
    _, notes = timed(wanted, BASE, start=0, seconds=3_600, seed=0)
    said = " ".join(notes)
    assert "the history ends after 0.0 hours" in said
    assert "1 offering of it is not for sale here" in said
    assert "4 entries of it are not for Linux/UNIX" in said


def test_prices_that_stand_still_need_no_word_and_synthetic_ones_are_called_so() -> None:
    assert timed(SpotPrices(), BASE, start=0, seconds=60, seed=0) == (SpotPrices(), ())
    _, notes = timed(SpotPrices(SYNTHETIC, 0.2), BASE, start=0, seconds=60, seed=0)
    assert notes[0].startswith("spot prices are synthetic, not AWS's")


def test_moves_are_dealt_by_their_instants_in_order() -> None:
    found = by_instant(((("a", "z"), ((5, 1), (9, 2))), (("b", "z"), ((3, 7), (5, 8)))))
    assert list(found.items()) == [
        (3, {("b", "z"): 7}), (5, {("a", "z"): 1, ("b", "z"): 8}), (9, {("a", "z"): 2}),
    ]  # fmt: skip
