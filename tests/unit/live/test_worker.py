"""A worker takes steps until it is stopped; what is wrong is told, and a bug ends it."""

import threading
from dataclasses import dataclass, field

import pytest

from kubestow.live import worker
from kubestow.live.worker import Worker, at_work
from kubestow.model.input_error import InputError


@dataclass
class Steps:
    """Steps that go wrong in their order."""

    wrong: list[Exception]
    told: list[str] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def step(self) -> None:
        if self.wrong:
            raise self.wrong.pop(0)
        self.over.set()

    def failed(self, fault: Exception) -> None:
        self.faults.append(fault)
        self.over.set()

    def worker(self) -> Worker:
        return Worker("steps", self.step, 0.001, self.told.append, self.failed)


def test_it_goes_on_after_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_AGAIN_SECONDS", 0.0)
    steps = Steps([InputError("EC2 is away", hint="")])
    with at_work([steps.worker()]):
        assert steps.over.wait(10)
    assert (steps.told, steps.faults) == (["EC2 is away"], [])


def test_a_bug_ends_it_and_is_heard() -> None:
    bug = ValueError("a bug")
    steps = Steps([bug])
    with at_work([steps.worker()]):
        assert steps.over.wait(10)
    assert steps.faults == [bug]


def test_those_that_were_started_are_stopped_where_the_next_cannot_be() -> None:
    class Broken:
        def start(self) -> None:
            raise OSError("no more threads")

        def stop(self) -> None:
            raise AssertionError("it was never started")

    first = Steps([]).worker()
    with pytest.raises(OSError, match="no more"), at_work([first, Broken()]):
        pass
    assert first.stopped.is_set()
