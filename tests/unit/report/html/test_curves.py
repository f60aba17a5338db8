"""Curves: every extreme survives thinning, values are held, and figures stand beside the lines."""

import re

import pytest

from kubestow.report.html.curves import (
    HEIGHT,
    WIDTH,
    Chart,
    Curve,
    Span,
    chart,
    instants,
    mean,
    sample,
    scale,
    style,
    thinned,
    time_text,
)

MONDAY = 1_767_571_200
_DAY = 86_400
WHAT = Chart("Things over time", "Things", lambda value: f"{value:g}")


def drawn(*curves: Curve, what: Chart = WHAT, start: int = 0, end: int = 7200) -> str:
    return chart(what, curves, Span(start, end))


def test_a_column_keeps_its_first_least_most_and_last_value_in_order() -> None:
    samples = [(at, value) for at, value in enumerate((5.0, 9.0, 7.0, 1.0, 3.0, 4.0))]
    assert thinned(samples, Span(0, WIDTH * 100)) == [(0, 5.0), (0, 9.0), (0, 1.0), (0, 4.0)]


def test_a_week_of_samples_shrinks_and_loses_no_peak() -> None:
    week = [(300 * n, 1000.0 if n == 1234 else float(n % 7)) for n in range(2016)]
    found = thinned(week, Span(0, 300 * 2016))
    assert len(found) < 2016
    assert max(value for _, value in found) == 1000
    assert len({column for column, _ in found}) <= WIDTH + 1
    assert [column for column, _ in found] == sorted(column for column, _ in found)


def test_a_value_holds_until_the_next_and_is_weighed_by_its_time() -> None:
    curve = Curve("a", [(0, 1.0), (10, 4.0)], 40)
    assert mean(curve, 0, 40) == (1 * 10 + 4 * 30) / 40
    assert mean(curve, 5, 15) == 2.5
    assert mean(curve, 40, 50) is None


def test_a_line_is_level_until_its_next_value_and_ends_where_the_run_does() -> None:
    found = drawn(Curve("a", [(0, 0.0), (3600, 2.0), (4000, 2.0)], 5400))
    assert f'<path d="M0 {HEIGHT}H360V0H540" class="curve c0 d0">' in found


def test_a_curve_of_nothing_has_no_line_and_no_figures() -> None:
    found = drawn(Curve("a", [], 0))
    assert '<path d="" class="curve c0 d0">' in found
    assert "a from - to -, - on average" in found


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (0, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (25, [0, 10, 20, 30]),
        (0.9, [0, 0.25, 0.5, 0.75, 1]),
        (1300, [0, 500, 1000, 1500]),
    ],
)
def test_a_scale_is_of_round_values_and_holds_the_most(most: float, ticks: list[float]) -> None:
    assert scale(most) == pytest.approx(ticks)


def test_a_scale_is_short_and_holds_the_most_whatever_it_is() -> None:
    for number in range(1, 2000):
        ticks = scale(number * 0.37)
        assert ticks[-1] >= number * 0.37 * (1 - 1e-9)
        assert len(ticks) <= 6


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        (1 / 24, ["Mon 5 Jan", "00:10", "00:20", "00:30", "00:40", "00:50", "01:00"]),
        (1, [
            "Mon 5 Jan", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "Tue 6 Jan",
        ]),
        (3, ["Mon 5 Jan", "12:00", "Tue 6 Jan", "12:00", "Wed 7 Jan", "12:00", "Thu 8 Jan"]),
        (14, [f"{d} Jan" for d in (
            "Mon 5", "Wed 7", "Fri 9", "Sun 11", "Tue 13", "Thu 15", "Sat 17", "Mon 19",
        )]),
    ],
)  # fmt: skip
def test_times_are_labelled_at_round_instants(days: float, labels: list[str]) -> None:
    span = Span(MONDAY, MONDAY + round(days * _DAY))
    assert [time_text(at, span) for at in instants(span)] == labels


def test_labels_of_a_run_that_starts_at_odds_are_round_all_the_same() -> None:
    span = Span(MONDAY + 1234, MONDAY + 1234 + 30 * _DAY)
    assert instants(span)[0] == MONDAY + _DAY
    assert all(at % _DAY == 0 for at in instants(span))


def test_thirty_curves_are_told_apart_by_colour_and_dash() -> None:
    assert len({style(number) for number in range(30)}) == 30
    assert 'class="curve c1 d1"' in sample(1)


def test_the_figures_stand_in_the_label_the_key_and_the_table() -> None:
    curve = Curve("<b>", [(0, 2.0), (3600, 6.0)], 7200)
    found = drawn(curve)
    assert 'aria-label="Things over time: &lt;b&gt; from 2 to 6, 4 on average"' in found
    assert re.search(r'&lt;b&gt;</th><td class="right">2</td><td class="right">4</td>', found)
    assert '<th scope="row">1970-01-01 01:00</th><td class="right">6</td>' in found
    assert "<b>" not in found


def test_a_table_shows_peaks_where_a_mean_would_hide_them_and_nothing_after_the_end() -> None:
    peaks = Chart("x", "x", WHAT.format, peaks=True)
    curve = Curve("a", [(0, 0.0), (10, 9.0), (20, 0.0)], 3600)
    found = drawn(curve, what=peaks)
    assert '<th scope="row">1970-01-01 00:00</th><td class="right">9</td>' in found
    assert '<th scope="row">1970-01-01 01:00</th><td class="right">-</td>' in found


def test_a_long_time_has_a_short_table() -> None:
    for days in (1, 7, 28, 366, 5000):
        found = drawn(Curve("a", [(0, 1.0)], days * _DAY), end=days * _DAY)
        assert 7 <= found.count('<th scope="row">1') <= 24
