"""One pod after the other: who comes first, who is chosen among equals, who comes again."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kubestow.model import labels as names
from kubestow.model.node import Node
from kubestow.model.pod import Pod
from kubestow.model.scheduler_profile import (
    MOST_ALLOCATED,
    SchedulerProfile,
    SchedulerProfiles,
    ScoreWeights,
    ScoringStrategy,
)
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import PersistentVolumeClaim, StorageClass
from kubestow.scheduling.cycle import Cycle, node_order, nodes_to_find
from kubestow.scheduling.scheduler_cache import build_cache
from kubestow.testing import affinity_term, node, pod, replicas, spread

WEB, DB = {"app": "web"}, {"app": "db"}
SMALL = node("a", cpu="1", zone="zone-a")


def cycle(*pods: Pod, nodes: tuple[Node, ...] = (SMALL,), seed: int = 0, **more: Any) -> Cycle:
    return Cycle(build_cache(Cluster(pods=pods, nodes=nodes, **more)), seed)


def placed(run: Cycle) -> dict[str, str]:
    """Return the pods' nodes, in the order they were bound."""
    pods, nodes = run.cache.cluster.pods, run.cache.nodes
    return {pods[pod].name: nodes[run.cache.node_of[pod]].name for pod in run.bound}


# --- the order ----------------------------------------------------------------------------------


def test_priority_comes_before_arrival() -> None:
    run = cycle(pod("early", "600m"), pod("late", "600m", priority=1))
    assert run.run([0, 1]) == [0]
    assert placed(run) == {"late": "a"}


def test_among_equals_who_comes_first_is_served_first() -> None:
    for order, name in (([0, 1], "one"), ([1, 0], "two")):
        run = cycle(pod("one", "600m"), pod("two", "600m"))
        assert run.run(order) == order[1:]
        assert placed(run) == {name: "a"}


def test_those_left_pending_are_told_in_the_order_they_came() -> None:
    run = cycle(*replicas(3, "p", "2"))
    assert run.run([2, 0, 1]) == [2, 0, 1]


# --- the choice ---------------------------------------------------------------------------------

MANY = tuple(node(f"n{number}") for number in range(20))


def test_ties_fall_by_the_seed_and_the_same_seed_gives_the_same() -> None:
    def went(seed: int) -> dict[str, str]:
        run = cycle(*replicas(5, "p"), nodes=MANY, seed=seed)
        assert run.run(range(5)) == []
        return placed(run)

    assert went(1) == went(1)
    assert len({tuple(went(seed).values()) for seed in range(5)}) > 1
    assert all(len(set(went(seed).values())) == 5 for seed in range(5))  # the emptiest node


def test_the_best_nodes_are_all_that_share_the_best_score() -> None:
    run = cycle(pod("p"), pod("there", node="a"), nodes=(node("a"), node("b"), node("c")))
    assert run.best_nodes(0).tolist() == [1, 2]


# --- how many nodes are looked at ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [(0, 0), (50, 50), (99, 99), (100, 100), (125, 100), (400, 188), (1000, 420), (5000, 500),
     (6000, 300), (20_000, 1000)],
)  # fmt: skip
def test_of_many_nodes_only_a_part_is_looked_at(nodes: int, expected: int) -> None:
    assert nodes_to_find(nodes) == expected


CROWD = tuple(node(f"n{number:03}", zone="zone-a") for number in range(200))


def test_the_next_search_begins_where_the_last_one_ended() -> None:
    run = cycle(*replicas(3, "p"), nodes=CROWD)
    assert [run.best_nodes(0).tolist() for _ in range(3)] == [
        list(range(100)), list(range(100, 200)), list(range(100)),
    ]  # fmt: skip


def test_nodes_that_are_refused_do_not_count_as_found() -> None:
    every_other = tuple(
        node(item.name, cpu="1" if number % 2 else "1m") for number, item in enumerate(CROWD)
    )
    run = cycle(pod("p", "500m"), nodes=every_other)
    assert run.best_nodes(0).tolist() == list(range(1, 200, 2))


def test_a_search_that_is_not_sampled_sees_every_node() -> None:
    cache = build_cache(Cluster(pods=(pod("p"),), nodes=CROWD))
    assert len(Cycle(cache, sampled=False).best_nodes(0)) == 200


def test_nodes_are_looked_at_in_turn_from_each_zone() -> None:
    zones = ("zone-b", "zone-b", "zone-b", "zone-a", "zone-a", "zone-c")
    nodes = [node(f"n{number}", zone=zone) for number, zone in enumerate(zones)]
    assert node_order(nodes).tolist() == [0, 3, 5, 1, 4, 2]


def test_a_zone_of_another_region_is_another_zone_and_no_zone_is_one_too() -> None:
    nodes = [
        node("a", labels={names.REGION: "east"}), node("b", labels={names.REGION: "east"}),
        node("c", labels={names.REGION: "west"}), replace(node("d"), labels=()),
    ]  # fmt: skip
    assert node_order(nodes).tolist() == [0, 2, 3, 1]
    assert node_order([]).tolist() == []


def test_each_node_is_looked_at_once_a_round() -> None:
    mixed = tuple(node(f"n{n}", zone=f"zone-{n * n % 7}") for n in range(150))
    run = cycle(pod("p"), nodes=mixed)
    assert sorted(node_order(mixed).tolist()) == list(range(150))
    found = np.concatenate((run.best_nodes(0), run.best_nodes(0)))
    assert set(found[:150].tolist()) == set(range(150))


# --- who comes again ----------------------------------------------------------------------------


def test_a_pod_that_waits_for_whom_it_wants_to_be_near_is_tried_again() -> None:
    near = pod("follower", affinity=(affinity_term(names.ZONE, app="db"),))
    run = cycle(near, pod("leader", labels=DB))
    assert run.run([0, 1]) == []
    assert list(placed(run)) == ["leader", "follower"]


def test_a_chain_of_those_who_wait_is_tried_until_nothing_changes() -> None:
    def link(number: int) -> Pod:
        wants = (affinity_term(names.ZONE, app=str(number + 1)),)
        return pod(f"p{number}", labels={"app": str(number)}, affinity=wants)

    run = cycle(*(link(number) for number in range(4)), pod("last", labels={"app": "4"}))
    assert run.run(range(5)) == []
    assert list(placed(run)) == ["last", "p3", "p2", "p1", "p0"]


def test_a_pod_that_waits_for_the_others_of_its_spread_is_tried_again() -> None:
    nodes = (node("a", zone="zone-a"), node("b", zone="zone-b"))
    even = replace(spread(names.ZONE, app="web"), honor_affinity=False)
    held = pod("held", labels=WEB, node_selector=((names.ZONE, "zone-a"),), spread=(even,))
    there = pod("there", labels=WEB, node="a")
    other = pod("other", labels=WEB, node_selector=((names.ZONE, "zone-b"),))
    run = cycle(held, other, there, nodes=nodes)
    assert run.run([0, 1]) == []
    assert placed(run) == {"other": "b", "held": "a"}


def test_a_run_that_is_not_in_full_ends_at_the_first_pod_that_nobody_s_arrival_helps() -> None:
    lonely = pod("lonely", "100m", affinity=(affinity_term(names.HOSTNAME, **WEB),))
    pods = (lonely, pod("giant", "2"), pod("web", "100m", labels=WEB), pod("vast", "3"))
    run = cycle(*pods)
    assert run.run(range(4), in_full=False) == [1]
    assert placed(run) == {}
    assert cycle(*pods).run(range(4)) == [1, 3]


def test_a_pod_for_which_there_is_no_room_stays_pending_whoever_comes() -> None:
    far = pod("far", affinity=(affinity_term(names.ZONE, app="none"),))
    run = cycle(pod("big", "2"), far, pod("small"))
    assert run.run([0, 1, 2]) == [0, 1]
    assert placed(run) == {"small": "a"}


# --- volumes ------------------------------------------------------------------------------------


def test_a_claim_that_waited_is_bound_where_its_pod_went_and_holds_the_next_there() -> None:
    claim = PersistentVolumeClaim("default", "c", "wait", bind_completed=False)
    nodes = (node("a", cpu="1", zone="zone-a"), node("b", cpu="1", zone="zone-b"))
    run = cycle(
        pod("one", "600m", claims=("c",), node_selector=((names.ZONE, "zone-b"),)),
        pod("two", "600m", claims=("c",)),
        pod("three", "300m", claims=("c",)),
        nodes=nodes,
        claims={("default", "c"): claim},
        storage_classes={"wait": StorageClass("wait")},
    )
    assert run.run([0, 1, 2]) == [1]
    assert placed(run) == {"one": "b", "three": "b"}


# --- the profile --------------------------------------------------------------------------------


def profiled(*pods: Pod, nodes: tuple[Node, ...], **profile: Any) -> Cycle:
    profiles = SchedulerProfiles((SchedulerProfile(**profile),))
    return Cycle(build_cache(Cluster(pods=pods, nodes=nodes, scheduler_profiles=profiles)))


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 420), (10, 100), (50, 500), (100, 1000), (3, 100)]
)
def test_a_percentage_of_the_nodes_is_looked_at(percent: int, expected: int) -> None:
    assert nodes_to_find(1000, percent) == expected


def test_the_profile_says_how_many_nodes_are_looked_at() -> None:
    run = profiled(pod("p"), nodes=CROWD, percentage_scored=75)
    assert len(run.best_nodes(0)) == 150


def test_where_nothing_is_scored_the_first_node_that_will_do_is_taken() -> None:
    nothing = ScoreWeights(0, 0, 0, 0, 0, 0, 0, others=False)
    nodes = tuple(node(name, zone="zone-a") for name in "abc")
    run = profiled(*replicas(2, "p"), nodes=nodes, weights=nothing)
    assert [run.best_nodes(0).tolist() for _ in range(4)] == [[0], [1], [2], [0]]


def test_without_default_preemption_nobody_makes_room() -> None:
    low, high = pod("low", "4", priority=1), pod("high", "4", priority=2)
    nodes = (node("a", cpu="4"),)
    assert profiled(low.on("a"), high, nodes=nodes).run([1]) == [0]  # the one that had to go
    assert profiled(low.on("a"), high, nodes=nodes, preempts=False).run([1]) == [1]


def test_most_allocated_fills_one_node_before_the_next() -> None:
    nodes = tuple(node(name, cpu="4", memory="16Gi") for name in "abc")
    most = ScoringStrategy(MOST_ALLOCATED)
    pods = tuple(pod(f"p{n}", "1", "1Gi") for n in range(6))
    run = profiled(*pods, nodes=nodes, fit=most,
                   weights=ScoreWeights(node_resources_balanced_allocation=0))  # fmt: skip
    assert run.run(range(6)) == []
    assert sorted(Counter(run.cache.node_of.values()).values()) == [2, 4]
