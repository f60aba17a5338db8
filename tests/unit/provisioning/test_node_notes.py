"""Notes on a plan's new nodes, made again where the nodes change."""

from dataclasses import replace

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.node_notes import node_notes, renoted
from kubestow.testing import GENERAL, catalog, instance_type, node, pod, replicas, snapshot

BURSTABLE = replace(instance_type("t3.large", 2, 8), burstable=True)
SOLD = catalog((BURSTABLE, 0.01), *GENERAL)


def planned(state: Snapshot) -> tuple[Plan, tuple[str, ...]]:
    plan = engine.plan(state)
    return plan, node_notes(state, plan.nodes)


def test_an_ordinary_plan_has_none() -> None:
    assert planned(snapshot([pod("p")]))[1] == ()


def test_pods_on_arm64_that_name_no_architecture_are_counted() -> None:
    arm = catalog((instance_type("m7g.large", 2, 8, architecture="arm64"), 0.08))
    (note,) = planned(snapshot([pod("p")], catalog_of=arm))[1]
    assert note.startswith("1 pod without a required architecture planned on arm64")
    named = pod("p", node_selector=((names.ARCH, "arm64"),))
    assert planned(snapshot([named], catalog_of=arm))[1] == ()


def test_burstable_nodes_are_counted_if_they_are_new() -> None:
    plan, (note,) = planned(snapshot([pod("p")], catalog_of=SOLD))
    assert note.startswith("1 new node of burstable (t) types")
    assert plan.assumptions[-1] == note
    there = node("n", labels={names.INSTANCE_TYPE: "t3.large"})
    assert planned(snapshot([pod("p")], nodes=(there,), catalog_of=SOLD))[1] == ()


def test_a_plan_with_other_nodes_counts_those_and_keeps_its_other_notes() -> None:
    state = snapshot([pod("p")], catalog_of=SOLD)
    before, (stale,) = planned(state)
    more = tuple(replace(n, name=f"again-{i}") for i in range(2) for n in before.nodes)
    noted = replace(before, assumptions=("an assumption", stale))
    found = renoted(state, replace(noted, nodes=(*before.nodes, *more)), noted)
    assert [text.split(" of ")[0] for text in found.assumptions] == [
        "an assumption", "3 new nodes",
    ]  # fmt: skip


def test_a_mended_plan_counts_the_burstable_nodes_that_it_ends_with() -> None:
    sold = catalog(*((replace(kind, burstable=True), price) for kind, price in GENERAL))
    pods = (*replicas(30, "lean", "500m", "256Mi"), *replicas(20, "rich", "150m", "1800Mi"),
            *replicas(3, "huge", "3", "10Gi"))  # fmt: skip
    state = snapshot(pods, catalog_of=sold)
    plan = engine.plan(state, work_limit=100)
    mended = engine.rehearse(state, plan)
    assert mended.nodes != plan.nodes
    assert mended.assumptions[-1].startswith(f"{len(mended.nodes)} new nodes of burstable")
    assert len(mended.assumptions) == len(plan.assumptions)
