"""The plan use case: wishes, rehearsal and judge in their order; notes instead of output."""

from dataclasses import replace
from fractions import Fraction
from itertools import count
from typing import Any

import pytest

from kubestow.model.bug import RefusedPlanError
from kubestow.model.input_error import InputError
from kubestow.model.labels import INSTANCE_TYPE
from kubestow.model.placements import KUBE_SCHEDULER, KUBESTOW, Placer
from kubestow.model.plan import Plan
from kubestow.model.reporter import EnoughError, SilentReporter
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Snapshot
from kubestow.model.violation import Violation
from kubestow.model.wishes import Wishes
from kubestow.testing import daemonset, nodepool, replicas, snapshot
from kubestow.usecases.judged import judged
from kubestow.usecases.plan import NOT_REHEARSED, PlanAnswer, PlanRequest, plan
from kubestow.usecases.verify_bound import VerifyBoundRequest, verify_bound

PODS = replicas(3, "web", cpu="500m", memory="1Gi", labels={"app": "web"})
GIVEN = snapshot(PODS)
TIGHT = snapshot(
    (*replicas(30, "lean", "500m", "256Mi"), *replicas(20, "rich", "150m", "1800Mi"),
     *replicas(3, "huge", "3", "10Gi"))
)  # fmt: skip


class Impatient:
    """A reporter that has enough once the rehearsal begins."""

    def progress(self, step: str, done: int, total: int) -> None:
        """Raise EnoughError at the first word of a rehearsal."""
        if "rehears" in step:
            raise EnoughError


def placed(found: Plan) -> int:
    return sum(len(node.pods) for node in found.nodes)


def test_every_pod_is_placed_and_the_minimum_can_be_certified() -> None:
    answer = plan(PlanRequest(snapshot=GIVEN), SilentReporter())
    assert placed(answer.plan) == 3
    assert answer.plan.rehearsed is not None
    assert answer.plan is answer.landed is answer.rehearsed, "nothing was stranded"
    assert answer.certificate().region == answer.plan.region
    assert answer.warm_start().loads


def test_pods_go_where_their_profile_adds_that_they_must() -> None:
    """The cheapest type would be another: the plan, its rehearsal and the judge heed it."""
    small = NodeSelectorTerm((SelectorRequirement(INSTANCE_TYPE, "In", ("c5.xlarge",)),))
    template = replace(PODS[0].template, added_affinity=(small,))
    pods = [replace(pod, template=template) for pod in PODS]
    daemons = daemonset("agent", "100m", "64Mi", added_affinity=(small,))
    answer = plan(PlanRequest(snapshot=snapshot(pods, daemonsets=(daemons,))), SilentReporter())
    assert {node.instance_type for node in answer.plan.nodes} == {"c5.xlarge"}
    assert placed(answer.plan) == 3
    assert answer.plan.rehearsed is not None
    assert answer.plan.rehearsed.pending == 0
    request = VerifyBoundRequest(snapshot=answer.snapshot, certificate=answer.certificate())
    assert verify_bound(request).verdict.failures == ()


def test_without_a_rehearsal_the_plan_is_judged_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = PlanRequest(snapshot=GIVEN, rehearse=False)
    assert plan(request, SilentReporter()).plan.rehearsed is None
    broken = Violation("Money", "plan", "it costs too little")
    monkeypatch.setattr("kubestow.usecases.judged.judge", lambda *_: (broken,))
    with pytest.raises(RefusedPlanError):
        plan(request, SilentReporter())


def test_an_interrupted_rehearsal_leaves_the_best_plan_and_a_note() -> None:
    answer = plan(PlanRequest(snapshot=GIVEN), Impatient())
    assert placed(answer.plan) == 3
    assert answer.notes == (NOT_REHEARSED,)
    assert (answer.landed, answer.rehearsed) == (answer.plan, None)
    assert (answer.placements.by, answer.placements.rehearsed) == (KUBESTOW, None)


def test_wishes_are_part_of_what_is_planned_and_judged() -> None:
    wishes = Wishes(share_per_node=Fraction(1, 3), headroom=Fraction(1, 2))
    answer = plan(PlanRequest(snapshot=GIVEN, wishes=wishes, rehearse=False), SilentReporter())
    own = [[pod for pod in node.pods if pod.startswith("default/")] for node in answer.plan.nodes]
    assert sorted(map(len, own))[-3:] == [1, 1, 1]
    assert len(answer.snapshot.cluster.pods) > len(PODS)


def test_launch_lists_are_made_only_where_a_wish_needs_them() -> None:
    without = plan(PlanRequest(snapshot=GIVEN, rehearse=False), SilentReporter())
    assert without.plan_with_alternatives is without.plan
    wishes = Wishes(launch_lists=True)
    request = PlanRequest(snapshot=GIVEN, wishes=wishes, rehearse=False)
    answer = plan(request, SilentReporter())
    assert all(node.launch is None for node in answer.plan.nodes)
    assert all(node.launch is not None for node in answer.plan_with_alternatives.nodes)


def test_a_nodepool_that_can_launch_nothing_is_a_note_beside_one_that_can() -> None:
    no_type = nodepool("empty", ("node.kubernetes.io/instance-type", "In", ["no"]))
    given = snapshot(PODS, nodepools=(nodepool("general"), no_type))
    (note,) = plan(PlanRequest(snapshot=given, rehearse=False), SilentReporter()).notes
    assert "NodePool empty" in note
    alone = snapshot(PODS, nodepools=(no_type,))
    with pytest.raises(InputError, match="NodePool empty"):
        plan(PlanRequest(snapshot=alone, rehearse=False), SilentReporter())


def test_a_wish_that_changes_nothing_is_a_note() -> None:
    wishes = Wishes(on_demand_share=Fraction(3, 10))
    request = PlanRequest(snapshot=GIVEN, wishes=wishes, rehearse=False)
    (note,) = plan(request, SilentReporter()).notes
    assert note.startswith("an on-demand share of 30% has no effect")


def test_the_seconds_are_those_of_the_clock_given() -> None:
    ticks = count()
    request = PlanRequest(snapshot=GIVEN, rehearse=False, clock=lambda: float(next(ticks)))
    answer = plan(request, SilentReporter())
    assert (answer.solve_seconds, answer.rehearsal_seconds) == (1.0, 1.0)


def test_the_same_request_gives_the_same_plan() -> None:
    given: Snapshot = replace(GIVEN)
    first, second = (
        plan(PlanRequest(snapshot=s, seed=3), SilentReporter()) for s in (GIVEN, given)
    )
    assert first.plan == second.plan


def tight(placed_by: Placer) -> PlanAnswer:
    return plan(PlanRequest(snapshot=TIGHT, placed_by=placed_by, work_limit=100), SilentReporter())


@pytest.mark.parametrize("placed_by", [KUBE_SCHEDULER, KUBESTOW])
def test_both_fleets_are_judged_and_the_request_says_which_is_shown(
    placed_by: Placer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Plan] = []

    def spy(state: Snapshot, found: Plan, *more: Any) -> Plan:
        seen.append(found)
        return judged(state, found, *more)

    monkeypatch.setattr("kubestow.usecases.plan.judged", spy)
    answer = tight(placed_by)
    assert answer.rehearsed is not None
    assert {id(item) for item in seen} == {id(answer.landed), id(answer.rehearsed)}
    assert answer.plan is (answer.landed if placed_by == KUBESTOW else answer.rehearsed)
    assert placed(answer.landed) == placed(answer.rehearsed) == len(TIGHT.cluster.pods)


def test_landed_pods_need_no_more_than_kube_scheduler_alone_and_strand_what_is_said() -> None:
    answer = tight(KUBE_SCHEDULER)
    found, rehearsed = answer.placements, answer.rehearsed
    assert found.rehearsed is not None
    assert rehearsed is not None
    assert rehearsed.rehearsed is not None
    assert found.landed.nano_usd_per_hour == answer.landed.cost_nano_usd_per_hour
    assert found.rehearsed.nano_usd_per_hour == rehearsed.cost_nano_usd_per_hour
    assert found.difference_nano_usd_per_hour == rehearsed.rehearsed.extra_nano_usd_per_hour > 0
    assert found.landed.pending == rehearsed.rehearsed.pending_as_planned > 0
    assert (found.rehearsed.pending, found.orders) == (0, rehearsed.rehearsed.orders)
    assert answer.landed.lower_bound == rehearsed.lower_bound


def test_a_fleet_that_is_refused_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Violation("Money", "plan", "it costs too little")

    def refuses_the_landed(_: Snapshot, found: Plan, __: Any) -> tuple[Violation, ...]:
        return () if found.rehearsed else (broken,)

    monkeypatch.setattr("kubestow.usecases.judged.judge", refuses_the_landed)
    with pytest.raises(RefusedPlanError):
        tight(KUBE_SCHEDULER)
