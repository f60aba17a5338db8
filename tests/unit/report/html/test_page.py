"""The page asks for nothing, names its parts and is the same for the same content."""

import re

from kubestow.report.html.markup import Html
from kubestow.report.html.page import Section, page

FOUND = page("A <plan>", "Plan", "lead", [Section("one", "First", Html("<p>x</p>"))])


def test_a_page_needs_nothing_but_itself() -> None:
    assert re.findall(r"""(?:src|href)="(?!#)|url\(|@import|https?:""", FOUND) == []
    assert "default-src 'none'" in FOUND.replace("&#x27;", "'")


def test_its_title_is_escaped_and_its_sections_are_linked_and_named() -> None:
    assert "<title>A &lt;plan&gt; - kubestow</title>" in FOUND
    assert '<a href="#one">First</a>' in FOUND
    assert '<section id="one" aria-labelledby="one-title"><h2 id="one-title">First</h2>' in FOUND


def test_it_has_a_language_a_viewport_and_a_way_past_the_links() -> None:
    assert FOUND.startswith('<!doctype html>\n<html lang="en">')
    assert 'content="width=device-width, initial-scale=1"' in FOUND
    assert '<a href="#content" class="skip">' in FOUND
