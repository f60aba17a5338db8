"""A simulation's page in a real Chromium: looks, keyboard, phone, print, no request to anywhere."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kubestow.adapters.files import read_files
from kubestow.cli.reading import InputOptions, catalog_of
from kubestow.model.simulated import Simulated
from kubestow.model.snapshot import Snapshot
from kubestow.report.html.simulate_page import render_simulate_page
from kubestow.simulation.job import Job, run, scenario_of
from kubestow.views.settings import Settings
from kubestow.views.simulation_view import simulation_view

from ..unit.report.html.simulated import simulated_page
from .looks import LUMINANCE, PICTURES, ROOT, low_contrasts, opened, tab_through

_STROKES = """
() => [...document.querySelectorAll(".plot .curve")].map((e) =>
  [getComputedStyle(e).stroke, getComputedStyle(document.body).backgroundColor,
   getComputedStyle(e).strokeDasharray])
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "simulation.html"
    path.write_text(simulated_page(), encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_runs_without_errors_and_requests_and_no_name_becomes_a_script(
    browser: Any, file: Path, scheme: str
) -> None:
    page = opened(browser, file, scheme=scheme)
    assert page.heard == [file.as_uri()]
    assert page.title().endswith("shop/: 3 policies simulated - kubestow")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_the_contrast_of_wcag_aa(browser: Any, file: Path, scheme: str) -> None:
    assert low_contrasts(opened(browser, file, scheme=scheme)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_line_stands_out_and_each_has_its_own_colour_and_dash(
    browser: Any, file: Path, scheme: str
) -> None:
    page = opened(browser, file, scheme=scheme)
    found = page.evaluate(_STROKES)
    assert len(found) == 4 * 3
    for stroke, ground, _ in found:
        assert page.evaluate(LUMINANCE, [stroke, ground]) >= 3
    assert len({stroke for stroke, _, _ in found}) == 3
    assert len({dash for _, _, dash in found}) == 3


@pytest.mark.parametrize("width", [320, 375, 768, 1200])
def test_it_never_scrolls_sideways(browser: Any, file: Path, width: int) -> None:
    page = opened(browser, file, width=width)
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [320, 375, 768, 1200])
def test_labels_of_times_do_not_touch(browser: Any, file: Path, width: int) -> None:
    page = opened(browser, file, width=width)
    boxes = page.evaluate("""
      () => [...document.querySelectorAll("#rate .along span")].filter((e) => e.checkVisibility())
        .map((e) => [e.getBoundingClientRect().left, e.getBoundingClientRect().right])
    """)
    assert len(boxes) >= 3
    assert all(right < left for (_, right), (left, _) in pairwise(boxes))


def test_the_tab_key_reaches_every_control_in_order_and_shows_where_it_is(
    browser: Any, file: Path
) -> None:
    assert tab_through(opened(browser, file)) > 15


def test_the_keyboard_opens_the_table_of_a_chart(browser: Any, file: Path) -> None:
    page = opened(browser, file)
    table = page.get_by_role("region", name="Pending pods: maximum from each time to the next")
    assert not table.is_visible()
    page.locator("#pending summary").focus()
    page.keyboard.press("Enter")
    assert table.is_visible()


def test_paper_shows_every_table(browser: Any, file: Path) -> None:
    page = opened(browser, file, scheme="dark")
    page.emulate_media(media="print")
    assert page.get_by_text("USD per hour: mean from each time to the next").is_visible()
    assert not page.locator("nav").is_visible()


def _example(tmp_path: Path) -> Path:
    """Return the page that the documentation shows: a day of the shop under every policy."""
    shop = [str(ROOT / "examples" / "online-shop")]
    cluster = read_files(shop).cluster
    snapshot = Snapshot(
        cluster, catalog_of(InputOptions(filename=shop, region="us-east-1"), cluster)
    )
    job = Job(snapshot, "optimal", 86_400)
    results = [
        run(replace(job, policy=name)) for name in ("optimal", "karpenter", "cluster-autoscaler")
    ]
    scenario = scenario_of(job)
    what = Simulated(
        "examples/online-shop", "us-east-1", job.seed, job.faults, scenario.start, job.seconds,
        scenario.left_out,
    )  # fmt: skip
    view = simulation_view(what, results, snapshot.catalog.sources, Settings())
    path = tmp_path / "simulation.html"
    path.write_text(render_simulate_page(view), encoding="utf-8")
    return path


def test_pictures_of_the_page(browser: Any, file: Path, tmp_path: Path) -> None:
    path = file if PICTURES is None else _example(tmp_path)
    for name, width, height in (("simulate-light", 1080, 1860), ("simulate-phone", 375, 1180)):
        page = opened(browser, path, width)
        page.set_viewport_size({"width": width, "height": height})
        if width < 768:
            page.evaluate("document.getElementById('rate').scrollIntoView({behavior: 'instant'})")
        picture = Path(PICTURES or tmp_path) / f"{name}.png"
        page.screenshot(path=picture, animations="disabled")
        assert picture.stat().st_size < 200_000
