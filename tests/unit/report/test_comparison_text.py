"""A comparison as text: both costs of kubestow's fleet, and the one of every other option."""

from dataclasses import replace

import pytest

from kubestow.model.option import PENDING_PODS, Comparison, ComputeOption, CostPart, Settlement
from kubestow.model.placements import KUBE_SCHEDULER, KUBESTOW, Placement, Placements, Placer
from kubestow.model.plan import LowerBound
from kubestow.report.comparison_text import render_comparison
from kubestow.report.html.compare_page import render_compare_page
from kubestow.report.table import Screen
from kubestow.views.comparison_view import ComparisonView, comparison_view
from kubestow.views.settings import Settings

from .html.samples import option

# With the control plane of 0.1 USD/h: 160.60 and 146.00 USD for 730 hours.
ALONE, LANDED = Placement(220_000_000, 2, 0.2, 0), Placement(200_000_000, 2, 0.0, 4)


def own(by: Placer, *, rehearsed: bool = True) -> ComputeOption:
    both = Placements(by, LANDED, ALONE if rehearsed else None, 9 if rehearsed else None)
    if not rehearsed:
        return replace(option("own", 0.1, stranded=None), placements=both)
    shown = option("own", 0.1, stranded=4) if by == KUBESTOW else option("own", 0.12)
    return replace(shown, placements=both)


def compared(first: ComputeOption) -> ComparisonView:
    options = (option("managed", 0.15), first)
    found = Comparison(options, LowerBound(100_000_000, "L2"), 10)
    return comparison_view(found, "test-1", (), Settings())


def table_of(text: str) -> list[list[str]]:
    """Return the header and the rows of the table, in words."""
    return [line.split() for line in text.splitlines()[3:6]]


@pytest.mark.parametrize(
    ("by", "title", "costs", "pending"),
    [
        (KUBE_SCHEDULER, "IF LANDED", ["160.60", "146.00"], "0"),
        (KUBESTOW, "NOT LANDED", ["146.00", "160.60"], "landed"),
    ],
)
def test_kubestows_row_has_both_costs_and_stays_first(
    by: Placer, title: str, costs: list[str], pending: str
) -> None:
    text = render_comparison(compared(own(by)), Screen())
    header, first, second = table_of(text)
    assert title in " ".join(header)
    assert (first[:2], second[:2]) == (["The", "own"], ["The", "managed"])
    assert (first[2], first[-4], first[-2]) == (*costs, pending)
    assert second[-4] == "-"
    assert f"\n{title}: the cost of The own" in text
    assert "other options have one cost" in text
    assert "PENDING: pods" not in text, "landed pods do not stay Pending"


def test_without_a_rehearsal_there_is_no_second_column() -> None:
    text = render_comparison(compared(own(KUBESTOW, rehearsed=False)), Screen())
    assert "LANDED" not in text
    assert "The own was not rehearsed: its cost holds if kubestow lands the pods" in text


@pytest.mark.parametrize(
    ("by", "texts"),
    [
        (
            KUBE_SCHEDULER,
            [
                "<strong>160.60 USD</strong><span>The own</span>"
                "<span>146.00 USD if kubestow lands the pods</span>",
                '<th scope="col" class="right">If landed, USD/month</th>',
                '<td class="right">20.0 %</td><td class="right">146.00</td>',
                "<li>If landed: the cost of The own",
            ],
        ),
        (
            KUBESTOW,
            [
                "<strong>146.00 USD</strong><span>The own</span>"
                "<span>160.60 USD if kube-scheduler places the pods alone</span>",
                '<th scope="col" class="right">Not landed, USD/month</th>',
                '<td class="right">0 %</td><td class="right">160.60</td>',
                '<td class="right">landed</td>',
            ],
        ),
    ],
)
def test_the_page_has_both_costs(by: Placer, texts: list[str]) -> None:
    page = render_compare_page(compared(own(by)))
    assert [text for text in texts if text not in page] == []
    assert '<td class="right">50.0 %</td><td class="right">-</td>' in page
    assert "Pending in rehearsal;" not in page


def settled_one(*, rests: bool = True) -> ComputeOption:
    """Return an option that was 0.3 USD/h with 5 nodes at first."""
    settlement = Settlement(300_000_000, 5, 1_530, 1_200, rests, 21_600)
    return replace(option("settled", 0.15), settlement=settlement)


def shown(*options: ComputeOption, details: bool = False) -> str:
    found = Comparison(options, LowerBound(100_000_000, "L2"), 10)
    view = comparison_view(found, "test-1", (), Settings())
    return render_comparison(view, Screen(), details=details)


def test_the_first_fleet_is_beside_the_settled_cost() -> None:
    text = shown(settled_one(), option("plain", 0.2))
    row = next(line for line in text.splitlines() if line.startswith("The settled"))
    assert row.split()[2:4] == ["182.50", "219.00"]
    assert "\nFIRST FLEET: what the option costs with the nodes that are launched first" in text
    assert "evictions" not in text


@pytest.mark.parametrize(
    ("rests", "words"),
    [
        (True, "at rest after 25.5 minutes and 1,200 evictions with 2 nodes, 182.50 USD/month"),
        (False, "stopped after 6 hours without rest and 1,200 evictions"),
    ],
)
def test_the_details_say_how_an_autoscaler_came_to_rest(rests: bool, words: str) -> None:
    text = shown(settled_one(rests=rests), details=True)
    assert f"first fleet 5 nodes, 219.00 USD/month; {words}" in text


def test_the_short_form_has_no_details_and_says_how_to_get_them() -> None:
    short, long = shown(option("plain", 0.2)), shown(option("plain", 0.2), details=True)
    assert "--details shows" in short
    assert "a note on plain" not in short
    assert "a note on plain" in long
    assert "CONTROL PLANE" in long
    assert "CONTROL PLANE" not in short


def test_an_option_whose_pending_pods_are_counted_is_ranked_by_its_cost() -> None:
    waiting = CostPart(PENDING_PODS, "1 node for 2 Pending pods", 20_000_000, "an estimate", True)
    counted = option("counted", 0.1, stranded=2)
    counted = replace(counted, costs=(*counted.costs, waiting))
    text = shown(option("whole", 0.15), counted, option("uncounted", 0.09, stranded=2))
    names = [line.split()[1] for line in text.splitlines() if line.startswith("The ")]
    assert names == ["counted", "whole", "uncounted"]
    assert "Recommended: The counted, the cheapest option that runs all pods." in text
    assert "PENDING: pods that kube-scheduler leaves Pending" in text


def test_where_nothing_runs_all_pods_nothing_is_recommended() -> None:
    assert "No option runs all pods." in shown(option("some", 0.1, 7))


def test_the_page_says_how_an_autoscaler_came_to_rest() -> None:
    found = Comparison((settled_one(),), LowerBound(100_000_000, "L2"), 10)
    page = render_compare_page(comparison_view(found, "test-1", (), Settings()))
    assert "<h3>Left alone</h3><p>First fleet 5 nodes, 219.00 USD/month; at rest after" in page
    assert '<th scope="col" class="right">First fleet, USD/month</th>' in page
