"""A plan's page in a real Chromium: looks, keyboard, phone, filter, and no request to anywhere."""

from pathlib import Path
from typing import Any

import pytest

from kubestow.cli.main import run
from kubestow.report.html.fleet import fleet_of
from kubestow.report.html.plan_page import render_plan_page

from ..unit.report.html.samples import large, small
from .looks import PICTURES, ROOT, low_contrasts, opened, tab_through


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan, snapshot = small()
    path = tmp_path_factory.mktemp("page") / "plan.html"
    path.write_text(render_plan_page(plan, fleet_of(plan, snapshot)), encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_runs_without_errors_and_requests_and_no_name_becomes_a_script(
    browser: Any, file: Path, scheme: str
) -> None:
    page = opened(browser, file, scheme=scheme)
    assert page.heard == [file.as_uri()]
    assert page.title() == "test-1: 8 pods on 4 new nodes of 1 kind; 2 cannot run - kubestow"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_the_contrast_of_wcag_aa(browser: Any, file: Path, scheme: str) -> None:
    page = opened(browser, file, scheme=scheme)
    assert low_contrasts(page) == []


def test_the_theme_follows_the_system_until_it_is_switched(browser: Any, file: Path) -> None:
    page = opened(browser, file, scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(18, 22, 28)"
    page.get_by_role("button", name="Light theme").click()
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.get_by_role("button", name="Dark theme").click()
    assert page.evaluate(background) == "rgb(18, 22, 28)"


@pytest.mark.parametrize("width", [320, 375, 768, 1200])
def test_it_never_scrolls_sideways(browser: Any, file: Path, width: int) -> None:
    page = opened(browser, file, width=width)
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_tab_key_reaches_every_control_in_order_and_shows_where_it_is(
    browser: Any, file: Path
) -> None:
    assert tab_through(opened(browser, file)) > 15


def test_the_keyboard_opens_a_node_and_its_tip_says_the_pods(browser: Any, file: Path) -> None:
    page = opened(browser, file)
    first = page.locator(".box > summary").first
    page.locator(".card > summary").first.focus()
    page.keyboard.press("Tab")
    tip = page.locator("#tip")
    assert tip.inner_text().startswith("A2 × default/web")
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    assert not page.get_by_text("pool-1: default/web-2").is_visible()
    page.keyboard.press("Enter")
    assert first.evaluate("e => e.parentElement.open")
    assert page.get_by_text("pool-1: default/web-2").is_visible()


def test_a_pointer_on_a_node_shows_its_pods(browser: Any, file: Path) -> None:
    page = opened(browser, file)
    page.locator(".box > summary").last.hover()
    assert "1 × default/database" in page.locator("#tip").inner_text()


def test_the_filter_leaves_the_nodes_with_every_word(browser: Any, file: Path) -> None:
    page = opened(browser, file)
    shown, cards = page.locator("#shown"), page.locator(".card:visible")
    assert (shown.inner_text(), cards.count()) == ("4 nodes", 2)
    page.get_by_label("Filter").fill("zone-b DATABASE")
    assert (shown.inner_text(), cards.count()) == ("1 of 4 nodes", 1)
    page.get_by_label("Filter").fill("nothing like it")
    assert (shown.inner_text(), cards.count()) == ("0 of 4 nodes", 0)


@pytest.mark.parametrize(
    ("order", "first"),
    [("cost", "3 × m.large"), ("full", "1 × m.large"), ("empty", "3 × m.large"),
     ("plan", "3 × m.large")],
)  # fmt: skip
def test_the_cards_can_be_ordered(browser: Any, file: Path, order: str, first: str) -> None:
    page = opened(browser, file)
    page.get_by_label("Sort").select_option(order)
    assert page.locator(".card .what").first.inner_text().endswith(first)


def test_ten_thousand_pods_open_filter_and_fold_quickly(browser: Any, tmp_path: Path) -> None:
    plan, snapshot = large(1000, 10)
    path = tmp_path / "large.html"
    path.write_text(render_plan_page(plan, fleet_of(plan, snapshot)), encoding="utf-8")
    page = opened(browser, path)
    assert page.locator(".card").count() == 3
    took = page.evaluate(
        "() => { const s = performance.now(); const f = document.getElementById('filter');"
        "f.value = 'service-007-'; f.dispatchEvent(new Event('input'));"
        "document.body.getBoundingClientRect(); return performance.now() - s; }"
    )
    assert took < 5000
    assert 0 < int(page.locator("#shown").inner_text().split(" ")[0]) < 1000


def test_printing_leaves_out_the_controls(browser: Any, file: Path) -> None:
    page = opened(browser, file, scheme="dark")
    page.emulate_media(media="print")
    assert not page.locator("#controls").is_visible()
    assert not page.locator("nav").is_visible()
    assert page.locator("h1").is_visible()


def _example(tmp_path: Path, capsys: Any) -> Path:
    """Return the page that the documentation shows: it takes half a minute to plan."""
    arguments = ["--region", "ap-northeast-2", "--currency", "KRW", "--rate", "1391.5"]
    shop = str(ROOT / "examples" / "online-shop")
    assert run(["plan", "-f", shop, *arguments, "-o", "html"]) == 0
    path = tmp_path / "plan.html"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    return path


def test_pictures_of_the_page(browser: Any, file: Path, tmp_path: Path, capsys: Any) -> None:
    path = file if PICTURES is None else _example(tmp_path, capsys)
    folder = Path(PICTURES or tmp_path)
    for name, width, height, scheme, anchor in (
        ("plan-light", 1080, 1120, "light", ""),
        ("plan-dark", 1080, 820, "dark", "nodes"),
        ("plan-phone", 375, 780, "light", "nodes"),
    ):
        page = opened(browser, path, width, scheme)
        page.set_viewport_size({"width": width, "height": height})
        if anchor == "nodes" and width > 400:
            page.locator(".box > summary").nth(1).click()
        if anchor:
            page.locator("#cards").evaluate("e => scrollTo({top: e.getBoundingClientRect().top"
                                            " + scrollY - 12, behavior: 'instant'})")  # fmt: skip
        page.screenshot(path=folder / f"{name}.png", animations="disabled")
        assert (folder / f"{name}.png").stat().st_size < 200_000
