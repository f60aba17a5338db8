"""Who makes room for whom."""

from functools import partial
from typing import Any

import numpy as np
import pytest

from kubestow.model.node import Node
from kubestow.model.pod import HostPort, Pod
from kubestow.model.selectors import LabelSelector
from kubestow.model.snapshot import Cluster, DisruptionBudget
from kubestow.scheduling.cycle import Cycle
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.preemption import Preemption
from kubestow.scheduling.scheduler_cache import build_cache
from kubestow.testing import node, pod, selector

A, B = node("a", cpu="1"), node("b", cpu="1")
PORT = (HostPort("0.0.0.0", "TCP", 80),)


def on(name: str, where: str, cpu: str = "600m", priority: int = 0, **facts: Any) -> Pod:
    return pod(name, cpu, node=where, priority=priority, **facts)


def evicted(
    incoming: Pod,
    *there: Pod,
    nodes: tuple[Node, ...] = (A, B),
    budgets: tuple[DisruptionBudget, ...] = (),
    seed: int = 0,
) -> tuple[str, str]:
    """Return where the pod may go, "" if nowhere, and who is to be evicted for it."""
    cache = build_cache(Cluster(pods=(incoming, *there), nodes=nodes, disruption_budgets=budgets))
    best = Cycle(cache).best_nodes(0)
    if len(best):
        return nodes[int(best[0])].name, ""
    before = (cache.free.tolist(), dict(cache.node_of), dict(cache.by_priority))
    preemption = Preemption(cache, partial(PodContext, cache), np.random.default_rng(seed))
    found = preemption.find(0, ())
    assert (cache.free.tolist(), dict(cache.node_of), dict(cache.by_priority)) == before
    if found is None:
        return "", ""
    return nodes[found[0]].name, " ".join(cache.cluster.pods[pod].name for pod in found[1])


HIGH = pod("high", "600m", priority=10)
SHY = pod("high", "600m", priority=10, preempts=False)
ROOM: list[tuple[str, Pod, tuple[Pod, ...], tuple[str, str]]] = [
    ("nobody, where there is room", HIGH, (on("one", "a", "400m"), on("two", "b")), ("a", "")),
    ("the pod of lowest priority", HIGH, (on("one", "a", priority=2), on("two", "b", priority=1)),
     ("b", "two")),
    ("the one of several on its node", HIGH,
     (on("one", "a", "300m", 2), on("two", "a", "300m", 1), on("three", "b", "900m", 5)),
     ("a", "two")),
    ("as few as will do", HIGH,
     (on("one", "a", "500m", 1), on("two", "a", "500m", 1), on("three", "b", "900m", 1)),
     ("b", "three")),
    ("one of a higher priority rather than any of the highest", HIGH,
     (on("one", "a", "500m", 3), on("two", "a", "500m", 1), on("three", "b", "900m", 2)),
     ("b", "three")),
    ("not one of the same priority", HIGH, (on("one", "a", priority=10), on("two", "b", "500m",
     10)), ("", "")),
    ("nobody for a pod that preempts never", SHY, (on("one", "a"), on("two", "b")), ("", "")),
    ("nobody for a pod that would not fit all the same", pod("high", "2", priority=10),
     (on("one", "a"), on("two", "b")), ("", "")),
    ("nobody where those of the same priority fill what would be left", HIGH,
     (on("one", "a", "500m", 10), on("two", "a", "400m", 1), on("three", "b", "900m", 10)),
     ("", "")),
    ("the holder of a port", pod("high", "100m", priority=10, host_ports=PORT),
     (on("one", "a", "100m", host_ports=PORT), on("two", "a", "100m"),
      on("three", "b", "100m", 10, host_ports=PORT)), ("a", "one")),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "incoming", "there", "expected"), ROOM)
def test_room_is_made_by(
    sentence: str, incoming: Pod, there: tuple[Pod, ...], expected: tuple[str, str]
) -> None:
    assert evicted(incoming, *there) == expected, sentence


def test_whom_there_is_room_for_after_all_stays_the_most_important_first() -> None:
    there = (on("a1", "a", "300m", 1), on("a2", "a", "300m", 2), on("a3", "a", "300m", 3))
    assert evicted(pod("high", "400m", priority=9), *there, nodes=(A,)) == ("a", "a1")
    assert evicted(HIGH, *there, nodes=(A,)) == ("a", "a2 a1")


def test_a_pod_that_no_taint_or_selector_lets_in_evicts_nobody() -> None:
    picky = pod("high", "600m", priority=10, node_selector=(("disk", "fast"),))
    assert evicted(picky, on("one", "a"), on("two", "b")) == ("", "")


# --- disruption budgets -------------------------------------------------------------------------

WEB = {"app": "web"}


def budget(allowed: int = 0, namespace: str = "default", **labels: str) -> DisruptionBudget:
    return DisruptionBudget(namespace, "budget", selector(**labels), allowed)


PROTECTED = (on("one", "a", priority=1, labels=WEB), on("two", "b", priority=5))
BUDGETS = [
    ("is left alone though it matters less", (budget(app="web"),), ("b", "two")),
    ("may go while the budget lasts", (budget(1, app="web"),), ("a", "one")),
    ("may go if the budget is another's", (budget(app="db"),), ("a", "one")),
    ("may go if it is another namespace's", (budget(namespace="x", app="web"),), ("a", "one")),
    ("may go if the budget is of nobody", (DisruptionBudget("default", "b"),), ("a", "one")),
    ("may go if its selector is empty", (DisruptionBudget("default", "b", LabelSelector()),),
     ("a", "one")),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "budgets", "expected"), BUDGETS)
def test_a_pod_that_a_budget_protects(
    sentence: str, budgets: tuple[DisruptionBudget, ...], expected: tuple[str, str]
) -> None:
    assert evicted(HIGH, *PROTECTED, budgets=budgets) == expected, sentence


def test_a_budget_is_broken_where_nothing_else_makes_room() -> None:
    assert evicted(HIGH, PROTECTED[0], nodes=(A,), budgets=(budget(app="web"),)) == ("a", "one")


def test_the_protected_are_let_back_before_more_important_ones() -> None:
    there = (on("one", "a", "400m", 1, labels=WEB), on("two", "a", "400m", 5))
    assert evicted(pod("high", "400m", priority=9), *there, nodes=(A,)) == ("a", "one")
    kept = (budget(app="web"),)
    found = evicted(pod("high", "400m", priority=9), *there, nodes=(A,), budgets=kept)
    assert found == ("a", "two")


# --- in the cycle -------------------------------------------------------------------------------


def test_an_evicted_pod_goes_where_there_is_room_for_it() -> None:
    pods = (pod("high", "800m", priority=10), on("low", "a", "300m"), on("full", "b", "600m", 10))
    cache = build_cache(Cluster(pods=pods, nodes=(A, B)))
    assert Cycle(cache).run([0]) == []
    assert {pods[pod].name: (A, B)[node].name for pod, node in cache.node_of.items()} == {
        "high": "a", "low": "b", "full": "b",
    }  # fmt: skip


def test_an_evicted_pod_that_finds_no_room_is_pending() -> None:
    pods = (pod("high", "800m", priority=10), on("low", "a"))
    cache = build_cache(Cluster(pods=pods, nodes=(A,)))
    assert Cycle(cache).run([0]) == [1]


def test_an_evicted_pod_makes_room_for_itself_in_turn() -> None:
    pods = (HIGH, on("middle", "a", priority=5), on("low", "b", priority=1))
    picky = pod("high", "600m", priority=10, node_selector=(("kubernetes.io/hostname", "a"),))
    cache = build_cache(Cluster(pods=(picky, *pods[1:]), nodes=(A, B)))
    assert Cycle(cache).run([0]) == [2]
    assert cache.node_of == {0: 0, 1: 1}


@pytest.mark.parametrize("seed", range(5))
def test_among_equals_whoever_came_last_goes(seed: int) -> None:
    """The most important victim of each node is compared by when it started."""
    pods = (HIGH, on("one", ""), on("two", ""))
    cache = build_cache(Cluster(pods=pods, nodes=(A, B)))
    run = Cycle(cache, seed)
    assert run.run([1, 2]) == []
    last = run.bound[-1]
    assert run.run([0]) == [last]
