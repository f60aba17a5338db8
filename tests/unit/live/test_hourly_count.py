"""What was done in the last hour is counted, and goes from one process to the next as a text."""

from kubestow.live.hourly_count import HourlyCount


def test_what_is_older_than_an_hour_does_not_count() -> None:
    count = HourlyCount()
    for at in (0, 30, 59, 60, 3_000):
        count.add(at)
    assert [count.within(at) for at in (3_000, 3_599, 3_660, 3_720, 6_599, 6_660)] == [
        5, 5, 2, 1, 1, 0,
    ]  # fmt: skip


def test_a_count_is_gone_on_with() -> None:
    first, second = HourlyCount(), HourlyCount()
    for at in (0, 30, 60):
        first.add(at)
    assert first.text() == "0:2 60:1"
    second.take(first.text(), 90)
    second.take(first.text(), 90)  # twice does no harm
    second.add(90)
    assert second.within(100) == 4


def test_what_is_not_a_count_is_left_out() -> None:
    count = HourlyCount()
    digits = "9" * 5_000
    count.take(f"60:2 x:1 3: :4 -60:1 nothing 60:{digits} {digits}:1 60:\u0663", 60)
    assert count.text() == "60:2"


def test_what_is_to_come_is_left_out() -> None:
    count = HourlyCount()
    count.take("60:1 120:2 180:4 999999999999:8", 60)
    assert count.text() == "60:1 120:2"
