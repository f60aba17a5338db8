"""Places: a reservation is there only where a node has one; amounts are quantities."""

import json

from kubestow.model.explanation import NearestMiss, NodePlace, Shortfall
from kubestow.views.place_view import nearest_place_view, place_view
from kubestow.views.view import encode


def test_a_place_without_a_reservation_has_no_such_field() -> None:
    assert "reservation" not in json.loads(encode(place_view(NodePlace("n"))))
    reserved = place_view(NodePlace("n", existing=True, reservation="year"))
    assert json.loads(encode(reserved))["reservation"] == "year"


def test_a_price_is_in_usd() -> None:
    assert place_view(NodePlace("n", nano_usd_per_hour=96_000_000)).usd_per_hour == 0.096


def test_what_is_short_is_written_as_quantities() -> None:
    miss = NearestMiss(NodePlace("n"), ("NodeAffinity",), (Shortfall("cpu", 3000, 500),))
    (item,) = nearest_place_view(miss).shortfalls
    assert (item.requested, item.available, item.short) == ("3", "500m", "2500m")
