"""The event queue: the order of events, and what runs when the clock advances."""

import functools
from collections.abc import Callable

from kubestow.simulation.pods import Pods
from kubestow.simulation.scenario import MONDAY
from kubestow.simulation.stage import COMING, FREEING, Stage
from kubestow.testing import scenario


def stage() -> Stage:
    own = scenario()
    return Stage(own, Pods(own.base.cluster, [], 0))


def recorder() -> tuple[list[str], Callable[[str], Callable[[], None]]]:
    """Return a list, and a function that makes an event which adds a name to it."""
    names: list[str] = []
    return names, lambda name: functools.partial(names.append, name)


def test_events_run_by_instant_then_freeing_first_then_as_scheduled() -> None:
    own, (names, event) = stage(), recorder()
    own.later(MONDAY + 9, COMING, event("late"))
    own.later(MONDAY + 5, COMING, event("first coming"))
    own.later(MONDAY + 5, COMING, event("second coming"))
    own.later(MONDAY + 5, FREEING, event("freeing"))
    own.play(MONDAY + 9)
    assert names == ["freeing", "first coming", "second coming", "late"]
    assert own.events == 4


def test_only_events_that_are_due_run() -> None:
    own, (names, event) = stage(), recorder()
    own.after(10, COMING, event("due"))
    own.after(11, COMING, event("not due"))
    own.play(MONDAY + 10)
    assert (names, own.at, own.following) == (["due"], MONDAY + 10, MONDAY + 11)


def test_an_event_may_schedule_another_for_the_same_instant() -> None:
    own, (names, event) = stage(), recorder()
    own.after(5, FREEING, lambda: own.after(0, FREEING, event("second")))
    own.play(MONDAY + 5)
    assert names == ["second"]
    assert own.following is None


def test_a_change_wakes_the_scheduler_and_the_autoscaler() -> None:
    own = stage()
    assert (own.dirty, own.happened) == (False, False)
    own.changed()
    assert (own.dirty, own.happened) == (True, True)
