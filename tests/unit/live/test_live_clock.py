"""A turn waits for a change, until no more pods come, and while all is halted."""

import threading
import time
from collections.abc import Callable

import pytest

from kubestow.live import live_clock
from kubestow.live.live_clock import LiveClock


class Changes:
    """A number that somebody raises."""

    def __init__(self) -> None:
        self.number = 0

    def changes(self) -> int:
        return self.number

    def wait_for_change(self, since: int, seconds: float) -> int:
        if self.number == since:
            time.sleep(min(seconds, 0.02))
        return self.number


def elapsed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def test_a_wait_ends_with_a_change_an_instant_or_the_end() -> None:
    changes = Changes()
    clock = LiveClock(changes, lambda: 0)
    assert elapsed(lambda: clock.wait(0, int(time.time()))) < 1.0
    due = LiveClock(changes, lambda: 0, due=lambda at: at + 1)
    assert 0.0 < elapsed(lambda: due.wait(0, None)) < 5.0
    changes.number = 1
    assert clock.wait(0, None)
    clock.hurried.set()
    assert clock.wait(0, None)
    clock.stop()
    assert not clock.wait(60, None)


def test_pods_that_come_at_once_are_waited_for() -> None:
    changes, pods = Changes(), [0]
    clock = LiveClock(changes, lambda: pods[0])

    def come() -> None:
        for _ in range(4):
            time.sleep(0.3)
            pods[0] += 10
            changes.number += 1

    thread = threading.Thread(target=come)
    thread.start()
    assert clock.wait(0, None)
    assert clock.gathers_more()
    assert clock.wait(0, 0)
    assert not clock.gathers_more()
    thread.join(0)
    assert not thread.is_alive()
    assert pods == [40]


def test_few_pods_are_decided_about_while_it_is_waited_for_more() -> None:
    changes, pods = Changes(), [0]
    clock = LiveClock(changes, lambda: pods[0])
    assert not clock.gathers_more()  # nothing came
    pods[0], changes.number = 10, 1
    began = time.monotonic()
    assert clock.wait(0, None)
    assert time.monotonic() - began < 0.9
    assert not clock.gathers_more()
    assert time.monotonic() - began >= 1.0
    pods[0], changes.number = 20, 2
    assert clock.wait(0, None)
    pods[0] = 30
    assert clock.gathers_more()
    assert elapsed(lambda: clock.wait(0, 0)) >= 0.9  # not early again
    pods[0] = 40
    assert not clock.gathers_more()


def test_what_is_urgent_is_over_or_took_long_waits_for_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changes, pods = Changes(), [0]
    clock = LiveClock(changes, lambda: pods[0])

    def decided_early() -> None:
        pods[0], changes.number = pods[0] + 10, changes.number + 1
        assert clock.wait(0, None)
        pods[0] += 10

    decided_early()
    clock.hurried.set()
    assert not clock.gathers_more()
    decided_early()
    monkeypatch.setattr(live_clock, "_LATE_SECONDS", 0.0)
    assert not clock.gathers_more()
    monkeypatch.undo()
    decided_early()
    assert clock.gathers_more()
    clock.stop()
    assert not clock.wait(0, 0)


def test_pods_that_go_hide_none_that_come() -> None:
    changes, pods = Changes(), [100]
    clock = LiveClock(changes, lambda: pods[0])
    pods[0], changes.number = 110, 1
    assert clock.wait(0, None)
    pods[0] = 50
    threading.Timer(0.25, lambda: pods.__setitem__(0, 60)).start()
    assert clock.gathers_more()


def test_many_pods_are_waited_for_to_the_end() -> None:
    changes, pods = Changes(), [0]
    clock = LiveClock(changes, lambda: pods[0])
    pods[0], changes.number = 2_000, 1
    assert elapsed(lambda: clock.wait(0, None)) >= 1.0
    pods[0] = 2_001
    assert not clock.gathers_more()


def test_while_halted_no_wait_ends_but_by_the_end() -> None:
    changes, halted = Changes(), [True]
    clock = LiveClock(changes, lambda: 0, is_halted=lambda: halted[0])
    changes.number = 1
    threading.Timer(0.3, lambda: halted.__setitem__(0, False)).start()
    assert elapsed(lambda: clock.wait(0, None)) >= 0.29
