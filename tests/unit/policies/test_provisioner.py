"""What pods that wait need, as claims."""

from dataclasses import replace
from fractions import Fraction
from typing import NoReturn

import pytest

from kubestow.model.decision import PROVISIONING, Outcome
from kubestow.model.memory import COOLING_SECONDS, Memory, OfferingKey
from kubestow.model.nodeclaim import Event, Phase
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.policies import provisioner
from kubestow.policies.provisioner import PLANNED, Needs, needs, waiting_pods
from kubestow.provisioning.preparation import offerings
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.testing import (
    ZONES,
    daemonset,
    nodeclaim,
    nodepool,
    observed,
    owned,
    pod,
    quantities,
)

POOLS = (nodepool(),)


def wanted(state: Snapshot, memory: Memory | None = None, without: tuple[str, ...] = ()) -> Needs:
    return needs(state, memory or Memory(), POOLS, without=without)


def types(found: Needs) -> list[str]:
    return [launch.claim.instance_type for launch in found.launches]


def test_a_pod_that_waits_gets_a_node_and_its_daemonsets_come_with_it() -> None:
    found = wanted(observed([], [pod("a", "1")], daemonsets=(daemonset("agent"),), at=7))
    (launch,) = found.launches
    claim = launch.claim
    assert (launch.reason, claim.instance_type, claim.phase) == (
        PROVISIONING, "m5.large", Phase.LAUNCHING,
    )  # fmt: skip
    assert claim.created_at == 7
    assert [p.daemonset for p in claim.daemonset_pods] == ["kube-system/agent"]
    assert [(w.pod, w.reason, w.subject) for w in found.waiting] == [
        ("default/a", PLANNED, claim.name)
    ]


def test_room_that_is_there_or_coming_is_used_first() -> None:
    assert types(wanted(observed([nodeclaim("n")], [pod("a", "1")]))) == []
    coming = nodeclaim("n", phase=Phase.LAUNCHED)
    assert types(wanted(observed([coming], [pod("a", "1")]))) == []


def test_a_node_that_is_going_or_is_to_go_offers_no_room_and_its_pods_need_some() -> None:
    stays = [owned(pod("a", "1", node="n"))]
    assert types(wanted(observed([nodeclaim("n", phase=Phase.DRAINING)], stays))) == ["m5.large"]
    assert types(wanted(observed([nodeclaim("n")], stays), without=("n",))) == ["m5.large"]


def test_an_offering_that_ec2_had_none_of_is_passed_over_until_it_has_cooled_down() -> None:
    cooling: tuple[OfferingKey, ...] = tuple(("m5.large", zone, "on-demand") for zone in ZONES)
    outcomes = [Outcome("n", Event.INSUFFICIENT_CAPACITY, offering) for offering in cooling]
    memory = Memory().learned(outcomes, 100)
    until = 100 + COOLING_SECONDS
    assert types(wanted(observed([], [pod("a", "1")], at=until - 1), memory)) == ["r5.large"]
    assert types(wanted(observed([], [pod("a", "1")], at=until), memory)) == ["m5.large"]
    assert memory.learned((), until - 1) == memory
    assert memory.learned((), until) == Memory()


def test_a_pod_for_which_everything_cools_down_has_no_place() -> None:
    everything = tuple((o, 10) for o in sorted(observed([]).catalog.prices()))
    found = wanted(observed([], [pod("a", "1")]), Memory(cooling=everything))
    assert types(found) == []
    assert not found.places({"default/a"})


def test_pods_planned_on_coming_nodes_are_not_planned_again() -> None:
    state = observed([], [pod("a", "1")])
    first = wanted(state)
    claim = replace(first.launches[0].claim, phase=Phase.LAUNCHED)
    again = wanted(replace(state, nodeclaims=(claim,)), first.memory)
    assert (types(again), again.waiting) == ([], first.waiting)


def test_pods_whose_places_are_foreseen_are_not_planned_and_their_room_is_taken() -> None:
    state = observed([nodeclaim("n")], [pod("a", "1"), pod("b", "1")])
    found = needs(state, Memory(), POOLS, foreseen={"default/a": "n"})
    assert next((w.pod, w.subject) for w in found.waiting) == ("default/a", "n")
    assert types(found) == ["m5.large"], "there is no room for both on n"
    both = needs(state, Memory(), POOLS, foreseen={"default/a": "n", "default/b": "n"})
    assert (types(both), both.nominated) == ([], {"n"})


def test_names_of_claims_are_never_given_twice() -> None:
    first = wanted(observed([], [pod("a", "15"), pod("b", "15")], at=1))
    second = wanted(observed([], [pod("c", "15")], at=1), first.memory)
    names = [launch.claim.name for launch in (*first.launches, *second.launches)]
    assert len(names) == len(set(names)) == 3


def test_pods_of_daemonsets_and_those_that_end_do_not_wait() -> None:
    others = (
        pod("b", node="n"),
        replace(pod("c"), daemonset="kube-system/c"),
        replace(pod("d"), terminating=True),
    )
    assert [p.name for p in waiting_pods(Cluster(pods=(*others, pod("a"))))] == ["a"]


def test_a_pod_that_nothing_could_run_is_without_a_place_and_the_others_are_not() -> None:
    found = wanted(observed([], [pod("huge", "99"), pod("a", "1")]))
    assert not found.places({"default/huge"})
    assert found.places({"default/a"})


def with_headroom(waiting: int, share: Fraction | None) -> Needs:
    """Return the needs of some pods of 1 cpu beside eleven small ones that run."""
    there = [owned(pod(f"p{n}", "150m", node="n")) for n in range(11)]
    state = observed([nodeclaim("n")], [*there, *(pod(f"w{n}", "1") for n in range(waiting))])
    return needs(state, Memory(), POOLS, headroom=lambda: share)


def test_headroom_is_planned_with_what_waits_and_no_pod_of_it_waits() -> None:
    assert types(with_headroom(1, None)) == ["m5.large"]
    found = with_headroom(1, Fraction(1))
    assert types(found) == ["c5.xlarge"]
    assert [(item.pod, item.reason) for item in found.waiting] == [("default/w0", PLANNED)]
    assert [pod for pod, _ in found.memory.planned] == ["default/w0"]


def test_after_a_jump_there_is_no_headroom() -> None:
    alone, roomy = with_headroom(2, None), with_headroom(2, Fraction(1))
    assert types(alone) == types(roomy)


def needs_with_headroom(*waiting: Pod, pools: tuple[NodePool, ...] = POOLS) -> Needs:
    """Return the needs of pods beside many that run on one node, with headroom of a quarter."""
    there = [owned(pod(f"p{n}", "50m", "64Mi", node="n")) for n in range(25)]
    state = observed([nodeclaim("n")], [*there, *waiting])
    return needs(state, Memory(), pools, headroom=lambda: Fraction(1, 4))


def test_no_node_is_launched_for_headroom_alone() -> None:
    assert types(needs_with_headroom(pod("a", "3900m"))) == ["c5.xlarge"]
    assert types(needs_with_headroom(pod("a", "100m"))) == []  # there is room for it
    limited = nodepool(limits=quantities(cpu="1000"))
    assert types(needs_with_headroom(pod("a", "1900m"), pools=(limited,))) == ["m5.large"]


def test_there_is_no_headroom_beside_a_pod_that_finds_no_place() -> None:
    nowhere = pod("b", "8", node_selector=(("no", "where"),))
    found = needs_with_headroom(pod("a", "1500m"), nowhere)
    assert types(found) == ["m5.large"]
    assert [item.pod for item in found.waiting if item.reason != PLANNED] == ["default/b"]
    assert types(needs_with_headroom(nowhere)) == []


def test_headroom_leaves_a_limit_to_pods_that_wait() -> None:
    limited = nodepool(limits=quantities(cpu="8"))
    waiting = pod("a", "1900m"), pod("b", "3500m")
    found = needs_with_headroom(*waiting, pools=(limited,))
    assert all(item.reason == PLANNED for item in found.waiting)


def test_pods_in_the_namespace_of_headroom_wait_like_others() -> None:
    theirs = replace(pod("headroom-0", "1900m"), namespace="kubestow-headroom")
    found = needs_with_headroom(theirs)
    assert [(item.pod, item.reason) for item in found.waiting] == [(theirs.key, PLANNED)]


@pytest.mark.parametrize(
    ("count", "most", "proves"),
    [
        (499, 300, False),
        (500, 1_500, False),
        (700, 2_100, False),
        (1_000, 10_000, True),
        (3_500, 30_000, True),
    ],
)
def test_a_whole_fleet_is_searched_for_longer_the_more_pods_wait(
    count: int, most: int, proves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class AskedError(Exception):
        """Nothing is planned here."""

    def asked(*_: object, work_limit: int, gap: float | None, **__: object) -> NoReturn:
        raise AskedError(work_limit, gap is not None)

    monkeypatch.setattr(provisioner, "quick_plan", asked)
    state = observed([], [pod(f"p{n}", "1") for n in range(count)])
    with pytest.raises(AskedError, match=rf"^\({most}, {proves}\)$"):
        needs(state, Memory(), POOLS, work_limit_of_fleets=30_000)


def test_where_nothing_waits_the_offerings_are_found_for_who_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache, found = PlanningCache(), []
    real = offerings.pool_offerings
    monkeypatch.setattr(offerings, "pool_offerings", lambda *a: found.append(a) or real(*a))
    empty = observed([], [])
    state = replace(empty, cluster=replace(empty.cluster, pods=(pod("a", "1"),)))
    for each in (empty, empty, state):
        needs(each, Memory(), POOLS, cache=cache)
    assert len(found) == 1
    needs(empty, Memory(), tuple(nodepool(f"p{n}") for n in range(9)), cache=cache)
    assert len(found) == 1  # so many would push each other out
