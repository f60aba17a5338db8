"""An explanation's view: null where there is nothing to say, shares and counts where there is."""

from kubestow.model.explanation import (
    PLANNED,
    UNSCHEDULABLE,
    Explanation,
    NodePlace,
    PodObstacle,
    SchedulerView,
    Share,
)
from kubestow.model.input_error import InputProblem
from kubestow.views.explanation_view import explanation_view
from kubestow.views.settings import Settings


def test_what_an_explanation_does_not_have_is_null() -> None:
    view = explanation_view(Explanation("r", "a/b", UNSCHEDULABLE), "b", (), Settings())
    assert (view.place, view.share, view.scheduler, view.nearest, view.obstacle) == (None,) * 5
    assert (view.remedies, view.reasons, view.errors) == ((), (), ())
    assert view.asked == "b"


def test_a_share_is_of_the_node_and_costs_its_part_of_the_price() -> None:
    planned = Explanation(
        "r", "a/b", PLANNED, place=NodePlace("n"), share=Share("cpu", 500, 2000, 25_000_000)
    )
    share = explanation_view(planned, "b", (), Settings()).share
    assert share is not None
    assert (share.requested, share.allocatable, share.of_node) == ("500m", "2", 0.25)
    assert (share.usd_per_hour, share.usd_per_month) == (0.025, 18.25)


def test_the_schedulers_counts_keep_their_order() -> None:
    verdict = SchedulerView(3, 0, "0/3 nodes", (("b", 2), ("a", 1)), (("NodeAffinity", 3),))
    found = Explanation("r", "a/b", UNSCHEDULABLE, scheduler=verdict)
    view = explanation_view(found, "b", (), Settings()).scheduler
    assert view is not None
    assert [(item.reason, item.nodes) for item in view.reasons] == [("b", 2), ("a", 1)]
    assert [(item.filter, item.nodes) for item in view.filters] == [("NodeAffinity", 3)]


def test_an_obstacle_and_input_that_could_not_be_read_are_said() -> None:
    found = Explanation("r", "a/b", UNSCHEDULABLE, obstacle=PodObstacle("Admission", "no", "do"))
    problem = InputProblem("f.yaml", "Pod a/c", "spec", "wrong", "mend it")
    view = explanation_view(found, "b", (), Settings(), [problem])
    assert view.obstacle is not None
    assert view.obstacle.constraint == "Admission"
    assert [error.object for error in view.errors] == ["Pod a/c"]
