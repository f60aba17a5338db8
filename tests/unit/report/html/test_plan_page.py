"""A plan's page: every figure of the plan, nothing of the input as markup, the same bytes."""

import pytest
from msgspec.structs import replace

from kubestow.model.placements import KUBE_SCHEDULER, KUBESTOW, Placement, Placements
from kubestow.report.html.fleet import fleet_of
from kubestow.report.html.plan_page import render_plan_page
from kubestow.views.input_problem_view import InputProblemView
from kubestow.views.placements_view import placements_view
from kubestow.views.plan_view import timing_view
from kubestow.views.settings import Settings

from .samples import HOSTILE, large, small


def rendered() -> str:
    plan, snapshot = small()
    return render_plan_page(plan, fleet_of(plan, snapshot))


@pytest.mark.parametrize(
    "text",
    [
        "<h1>test-1: 8 pods on 4 new nodes of 1 kind; 2 cannot run</h1>",
        "<strong>0.5000 USD</strong>",
        "<strong>365.00 USD</strong>",
        "<strong>0.4000 USD/h</strong>",
        "at most 25.0 % above the cheapest possible",
        "<strong>0 Pending</strong><span>in the worst of 12 arrival orders</span>",
        "<strong>8</strong><span>2 cannot run</span>",
        "~ estimated price for 1 node",
        "gap to the proven minimum, 0.1000 USD/h",
        "default/huge-0, default/huge-1",
        "cpu 64 requested, at most 3900m free",
        "m.xlarge in zone-a: 60100m cpu short",
        "a thing assumed",
        "a list of 2026-01-02 (estimate)",
        "3.1 free of 7.6 allocatable",
    ],
)
def test_the_page_says(text: str) -> None:
    assert text in rendered()


def test_what_the_input_names_is_never_markup() -> None:
    text = rendered()
    assert HOSTILE not in text
    assert "&lt;script&gt;document.title" in text
    assert "<b>hint</b>" not in text


def test_the_same_plan_gives_the_same_bytes_whatever_time_it_took() -> None:
    plan, snapshot = small()
    before = render_plan_page(plan, fleet_of(plan, snapshot))
    slow = replace(plan, timing=timing_view(0.1, 9.0, 0.3))
    assert render_plan_page(slow, fleet_of(slow, snapshot)) == before


def test_a_plan_that_was_not_rehearsed_and_one_of_nothing_have_pages_too() -> None:
    plan, snapshot = small()
    bound = replace(plan.bound, gap=None)
    alone = replace(plan.placements, by="kubestow", kube_scheduler=None, orders=None)
    alone = replace(alone, kubestow=replace(alone.kubestow, pending=None))
    plan = replace(plan, rehearsal=None, nodes=(), unschedulable=(), bound=bound, placements=alone)
    text = render_plan_page(plan, fleet_of(plan, snapshot))
    assert "kube-scheduler may leave pods Pending" in text
    assert "no minimum above zero was proven" in text
    assert 'id="cards"' not in text


def test_the_cost_of_the_fleet_that_is_not_shown_is_beside_the_one_that_is() -> None:
    plan, snapshot = small()
    fleets = Placement(500_000_000, 4, 0.25, 3), Placement(600_000_000, 5, 0.5, 0)
    both = placements_view(Placements(KUBE_SCHEDULER, *fleets, 12), Settings())
    page = render_plan_page(replace(plan, placements=both), fleet_of(plan, snapshot))
    assert "<span>pods placed by kube-scheduler alone</span>" in page
    assert 'aria-label="If pods are landed: 0.5000 USD/h"' in page
    assert "4 new nodes, 0.1000 USD/h less" in page
    assert "<dt>landed</dt><dd>0.5000 USD/h on 4 new nodes if kubestow lands the pods" in page
    landed = replace(plan, rehearsal=None, placements=replace(both, by=KUBESTOW))
    page = render_plan_page(landed, fleet_of(landed, snapshot))
    assert "<span>if kubestow lands the pods</span>" in page
    assert 'aria-label="kube-scheduler alone: 0.6000 USD/h"' in page
    assert "<strong>3 Pending</strong><span>if kube-scheduler places the pods alone</span>" in page
    assert "<dt>rehearsed</dt><dd>0.6000 USD/h on 5 new nodes if kube-scheduler" in page
    assert "<dt>landed</dt><dd>kubestow has to land the pods" in page


def test_input_that_could_not_be_read_is_on_the_page() -> None:
    plan, snapshot = small()
    names = ("file", "object", "field", "message", "hint")
    errors = (InputProblemView(**{name: f"the {name}" for name in names}),)
    plan = replace(plan, errors=errors)
    text = render_plan_page(plan, fleet_of(plan, snapshot))
    assert "Input that could not be read" in text
    assert '<td class="wraps">the message</td>' in text


def test_ten_thousand_pods_on_nodes_all_different_stay_under_three_megabytes() -> None:
    plan, snapshot = large(1000, 10)
    text = render_plan_page(plan, fleet_of(plan, snapshot))
    assert len(text.encode()) < 3_000_000
