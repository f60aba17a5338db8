"""Both costs of a plan as text: what is said depends on which of them is shown."""

from kubestow.model.placements import KUBE_SCHEDULER, KUBESTOW, Placement, Placements, Placer
from kubestow.report.placements_text import difference_text, placement_lines
from kubestow.views.placements_view import PlacementsView, placements_view
from kubestow.views.settings import Settings

LANDED = Placement(1_200_000_000, 10, 0.2, 3)
ALONE = Placement(1_500_000_000, 12, 0.5, 0)


def both(by: Placer, landed: Placement = LANDED, alone: Placement | None = ALONE) -> PlacementsView:
    orders = None if alone is None else 9
    return placements_view(Placements(by, landed, alone, orders), Settings())


def lines(placements: PlacementsView, *, rehearsed: bool) -> list[str]:
    return list(placement_lines(placements, rehearsed=rehearsed))


def test_beside_the_rehearsed_fleet_is_the_one_for_landed_pods() -> None:
    assert lines(both(KUBE_SCHEDULER), rehearsed=True) == [
        "  landed     1.2000 USD/h on 10 new nodes if kubestow lands the pods: 0.3000 USD/h less, "
        "20.0 % over the minimum"
    ]


def test_beside_the_fleet_for_landed_pods_is_the_other_and_that_they_must_be_landed() -> None:
    assert lines(both(KUBESTOW), rehearsed=False) == [
        "  rehearsed  1.5000 USD/h on 12 new nodes if kube-scheduler places the pods alone: "
        "0.3000 USD/h more, 50.0 % over the minimum",
        "  landed     kubestow has to land the pods, or kube-scheduler leaves up to 3 pods Pending",
    ]


def test_without_a_rehearsal_one_cost_is_shown_and_the_other_is_said_to_be_unknown() -> None:
    alone = Placement(1_200_000_000, 10, 0.2, None)
    assert lines(both(KUBESTOW, alone, None), rehearsed=False) == [
        "  rehearsed  no: the cost holds if kubestow lands the pods; kube-scheduler alone may "
        "leave pods of this plan Pending"
    ]


def test_where_kube_scheduler_strands_no_pod_there_is_one_fleet() -> None:
    same = both(KUBE_SCHEDULER, ALONE)
    assert lines(same, rehearsed=True) == [
        "  landed     the same: kube-scheduler alone leaves no pod Pending"
    ]
    nothing = placements_view(Placements(KUBE_SCHEDULER, ALONE, ALONE), Settings())
    assert lines(nothing, rehearsed=False) == ["  rehearsed  there is no pod to place"]


def test_the_difference_is_that_of_the_fleet_that_is_not_shown() -> None:
    assert difference_text(both(KUBE_SCHEDULER)) == "0.3000 USD/h less"
    assert difference_text(both(KUBESTOW)) == "0.3000 USD/h more"
    assert difference_text(both(KUBESTOW, LANDED, LANDED)) == "the same cost"
    assert difference_text(both(KUBESTOW, ALONE, LANDED)) == "0.3000 USD/h less"
