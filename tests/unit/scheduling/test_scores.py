"""Scores by hand: what each plugin adds, times its weight, where all else is equal."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kubestow.model import labels as names
from kubestow.model.node import Node
from kubestow.model.pod import Pod, Preferences
from kubestow.model.scheduler_profile import (
    DEFAULT_PROFILE,
    MOST_ALLOCATED,
    AddedAffinity,
    DefaultSpread,
    SchedulerProfile,
    SchedulerProfiles,
    ScoreWeights,
    ScoringStrategy,
)
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster, Service
from kubestow.model.taints import Taint, Toleration
from kubestow.scheduling.cycle import Cycle
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.scheduler_cache import build_cache
from kubestow.scheduling.scores import Scorer
from kubestow.testing import affinity_term, node, pod, spread

A, B, C = (node(name, zone=f"zone-{name}") for name in "abc")
SOFT = Taint("soft", "", "PreferNoSchedule")
MIB = 2**20
WEB, DB = {"app": "web"}, {"app": "db"}


def idle(name: str, on: str = "", labels: Any = None, **facts: Any) -> Pod:
    """Return a pod that asks for nothing: then LeastAllocated is 100 wherever nothing runs."""
    found = pod(name, labels=labels, node=on, **facts)
    return replace(found, template=replace(found.template, requests=()))


def preferring(name: str = "p", on: str = "", labels: Any = None, **soft: Any) -> Pod:
    found = idle(name, on, labels)
    return replace(found, template=replace(found.template, preferences=Preferences(**soft)))


def scores(
    incoming: Pod,
    *there: Pod,
    nodes: tuple[Node, ...] = (A, B),
    services: tuple[Service, ...] = (),
    profile: SchedulerProfile = DEFAULT_PROFILE,
) -> list[int]:
    cluster = Cluster(
        pods=(incoming, *there),
        nodes=nodes,
        services=services,
        scheduler_profiles=SchedulerProfiles((profile,)),
    )
    cache = build_cache(cluster)
    found: list[int] = (
        Scorer(PodContext(cache, cache.kind_of[0])).scores(np.arange(len(nodes))).tolist()
    )
    return found


def above(*arguments: Any, **options: Any) -> list[int]:
    """Return how much better each node is than the worst."""
    found = scores(*arguments, **options)
    return [score - min(found) for score in found]


# --- LeastAllocated and BalancedAllocation ------------------------------------------------------

RESOURCES = [
    # least = mean of what is left, in hundredths rounded down; balanced = 100 (1 - |x - y| / 2)
    ("a quarter of both", node("n", "4", "16Gi"), "1", "4Gi", "", "", 75 + 100),
    ("half the cpu, a quarter of the memory", node("n", "2", "16Gi"), "1", "4Gi", "", "", 62 + 87),
    ("all of it", node("n", "1", "4Gi"), "1", "4Gi", "", "", 0 + 100),
    ("all cpu, no memory to speak of", node("n", "1", "10Gi"), "1", "1", "", "", 49 + 50),
    ("thirds are rounded down", node("n", "3", "3Gi"), "1", "1Gi", "", "", 66 + 100),
    ("beside what is there", node("n", "4", "16Gi"), "1", "4Gi", "1", "4Gi", 50 + 100),
    ("beside what leans to cpu", node("n", "4", "16Gi"), "1", "4Gi", "2", "4Gi", 37 + 87),
]


@pytest.mark.parametrize(
    ("sentence", "where", "cpu", "memory", "cpu_there", "memory_there", "expected"), RESOURCES
)  # fmt: skip
def test_resources_by_hand(
    sentence: str, where: Node, cpu: str, memory: str, cpu_there: str, *,
    memory_there: str, expected: int,
) -> None:  # fmt: skip
    there = (pod("there", cpu_there, memory_there, node="n"),) if cpu_there else ()
    assert scores(pod("p", cpu, memory), *there, nodes=(where,)) == [expected], sentence


def test_a_pod_that_asks_for_nothing_is_not_balanced() -> None:
    assert scores(idle("p"), pod("there", "2", "4Gi", node="a"), nodes=(A, B)) == [62, 100]


def test_containers_without_requests_count_by_their_defaults_where_they_are_scored() -> None:
    """cpu 400m of 4 and nothing else: (90 + 100) / 2; nothing is requested, so no balance."""
    assert scores(preferring(defaulted=(400, 0), defaulted_bound=(0, 0)), nodes=(A,)) == [95]


def test_a_pod_there_counts_by_its_defaults_on_a_node() -> None:
    there = preferring("there", "a", defaulted=(0, 0), defaulted_bound=(2000, 0))
    assert scores(idle("p"), there, nodes=(A, B)) == [75, 100]


# --- taints, node affinity, images --------------------------------------------------------------


def test_each_soft_taint_that_is_not_tolerated_makes_a_node_worse() -> None:
    two = node("c", taints=[SOFT, Taint("other", "", "PreferNoSchedule")])
    nodes = (A, node("b", taints=[SOFT]), two)
    assert above(idle("p"), nodes=nodes) == [3 * 100, 3 * 50, 0]
    tolerant = idle("p", tolerations=(Toleration("soft", "Exists"),))
    assert above(tolerant, nodes=nodes) == [3 * 100, 3 * 100, 0]


def test_a_toleration_of_another_effect_does_not_soothe() -> None:
    wrong = idle("p", tolerations=(Toleration("soft", "Exists", "", "NoSchedule"),))
    assert above(wrong, nodes=(A, node("b", taints=[SOFT]))) == [300, 0]


def zoned(zone: str) -> NodeSelectorTerm:
    return NodeSelectorTerm((SelectorRequirement(names.ZONE, "In", (zone,)),))


def test_preferred_node_affinity_adds_up_weights_against_the_best_node() -> None:
    preferred = ((1, zoned("zone-a")), (2, zoned("zone-b")), (1, zoned("zone-b")))
    found = above(preferring(node_affinity=preferred), nodes=(A, B, C))
    assert found == [2 * 33, 2 * 100, 0]


def test_an_empty_preferred_term_and_one_without_weight_are_passed_over() -> None:
    preferred = ((5, NodeSelectorTerm()), (0, zoned("zone-a")))
    assert above(preferring(node_affinity=preferred)) == [0, 0]


def test_an_image_that_is_there_counts_by_its_size_and_how_many_nodes_have_it() -> None:
    nodes = (replace(A, images=(("app:1", 1000 * MIB),)), B)
    # half of the nodes have it: 500 MiB, between 23 (nothing) and 1000 (best) for one container
    assert above(preferring(images=("app:1",)), nodes=nodes) == [48, 0]
    small = (replace(A, images=(("app:1", 40 * MIB),)), B)
    assert above(preferring(images=("app:1",)), nodes=small) == [0, 0]
    assert above(preferring(images=("other:1",)), nodes=nodes) == [0, 0]


# --- spread -------------------------------------------------------------------------------------


def test_schedule_anyway_prefers_the_node_with_fewer() -> None:
    incoming = preferring(labels=WEB, spread=(spread(names.HOSTNAME, app="web"),))
    there = [idle(f"w{n}", "a", WEB) for n in range(2)]
    assert above(incoming, *there) == [0, 2 * 100]


def test_schedule_anyway_says_nothing_of_a_node_without_the_key() -> None:
    racked = node("r", labels={"rack": "1"})
    incoming = preferring(labels=WEB, spread=(spread("rack", app="web"),))
    assert above(incoming, nodes=(racked, B)) == [2 * 100, 0]


def test_pods_of_a_service_are_spread_over_nodes_and_zones_by_default() -> None:
    same_zone = (node("a"), node("b"))
    there = [idle(f"w{n}", "a", WEB) for n in range(2)]
    web = Service("default", (("app", "web"),))
    # hostname: ln(2 + 2) a pod + 2; zone: ln(1 + 2) a pod + 4; 11 and 8 when rounded
    assert above(idle("p", labels=WEB), *there, nodes=same_zone, services=(web,)) == [
        0,
        2 * (100 * (11 + 8 - 8) // 11 - 100 * (11 + 8 - 11) // 11),
    ]


NO_DEFAULTS = [
    ("there is no Service", idle("p", labels=WEB), ()),
    ("the Service is another's", idle("p", labels=WEB), (Service("default", (("app", "db"),)),)),
    ("it is in another namespace", idle("p", labels=WEB), (Service("other", (("app", "web"),)),)),
    ("the pod has a constraint of its own",
     idle("p", labels=WEB, spread=(spread(names.HOSTNAME, 9, app="web"),)),
     (Service("default", (("app", "web"),)),)),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "incoming", "services"), NO_DEFAULTS)
def test_nothing_is_spread_by_default_where(
    sentence: str, incoming: Pod, services: tuple[Service, ...]
) -> None:
    there = [idle(f"w{n}", "a", WEB) for n in range(2)]
    assert above(incoming, *there, services=services) == [0, 0], sentence


# --- other pods ---------------------------------------------------------------------------------

NEAR_WEB = affinity_term(names.ZONE, app="web")
NEAR_DB = affinity_term(names.ZONE, app="db")
PULLS = [
    ("a pod is drawn to whom it prefers",
     preferring(affinity=((10, NEAR_DB),)), idle("db", "a", DB), [200, 0]),
    ("and kept from whom it would rather not meet",
     preferring(anti_affinity=((10, NEAR_DB),)), idle("db", "a", DB), [0, 200]),
    ("a pod there draws whom it prefers",
     idle("p", labels=WEB), preferring("db", "a", DB, affinity=((1, NEAR_WEB),)), [200, 0]),
    ("and keeps off whom it would rather not meet",
     idle("p", labels=WEB), preferring("db", "a", DB, anti_affinity=((1, NEAR_WEB),)), [0, 200]),
    ("a pod there draws whom it requires",
     idle("p", labels=WEB), idle("db", "a", DB, affinity=(NEAR_WEB,)), [200, 0]),
    ("but not whom it knows nothing of",
     idle("p", labels=DB), idle("db", "a", DB, affinity=(NEAR_WEB,)), [0, 0]),
    ("its own required affinity draws a pod nowhere",
     idle("p", labels=WEB, affinity=(NEAR_DB,)), idle("db", "a", DB), [0, 0]),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "incoming", "there", "expected"), PULLS)
def test_other_pods(sentence: str, incoming: Pod, there: Pod, expected: list[int]) -> None:
    assert above(incoming, there) == expected, sentence


def test_pulls_are_measured_between_the_strongest_and_the_weakest() -> None:
    incoming = preferring(affinity=((10, NEAR_DB),), anti_affinity=((5, NEAR_WEB),))
    there = (idle("db", "a", DB), idle("w", "b", WEB))
    assert above(incoming, *there, nodes=(A, B, C)) == [2 * 100, 0, 2 * 33]


# --- another profile ----------------------------------------------------------------------------


def test_plugins_count_by_the_weights_of_the_profile() -> None:
    weights = ScoreWeights(taint_toleration=10, node_affinity=20, inter_pod_affinity=30)
    profile = SchedulerProfile(weights=weights)
    assert above(idle("p"), nodes=(A, node("b", taints=[SOFT])), profile=profile) == [1000, 0]
    liked = preferring(node_affinity=((1, zoned("zone-b")),))
    assert above(liked, profile=profile) == [0, 2000]
    drawn = preferring(affinity=((10, NEAR_DB),))
    assert above(drawn, idle("db", "a", DB), profile=profile) == [3000, 0]


def test_a_plugin_that_is_off_does_not_count() -> None:
    off = SchedulerProfile(
        weights=ScoreWeights(
            taint_toleration=0, node_affinity=0, pod_topology_spread=0, inter_pod_affinity=0,
            image_locality=0,
        )
    )  # fmt: skip
    nodes = (replace(A, images=(("app:1", 1000 * MIB),)), node("b", taints=[SOFT]))
    everything = preferring(
        labels=WEB,
        node_affinity=((1, zoned("zone-a")),),
        affinity=((10, NEAR_DB),),
        spread=(spread(names.HOSTNAME, app="web"),),
        images=("app:1",),
    )
    there = (idle("db", "a", DB), idle("w", "a", WEB))
    assert above(everything, *there, nodes=nodes) != [0, 0]
    assert above(everything, *there, nodes=nodes, profile=off) == [0, 0]


def test_the_profile_prefers_nodes_for_every_pod() -> None:
    added = AddedAffinity(preferred=((10, zoned("zone-a")), (0, zoned("zone-b"))))
    profile = SchedulerProfile(added_affinity=added)
    assert above(idle("p"), profile=profile) == [200, 0]
    own = preferring(node_affinity=((20, zoned("zone-b")),))
    assert above(own, profile=profile) == [0, 200 - 100]


def test_a_profile_without_default_spread_spreads_nothing_by_default() -> None:
    profile = SchedulerProfile(default_spread=DefaultSpread((), (), is_systems=False))
    there = [idle(f"w{n}", "a", WEB) for n in range(2)]
    web = (Service("default", (("app", "web"),)),)
    assert above(idle("p", labels=WEB), *there, services=web) != [0, 0]
    assert above(idle("p", labels=WEB), *there, services=web, profile=profile) == [0, 0]


def test_required_affinity_of_pods_there_counts_by_hard_pod_affinity_weight() -> None:
    there = (idle("db", "a", DB, affinity=(NEAR_WEB,)),
             preferring("x", "b", DB, affinity=((4, NEAR_WEB),)))  # fmt: skip
    web = idle("p", labels=WEB)
    assert above(web, *there) == [0, 200]  # 1 against 4
    assert above(web, *there, profile=SchedulerProfile(hard_affinity_weight=40)) == [200, 0]
    none = SchedulerProfile(hard_affinity_weight=0)
    assert above(web, there[0], profile=none) == [0, 0]


def test_preferences_of_pods_there_may_be_ignored_for_pods_without_any() -> None:
    ignoring = SchedulerProfile(ignores_preferences_of_others=True)
    there = preferring("db", "a", DB, affinity=((1, NEAR_WEB),))
    assert above(idle("p", labels=WEB), there) == [200, 0]
    assert above(idle("p", labels=WEB), there, profile=ignoring) == [0, 0]
    preferring_too = preferring(labels=WEB, anti_affinity=((1, NEAR_WEB),))
    assert above(preferring_too, there, profile=ignoring) == [200, 0]


def test_a_pod_is_scored_by_the_profile_that_it_names() -> None:
    named = SchedulerProfile("packing", fit=ScoringStrategy(MOST_ALLOCATED))
    there = pod("there", "2", "4Gi", node="a")
    assert scores(preferring(), there, profile=named) == [62, 100]
    assert scores(preferring(scheduler_name="packing"), there, profile=named) == [37, 0]


# --- a pod that cannot be scored ----------------------------------------------------------------

BROKEN = NodeSelectorTerm((SelectorRequirement("cores", "Gt", ("x",)),))


@pytest.mark.parametrize(("nodes", "expected"), [((A, B), [0]), ((A,), []), ((A, C), [0])])
def test_a_preferred_term_that_cannot_be_parsed_leaves_a_pod_pending_where_several_nodes_pass(
    nodes: tuple[Node, ...], expected: list[int]
) -> None:
    broken = preferring(node_affinity=((1, BROKEN),))
    assert Cycle(build_cache(Cluster(pods=(broken,), nodes=nodes))).run([0]) == expected


def test_one_without_weight_does_no_harm() -> None:
    cache = build_cache(Cluster(pods=(preferring(node_affinity=((0, BROKEN),)),), nodes=(A, B)))
    assert Cycle(cache).run([0]) == []
