"""Offerings folded into bins, and how each is seen to carry no more than its price allows."""

from fractions import Fraction

import numpy as np
import pytest

from kubestow.model import labels as names
from kubestow.model.certificate import PRICE_SHIFT, BinProof, CertificateGrid
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.testing import affinity_term, nodepool, pod, snapshot, spread
from kubestow.verify.bound_bins import (
    DOMINANCE,
    GRID,
    NOTHING_FITS,
    PRICES,
    BoundBin,
    BoundBins,
    bins_of,
    weights_hold,
)
from kubestow.verify.bound_load import Ware
from kubestow.verify.bound_places import BoundPlace, JudgedOffering
from kubestow.verify.final_state import NodeInPlan

GIB = 2**30
POOL = nodepool()
HEAVY = nodepool("heavy", weight=10)
ONE = Fraction(1)


def site(
    price: int, cpu: int, *, name: str = "m5.large", zone: str = "zone-a", pool: NodePool = POOL
) -> BoundPlace:
    free = {"cpu": cpu, "memory": 16 * GIB, "pods": 58}
    place = NodeInPlan(0, "new", {}, (), free, None, None)
    return BoundPlace(
        place, free, frozenset(), JudgedOffering(pool, name, zone, "on-demand", price)
    )


def ware(value: int, count: int, cpu: int, memory_gib: int = 1) -> Ware:
    return Ware(value, count, (("cpu", cpu), ("memory", memory_gib * GIB), ("pods", 1)))


THREE = [ware(1500, 1, 1500, memory_gib) for memory_gib in (1, 2, 3)]
"""Two fit on 4,000 millicpu, where prices alone allow two and two thirds."""


def folded(sites: list[BoundPlace], *wares: Ware, proofs: tuple[BinProof, ...] = ()) -> BoundBins:
    admitted = np.ones((len(sites), len(wares)), dtype=bool)
    return bins_of(sites, admitted, wares, ONE, proofs)


def shown(bins: BoundBins, cpu_price: int) -> list[str]:
    """Show with a price of cpu in nano-USD for a millicpu; return how each bin was."""
    bins.show([{"cpu": cpu_price << PRICE_SHIFT}, {}])
    return [item.shown for item in bins.bins]


def test_offerings_that_no_load_can_tell_apart_are_one_bin_at_the_cheapest_price() -> None:
    sites = [site(120, 4000, zone="zone-a"), site(100, 4000, zone="zone-b"), site(50, 2000)]
    bins = folded(sites, ware(10, 4, 1000)).bins
    assert [(item.offerings, item.target) for item in bins] == [(2, 100), (1, 50)]
    assert bins[0].offer.zone == "zone-b"


def test_offerings_that_take_other_wares_are_bins_of_their_own() -> None:
    sites = [site(100, 4000), site(100, 4000)]
    admitted = np.array([[True, False], [True, True]])
    bins = bins_of(sites, admitted, (ware(1, 1, 1), ware(1, 1, 2)), ONE, ())
    assert len(bins.bins) == 2
    assert bins.fits.tolist() == [[1, 0], [1, 1]]


def test_theta_raises_what_a_load_may_be_worth() -> None:
    sites = [site(100, 4000)]
    bins = bins_of(sites, np.ones((1, 1), dtype=bool), (ware(1, 1, 1),), Fraction(5, 4), ())
    assert bins.bins[0].target == 125


def test_a_proof_is_a_hint_for_its_own_pool_type_and_capacity_type() -> None:
    hint = BinProof("pool", "m5.large", "on-demand", 0, CertificateGrid(1000, GIB))
    other = BinProof("pool", "m5.large", "spot", 0)
    (item,) = folded([site(100, 4000)], ware(1, 1, 1), proofs=(hint, other)).bins
    assert list(item.proofs) == [hint]


@pytest.mark.parametrize(
    ("sites", "wares", "cpu_price", "how"),
    [
        pytest.param([site(4000, 4000)], [ware(1000, 9, 1000)], 1, [PRICES], id="prices alone"),
        pytest.param([site(3000, 4000)], THREE, 1, [GRID], id="pods that leave a gap"),
        pytest.param([site(10, 900)], [ware(1000, 9, 1000)], 1, [NOTHING_FITS], id="nothing fits"),
        pytest.param(
            [site(3000, 4000), site(3100, 4000, pool=HEAVY)],
            THREE,
            1,
            [GRID, DOMINANCE],
            id="another takes the same for less",
        ),
        pytest.param(
            [site(3100, 4000), site(3000, 4000, pool=HEAVY)],
            THREE,
            1,
            [GRID, GRID],
            id="another that takes the same for more shows nothing",
        ),
        pytest.param(
            [site(4000, 4000)], [ware(1001, 9, 1000)], 1, [""], id="a load worth more than it costs"
        ),
    ],
)
def test_how_a_bin_is_seen_to_carry_no_more_than_its_target(
    sites: list[BoundPlace], wares: list[Ware], cpu_price: int, how: list[str]
) -> None:
    assert shown(folded(sites, *wares), cpu_price) == how


def test_a_bin_remembers_the_best_bound_and_only_one_that_is_enough_shows_it() -> None:
    place = site(100, 4000)
    assert place.offer is not None
    item = BoundBin(place, place.offer, 100)
    assert not item.learn(None, PRICES)
    assert not item.learn(130, PRICES)
    assert (item.bound, item.shown) == (130, "")
    assert item.learn(100, GRID)
    assert (item.bound, item.shown) == (100, GRID)


def test_a_ware_is_held_to_the_heaviest_pools_in_which_it_fits() -> None:
    sites = [site(100, 4000), site(100, 2000, pool=HEAVY)]
    bins = folded(sites, ware(1, 9, 1000), ware(1, 9, 3000))
    bins.hold_to_heaviest()
    assert bins.fits.tolist() == [[0, 1], [2, 0]]


LIGHT = nodepool("light")


@pytest.mark.parametrize(
    ("pods", "pools", "shares_claims", "holds"),
    [
        pytest.param([pod("a")], (HEAVY, LIGHT), False, True, id="two weights"),
        pytest.param([pod("a")], (LIGHT, nodepool()), False, False, id="one weight"),
        pytest.param([pod("a")], (HEAVY, LIGHT), True, False, id="a claim of two pods"),
        pytest.param(
            [pod("a")],
            (HEAVY, nodepool("light", limits=(("cpu", 1),))),
            False,
            False,
            id="a limit",
        ),
        pytest.param(
            [pod("a")], (HEAVY, nodepool("light", spot_types=5)), False, False, id="a choice"
        ),
        pytest.param(
            [pod("a", spread=(spread(names.ZONE),))],
            (HEAVY, LIGHT),
            False,
            False,
            id="a spread over zones",
        ),
        pytest.param(
            [pod("a", spread=(spread(names.HOSTNAME),))],
            (HEAVY, LIGHT),
            False,
            True,
            id="a spread over nodes",
        ),
        pytest.param(
            [pod("a", affinity=(affinity_term(names.HOSTNAME),))],
            (HEAVY, LIGHT),
            False,
            False,
            id="affinity even to a node",
        ),
    ],
)
def test_where_a_pod_is_sure_to_be_taken_by_the_heavier_pool(
    pods: list[Pod], pools: tuple[NodePool, ...], shares_claims: bool, holds: bool
) -> None:
    assert weights_hold(snapshot(pods), pools, shares_claims) is holds
