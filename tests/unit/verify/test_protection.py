"""The judge's own reading of what protects a pod from a voluntary eviction."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.model.decision import EXPIRED, UNDERUTILIZED, Cordon, Decision, Drain
from kubestow.testing import nodeclaim, observed, owned, pod
from kubestow.verify.protection import Protection

BOTH = Protection(by_karpenter=True, by_cluster_autoscaler=True)
KARPENTER = Protection(by_karpenter=True, by_cluster_autoscaler=False)
AUTOSCALER = Protection(by_karpenter=False, by_cluster_autoscaler=True)


@pytest.mark.parametrize(
    ("terms", "by_karpenter", "by_autoscaler"),
    [
        ({}, False, False),
        ({"do_not_disrupt": True}, True, False),
        ({"safe_to_evict": False}, False, True),
        ({"safe_to_evict": True, "local_volumes": ("a",)}, False, False),
        ({"protected_seconds": 60}, True, False),
        ({"protected_seconds": 60, "started_at": 41}, True, False),
        ({"protected_seconds": 60, "started_at": 40}, False, False),
    ],
)
def test_each_annotation_counts_for_its_own_autoscaler(
    terms: dict[str, Any], by_karpenter: bool, by_autoscaler: bool
) -> None:
    item = owned(pod("a", node="n"), **terms)
    assert bool(KARPENTER.broken(item, 100)) == by_karpenter
    assert bool(AUTOSCALER.broken(item, 100)) == by_autoscaler
    assert bool(BOTH.broken(item, 100)) == (by_karpenter or by_autoscaler)
    assert not BOTH.broken(replace(item, terminating=True), 100)


def test_only_voluntary_evictions_are_judged() -> None:
    item = owned(pod("a", node="n"), do_not_disrupt=True)
    (said,) = BOTH.evicted(item, UNDERUTILIZED, 0)
    assert said == (
        "pod default/a was evicted (Underutilized) although it has karpenter.sh/do-not-disrupt"
    )
    assert list(BOTH.evicted(item, EXPIRED, 0)) == []


def test_a_disruption_is_judged_where_it_begins() -> None:
    pods = [owned(pod("a", node="n"), protected_seconds=60, started_at=0)]
    state = observed([nodeclaim("n"), nodeclaim("m")], pods, at=59)
    for action in (Drain("n", UNDERUTILIZED), Cordon("n", UNDERUTILIZED)):
        (said,) = BOTH.begun(state, Decision((action,)), ())
        assert said.startswith("node n is disrupted (Underutilized): pod default/a has")
        assert list(BOTH.begun(state, Decision((action,)), {"n"})) == []
        assert list(BOTH.begun(replace(state, at=60), Decision((action,)), ())) == []
    assert list(BOTH.begun(state, Decision((Drain("n", EXPIRED),)), ())) == []
    assert list(BOTH.begun(state, Decision((Drain("m", UNDERUTILIZED),)), ())) == []


def test_safe_to_evict_on_a_pod_that_drains_leave_is_not_broken() -> None:
    daemon = replace(owned(pod("a"), safe_to_evict=False), daemonset="default/agent")
    static = owned(pod("a"), kind="Node", safe_to_evict=False)
    assert not BOTH.broken(daemon, 0)
    assert not BOTH.broken(static, 0)
