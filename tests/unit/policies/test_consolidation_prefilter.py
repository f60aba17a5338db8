"""The prefilter refuses what is impossible, and nothing that is possible.

Types are those of kubestow.testing: m5.large has 1930 millicpu for 0.096 USD an hour.
"""

import random
from collections.abc import Iterable

import pytest

from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.pod import Pod
from kubestow.policies.consolidation_prefilter import ConsolidationPrefilter
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.testing import GENERAL, catalog, daemonset, nodeclaim, nodepool, observed, owned, pod

LARGE, XLARGE = 96_000_000, 170_000_000
"""What an m5.large and a c5.xlarge cost, in nano-USD an hour."""


def on(node: int, *loads: str) -> list[Pod]:
    return [owned(pod(f"p{node}-{n}", cpu, node=f"n{node}")) for n, cpu in enumerate(loads)]


def prefilter(pods: Iterable[Pod], claims: int = 2, **options: object) -> ConsolidationPrefilter:
    nodes: list[NodeClaim] = [nodeclaim(f"n{number}") for number in range(claims)]
    return ConsolidationPrefilter(observed(nodes, pods, **options), (nodepool(),), PlanningCache())


def test_a_node_whose_pods_have_room_on_another_may_go_whatever_is_for_sale() -> None:
    assert prefilter([*on(0, "400m"), *on(1, "400m")]).allows(["n0"], 0, off_spot=False)


@pytest.mark.parametrize(("price", "allows"), [(LARGE, False), (LARGE + 1, True)])
def test_pods_without_room_elsewhere_need_an_offering_below_the_price(
    price: int, allows: bool
) -> None:
    full = prefilter([*on(0, "1500m"), *on(1, "1500m")])
    assert full.allows(["n0"], price, off_spot=False) == allows


def test_pods_that_fit_one_by_one_but_not_together_need_an_offering() -> None:
    half = prefilter([*on(0, "900m", "900m"), *on(1, "900m")])
    assert not half.allows(["n0"], LARGE, off_spot=False)
    assert half.allows(["n0"], LARGE + 1, off_spot=False)


def test_an_offering_must_hold_what_the_other_nodes_together_have_no_room_for() -> None:
    claims = [nodeclaim("n0", "m5.4xlarge"), nodeclaim("n1")]
    state = observed(claims, [*on(0, "1", "1", "1", "1"), *on(1, "900m")])  # n1 can take one
    tried = ConsolidationPrefilter(state, (nodepool(),), PlanningCache())
    assert not tried.allows(["n0"], LARGE + 1, off_spot=False)
    assert tried.allows(["n0"], XLARGE + 1, off_spot=False)


def test_nodes_that_go_together_are_not_room_for_each_other() -> None:
    assert not prefilter([*on(0, "400m"), *on(1, "400m")]).allows(["n0", "n1"], 1, off_spot=False)


def test_spot_offerings_count_only_where_spot_may_replace_the_nodes() -> None:
    spot = prefilter([*on(0, "1500m"), *on(1, "1500m")], catalog_of=catalog(*GENERAL, spot=0.3))
    assert spot.allows(["n0"], LARGE, off_spot=False)
    assert not spot.allows(["n0"], LARGE, off_spot=True)


def test_an_offering_has_room_only_beside_the_daemonsets() -> None:
    pods = [*on(0, "1800m"), *on(1, "1800m")]
    assert prefilter(pods).allows(["n0"], LARGE + 1, off_spot=False)
    agents = (daemonset("agent", "200m"),)
    assert not prefilter(pods, daemonsets=agents).allows(["n0"], LARGE + 1, off_spot=False)


def test_an_offering_must_have_room_for_all_pods_together() -> None:
    full = prefilter([*on(0, "900m", "900m"), *on(1, "900m")])
    assert full.has_offering([0, 1], LARGE + 1, off_spot=False)
    assert not full.has_offering([0, 1, 2], LARGE + 1, off_spot=False)


def test_an_offering_must_have_a_pod_slot_for_every_pod() -> None:
    crowd = [owned(pod(f"p{n}", "1m", "1Mi", node="n0")) for n in range(59)]
    crowded = prefilter([*crowd, *on(1, "1")])
    assert crowded.has_offering(range(58), LARGE + 1, off_spot=False)
    assert not crowded.has_offering(range(59), LARGE + 1, off_spot=False)


@pytest.mark.parametrize("seed", range(40))
def test_what_the_scheduler_would_place_elsewhere_is_never_refused(seed: int) -> None:
    dice = random.Random(seed)
    loads = [[f"{dice.randint(1, 9)}00m" for _ in range(dice.randint(0, 2))] for _ in range(4)]
    tried = prefilter([p for node, own in enumerate(loads) for p in on(node, *own)], 4)
    names = dice.sample(["n0", "n1", "n2", "n3"], dice.randint(1, 2))
    trial = tried.relocation.vacate(names)
    tried.relocation.undo(trial, names)
    assert trial.left or tried.allows(names, 0, off_spot=True)
