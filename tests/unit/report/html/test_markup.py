"""Markup is made of values, and no value becomes markup by itself."""

from kubestow.report.html.markup import Html, element, joined


def test_text_and_attributes_are_escaped() -> None:
    found = element("p", "a < b & c", title='say "x" & <y>')
    assert found == '<p title="say &quot;x&quot; &amp; &lt;y&gt;">a &lt; b &amp; c</p>'


def test_markup_is_kept_and_none_is_nothing() -> None:
    assert element("p", Html("<b>x</b>"), None, element("i")) == "<p><b>x</b><i></i></p>"


def test_attributes_are_named_as_html_names_them() -> None:
    assert element("input", class_="a", aria_label="b", hidden=True, open=False, id=None) == (
        '<input class="a" aria-label="b" hidden>'
    )


def test_what_is_joined_is_markup_and_escaped_once() -> None:
    once = joined("<", element("br"))
    assert once == "&lt;<br>"
    assert joined(once) == once


def test_control_characters_are_written_out() -> None:
    assert element("p", "a\x1b[2Jb", title="\x9b") == '<p title="\\x9b">a\\x1b[2Jb</p>'
