"""A simulation's page: the document's figures in its order, and nothing as markup."""

import re
from dataclasses import replace

import pytest

from kubestow.model.currency import Currency
from kubestow.model.simulated import Simulated
from kubestow.report.html.simulate_page import render_simulate_page
from kubestow.views.settings import Settings
from kubestow.views.simulation_view import simulation_view

from .samples import HOSTILE
from .simulated import SIMULATED, SOURCES, WON, results, simulated_page


@pytest.mark.parametrize(
    "text",
    [
        "shop/: 3 policies simulated</h1>",
        # 24 USD in 24 hours: 730 USD in a month of 730 hours
        "<dt>Cheapest</dt><dd><strong>24.00 USD</strong><span>optimal</span>"
        "<span>730.00 USD/month at this rate</span><span>KRW 730,000</span>"
        "<span>at 1000 KRW per USD</span>",
        "<dt>Shortest p99 wait</dt><dd><strong>40 s</strong><span>karpenter",
        "<strong>1 day</strong><span>from Mon 2026-01-05 00:00 UTC</span><span>in test-1</span>",
        "<dt>Faults</dt><dd><strong>spot</strong><span>seed 7</span>",
        "cluster-autoscaler was interrupted after 12 hours of 1 day",
        '>USD, whole run</th><td class="right">24.00</td><td class="right">48.00</td>'
        '<td class="right">6.00</td>',
        # 6 USD in 12 hours
        '>USD/month at this rate</th><td class="right">730.00</td>'
        '<td class="right">1,460.00</td><td class="right">365.00</td>',
        '>KRW/month at this rate</th><td class="right">KRW 730,000</td>',
        # 1.00 USD/h over 0.80
        '>Above minimum at the end</th><td class="right">25.0 %</td><td class="right">-</td>',
        '>Run</th><td class="right">complete</td><td class="right">complete</td>'
        '<td class="right">interrupted</td>',
        '>Wait p99</th><td class="right">60 s</td><td class="right">40 s</td>',
        '>Pending pod-seconds</th><td class="right">5,000</td>',
        '>Killed pods</th><td class="right">3</td>',
        '>Idle CPU</th><td class="right">25.0 %</td>',
        "2 pods left out: volume claims",
        "<li>a list of 2026-01-02</li>",
        "USD/month: 730 hours",
    ],
)
def test_the_page_says(text: str) -> None:
    assert text in simulated_page()


def test_every_chart_has_a_line_for_every_policy_in_their_order() -> None:
    page = simulated_page()
    charts = re.findall(r'<figure class="chart">.*?</figure>', page, re.DOTALL)
    assert len(charts) == 4
    for found in charts:
        drawing = found.partition("</svg>")[0]
        assert re.findall(r'class="curve (c\d d\d)"', drawing) == ["c0 d0", "c1 d1", "c2 d2"]


def test_a_line_of_an_interrupted_run_ends_where_it_was_stopped() -> None:
    chart = simulated_page().split('id="rate"')[1]
    line = re.findall(r'd="([^"]*)" class="curve c2 d2"', chart)[0]
    assert line.endswith("H360")


def test_idle_cpu_begins_with_the_first_node() -> None:
    idle = simulated_page().split('id="idle"')[1]
    assert "optimal from 25.0 % to 50.0 %" in idle


def test_the_cheapest_is_a_run_that_came_to_its_end() -> None:
    only = [result for result in results() if result.interrupted]
    page = render_simulate_page(simulation_view(SIMULATED, only, SOURCES, Settings()))
    assert "no run was completed" in page
    assert "1 policy simulated" in page


def test_without_another_currency_there_is_only_usd() -> None:
    page = render_simulate_page(simulation_view(SIMULATED, results(), SOURCES, Settings()))
    assert "KRW" not in page


def test_nothing_left_out_is_said_too() -> None:
    bare = replace(SIMULATED, notes=(), faults="none")
    page = render_simulate_page(simulation_view(bare, results(), SOURCES, WON))
    assert "Nothing was left out." in page
    assert "<strong>none</strong>" in page


def test_a_name_is_never_markup() -> None:
    page = simulated_page()
    assert HOSTILE in SIMULATED.workload
    assert HOSTILE not in page
    assert page.count("<script>") == 1


def test_the_same_results_give_the_same_bytes() -> None:
    assert simulated_page() == simulated_page()


def test_a_run_without_points_and_a_page_without_runs_are_pages_all_the_same() -> None:
    nothing = Simulated("x", "test-1", 0, "none", 0, 0)
    empty = replace(results()[0], curve=(), seconds=0)
    settings = Settings(currency=Currency("USD", 1.0))
    for runs in ([], [empty]):
        assert "</html>" in render_simulate_page(simulation_view(nothing, runs, (), settings))
