"""The page around a report: head, style, script, theme switch.

A page is one self-contained file: its style and script are inline, and its content security policy
forbids everything else. The same content gives the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from kubestow.report.html.markup import Child, Html, element, joined

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page under its own heading; the anchor is its fragment in the URL."""

    anchor: str
    title: str
    content: Html


def page(title: str, kind: str, lead: Child, sections: Sequence[Section]) -> str:
    """Return the whole page: ``kind`` is the kind of report, ``lead`` precedes the sections."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("title", f"{title} - kubestow"),
        element("style", _part("page.css")),
    )
    links = [element("a", s.title, href=f"#{s.anchor}") for s in sections]
    top = element(
        "header",
        element(
            "div",
            element("p", kind, class_="kind"),
            element("button", "Switch theme", type="button", id="theme", hidden=True),
            class_="top",
        ),
        element("h1", title),
        element("nav", *links, aria_label="On this page"),
    )
    body = element(
        "body",
        element("a", "Skip to content", href="#content", class_="skip"),
        top,
        element("main", lead, *map(_section, sections), id="content", tabindex="-1"),
        element("div", id="tip", role="tooltip", hidden=True),
        element("script", _part("page.js")),
    )
    return joined(Html("<!doctype html>\n"), element("html", head, body, lang="en"), Html("\n"))


def _section(section: Section) -> Html:
    heading = f"{section.anchor}-title"
    return element(
        "section",
        element("h2", section.title, id=heading),
        section.content,
        id=section.anchor,
        aria_labelledby=heading,
    )


def _part(name: str) -> Html:
    return Html(files(__package__).joinpath(name).read_text(encoding="utf-8"))
