"""Advice as text: figures, causes, decisions, and what to do next."""

from functools import cache

import pytest
from tests.unit.live.objects import node, observed, pod

from kubestow.model.reporter import SilentReporter
from kubestow.report.advice_text import render_advice
from kubestow.report.html.advice_page import render_advice_page
from kubestow.report.table import Screen
from kubestow.usecases.advise import AdviseRequest, advise
from kubestow.views.advice_view import AdviceView, advice_steps, advice_view
from kubestow.views.settings import Settings

HOSTILE = "<img src=x onerror=alert(1)>"


@cache
def view() -> AdviceView:
    held = pod("held", "b", annotations={"karpenter.sh/do-not-disrupt": "true"})
    seen = observed(
        node("a"), node("b"), node("c"), *(pod(f"web-{n}", "a") for n in range(2)), held
    )
    request = AdviseRequest(observed=seen, policies=("optimal", "cluster-autoscaler"))
    return advice_view(advise(request, SilentReporter()), Settings())


def test_the_steps_end_where_the_totals_are() -> None:
    left = 0.0
    for step in advice_steps(view()):
        if step.is_total and left:
            assert step.usd_per_hour == pytest.approx(left, abs=1e-6)
        left = step.usd_per_hour if step.is_total else left + step.usd_per_hour


def test_every_part_is_told() -> None:
    text = render_advice(view(), Screen())
    for part in (
        "3 nodes, 3 pods",
        "0.5760 USD/hour",
        "above",
        "empty nodes, which run DaemonSets alone",
        "held by pods that must stay for now",
        "can be reached now",
        "optimal",
        "cluster-autoscaler",
        "Nodes that optimal keeps:",
        "a pod must not be disrupted: b (shop/held)",
        "Nothing was changed",
        "Prices: ",
    ):
        assert part in text, part


@pytest.mark.parametrize("width", [60, 80, 120])
def test_it_fits_the_screen(width: int) -> None:
    text = render_advice(view(), Screen(width))
    assert max(map(len, text.splitlines())) <= width


def test_the_page_says_the_same_and_no_name_is_markup() -> None:
    page = render_advice_page(view())
    assert "0.5760 USD/hour" in page
    assert "shop/held" in page
    named = pod("web", "a")
    named["metadata"]["name"] = HOSTILE
    request = AdviseRequest(observed=observed(node("a"), named), policies=("optimal",))
    told = render_advice_page(advice_view(advise(request, SilentReporter()), Settings()))
    assert HOSTILE not in told
