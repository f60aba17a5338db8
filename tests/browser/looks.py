"""What every page is asked in a browser.

KUBESTOW_SCREENSHOTS names a folder to keep the pictures in.
"""

import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PICTURES = os.environ.get("KUBESTOW_SCREENSHOTS")
CONTROLS = "a:not([tabindex='-1']), button, input, select, summary, [tabindex='0']"
FOCUSED = """
() => [document.activeElement.dataset.place, getComputedStyle(document.activeElement).outlineStyle]
"""
LUMINANCE = """
(pair) => {
  const light = (text) => {
    const [r, g, b] = text.match(/[0-9.]+/g).map((x) => x / 255)
      .map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [a, b] = pair.map(light).sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}
"""
COLOURS = """
() => {
  const solid = (item) => {
    for (let e = item; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (!/^rgba.*, 0\\)$/.test(colour)) return colour;
    }
  };
  return [...document.querySelectorAll("body *")]
    .filter((e) => e.checkVisibility() && e.tagName !== "SCRIPT" && e.id !== "tip"
      && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((e) => [`${e.tagName}.${e.className} ${e.textContent.slice(0, 20)}`,
                 getComputedStyle(e).color, solid(e)]);
}
"""


def opened(browser: Any, file: Path, width: int = 1200, scheme: str = "light") -> Any:
    """Return the page; what it asks for or complains about is in ``page.heard``."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.heard = []
    page.on("console", lambda message: page.heard.append(message.text))
    page.on("pageerror", lambda error: page.heard.append(str(error)))
    page.on("request", lambda request: page.heard.append(request.url))
    page.goto(file.as_uri())
    return page


def low_contrasts(page: Any) -> list[tuple[str, float]]:
    """Return the texts under the contrast of WCAG AA, with every part of the page open."""
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    found = page.evaluate(COLOURS)
    assert len(found) > 80
    pairs = [[text, back] for _, text, back in found]
    ratios = page.evaluate(f"(pairs) => pairs.map({LUMINANCE})", pairs)
    low = zip(found, ratios, strict=True)
    return [(what, ratio) for (what, _, _), ratio in low if ratio < 4.5]


def tab_through(page: Any) -> int:
    """Press Tab through every control, in order and each in an outline; return how many."""
    page.evaluate(
        f"[...document.querySelectorAll(`{CONTROLS}`)]"
        ".filter((e) => e.checkVisibility()).forEach((e, i) => { e.dataset.place = i; })"
    )
    count: int = page.evaluate("document.querySelectorAll('[data-place]').length")
    reached = []
    for _ in range(count):
        page.keyboard.press("Tab")
        place, outline = page.evaluate(FOCUSED)
        assert outline == "solid"
        reached.append(place)
    assert reached == [str(number) for number in range(count)]
    return count
