"""What a plan assumes, said with it."""

from typing import Any

from kubestow.model import labels as names
from kubestow.model.pod import Pod
from kubestow.model.resources import USD_PER_HOUR
from kubestow.model.volume import PersistentVolumeClaim
from kubestow.provisioning.plan_notes import plan_notes
from kubestow.provisioning.provision import provision
from kubestow.testing import daemonset, node, nodepool, pod, snapshot

AGENT = (daemonset("agent"),)
POOL = nodepool("p")


def notes(*pods: Pod, pools: tuple[Any, ...] = (POOL,), **facts: Any) -> tuple[str, ...]:
    facts.setdefault("daemonsets", AGENT)
    return tuple(plan_notes(provision(snapshot(pods, **facts), pools, work_limit=20).prepared))


def test_an_ordinary_plan_has_none() -> None:
    assert notes(pod("p")) == ()


def test_that_no_daemonsets_are_in_the_input_is_said() -> None:
    (note,) = notes(pod("p"), daemonsets=())
    assert note.startswith("no DaemonSets are in the input")


def test_what_the_input_assumed_is_said_again() -> None:
    assert notes(pod("p"), assumptions=("x is assumed",)) == ("x is assumed",)


def test_a_limit_that_is_not_judged_is_named() -> None:
    pool = nodepool("p", limits=(("example.com/x", 1),))
    assert notes(pod("p"), pools=(pool,)) == (
        "the limit of example.com/x of NodePool p is not judged",
    )


def test_nodes_without_a_price_are_counted_where_a_limit_is_in_dollars() -> None:
    pool = nodepool("p", limits=((USD_PER_HOUR, 10**9),))
    there = node("n", labels={names.NODEPOOL: "p"})
    (note,) = notes(pod("p"), pools=(pool,), nodes=(there,))
    assert note.startswith("existing nodes of NodePool p without a known price: 1;")


def test_a_daemonset_that_runs_nowhere_is_named() -> None:
    gated = daemonset("gated", scheduling_gates=("wait",))
    assert notes(pod("p"), daemonsets=(gated,)) == (
        "DaemonSet kube-system/gated is left out of every node: wait",
    )


def test_a_storage_class_that_is_not_in_the_input_is_named() -> None:
    claims = {("default", "c"): PersistentVolumeClaim("default", "c", "gp9")}
    (note,) = notes(pod("p", claims=("c",)), claims=claims)
    assert note.endswith("taken as EBS with WaitForFirstConsumer: gp9")
