"""The market: bills that follow the price in effect, catalogs that are made only when it moves."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from kubestow.model import labels as names
from kubestow.model.decision import Decision
from kubestow.model.memory import Memory
from kubestow.model.reporter import Reporter
from kubestow.model.simulated import TracePod
from kubestow.model.snapshot import Snapshot
from kubestow.model.spot_prices import HISTORY, SYNTHETIC, SpotPrices
from kubestow.policies.policy import Delegating, Policy
from kubestow.policies.registry import POLICIES
from kubestow.simulation.run import simulate
from kubestow.simulation.scenario import ALL_FAULTS, MONDAY, Scenario
from kubestow.simulation.spot_moves import synthetic
from kubestow.simulation.workloads import from_trace
from kubestow.testing import GENERAL, ZONES, catalog, nodepool, scenario, service, snapshot

POOL = nodepool()
SPOT = catalog(*GENERAL[:1], spot=0.5, zones=ZONES[:1])  # m5.large: 0.048 USD on spot


def one_pod(*prices: tuple[int, int], seconds: int = 2_000) -> Scenario:
    """Return an hour of one pod of 1 cpu; prices of m5.large on spot are (second, nano-USD)."""
    base = snapshot(catalog_of=SPOT, nodepools=(POOL,))
    found = from_trace(base, [TracePod(0, 300, 1000, 2048)], seconds=seconds)
    moves = ((("m5.large", ZONES[0]), tuple((MONDAY + at, nano) for at, nano in prices)),)
    return replace(found, spot_prices=SpotPrices(HISTORY, file="x", moves=moves))


@dataclass
class Watching(Delegating):
    """A policy that keeps what another one sees."""

    policy: Policy
    seen: list[Snapshot] = field(default_factory=list)

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        self.seen.append(snapshot)
        return self.policy.decide(snapshot, memory, reporter)


def watched(what: Scenario, name: str = "optimal") -> tuple[Watching, int]:
    policy = Watching(POLICIES[name](what.base.cluster.nodepools or (POOL,)))
    found = simulate(what, policy)  # type: ignore[arg-type] # its pools are the other's
    return policy, found.nano_usd


def test_a_node_on_spot_is_paid_at_the_price_in_effect_second_by_second() -> None:
    # It is asked for at 1 s, as another pod might come, launched at 4 s and ready at 46 s; the pod
    # ends at 46 + 8 + 300 = 354 s, and so does it.
    # 48 until 104 s, 60 until 204 s, then 24: 100 s, 100 s and 150 s.
    found = simulate(one_pod((104, 60_000_000), (204, 24_000_000)), POLICIES["optimal"]((POOL,)))
    assert found.nano_usd == (48_000_000 * 100 + 60_000_000 * 100 + 24_000_000 * 150) // 3_600


def test_a_node_is_paid_at_the_price_of_its_launch_not_of_when_it_was_asked_for() -> None:
    found = simulate(one_pod((2, 60_000_000)), POLICIES["optimal"]((POOL,)))
    assert found.nano_usd == 60_000_000 * 350 // 3_600


def test_a_price_that_moves_before_and_after_a_nodes_life_costs_nothing() -> None:
    still = simulate(one_pod(), POLICIES["optimal"]((POOL,)))
    found = simulate(one_pod((400, 90_000_000)), POLICIES["optimal"]((POOL,)))
    assert found.nano_usd == still.nano_usd == 48_000_000 * 350 // 3_600


def test_what_is_observed_are_the_prices_in_effect_in_the_catalog_and_on_the_claim() -> None:
    policy, _ = watched(one_pod((103, 60_000_000), (203, 24_000_000)))
    for state in policy.seen:
        at = state.at - MONDAY
        price = 48_000_000 if at < 103 else 60_000_000 if at < 203 else 24_000_000
        assert state.catalog.prices()["m5.large", ZONES[0], "spot"] == price
        assert all(c.nano_usd_per_hour == price for c in state.nodeclaims if c.launched_at)
    assert {103, 203} <= {state.at - MONDAY for state in policy.seen}, "its own node's price wakes"


def test_a_price_of_an_offering_that_is_not_in_use_wakes_nobody() -> None:
    quiet, _ = watched(one_pod())
    moving, _ = watched(one_pod((700, 60_000_000), (1_100, 24_000_000)))
    assert [state.at for state in moving.seen] == [state.at for state in quiet.seen]


def test_the_catalog_is_the_same_object_until_a_price_changes() -> None:
    policy, _ = watched(one_pod((103, 60_000_000)))
    before = [s.catalog for s in policy.seen if s.at < MONDAY + 103]
    after = [s.catalog for s in policy.seen if s.at >= MONDAY + 103]
    assert len(before) > 1
    assert len(after) > 1
    assert all(found is SPOT for found in before)
    assert all(found is after[0] for found in after)


def dearer(*offerings: tuple[str, str, str]) -> SpotPrices:
    """Return prices where offerings cost as much as on-demand from the second hour on."""
    listed = catalog(*GENERAL).prices()
    moves = tuple(
        ((kind, zone), ((MONDAY + 3_600, listed[kind, zone, "on-demand"]),))
        for kind, zone, _ in offerings
    )
    return SpotPrices(HISTORY, file="x", moves=moves)


def used(state: Snapshot) -> set[tuple[str, str, str]]:
    return {claim.offering for claim in state.nodeclaims}


def after_an_hour(seen: Sequence[Snapshot]) -> Snapshot:
    return [state for state in seen if state.at < MONDAY + 3_600][-1]


@pytest.mark.parametrize(("name", "leaves"), [("optimal", True), ("karpenter", False)])
def test_kubestow_leaves_offerings_that_became_dear_and_karpenter_stays(
    name: str, leaves: bool
) -> None:
    day = scenario(service("web", 12), hours=6, catalog_of=catalog(*GENERAL, spot=0.3))
    quiet, _ = watched(day, name)
    before = used(after_an_hour(quiet.seen))
    assert before
    assert all(offering[2] == "spot" for offering in before)
    policy, _ = watched(replace(day, spot_prices=dearer(*before)), name)
    assert used(after_an_hour(policy.seen)) == before
    assert before.isdisjoint(used(policy.seen[-1])) is leaves


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", POLICIES)
def test_no_fault_breaks_an_invariant_while_prices_move_and_a_run_is_the_same_again(
    name: str, seed: int
) -> None:
    spot = catalog(*GENERAL, spot=0.3)
    day = scenario(
        service("web", 14), service("db", 3, "1", "6Gi"),
        shape="bursts", hours=4, catalog_of=spot, faults=ALL_FAULTS, seed=seed,
    )  # fmt: skip
    moves = synthetic(spot, 0.5, start=MONDAY, seconds=day.seconds, seed=seed)
    moving = replace(day, spot_prices=SpotPrices(SYNTHETIC, 0.5, moves=moves))
    pool = nodepool("pool", (names.CAPACITY_TYPE, "In", ["spot"]))
    first = simulate(moving, POLICIES[name]((pool,)))
    assert first == simulate(moving, POLICIES[name]((pool,)))
    assert first.nano_usd != simulate(day, POLICIES[name]((pool,))).nano_usd
