"""Items in worker processes: every value once, the first error in order, nothing left behind."""

import multiprocessing
import os
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest

from kubestow.adapters.worker_processes import PAYS_MILLISECONDS, WORKERS_MOST, side_by_side
from kubestow.model.bug import BrokenRunError
from kubestow.model.input_error import InputError
from kubestow.model.reporter import EnoughError, Reporter, SilentReporter
from kubestow.model.work_item import WorkItem

LONG = PAYS_MILLISECONDS


def process(reporter: Reporter) -> int:
    """Return the number of the process."""
    reporter.progress("asking", 1, 4)
    return os.getpid()


def hint(_: Reporter) -> int:
    raise InputError("too much", hint="use less")


def broken(_: Reporter) -> int:
    error = BrokenRunError("karpenter", "a pod on two nodes")
    error.add_note("the journal")
    raise error


def closed(_: Reporter) -> int:
    raise ValueError(threading.Lock())


def anonymous(_: Reporter) -> Callable[[], int]:
    return lambda: 1


def dying(_: Reporter) -> str:
    if multiprocessing.parent_process() is not None:
        os._exit(9)
    return "here"


def begun(sign: Path, run: Callable[[Reporter], Any], reporter: Reporter) -> Any:
    """Run something, after a sign that it has begun."""
    sign.touch()
    return run(reporter)


def after(signs: Sequence[Path], _: Reporter) -> int:
    """Return the number of the process once there are all signs."""
    while not all(sign.exists() for sign in signs):
        time.sleep(0.01)
    return os.getpid()


def items(*runs: Callable[[Reporter], Any]) -> list[WorkItem[Any]]:
    """Return long items, after one that this process runs."""
    return [WorkItem(run, LONG) for run in (process, *runs)]


def in_workers(folder: Path, *runs: Callable[[Reporter], Any]) -> list[WorkItem[Any]]:
    """Return long items that workers run: the first ends once all others have begun."""
    signs = [folder / str(number) for number in range(len(runs))]
    begin = [partial(begun, sign, run) for sign, run in zip(signs, runs, strict=True)]
    return [WorkItem(run, LONG) for run in (partial(after, signs), *begin)]


def run(work: list[WorkItem[Any]], processes: int = 2) -> dict[int, Any]:
    found = dict(side_by_side(work, SilentReporter(), processes=processes))
    assert not multiprocessing.active_children()
    return found


def test_the_first_item_is_run_here_and_the_others_side_by_side(tmp_path: Path) -> None:
    found = run(in_workers(tmp_path, process, process), processes=3)
    assert sorted(found) == [0, 1, 2]
    assert found[0] == os.getpid()
    assert found[0] not in (found[1], found[2])


def test_this_process_helps_where_there_are_fewer_workers_than_items() -> None:
    assert sorted(run(items(*[process] * 6))) == list(range(7))


@pytest.mark.parametrize(
    ("processes", "milliseconds"), [(1, LONG), (0, LONG), (8, LONG - 1), (8, 0)]
)
def test_no_worker_is_started_where_none_is_allowed_or_none_pays(
    processes: int, milliseconds: int
) -> None:
    work = [WorkItem(lambda _: os.getpid(), milliseconds)] * 3  # cannot be sent
    assert run(work, processes) == dict.fromkeys(range(3), os.getpid())


def test_no_more_workers_are_started_than_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    def refused(*_: Any) -> Any:
        started.append(1)
        raise OSError("no more processes")

    def counted(count: int, *_: Any) -> Any:
        started.append(count)
        raise EnoughError

    short = WorkItem(process, LONG - 1)
    monkeypatch.setattr("kubestow.adapters.worker_processes._workers", counted)
    for work in ([*items(process, process), short, short], items(*[process] * 40)):
        with pytest.raises(EnoughError):
            run(work, processes=64)
    assert started == [2, WORKERS_MOST]
    monkeypatch.undo()
    monkeypatch.setattr("kubestow.adapters.worker_processes._started", refused)
    assert run(items(process, process)) == dict.fromkeys(range(3), os.getpid())


@pytest.mark.parametrize("processes", [1, 2, 4])
def test_the_first_error_in_order_is_raised_whichever_comes_first(processes: int) -> None:
    with pytest.raises(InputError, match="too much") as caught:
        run(items(process, hint, broken, process), processes)
    assert caught.value.hint == "use less"
    assert not multiprocessing.active_children()


def test_a_bug_in_a_worker_is_the_bug_with_its_notes_and_its_trace(tmp_path: Path) -> None:
    with pytest.raises(BrokenRunError, match="karpenter: a pod on two nodes") as caught:
        run(in_workers(tmp_path, broken))
    assert caught.value.policy == "karpenter"
    assert caught.value.__notes__ == ["the journal"]
    assert "in broken" in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("what", [closed, anonymous])
def test_what_cannot_be_sent_is_an_error_with_its_trace(what: Any, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"lock|local object|lambda") as caught:
        run(in_workers(tmp_path, what))
    assert "_WorkerError" in "".join(traceback.format_exception(caught.value))


def test_an_item_whose_worker_dies_is_run_here(tmp_path: Path) -> None:
    assert run(in_workers(tmp_path, dying))[1] == "here"


class Impatient:
    """A reporter that has enough once an item is done."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def progress(self, step: str, done: int, total: int) -> None:
        """Note the step; ask for the end after the first item."""
        self.steps.append(step)
        if not step.startswith("0 of"):
            raise EnoughError


def forever(reporter: Reporter) -> NoReturn:
    while True:
        reporter.progress("waiting", 0, 0)
        time.sleep(0.01)


def test_whoever_has_enough_gets_what_is_done_and_no_worker_is_left() -> None:
    reporter = Impatient()
    work = side_by_side([*items(forever, forever)], reporter, processes=3)
    assert next(work) == (0, os.getpid())
    with pytest.raises(EnoughError):
        next(work)
    assert not multiprocessing.active_children()
    assert reporter.steps[0] == "0 of 3 done, asking"


def test_a_caller_that_wants_no_more_leaves_no_worker() -> None:
    work = side_by_side(items(forever), SilentReporter(), processes=2)
    next(work)
    work.close()  # type: ignore[attr-defined] # it is a generator
    assert not multiprocessing.active_children()
