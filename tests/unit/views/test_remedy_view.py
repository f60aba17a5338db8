"""Remedies: what they cost a month, in USD and in the user's currency, where they save too."""

import pytest

from kubestow.model.currency import Currency
from kubestow.model.explanation import ALLOW_IN_POOL, Change, NodePlace, Remedy
from kubestow.views.remedy_view import remedy_view
from kubestow.views.settings import Settings

CHANGE = Change(ALLOW_IN_POOL, "kubernetes.io/arch", "amd64", nodepool="p", added="arm64")
WON = Settings(currency=Currency("KRW", 1000.0))


@pytest.mark.parametrize(("nano", "month", "won"), [(10**8, 73.0, 73_000), (-(10**8), -73, -73000)])
def test_a_remedys_price_is_by_the_hour_and_the_month(nano: int, month: float, won: float) -> None:
    view = remedy_view(Remedy((CHANGE,), 2, nano, NodePlace("n")), WON)
    assert (view.extra_usd_per_hour, view.extra_usd_per_month) == (nano / 10**9, month)
    assert view.extra_local is not None
    assert (view.extra_local.code, view.extra_local.per_month) == ("KRW", won)


def test_in_usd_there_is_no_other_currency() -> None:
    view = remedy_view(Remedy((CHANGE,), 2, 1, NodePlace("n")), Settings())
    assert view.extra_local is None


def test_a_change_names_its_pool_and_the_value_added() -> None:
    (change,) = remedy_view(Remedy((CHANGE,), 2, 1, NodePlace("n")), Settings()).changes
    assert (change.node_pool, change.added, change.node_pool_is_built_in) == ("p", "arm64", False)
