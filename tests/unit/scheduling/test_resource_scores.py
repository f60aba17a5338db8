"""Strategies of NodeResourcesFit and resources of BalancedAllocation, by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kubestow.model.pod import Pod, Preferences
from kubestow.model.resources import amounts
from kubestow.model.scheduler_profile import (
    LEAST_ALLOCATED,
    MOST_ALLOCATED,
    REQUESTED_TO_CAPACITY_RATIO,
    SchedulerProfile,
    SchedulerProfiles,
    ScoreWeights,
    ScoringStrategy,
)
from kubestow.model.snapshot import Cluster
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.resource_scores import resource_scores
from kubestow.scheduling.scheduler_cache import build_cache
from kubestow.testing import node, pod

GPU, STORAGE = "example.com/gpu", "ephemeral-storage"
GIB = 2**30
NODE = node("a", "4", "16Gi")
FIT, BALANCED = ScoreWeights(node_resources_balanced_allocation=0), ScoreWeights(
    node_resources_fit=0
)  # fmt: skip
ONE = (("cpu", 1),)


def score(
    incoming: Pod, *there: Pod, weights: ScoreWeights = FIT, has: Any = (), **profile: Any
) -> int:
    """Return the score of the only node, which ``has`` these amounts beside cpu and memory."""
    where = replace(NODE, allocatable=amounts({**dict(NODE.allocatable), **dict(has)}))
    own = SchedulerProfile(weights=weights, **profile)
    cluster = Cluster(
        pods=(incoming, *there), nodes=(where,), scheduler_profiles=SchedulerProfiles((own,))
    )
    cache = build_cache(cluster)
    value = resource_scores(PodContext(cache, cache.kind_of[0]))()
    return int(value[0])


def asking(name: str = "p", on: str = "", **requests: int) -> Pod:
    """Return a pod that asks for millicpu, GiB, and more by other names."""
    named = {"cpu": requests.pop("cpu", 0), "memory": requests.pop("memory", 0) * GIB}
    more = {GPU: requests.pop("gpu", 0), STORAGE: requests.pop("storage", 0) * GIB}
    found = pod(name, node=on)
    return replace(found, template=replace(found.template, requests=amounts({**named, **more})))


def fit(kind: str, *resources: tuple[str, int], shape: Any = ()) -> dict[str, Any]:
    return {"fit": ScoringStrategy(kind, resources or ScoringStrategy().resources, shape)}


STRATEGIES = [
    ("most: a half of the cpu, a quarter of the memory", asking(cpu=2000, memory=4),
     fit(MOST_ALLOCATED), {}, 37),
    ("most: cpu counts three times", asking(cpu=2000, memory=4),
     fit(MOST_ALLOCATED, ("cpu", 3), ("memory", 1)), {}, (3 * 50 + 25) // 4),
    ("most: beyond what there is counts as all of it", asking(cpu=5000, memory=4),
     fit(MOST_ALLOCATED), {}, (100 + 25) // 2),
    ("least: beyond what there is counts as nothing left", asking(cpu=5000, memory=4),
     fit(LEAST_ALLOCATED, ("cpu", 1), ("memory", 2)), {}, (0 + 2 * 75) // 3),
    ("a resource may come twice", asking(cpu=1000),
     fit(MOST_ALLOCATED, ("cpu", 1), ("memory", 1), ("cpu", 2)), {}, (25 + 0 + 50) // 4),
    ("a device counts if it is asked for", asking(cpu=1000, gpu=1),
     fit(MOST_ALLOCATED, ("cpu", 1), (GPU, 3)), {GPU: 2}, (25 + 3 * 50) // 4),
    ("but not if it is not", asking(cpu=1000),
     fit(MOST_ALLOCATED, ("cpu", 1), (GPU, 3)), {GPU: 2}, 25),
    ("nor where the node has none", asking(cpu=1000, gpu=1),
     fit(MOST_ALLOCATED, ("cpu", 1), (GPU, 3)), {}, 25),
    ("ephemeral storage counts, asked for or not", asking(cpu=1000),
     fit(LEAST_ALLOCATED, ("cpu", 1), (STORAGE, 1)), {STORAGE: 10 * GIB}, (75 + 100) // 2),
    ("and is added up", asking(cpu=1000, storage=1),
     fit(LEAST_ALLOCATED, ("cpu", 1), (STORAGE, 1)), {STORAGE: 10 * GIB}, (75 + 90) // 2),
    ("pod slots do not count", asking(cpu=1000),
     fit(MOST_ALLOCATED, ("cpu", 1), ("pods", 50)), {}, 25),
    ("nothing that counts is nothing", asking(cpu=1000), fit(MOST_ALLOCATED, (GPU, 1)), {}, 0),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "incoming", "profile", "has", "expected"), STRATEGIES)
def test_strategies_by_hand(
    sentence: str, incoming: Pod, profile: Any, *, has: Any, expected: int
) -> None:
    assert score(incoming, has=has, **profile) == expected, sentence


UP, DOWN = ((0, 0), (100, 10)), ((10, 10), (90, 0))
SHAPES = [
    ("a line that rises", asking(cpu=1000), UP, ONE, 25),
    ("before its first point", asking(cpu=0), DOWN, ONE, 100),
    ("a line that falls is cut off towards zero", asking(cpu=1000), DOWN, ONE, 100 - 18),
    ("after its last point", asking(cpu=4000), DOWN, ONE, 0),
    ("on a point", asking(cpu=2000), ((0, 0), (50, 7), (100, 2)), ONE, 70),
    ("a single point", asking(cpu=2000), ((50, 3),), ONE, 30),
    ("beyond what there is counts as 100 %", asking(cpu=9000), UP, ONE, 100),
    ("resources without a score are left out", asking(cpu=1000), UP, (*ONE, ("memory", 1)), 25),
    ("the mean is rounded, a half up", asking(cpu=1000, memory=4),
     ((0, 0), (25, 5)), (("cpu", 1), ("memory", 1)), 50),
    ("and so is a half of one", asking(cpu=2000, memory=6),
     UP, (("cpu", 1), ("memory", 1)), 44),  # 50 and 37
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "incoming", "shape", "resources", "expected"), SHAPES)
def test_requested_to_capacity_ratio_by_hand(
    sentence: str, incoming: Pod, shape: Any, *, resources: Any, expected: int
) -> None:
    profile = fit(REQUESTED_TO_CAPACITY_RATIO, *resources, shape=shape)
    assert score(incoming, **profile) == expected, sentence


def test_containers_without_requests_count_by_their_defaults_in_any_strategy() -> None:
    soft = Preferences(defaulted=(400, 0), defaulted_bound=(800, 0))
    incoming, there = asking("p"), asking("there", "a")
    incoming = replace(incoming, template=replace(incoming.template, preferences=soft))
    there = replace(there, template=replace(there.template, preferences=soft))
    assert score(incoming, there, **fit(MOST_ALLOCATED, *ONE)) == 30


BALANCES = [
    ("two: half the difference", asking(cpu=1000, memory=8), ("memory", "cpu"), {}, 87),
    ("one is as even as can be", asking(cpu=1000), ("cpu",), {}, 100),
    ("three: the standard deviation", asking(cpu=1000, memory=8, storage=9),
     ("cpu", "memory", STORAGE), {STORAGE: 12 * GIB}, 79),  # of 1/4, 1/2 and 3/4: 0.2041
    ("a device that is not asked for is left out", asking(cpu=1000, memory=8),
     ("cpu", GPU, "memory"), {GPU: 4}, 87),
    ("a device that is asked for is not", asking(cpu=1000, memory=8, gpu=3),
     ("cpu", GPU, "memory"), {GPU: 4}, 79),
    ("a pod that asks for none of them is not balanced", asking(memory=8), ("cpu",), {}, 0),
    ("a slot is no request", asking(memory=8), ("pods",), {}, 0),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "incoming", "names", "has", "expected"), BALANCES)
def test_balance_by_hand(
    sentence: str, incoming: Pod, names: Any, *, has: Any, expected: int
) -> None:
    assert score(incoming, weights=BALANCED, has=has, balanced=names) == expected, sentence


def test_both_are_weighted() -> None:
    weights = ScoreWeights(node_resources_fit=3, node_resources_balanced_allocation=5)
    own = score(asking(cpu=1000, memory=8), weights=weights, **fit(MOST_ALLOCATED))
    assert own == 3 * ((25 + 50) // 2) + 5 * 87


def test_the_default_profile_by_its_own_path_scores_as_the_general_one_does() -> None:
    """Weights of 7 and 7 leave the quick path; the sums are seven times those of 1 and 1."""
    random = np.random.default_rng(3)
    nodes = tuple(node(f"n{n}", str(n % 5), f"{n % 7}Gi") for n in range(40))
    pods = [
        replace(asking(f"p{n}", nodes[n % 40].name if n % 3 else ""), template=replace(
            asking().template, requests=amounts(
                {"cpu": int(random.integers(3000)), "memory": int(random.integers(3 * GIB))})))
        for n in range(60)
    ]  # fmt: skip
    seven = ScoreWeights(node_resources_fit=7, node_resources_balanced_allocation=7)

    def values(weights: ScoreWeights) -> list[Any]:
        profiles = SchedulerProfiles((SchedulerProfile(weights=weights),))
        cache = build_cache(Cluster(pods=tuple(pods), nodes=nodes, scheduler_profiles=profiles))
        return [
            resource_scores(PodContext(cache, number))().copy()
            for number in range(len(cache.kinds))
        ]

    for quick, general in zip(values(ScoreWeights()), values(seven), strict=True):
        assert (7 * quick == general).all()


def test_scores_follow_the_pods_that_come_and_go() -> None:
    profiles = SchedulerProfiles((SchedulerProfile(weights=FIT, **fit(MOST_ALLOCATED, *ONE)),))
    nodes = (NODE, node("b", "4", "16Gi"), node("c", "4", "16Gi"))
    pods = (asking(cpu=1000), asking("q", cpu=2000))
    cache = build_cache(Cluster(pods=pods, nodes=nodes, scheduler_profiles=profiles))
    scores = resource_scores(PodContext(cache, cache.kind_of[0]))
    assert scores().tolist() == [25, 25, 25]
    cache.add(1, 1)
    assert scores().tolist() == [25, 75, 25]
    cache.remove(1)
    assert scores().tolist() == [25, 25, 25]
