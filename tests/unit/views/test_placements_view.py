"""The view of both costs: which is shown, and what each fleet costs."""

import json

from kubestow.model.currency import Currency
from kubestow.model.placements import KUBE_SCHEDULER, KUBESTOW, Placement, Placements
from kubestow.views.placements_view import placements_view
from kubestow.views.settings import Settings
from kubestow.views.view import encode

LANDED = Placement(1_200_000_000, 10, 0.2000004, 3)
ALONE = Placement(1_500_000_000, 12, None, 0)


def test_both_fleets_are_there_with_their_difference() -> None:
    settings = Settings(hours_per_month=100.0, currency=Currency("KRW", 1000.0))
    view = placements_view(Placements(KUBE_SCHEDULER, LANDED, ALONE, 9), settings)
    document = json.loads(encode(view))
    assert list(document) == [
        "by", "kubestow", "kubeScheduler", "differenceUsdPerHour", "orders",
    ]  # fmt: skip
    assert document["kubestow"] == {
        "usdPerHour": 1.2, "usdPerMonth": 120.0,
        "local": {"code": "KRW", "rate": 1000.0, "perMonth": 120_000},
        "nodes": 10, "gap": 0.2, "pending": 3,
    }  # fmt: skip
    assert document["kubeScheduler"]["gap"] is None
    assert (document["differenceUsdPerHour"], document["orders"]) == (0.3, 9)


def test_the_other_fleet_is_the_one_that_is_not_shown() -> None:
    shown = placements_view(Placements(KUBE_SCHEDULER, LANDED, ALONE, 9), Settings())
    assert (shown.is_landed, shown.other) == (False, shown.kubestow)
    landed = placements_view(Placements(KUBESTOW, LANDED, ALONE, 9), Settings())
    assert (landed.is_landed, landed.other) == (True, landed.kube_scheduler)


def test_without_a_rehearsal_there_is_no_other() -> None:
    view = placements_view(Placements(KUBESTOW, LANDED), Settings())
    assert (view.other, view.kube_scheduler, view.difference_usd_per_hour) == (None, None, None)
