"""Which pods each autoscaler leaves alone, until when, and in which drains."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.disruption.candidate import candidates
from kubestow.disruption.protection import (
    CLUSTER_AUTOSCALER,
    KARPENTER,
    KUBESTOW,
    Heeds,
    without_staying,
)
from kubestow.model.decision import EXPIRED, INTERRUPTED, UNDERUTILIZED
from kubestow.model.nodeclaim import Phase
from kubestow.model.pod import Pod
from kubestow.testing import nodeclaim, nodepool, observed, owned, pod

POOLS = {"pool": nodepool()}


def marked(name: str = "a", node: str = "n", **terms: Any) -> Pod:
    return owned(pod(name, node=node), **terms)


@pytest.mark.parametrize(
    ("terms", "heeding"),
    [
        ({}, []),
        ({"do_not_disrupt": True}, [KARPENTER, KUBESTOW]),
        ({"safe_to_evict": False}, [CLUSTER_AUTOSCALER, KUBESTOW]),
        ({"safe_to_evict": True}, []),
        ({"local_volumes": ("tmp",)}, []),
        ({"nano_usd": 10**9}, []),
        ({"protected_seconds": 600}, [KARPENTER, KUBESTOW]),
        ({"protected_seconds": 600, "started_at": 41}, [KARPENTER, KUBESTOW]),
        ({"protected_seconds": 600, "started_at": 40}, []),
    ],
)
def test_each_autoscaler_heeds_its_own_annotations(
    terms: dict[str, Any], heeding: list[Heeds]
) -> None:
    everybody = (KARPENTER, CLUSTER_AUTOSCALER, KUBESTOW)
    assert [heeds for heeds in everybody if heeds.protects(marked(**terms), 640)] == heeding


def test_a_pod_that_ends_already_is_not_protected() -> None:
    leaving = replace(marked(do_not_disrupt=True, safe_to_evict=False), terminating=True)
    assert not any(heeds.protects(leaving, 0) for heeds in (KARPENTER, CLUSTER_AUTOSCALER))


def test_safe_to_evict_counts_only_for_pods_that_a_drain_evicts() -> None:
    daemon = replace(marked(safe_to_evict=False), daemonset="default/agent")
    assert not CLUSTER_AUTOSCALER.protects(daemon, 0)
    assert not KUBESTOW.protects(daemon, 0)
    assert KARPENTER.protects(replace(marked(do_not_disrupt=True), daemonset="default/agent"), 0)


def test_a_node_is_free_when_the_last_of_its_pods_is_old_enough() -> None:
    young = [marked("a", protected_seconds=600, started_at=at) for at in (0, 100)]
    assert KARPENTER.ends_at([*young, marked("b")], 50) == 700
    assert KARPENTER.ends_at([*young, marked("b", do_not_disrupt=True)], 50) is None
    assert KARPENTER.ends_at([marked(protected_seconds=600)], 50) is None  # nobody knows its start
    other = marked(protected_seconds=600, started_at=0, safe_to_evict=False)
    assert (KARPENTER.ends_at([other], 50), KUBESTOW.ends_at([other], 50)) == (600, None)
    assert CLUSTER_AUTOSCALER.ends_at(young, 50) is None


def test_candidates_say_when_the_first_node_is_free_by_age() -> None:
    pods = [marked("a", "n0", protected_seconds=600, started_at=0),
            marked("b", "n1", protected_seconds=300, started_at=100),
            marked("c", "n2", do_not_disrupt=True)]  # fmt: skip
    claims = [nodeclaim(f"n{n}") for n in range(4)]
    found = candidates(observed(claims, pods, at=200), POOLS, heeds=KARPENTER)
    assert [c.name for c in found.able] == ["n3"]
    assert found.protected_until == 400
    assert found.without({"n3"}).protected_until == 400
    later = candidates(observed(claims, pods, at=400), POOLS, heeds=KARPENTER)
    assert [c.name for c in later.able] == ["n1", "n3"]
    assert later.protected_until == 600
    assert candidates(observed(claims, pods, at=200), POOLS, heeds=CLUSTER_AUTOSCALER).able


@pytest.mark.parametrize(
    ("reason", "staying"),
    [
        (UNDERUTILIZED, [KARPENTER, KUBESTOW]),
        (EXPIRED, [KARPENTER, KUBESTOW]),
        (INTERRUPTED, [KARPENTER]),
    ],
)
def test_a_protected_pod_stays_on_a_draining_node_and_nothing_is_planned_for_it(
    reason: str, staying: list[Heeds]
) -> None:
    pods = [marked("a", do_not_disrupt=True), marked("b")]
    going = nodeclaim("n", phase=Phase.DRAINING, reason=reason)
    state = observed([going], pods)
    for heeds in (KARPENTER, CLUSTER_AUTOSCALER, KUBESTOW):
        names = [item.name for item in without_staying(state, heeds).cluster.pods]
        assert names == (["b"] if heeds in staying else ["a", "b"])


def test_without_draining_nodes_a_snapshot_stays_as_it_is() -> None:
    state = observed([nodeclaim("n")], [marked("a", do_not_disrupt=True)])
    assert without_staying(state, KARPENTER) is state
