"""Blast radius: at most a share of a workload's replicas on one node."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.pod import Pod
from kubestow.provisioning.wishes.share_per_node import with_max_share_per_node
from kubestow.testing import node, pod, replicas, selector, snapshot, spread
from kubestow.verify import judge

QUARTER = Fraction(1, 4)


def owned(pods: tuple[Pod, ...], **labels: str) -> tuple[Pod, ...]:
    return tuple(replace(p, owner_selector=selector(**labels)) for p in pods)


def web(count: int, *arguments: str, **options: object) -> tuple[Pod, ...]:
    pods = replicas(count, "web", *arguments, labels={"app": "web", "tier": "x"}, **options)
    return owned(pods, app="web")


def caps(*pods: Pod, share: Fraction = QUARTER) -> list[int]:
    amended = with_max_share_per_node(snapshot(pods), share).cluster.pods
    return [c.max_skew for p in amended for c in p.template.spread]


@pytest.mark.parametrize(("replicas", "cap"), [(2, 1), (4, 1), (7, 1), (8, 2), (40, 10)])
def test_the_cap_is_the_share_rounded_down_but_one(replicas: int, cap: int) -> None:
    assert set(caps(*web(replicas))) == {cap}


def test_the_constraint_is_the_one_a_manifest_would_have() -> None:
    amended = with_max_share_per_node(snapshot(web(8)), QUARTER)
    for found in amended.cluster.pods:
        assert found.template.spread == (spread(names.HOSTNAME, 2, app="web"),)


def test_a_single_replica_is_left_alone() -> None:
    state = snapshot((pod("web", labels={"app": "web"}), pod("bare"), pod("bare-too")))
    assert with_max_share_per_node(state, QUARTER) == state


def test_pods_without_an_owner_are_a_workload_by_their_labels() -> None:
    own = replicas(8, "web", labels={"app": "web"})
    numbered = tuple(
        replace(p, labels=(*p.labels, ("statefulset.kubernetes.io/pod-name", p.name))) for p in own
    )
    others = replicas(1, "other", labels={"app": "other"})
    elsewhere = replicas(1, "web", labels={"app": "web"}, namespace="elsewhere")
    assert caps(*numbered, *others, *elsewhere) == [2] * 8


def test_replicas_that_run_count_but_keep_their_template() -> None:
    there = tuple(
        replace(p, name=f"old-{p.name}", node_name="old", owner_selector=selector(
            **{"app": "web", "pod-template-hash": "abc"})) for p in web(4)
    )  # fmt: skip
    state = snapshot((*there, *web(4)), nodes=(node("old"),))
    amended = with_max_share_per_node(state, QUARTER)
    assert amended.cluster.pods[:4] == there
    assert all(p.template.spread == (spread(names.HOSTNAME, 2, app="web"),)
               for p in amended.cluster.pods[4:])  # fmt: skip
    plan = engine.plan(amended)
    assert judge(amended, plan, engine.pools_of(amended)) == ()
    on = {n.name: n.pods for n in plan.nodes}
    assert len(on.pop("old")) == 4  # it has more than its share already
    assert all(len(pods) <= 2 for pods in on.values())


def test_a_spread_over_nodes_that_is_there_is_tightened() -> None:
    loose, tight, zone = (
        spread(names.HOSTNAME, 5, app="web"),
        spread(names.HOSTNAME, 1, app="web"),
        spread(names.ZONE, 3, app="web"),
    )
    for own, expected in (
        ((loose,), (replace(loose, max_skew=2),)),
        ((tight,), (tight,)),
        ((zone,), (zone, spread(names.HOSTNAME, 2, app="web"))),
    ):
        amended = with_max_share_per_node(snapshot(web(8, spread=own)), QUARTER)
        assert amended.cluster.pods[0].template.spread == expected


def test_no_node_of_the_plan_has_more_and_the_plan_says_how_to_keep_it() -> None:
    state = snapshot((*web(16, "100m", "128Mi"), *replicas(3, "job", labels={"job": "a"})))
    amended = with_max_share_per_node(state, QUARTER)
    plan = engine.plan(amended)
    assert judge(amended, plan, engine.pools_of(amended)) == ()
    assert not plan.unschedulable
    for planned in plan.nodes:
        found = Counter(p.partition("/")[2].partition("-")[0] for p in planned.pods)
        assert found["web"] <= 4
        assert found["job"] <= 1
    (note,) = (line for line in plan.assumptions if "topologySpreadConstraints" in line)
    assert "at most 25 % of a workload's replicas" in note
    assert "(2 workloads)" in note
