"""A comparison's page: the view's figures in the table's order, and nothing as markup."""

import json
import re
from typing import Any

import msgspec
import pytest

from kubestow.report.comparison_text import render_comparison
from kubestow.report.html.compare_page import render_compare_page
from kubestow.report.table import Screen
from kubestow.views.comparison_view import ComparisonView
from kubestow.views.view import encode

from .samples import HOSTILE, compared

ORDER = ["planned", "managed", "tight", "nothing", "fargate"]


def rendered(**changes: Any) -> str:
    """Return the page of the comparison with some fields of its JSON changed."""
    return page_of(document() | changes)


def document() -> Any:
    return json.loads(encode(compared()))


def page_of(document: Any) -> str:
    return render_compare_page(msgspec.convert(document, ComparisonView))


@pytest.mark.parametrize(
    "text",
    [
        "<h1>test-1: 10 pods, 5 options compared</h1>",
        # (0.12 + 0.1) USD/h * 730 h, and 1,000 KRW per USD
        "<strong>KRW 160,600</strong><span>160.60 USD</span><span>The planned</span>",
        "at 1000 KRW per USD",
        "<strong>73.00 USD</strong>",
        "rung L2",
        "<strong>10</strong><span>3 of 5 options run them all</span>",
        "<strong>730 hours</strong><span>in test-1</span>",
        'aria-label="Proven minimum: 73.00 USD"',
        'aria-label="The planned: 160.60 USD, KRW 160,600"',
        "20.0 % over the minimum; instances 87.60, control plane 73.00",
        # 0.15 + 0.02 + 0.1 = 0.27 USD/h
        'aria-label="The managed: ~197.10 USD, ~KRW 197,100"',
        "instances 109.50, fees ~14.60, control plane 73.00",
        "2 pods Pending in rehearsal; 10.0 % over the minimum; instances 80.30",
        "runs 7 of 10 pods; instances 36.50",
        '<th scope="row" class="wraps">The planned</th><td class="right">160.60</td>'
        '<td class="right">KRW 160,600</td><td class="right">20.0 %</td><td class="right">2</td>'
        '<td class="right">10/10</td><td class="right">0</td>',
        '<td class="right">7/10</td><td class="right">not rehearsed</td>',
        '<td class="wraps">managed starts</td><td class="wraps">managed ends</td>'
        '<td class="wraps">managed patches</td>',
        '<td class="right">16</td><td class="right">25 %, 12 %</td>'
        '<td class="right">0.0600</td><td class="right">87.60</td>',
        '<th scope="row" class="wraps">shop/a, shop/b, shop/c</th><td class="right">3</td>'
        '<td class="wraps">spec.volumes[]</td><td class="wraps">no EBS there</td>',
        "a note on tight",
        "a thing assumed",
        "<li>a list of 2026-01-02</li>",
        "The cheapest nodes for them are part of the cost",
        "<p>Recommended: The planned, the cheapest option that runs all pods.</p>",
    ],
)
def test_the_page_says(text: str) -> None:
    assert text in rendered()


def test_bars_tables_and_options_are_in_the_order_of_the_text() -> None:
    page = rendered()
    bars = re.findall(r'class="bar-label">The (\w+)<', page)
    rows = re.findall(r'<th scope="row" class="wraps">The (\w+)<', page)
    opened = re.findall(r'<summary><b class="what">The (\w+)<', page)
    assert (bars, rows, opened) == (ORDER, ORDER + ORDER, ORDER)
    text = render_comparison(compared(), Screen())
    assert re.findall(r"^The (\w+) +~?\d", text, re.MULTILINE) == ORDER


def test_parts_of_a_bar_and_the_minimum_share_one_scale() -> None:
    page = rendered()
    # The dearest, 0.27 USD/h, is the whole width: the minimum is 0.1 of it, the fee 0.02.
    assert '<i class="least" style="width:37.04%" title="proven minimum">M</i>' in page
    assert '<i class="fees" style="width:7.41%" title="fees: ~14.60 USD"></i>' in page


def test_estimates_are_marked_wherever_they_are_and_named_once() -> None:
    page = rendered()
    assert page.count("~ a fee: a guess") == 1
    assert '<td class="right">~197.10</td><td class="right">~KRW 197,100</td>' in page
    assert '<td>fees</td><td class="right">~14.60</td>' in page
    assert "~" not in re.sub(r"<style>.*?</style>|<script>.*?</script>", "", page.replace(
        "~197", "").replace("~KRW", "").replace("~14.60", "").replace("~ a fee", "").replace(
        "~ includes", ""), flags=re.DOTALL)  # fmt: skip


def test_what_the_input_names_is_never_markup() -> None:
    page = rendered()
    assert HOSTILE not in page
    assert "shop/&lt;script&gt;document.title" in page
    assert "11&lt;" not in page
    assert "and 2 more" in page
    assert "<b>no machine</b>" not in page


def test_an_option_of_no_nodes_says_so() -> None:
    page = rendered()
    assert page.count("<p>No nodes.</p>") == 1
    assert 'aria-label="The nothing: 73.00 USD, KRW 73,000"' in page


def test_nothing_proven_and_nothing_that_runs_all_is_said_too() -> None:
    changed = document()
    changed["bound"]["usdPerHour"] = 0.0
    changed["options"] = changed["options"][:2]
    for option in changed["options"]:
        option["cost"]["local"] = None
    page = page_of(changed)
    assert "no minimum above zero was proven" in page
    assert "<strong>none</strong><span>no option runs all pods</span>" in page
    assert 'class="least"' not in page
    assert "KRW" not in page


def test_the_cheapest_says_where_it_was_not_played() -> None:
    changed = document()
    assert "<span>not rehearsed</span>" not in page_of(changed)
    changed["options"][-1]["stranded"] = None
    assert "<span>not rehearsed</span>" in page_of(changed)


def test_without_estimates_there_is_no_word_of_them() -> None:
    changed = document()
    changed["options"] = changed["options"][:2]
    page = page_of(changed)
    assert "an estimated or unverified price" not in page


def test_a_comparison_of_nothing_is_a_page_too() -> None:
    page = rendered(options=[], assumptions=[])
    assert "0 options compared" in page


def test_input_that_could_not_be_read_is_on_the_page() -> None:
    names = ("file", "object", "field", "message", "hint")
    page = rendered(errors=[{name: f"the {name}" for name in names}])
    assert "Input that could not be read" in page
    assert '<td class="wraps">the message</td>' in page


def test_the_same_comparison_gives_the_same_bytes() -> None:
    assert rendered() == rendered()
