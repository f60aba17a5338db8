"""Which plan is mended: the one asked for if it strands nothing, else the best of its variants."""

from dataclasses import replace

import pytest

from kubestow import engine
from kubestow.model.plan import Plan, Rehearsed
from kubestow.model.reporter import SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.rehearsed import plan_choice
from kubestow.provisioning.rehearsed.mending import Mender
from kubestow.provisioning.rehearsed.plan_choice import landed, mend
from kubestow.testing import nodepool, pod, replicas, snapshot

ROOMY = snapshot(replicas(4, "web", "300m", "512Mi"))
TIGHT = snapshot(
    (*replicas(30, "lean", "500m", "256Mi"), *replicas(20, "rich", "150m", "1800Mi"),
     *replicas(3, "huge", "3", "10Gi"))
)  # fmt: skip


def planned(state: Snapshot) -> Plan:
    return engine.plan(state, work_limit=100)


def mended(state: Snapshot, plan: Plan) -> Plan:
    return mend(state, plan, reporter=SilentReporter())


def test_a_plan_without_pods_to_place_is_returned_as_it_is() -> None:
    plan = planned(snapshot([pod("gated", scheduling_gates=("wait",))]))
    assert mended(snapshot(), plan) is plan


def test_no_variant_is_planned_for_a_plan_that_strands_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*arguments: object) -> object:
        raise AssertionError("no variant is asked for")

    monkeypatch.setattr(plan_choice, "variants", never)
    plan = planned(ROOMY)
    found = mended(ROOMY, plan)
    assert found.nodes == plan.nodes
    assert found.rehearsed is not None
    assert (found.rehearsed.stranded, found.rehearsed.extra_nano_usd_per_hour) == (0, 0)


def test_what_it_cost_is_told_against_the_plan_that_was_asked_for() -> None:
    plan = planned(TIGHT)
    found = mended(TIGHT, plan)
    assert found.rehearsed is not None
    assert found.rehearsed.pending == 0
    extra = found.cost_nano_usd_per_hour - plan.cost_nano_usd_per_hour
    assert found.rehearsed.extra_nano_usd_per_hour == extra
    assert 0 < found.rehearsed.pending_as_planned <= found.rehearsed.stranded


def test_what_the_plan_itself_strands_is_that_of_its_worst_order() -> None:
    found = mended(TIGHT, planned(TIGHT))
    assert found.rehearsed is not None
    mender = Mender(TIGHT, planned(TIGHT), orders=3, seed=0, reporter=SilentReporter())
    first = len(mender.trial(mender.plan.nodes)[-1].pending)
    assert mender.pending_as_planned == first
    assert found.rehearsed.pending_as_planned >= first


def test_pods_are_landed_on_the_cheaper_plan() -> None:
    plan = planned(ROOMY)
    same = replace(plan, rehearsed=Rehearsed(3, 0))
    assert landed(ROOMY, plan, same) is same
    cheaper = replace(plan, nodes=plan.nodes[1:])
    assert landed(ROOMY, plan, cheaper) is cheaper
    assert landed(ROOMY, cheaper, plan) is cheaper
    choosy = snapshot(ROOMY.cluster.pods, nodepools=(replace(nodepool("spot"), spot_types=2),))
    assert landed(choosy, plan, cheaper) is plan
