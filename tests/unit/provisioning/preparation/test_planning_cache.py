"""What plans have in common is worked out once for each owner, and changes no plan."""

from concurrent.futures import ThreadPoolExecutor

from kubestow import engine
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.preparation.prepared_snapshot import prepare
from kubestow.testing import nodepool, pod, replicas, snapshot

POOLS = (nodepool("general"),)
STATES = (
    snapshot(replicas(8, "web", "700m", "1Gi"), nodepools=POOLS),
    snapshot([pod("db", "3", "12Gi"), *replicas(3, "web")], nodepools=POOLS),
)


def planned(state: Snapshot, cache: PlanningCache | None = None) -> Plan:
    return engine.plan(state, work_limit=100, cache=cache)


def test_offerings_are_worked_out_once_for_an_owner() -> None:
    cache = PlanningCache()
    first, again = (prepare(STATES[0], POOLS, cache=cache) for _ in range(2))
    assert first.offerings[0] is again.offerings[0]
    assert prepare(STATES[0], POOLS).offerings[0] is not first.offerings[0]


def test_offerings_of_another_catalog_or_for_other_labels_are_worked_out_anew() -> None:
    cache, pool = PlanningCache(), POOLS[0]
    catalog, networking = STATES[0].catalog, STATES[0].networking
    first = cache.offerings.of(pool, catalog, networking, {})
    assert cache.offerings.of(pool, catalog, networking, {}) is first
    assert cache.offerings.of(pool, catalog, networking, {"team": ("x",)}) is not first
    assert cache.offerings.of(pool, STATES[1].catalog, networking, {}) is not first


def test_a_plan_is_the_same_with_a_cache_that_has_seen_others() -> None:
    cache = PlanningCache()
    for state in (*STATES, *STATES):
        assert planned(state, cache) == planned(state)


def test_threads_that_own_a_cache_each_plan_as_one_does() -> None:
    expected = [planned(state) for state in STATES]

    def again(number: int) -> bool:
        cache, state = PlanningCache(), STATES[number % 2]
        return all(planned(state, cache) == expected[number % 2] for _ in range(2))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(again, range(8)))
