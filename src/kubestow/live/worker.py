"""Threads that take a step again and again, beside whoever started them."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from kubestow.model.input_error import InputError

_AGAIN_SECONDS, _JOINED_SECONDS = 5.0, 5.0


@dataclass(slots=True)
class Worker:
    """A thread of its own from ``start`` to ``stop``; it waits for so long before each step.

    ``tell`` hears what is wrong with the input, after which it waits longer; ``failed`` hears a
    bug, which ends it: that must not happen without a word.
    """

    name: str
    step: Callable[[], None]
    every_seconds: float = 0.0
    tell: Callable[[str], None] = lambda text: None
    failed: Callable[[Exception], None] = lambda fault: None
    stopped: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def stop(self, seconds: float = _JOINED_SECONDS) -> None:
        """Take no more steps; wait for so long until the one under way is over."""
        self.stopped.set()
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self.stopped.wait(self.every_seconds):
            try:
                self.step()
            except InputError as problem:
                self.tell(problem.message)
                self.stopped.wait(_AGAIN_SECONDS)
            except Exception as fault:
                self.failed(fault)
                return


class Working(Protocol):
    """Who works beside others."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End."""


@contextmanager
def at_work(workers: Iterable[Working]) -> Iterator[None]:
    """Let all of them work for the length of a block."""
    started: list[Working] = []
    try:
        for worker in workers:
            worker.start()
            started.append(worker)
        yield
    finally:
        for worker in started:
            worker.stop()
