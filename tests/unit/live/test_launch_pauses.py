"""Pauses of launches that are refused: they grow, and end with another template or a success."""

from itertools import pairwise

from kubestow.live.launch_pauses import LaunchPauses
from kubestow.testing import ZONES

KIND = ("pool", ZONES[0], "made so")
OTHER = ("pool", ZONES[0], "made otherwise")


def asked(pauses: LaunchPauses, seconds: range, template: str = "one") -> list[int]:
    """Return when a launch is asked for that is refused each time."""
    found = []
    for at in seconds:
        if not pauses.is_paused(KIND, lambda: template, at):
            found.append(at)
            pauses.refused(KIND, template, "no rights", at)
    return found


def test_a_pause_doubles_from_five_seconds_to_five_minutes() -> None:
    times = asked(LaunchPauses(), range(0, 2_000))
    pauses = [later - sooner for sooner, later in pairwise(times)]
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300]


def test_another_template_or_a_success_ends_it() -> None:
    pauses = LaunchPauses()
    assert asked(pauses, range(0, 16)) == [0, 5, 15]
    assert asked(pauses, range(16, 22), "two") == [16, 21]
    assert pauses.is_paused(KIND, lambda: "two", 22)
    pauses.launched(KIND)
    assert asked(pauses, range(22, 28), "two") == [22, 27]


def test_others_do_not_pause() -> None:
    pauses = LaunchPauses()
    asked(pauses, range(0, 1))
    assert not pauses.is_paused(OTHER, lambda: "one", 1)


def test_a_reason_is_new_once_for_its_pool() -> None:
    pauses = LaunchPauses()
    assert pauses.refused(KIND, "one", "no rights", 0)
    assert not pauses.refused(OTHER, "one", "no rights", 1)
    assert not pauses.refused(KIND, "one", "no rights", 5)
    assert pauses.refused(KIND, "one", "wrong image", 15)
    assert not pauses.refused(OTHER, "one", "wrong image", 15)


def test_the_next_try_is_the_first_that_is_not_over() -> None:
    pauses = LaunchPauses()
    assert pauses.next_try(0) is None
    pauses.refused(KIND, "one", "no rights", 0)
    pauses.refused(OTHER, "one", "no rights", 2)
    assert [pauses.next_try(at) for at in (0, 5, 7)] == [5, 7, None]


def test_a_refusal_of_long_ago_does_not_count() -> None:
    pauses = LaunchPauses()
    asked(pauses, range(0, 100))
    assert pauses.refused(KIND, "one", "no rights", 10_000)
    assert pauses.next_try(10_000) == 10_005
