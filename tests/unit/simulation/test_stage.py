"""Events happen at their instants and, of those at one instant, in a fixed order."""

from collections.abc import Callable

from kubestow.simulation.pods import Pods
from kubestow.simulation.scenario import MONDAY
from kubestow.simulation.stage import COMING, FREEING, Stage
from kubestow.testing import scenario


def stage() -> Stage:
    day = scenario()
    return Stage(day, Pods(day.base.cluster, [], 0))


class Log:
    """Writes down what happened, and when."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.lines = stage, list[tuple[int, str]]()

    def of(self, what: str) -> Callable[[], None]:
        return lambda: self.lines.append((self.stage.at - MONDAY, what))


def test_what_frees_comes_before_what_comes_and_the_rest_as_it_was_planned() -> None:
    played = stage()
    log = Log(played)
    for what, priority in (("b", COMING), ("c", COMING), ("a", FREEING)):
        played.later(MONDAY + 5, priority, log.of(what))
    played.later(MONDAY + 4, COMING, log.of("earlier"))
    played.play(MONDAY + 4)
    assert log.lines == [(4, "earlier")]
    played.play(MONDAY + 5)
    assert log.lines[1:] == [(5, "a"), (5, "b"), (5, "c")]
    assert (played.events, played.following) == (4, None)


def test_the_next_event_is_known_and_an_event_may_plan_another_at_its_own_instant() -> None:
    played = stage()
    log = Log(played)
    played.after(3, COMING, lambda: played.after(0, FREEING, log.of("second")))
    assert played.following == MONDAY + 3
    played.play(MONDAY + 3)
    assert log.lines == [(3, "second")]


def test_after_counts_from_now() -> None:
    played = stage()
    played.play(MONDAY + 10)
    played.after(5, COMING, lambda: None)
    assert (played.at, played.following) == (MONDAY + 10, MONDAY + 15)


def test_a_change_is_work_for_the_scheduler_and_to_be_seen_by_the_autoscaler() -> None:
    played = stage()
    assert (played.dirty, played.happened) == (False, False)
    played.changed()
    assert played.dirty
    assert played.happened
