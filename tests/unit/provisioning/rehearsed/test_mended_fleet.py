"""The cheapest of several mended fleets that is confirmed."""

from dataclasses import replace

import pytest

from kubestow import engine
from kubestow.model.plan import Plan
from kubestow.model.reporter import SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.rehearsed.fleet_nodes import Nodes, cost_of
from kubestow.provisioning.rehearsed.mended_fleet import MendedFleet, soundest
from kubestow.provisioning.rehearsed.mending import Mender
from kubestow.provisioning.rehearsed.variants import variants
from kubestow.scheduling.rehearsal import Run
from kubestow.testing import nodepool, replicas, snapshot

TIGHT = snapshot(
    (*replicas(30, "lean", "500m", "256Mi"), *replicas(20, "rich", "150m", "1800Mi"),
     *replicas(3, "huge", "3", "10Gi"))
)  # fmt: skip


def menders(state: Snapshot, plan: Plan) -> list[Mender]:
    first = Mender(state, plan, orders=3, seed=0, reporter=SilentReporter())
    return [first, *map(first.like, variants(state, plan, 0))]


def test_the_cheapest_fleet_is_confirmed_and_given_up_where_an_order_refutes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = menders(TIGHT, engine.plan(TIGHT, work_limit=100))
    asked: list[int] = []
    original = Mender.confirming

    def confirming(self: Mender, nodes: Nodes) -> list[Run]:
        asked.append(cost_of(nodes))
        runs = original(self, nodes)
        refuted = replace(runs[-1], pending=runs[-1].pending or (self.rehearsal.pods[0],))
        return [*runs[:-1], refuted] if len(asked) == 1 else runs

    monkeypatch.setattr(Mender, "confirming", confirming)
    drafted = [cost_of(mender.drafted()[0]) for mender in tried]
    best = soundest(MendedFleet(m, *m.drafted()) for m in tried)
    assert asked[0] <= min(drafted), "the cheapest first, and nothing else before it is refuted"
    assert len(asked) > 1
    assert best.runs[-1].pending == ()
    assert len(best.runs) > len(tried[0].orders.known), "fresh orders were played too"


def test_an_order_that_leaves_too_little_room_refutes_a_fleet_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = menders(TIGHT, engine.plan(TIGHT, work_limit=100))
    asked: list[int] = []
    original, failed = Mender.confirming, Mender.failed
    too_small = ((-1, ""),)

    def confirming(self: Mender, nodes: Nodes) -> list[Run]:
        asked.append(cost_of(nodes))
        runs = original(self, nodes)
        if len(asked) > 1:
            return runs
        return [replace(runs[0], pending=(), tight=too_small)]

    monkeypatch.setattr(Mender, "confirming", confirming)
    monkeypatch.setattr(Mender, "failed", lambda m, run: run.tight == too_small or failed(m, run))
    best = soundest(MendedFleet(m, *m.drafted()) for m in tried)
    assert len(asked) > 1
    assert best.is_sound


def test_where_no_fleet_runs_all_pods_it_is_the_one_that_leaves_fewest_pending() -> None:
    pods = replicas(3, "web", "1500m", "1Gi")
    state = snapshot(pods, nodepools=(nodepool(),))
    plan = engine.plan(state, work_limit=50)
    limited = snapshot(pods, nodepools=(nodepool(limits=(("nodes", 1),)),))
    short = engine.plan(limited, work_limit=50)
    alone = Mender(limited, short, orders=3, seed=0, reporter=SilentReporter())
    best = soundest([MendedFleet(alone, *alone.drafted())])
    assert best.nodes == short.nodes
    assert len(plan.nodes) >= len(short.nodes)
