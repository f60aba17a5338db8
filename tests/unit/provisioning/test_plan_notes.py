"""What a plan assumes, said with it."""

from dataclasses import replace
from typing import Any

from kubestow.model import labels as names
from kubestow.model.pod import Pod
from kubestow.model.resources import USD_PER_HOUR
from kubestow.model.volume import PersistentVolumeClaim
from kubestow.provisioning.plan_notes import plan_notes
from kubestow.provisioning.provision import provision
from kubestow.testing import catalog, daemonset, instance_type, node, nodepool, pod, snapshot

AGENT = (daemonset("agent"),)
POOL = nodepool("p")


def notes(*pods: Pod, pools: tuple[Any, ...] = (POOL,), **facts: Any) -> tuple[str, ...]:
    facts.setdefault("daemonsets", AGENT)
    return plan_notes(provision(snapshot(pods, **facts), pools, work_limit=20))


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


def test_pods_on_arm64_that_name_no_architecture_are_counted() -> None:
    arm = catalog((instance_type("m7g.large", 2, 8, architecture="arm64"), 0.08))
    (note,) = notes(pod("p"), catalog_of=arm)
    assert note.startswith("1 pod without a required architecture planned on arm64")
    named = pod("p", node_selector=((names.ARCH, "arm64"),))
    assert notes(named, catalog_of=arm) == ()


def test_burstable_nodes_are_counted() -> None:
    shape = replace(instance_type("t3.large", 2, 8), burstable=True)
    (note,) = notes(pod("p"), catalog_of=catalog((shape, 0.08)))
    assert note.startswith("1 new node of burstable (t) types")
