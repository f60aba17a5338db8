"""Work that can be done side by side: items that do not depend on each other.

Who runs them is handed in by the shell. The default runs them one after another.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from kubestow.model.reporter import Reporter

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class WorkItem(Generic[Value]):
    """A function of a reporter, and about how many milliseconds it takes.

    The milliseconds are an estimate from counts. They decide where an item is run and when it
    starts, never what it returns.
    """

    run: Callable[[Reporter], Value]
    milliseconds: int = 0


class RunItems(Protocol):
    """Runs items that do not depend on each other, in any order and in any process."""

    def __call__(
        self, items: Sequence[WorkItem[Value]], reporter: Reporter
    ) -> Iterator[tuple[int, Value]]:
        """Yield the number and the value of each item, as they are done.

        Raises what an item raises; of several, what the first of them in order raises. Raises
        EnoughError if the reporter has enough, after it yielded what is done.
        """


def one_after_another(
    items: Sequence[WorkItem[Value]], reporter: Reporter
) -> Iterator[tuple[int, Value]]:
    """Run items in order, in this process."""
    for number, item in enumerate(items):
        yield number, item.run(reporter)
