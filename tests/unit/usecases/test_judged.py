"""A plan leaves only after the judge has accepted it."""

from dataclasses import replace

import pytest

from kubestow import engine
from kubestow.model.bug import RefusedPlanError
from kubestow.testing import replicas, snapshot
from kubestow.usecases.judged import judged

GIVEN = snapshot(replicas(3, "web", cpu="500m", memory="1Gi"))
PLAN = engine.plan(GIVEN)
POOLS = engine.pools_of(GIVEN)


def test_a_legal_plan_is_returned_as_it_is() -> None:
    assert judged(GIVEN, PLAN, POOLS) is PLAN


def test_a_plan_that_loses_a_pod_is_refused_with_all_that_is_needed_to_report_it() -> None:
    node = replace(PLAN.nodes[0], pods=PLAN.nodes[0].pods[1:])
    broken = replace(PLAN, nodes=(node, *PLAN.nodes[1:]))
    with pytest.raises(RefusedPlanError) as refused:
        judged(GIVEN, broken, POOLS, "Karpenter")
    assert str(refused.value).startswith(
        "Karpenter: the plan violates 1 rule of kubestow's own judge"
    )
    assert (refused.value.snapshot, refused.value.plan) == (GIVEN, broken)
    assert [violation.subject for violation in refused.value.violations] == ["default/web-0"]
