"""A comparison's page in a real Chromium: looks, keyboard, phone, print, no request to anywhere."""

from pathlib import Path
from typing import Any

import pytest

from kubestow.cli.main import run
from kubestow.report.html.compare_page import render_compare_page

from ..unit.report.html.samples import compared
from .looks import PICTURES, ROOT, low_contrasts, opened, tab_through


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "comparison.html"
    path.write_text(render_compare_page(compared()), encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_runs_without_errors_and_requests_and_no_name_becomes_a_script(
    browser: Any, file: Path, scheme: str
) -> None:
    page = opened(browser, file, scheme=scheme)
    assert page.heard == [file.as_uri()]
    assert page.title() == "test-1: 10 pods, 5 options compared - kubestow"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_the_contrast_of_wcag_aa(browser: Any, file: Path, scheme: str) -> None:
    assert low_contrasts(opened(browser, file, scheme=scheme)) == []


@pytest.mark.parametrize("width", [320, 375, 768, 1200])
def test_it_never_scrolls_sideways(browser: Any, file: Path, width: int) -> None:
    page = opened(browser, file, width=width)
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_tab_key_reaches_every_control_in_order_and_shows_where_it_is(
    browser: Any, file: Path
) -> None:
    assert tab_through(opened(browser, file)) > 10


def test_the_keyboard_opens_an_option(browser: Any, file: Path) -> None:
    page = opened(browser, file)
    note = page.get_by_text("a note on fargate")
    assert page.get_by_text("a note on planned").is_visible()
    assert not note.is_visible()
    page.locator(".option > summary").last.focus()
    page.keyboard.press("Enter")
    assert note.is_visible()


def test_paper_shows_every_option_whole(browser: Any, file: Path) -> None:
    page = opened(browser, file, scheme="dark")
    page.emulate_media(media="print")
    assert page.get_by_text("a note on fargate").is_visible()
    assert not page.locator("nav").is_visible()


def _example(tmp_path: Path, capsys: Any) -> Path:
    """Return the page that the documentation shows: it takes a quarter of a minute to plan."""
    arguments = ["--region", "ap-northeast-2", "--currency", "KRW", "--rate", "1391.5"]
    shop = str(ROOT / "examples" / "online-shop")
    assert run(["compare", "-f", shop, *arguments, "--no-rehearsal", "-o", "html"]) == 0
    path = tmp_path / "comparison.html"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    return path


def test_pictures_of_the_page(browser: Any, file: Path, tmp_path: Path, capsys: Any) -> None:
    path = file if PICTURES is None else _example(tmp_path, capsys)
    for name, width, height in (("compare-light", 1080, 1240), ("compare-phone", 375, 1180)):
        page = opened(browser, path, width)
        page.set_viewport_size({"width": width, "height": height})
        picture = Path(PICTURES or tmp_path) / f"{name}.png"
        page.screenshot(path=picture, animations="disabled")
        assert picture.stat().st_size < 200_000
