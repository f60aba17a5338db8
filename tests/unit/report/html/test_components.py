"""Components: figures beside every bar, real tables, nothing that only colour says."""

from kubestow.report.html.components import (
    Bar,
    Segment,
    TableColumn,
    bars,
    facts,
    key,
    notes,
    table,
    tiles,
    track,
)


def test_a_track_shares_its_width_and_says_its_figures() -> None:
    found = track([Segment(1, "a", "pods", "A"), Segment(2, "b")], 8, "cpu 37.5 %")
    assert found == (
        '<span class="track" role="img" aria-label="cpu 37.5 %">'
        '<i class="a" style="width:12.5%" title="pods">A</i>'
        '<i class="b" style="width:25%"></i></span>'
    )


def test_a_segment_too_thin_for_a_letter_has_none_and_an_empty_one_is_left_out() -> None:
    found = track([Segment(1, "thin", "", "T"), Segment(0, "empty")], 100, "x")
    assert '<i class="thin" style="width:1%"></i>' in found
    assert "empty" not in found


def test_nothing_of_nothing_is_an_empty_track() -> None:
    assert "<i" not in track([Segment(0, "a")], 0, "x")


def test_bars_share_the_scale_of_the_longest_and_carry_their_figures_as_text() -> None:
    four, one = (Segment(4, "s"),), (Segment(1, "s"),)
    found = bars([Bar("a", four, "4 USD"), Bar("b", one, "1 USD", "!")], "Cost")
    assert "width:100%" in found
    assert "width:25%" in found
    assert 'aria-label="b: 1 USD"' in found
    assert '<span class="bar-value">1 USD</span><span class="bar-note">!</span>' in found
    assert "<figcaption>Cost</figcaption>" in found


def test_bars_can_be_held_against_a_whole() -> None:
    assert "width:10%" in bars([Bar("a", (Segment(1, "s"),), "1")], "x", whole=10)


def test_a_table_has_a_caption_and_heads_for_columns_and_rows() -> None:
    found = table("Things", [TableColumn("Name"), TableColumn("Count", right=True)], [["<a>", "1"]])
    assert "<caption>Things</caption>" in found
    assert '<th scope="col" class="right">Count</th>' in found
    assert '<tr><th scope="row">&lt;a&gt;</th><td class="right">1</td></tr>' in found
    assert 'role="region" tabindex="0" aria-label="Things"' in found


def test_the_rest_is_lists_of_names_and_texts() -> None:
    assert "<li><i" in key([(Segment(1, "s", "", "A"), "a")])
    assert "<dt>a</dt><dd><strong>1</strong><span>b</span></dd>" in tiles([("a", "1", ("b", None))])
    assert facts([("a", "b")]) == '<dl class="facts"><dt>a</dt><dd>b</dd></dl>'
    assert notes(["<"]) == '<ul class="notes"><li>&lt;</li></ul>'
