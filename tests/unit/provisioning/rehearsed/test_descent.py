"""Cheaper fleets that strand nothing, found by exchanging nodes."""

from dataclasses import replace

import pytest

from kubestow import engine
from kubestow.model.plan import PlannedNode
from kubestow.model.reporter import SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.assemble import empty_nodes
from kubestow.provisioning.preparation.prepared_snapshot import prepare
from kubestow.provisioning.rehearsed.descent import Descent
from kubestow.provisioning.rehearsed.fleet_nodes import Nodes, cost_of
from kubestow.provisioning.rehearsed.mending import Mender
from kubestow.testing import catalog, instance_type, node, nodepool, replicas, snapshot

SMALL, LARGE = instance_type("c5.large", 2, 4), instance_type("c5.xlarge", 4, 8)
SOLD = catalog((SMALL, 0.085), (LARGE, 0.17), zones=("a",))
STATE = snapshot(
    replicas(12, "web", "800m", "512Mi"), catalog_of=SOLD, nodepools=(nodepool("pool"),)
)


def palette(state: Snapshot) -> list[PlannedNode]:
    return list(empty_nodes(prepare(state, engine.pools_of(state))))


def wasteful(state: Snapshot, more: int) -> tuple[Mender, Nodes]:
    """Return a mender of the plan, and the plan's fleet with large nodes that nobody needs."""
    plan = engine.plan(state, work_limit=50)
    large = next(n for n in palette(state) if n.instance_type == "c5.xlarge")
    extra = tuple(large.renamed(f"extra-{number}") for number in range(more))
    mender = Mender(state, plan, orders=3, seed=0, reporter=SilentReporter())
    return mender, (*plan.nodes, *extra)


@pytest.mark.parametrize("more", [1, 3])
def test_it_ends_at_a_fleet_that_costs_less_and_strands_nothing(more: int) -> None:
    mender, nodes = wasteful(STATE, more)
    least = mender.plan.cost_nano_usd_per_hour
    descent = Descent(mender, palette(STATE), least=least, kinds_most=3)
    found, runs = descent.run(nodes, mender.trial(nodes))
    assert cost_of(found) == least, "pods of one size leave kube-scheduler nothing to do wrong"
    assert runs[-1].pending == ()
    assert len(runs) > len(mender.orders.known), "it was confirmed"
    assert len({n.name for n in found}) == len(found)


def test_it_keeps_to_so_many_kinds() -> None:
    mender, nodes = wasteful(STATE, 2)
    small = [n for n in palette(STATE) if n.instance_type == "c5.large"]
    kinds = len({n.instance_type for n in nodes})
    descent = Descent(mender, small, least=0, kinds_most=kinds)
    found, _ = descent.run(nodes, mender.trial(nodes))
    assert len({n.instance_type for n in found}) <= kinds
    assert cost_of(found) < cost_of(nodes)


def test_without_anything_cheaper_the_fleet_stays() -> None:
    mender, nodes = wasteful(STATE, 0)
    runs = mender.trial(nodes)
    descent = Descent(mender, palette(STATE), least=cost_of(nodes), kinds_most=3)
    assert descent.run(nodes, runs) == (nodes, runs)


def test_existing_nodes_stay() -> None:
    there = node("there", "4", "8Gi")
    state = replace(STATE, cluster=replace(STATE.cluster, nodes=(there,)))
    mender, nodes = wasteful(state, 2)
    descent = Descent(mender, palette(state), least=0, kinds_most=3)
    found, runs = descent.run(nodes, mender.trial(nodes))
    assert [n.name for n in found if n.existing] == ["there"]
    assert runs[-1].pending == ()
    assert cost_of(found) < cost_of(nodes)
