"""Work items run side by side: in worker processes of this machine, and in this process.

Workers are started only for items that take longer than it takes to start one. This process runs
items, too; of those that nobody has begun the longest is next. A worker is spawned, ignores Ctrl-C,
and ends with this process, however it ends.
"""

import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from kubestow.adapters.garbage import look_seldom
from kubestow.model.reporter import EnoughError, Reporter
from kubestow.model.work_item import Value, WorkItem, one_after_another

PAYS_MILLISECONDS = 1_000
"""Shorter items start no worker, which takes half a second of a core and 150 MB."""
WORKERS_MOST = 7
_TICK_SECONDS = 0.1


def side_by_side(
    items: Sequence[WorkItem[Value]], reporter: Reporter, *, processes: int
) -> Iterator[tuple[int, Value]]:
    """Run items in at most so many processes, of which this one is the first (``RunItems``).

    The first item is run in this process. An item whose worker dies is run again, in this process.
    """
    longest_first = sorted(range(1, len(items)), key=lambda number: -items[number].milliseconds)
    long = sum(items[number].milliseconds >= PAYS_MILLISECONDS for number in longest_first)
    workers = min(processes - 1, long, WORKERS_MOST)
    if workers < 1:
        yield from one_after_another(items, reporter)
        return
    share = _Share(items, deque(longest_first))
    with _workers(workers, pickle.dumps(tuple(items)), share):
        yield from share.joined(reporter)


@dataclass(frozen=True, slots=True)
class _Progress:
    """What a worker reports of the item that it runs."""

    step: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class _Fault:
    """An exception of a worker, in parts that can be sent, and its trace."""

    kind: type[Exception]
    arguments: tuple[Any, ...]
    attributes: dict[str, Any]
    trace: str

    def exception(self) -> Exception:
        """Return the exception as it was raised, caused by one that shows the trace."""
        error = self.kind.__new__(self.kind, *self.arguments)
        error.__dict__.update(self.attributes)
        error.__cause__ = _WorkerError(f"\n{self.trace}")
        return error


class _WorkerError(Exception):
    """Shows in a traceback what happened in a worker."""


@dataclass(frozen=True, slots=True)
class _Done:
    """The value of an item, or the exception that it raised."""

    value: Any = None
    error: Exception | None = None


@dataclass(slots=True)
class _Share:
    """What is left to do, what is being done, and what is done: shared by threads.

    At first this process runs the first item.
    """

    items: Sequence[WorkItem[Any]]
    left: deque[int]
    running: dict[int, _Progress | None] = field(default_factory=lambda: {0: None})
    values: list[tuple[int, Any]] = field(default_factory=list)
    errors: dict[int, Exception] = field(default_factory=dict)
    finished: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self) -> int | None:
        """Return the number of the next item to run; None if nothing is left, or nothing counts.

        After an error only items before it count: one of them may raise another.
        """
        with self.changed:
            while self.left:
                number = self.left.popleft()
                if number < min(self.errors, default=len(self.items)):
                    self.running[number] = None
                    return number
            return None

    def give_back(self, number: int) -> None:
        """Let this process run an item whose worker died."""
        with self.changed:
            del self.running[number]
            self.left.appendleft(number)
            self.changed.notify()

    def finish(self, number: int, outcome: _Done) -> None:
        """Note the outcome of an item."""
        with self.changed:
            del self.running[number]
            self.finished += 1
            if outcome.error is None:
                self.values.append((number, outcome.value))
            else:
                self.errors[number] = outcome.error
            self.changed.notify()

    def joined(self, reporter: Reporter) -> Iterator[tuple[int, Any]]:
        """Run items here until none is left, and wait for those of workers; yield the values."""
        own = _Counting(reporter, self)
        number: int | None = 0
        try:
            while number is not None or self._is_waited_for():
                if number is not None:
                    self.finish(number, _outcome(self.items[number], own))
                else:
                    self._wait(own)
                yield from self._new_values()
                self._raise_error()
                number = self.take()
        except EnoughError:
            yield from self._new_values()
            raise

    def _is_waited_for(self) -> bool:
        with self.changed:
            return bool(self.running or self.left or self.values)

    def _wait(self, reporter: Reporter) -> None:
        """Show what the first of the workers reports, and wait a moment for them."""
        with self.changed:
            reports = [self.running[number] for number in sorted(self.running)]
            if not self.values:
                self.changed.wait(_TICK_SECONDS)
        for report in reports:
            if report is not None:
                return reporter.progress(report.step, report.done, report.total)
        return reporter.progress("waiting for other processes", 0, 0)

    def _new_values(self) -> Sequence[tuple[int, Any]]:
        with self.changed:
            values, self.values = self.values, []
        return values

    def _raise_error(self) -> None:
        """Raise the first error in order, once no item before it is left."""
        with self.changed:
            first = min(self.errors, default=None)
            if first is None or min((*self.running, *self.left), default=first) < first:
                return
            error = self.errors[first]
        raise error


@dataclass(frozen=True, slots=True)
class _Counting:
    """A reporter that says how many items are done."""

    reporter: Reporter
    share: _Share

    def progress(self, step: str, done: int, total: int) -> None:
        """Report the progress of a step."""
        count = f"{self.share.finished} of {len(self.share.items)} done"
        self.reporter.progress(f"{count}, {step}", done, total)


def _outcome(item: WorkItem[Any], reporter: Reporter) -> _Done:
    """Run an item; what it raises is part of the outcome, but for an interrupt."""
    try:
        return _Done(item.run(reporter))
    except EnoughError:
        raise
    except Exception as error:  # whatever it is, it is raised in its turn
        return _Done(error=error)


# --- the side of this process -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Worker:
    """A worker, the pipe to it, and the thread that waits for it."""

    process: BaseProcess
    pipe: Connection
    thread: threading.Thread


@contextmanager
def _workers(count: int, items: bytes, share: _Share) -> Iterator[None]:
    """Have workers take part; they are gone at the end."""
    workers: list[_Worker] = []
    try:
        with _without_interrupts(), suppress(OSError):  # where no more are allowed, fewer do
            workers.extend(_started(items, share) for _ in range(count))
        for worker in workers:
            worker.thread.start()
        yield
    finally:
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.process.join()
            if worker.thread.ident is not None:  # an interrupt may come before it is started
                worker.thread.join()
            worker.pipe.close()


def _started(items: bytes, share: _Share) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs,), daemon=True)
    try:
        process.start()
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    thread = threading.Thread(target=_hand_out, args=(ours, items, share), daemon=True)
    return _Worker(process, ours, thread)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back while workers start, for them for ever: they inherit it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it would let interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _hand_out(pipe: Connection, items: bytes, share: _Share) -> None:
    """Give a worker items until none is left; what a dead worker ran is given back."""
    number = None
    try:
        pipe.send_bytes(items)
        while (number := share.take()) is not None:
            pipe.send(number)
            while isinstance(message := _received(pipe), _Progress):
                share.running[number] = message
            share.finish(number, message)
    except (EOFError, OSError):
        if number is not None:
            share.give_back(number)


def _received(pipe: Connection) -> _Progress | _Done:
    content = pipe.recv_bytes()
    try:
        message = pickle.loads(content)
    except Exception as error:  # what an item returned cannot be read here
        return _Done(error=error)
    if isinstance(message, _Fault):
        return _Done(error=message.exception())
    assert isinstance(message, _Progress | _Done), "a worker sends nothing else"
    return message


# --- the side of a worker ---------------------------------------------------------------------


def work(pipe: Connection) -> None:
    """Run items as they are asked for; this is what a worker does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    look_seldom()
    with suppress(EOFError, OSError):
        items = pickle.loads(pipe.recv_bytes())
        while True:
            _answer(pipe, items[pipe.recv()].run)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _answer(pipe: Connection, run: Callable[[Reporter], Any]) -> None:
    try:
        content = pickle.dumps(_Done(run(_Telling(pipe))))
    except Exception as error:  # whatever it is, it is raised where the item was asked for
        content = _pickled_fault(error)
    pipe.send_bytes(content)


def _pickled_fault(error: Exception) -> bytes:
    trace = "".join(traceback.format_exception(error))
    fault = _Fault(type(error), error.args, error.__dict__, trace)
    try:
        content = pickle.dumps(fault)
        pickle.loads(content).exception()
    except Exception:  # it has what cannot be sent
        return pickle.dumps(_Fault(RuntimeError, (str(error),), {}, trace))
    return content


class _Telling:
    """A reporter that sends what it is told, where it has changed by a percent."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._told: tuple[str, int] | None = None

    def progress(self, step: str, done: int, total: int) -> None:
        """Send the progress of a step."""
        told = step, 100 * done // total if total else 0
        if told != self._told:
            self._told = told
            self._pipe.send(_Progress(step, done, total))
