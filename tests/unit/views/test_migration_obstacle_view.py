"""What stops a pod, in words, and what would let it move."""

import pytest

from kubestow.model.migration import (
    BARE,
    BUDGET,
    CAPACITY,
    PLACEMENT,
    PROTECTED,
    SEVERAL_BUDGETS,
    MigrationObstacle,
)
from kubestow.model.plan import (
    LowerBound,
    Plan,
    Reason,
    Unschedulable,
)
from kubestow.views.migration_obstacle_view import migration_obstacle_view

from .migrations import migration

OWNER = ("Deployment", "web")
STUCK = migration(spares_needed=None)


@pytest.mark.parametrize(
    ("obstacle", "message", "remedy"),
    [
        (
            MigrationObstacle(BARE, "a/b", "n"),
            "it has no controller",
            "run it from a Deployment or a Job",
        ),
        (
            MigrationObstacle(PROTECTED, "a/b", "n"),
            "karpenter.sh/do-not-disrupt",
            "--force: evict it anyway",
        ),
        (
            MigrationObstacle(SEVERAL_BUDGETS, "a/b", "n", object=("a/x", "a/y")),
            "a/x and a/y cover it",
            "kubectl delete poddisruptionbudget y -n a",
        ),
        (
            MigrationObstacle(BUDGET, "a/b", "n", OWNER, ("a/x",), "1 healthy, 1 must stay"),
            "PodDisruptionBudget a/x never allows its eviction: 1 healthy",
            "set the strategy of Deployment/web to RollingUpdate",
        ),
        (
            MigrationObstacle(BUDGET, "a/b", "n", ("StatefulSet", "db"), ("a/x",), always=False),
            "a/x does not allow its eviction",
            "kubectl patch poddisruptionbudget x -n a",
        ),
        (
            MigrationObstacle(
                PLACEMENT, "a/b", "n", OWNER, refused=("TaintToleration",), detail="0/1"
            ),
            "no node can run its replacement: 0/1",
            "add a toleration for the new nodes' taints to Deployment/web",
        ),
        (
            MigrationObstacle(CAPACITY, "a/b", "n", detail="cpu"),
            "too small for all pods",
            "--surge N",
        ),
    ],
)
def test_an_obstacle_says_what_stops_the_pod_and_what_would_not(
    obstacle: MigrationObstacle, message: str, remedy: str
) -> None:
    view = migration_obstacle_view(obstacle, STUCK, None)
    assert message in view.message
    assert any(remedy in text for text in view.remedies)
    assert view.offerings == ()


def test_only_a_deployment_moves_by_a_rollout() -> None:
    view = migration_obstacle_view(
        MigrationObstacle(BUDGET, "a/b", "n", ("StatefulSet", "db")), STUCK, None
    )
    assert view.owner == "StatefulSet/db"
    assert not any("RollingUpdate" in text for text in view.remedies)


def test_nodes_that_would_make_it_end_are_the_first_remedy() -> None:
    view = migration_obstacle_view(
        MigrationObstacle(CAPACITY, "a/b", "n"), migration(spares_needed=2), None
    )
    assert (
        view.remedies[0]
        == "--surge 2: with 2 more nodes like those of --to, the migration completes"
    )


def test_with_a_plan_the_offerings_say_why_they_refuse() -> None:
    reasons = (Reason("NodePool", 3, {"nodePool": "p", "message": "sells nothing"}),)
    plan = Plan("r", (), (Unschedulable("a/b", reasons),), LowerBound(0, "L1"))
    view = migration_obstacle_view(MigrationObstacle(PLACEMENT, "a/b", "n"), STUCK, plan)
    assert view.offerings == ("NodePool: sells nothing",)
