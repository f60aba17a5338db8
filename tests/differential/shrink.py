"""Cuts a failing case down to what makes it fail, and keeps it as a file.

Law: a smaller case counts only if it still fails; what the predicate cannot judge does not fail.
The file carries the oracle's answer, so that it can be replayed without the binaries.
"""

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .model import Answer, Case, Object

Fails = Callable[[Case], bool]
Place = tuple[str | int, ...]

TRIES_MAX = 1500
CASES = Path(__file__).resolve().parents[1] / "cases"
_NEEDED = {
    ("apiVersion",),
    ("kind",),
    ("metadata",),
    ("metadata", "name"),
    ("metadata", "namespace"),
    ("spec",),
}


class Shrinker:
    """One case being made smaller, within a bounded number of tries."""

    def __init__(self, case: Case, fails: Fails, tries_max: int = TRIES_MAX) -> None:
        self.case = case
        self.tries = 0
        self._fails = fails
        self._tries_max = tries_max

    def run(self) -> Case:
        """Return the smallest case that was found to fail."""
        while True:
            before = _size(self.case)
            self._fewer(lambda case, pods: Case(case.name, case.objects, pods), self.case.pods)
            self._fewer(
                lambda case, objects: Case(case.name, objects, case.pods), self.case.objects
            )
            self._simpler()
            if _size(self.case) == before or self.tries >= self._tries_max:
                return self.case

    def _try(self, case: Case) -> bool:
        if self.tries >= self._tries_max:
            return False
        self.tries += 1
        if not self._fails(case):
            return False
        self.case = case
        return True

    def _fewer(self, made: Callable[[Case, list[Object]], Case], items: Sequence[Object]) -> None:
        """Take out ever smaller runs of a list, as delta debugging does."""
        left = list(items)
        run = len(left)
        while run >= 1:
            start = 0
            while start < len(left):
                fewer = left[:start] + left[start + run :]
                if self._try(made(self.case, fewer)):
                    left = fewer
                else:
                    start += run
            run //= 2

    def _simpler(self) -> None:
        """Take out fields and list entries, large ones first."""
        for which in ("pods", "objects"):
            for number in range(len(getattr(self.case, which))):
                self._simpler_item(which, number)

    def _simpler_item(self, which: str, number: int) -> None:
        done: set[Place] = set()
        while True:
            items: list[Object] = getattr(self.case, which)
            place = next((each for each in _places(items[number]) if each not in done), None)
            if place is None:
                return
            smaller = copy.deepcopy(items[number])
            _remove(smaller, place)
            changed = [*items[:number], smaller, *items[number + 1 :]]
            parts = {"objects": self.case.objects, "pods": self.case.pods, which: changed}
            removed = self._try(Case(self.case.name, parts["objects"], parts["pods"]))
            if not removed or isinstance(place[-1], str):
                done.add(place)
            if self.tries >= self._tries_max:
                return


def shrink(case: Case, fails: Fails, tries_max: int = TRIES_MAX) -> Case:
    """Return a minimal case that still fails."""
    return Shrinker(case, fails, tries_max).run()


def write(case: Case, answers: dict[str, Answer], folder: Path = CASES) -> Path:
    """Write a case with the oracle's answers; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "objects": case.objects,
        "pods": case.pods,
        "feasible": {pod: sorted(answer.feasible) for pod, answer in answers.items()},
        "reasons": {
            pod: answer.reasons for pod, answer in answers.items() if answer.reasons is not None
        },
    }
    path = folder / f"{case.name}.json"
    path.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return path


def load(path: Path) -> tuple[Case, dict[str, Answer]]:
    """Return a recorded case and the oracle's answers."""
    record = json.loads(path.read_text(encoding="utf-8"))
    answers = {
        pod: Answer(frozenset(nodes), record["reasons"].get(pod), "")
        for pod, nodes in record["feasible"].items()
    }
    return Case(path.stem, record["objects"], record["pods"]), answers


def _places(item: Any, above: Place = ()) -> Iterator[Place]:
    """Yield where something could be taken out, outer places before inner ones."""
    entries: list[tuple[str | int, Any]] = []
    if isinstance(item, dict):
        entries = sorted(item.items())
    elif isinstance(item, list):
        entries = list(enumerate(item))
    for name, _ in entries:
        if (*above, name) not in _NEEDED:
            yield (*above, name)
    for name, value in entries:
        yield from _places(value, (*above, name))


def _remove(item: Any, place: Place) -> None:
    for step in place[:-1]:
        item = item[step]
    del item[place[-1]]


def _size(case: Case) -> int:
    return len(json.dumps([case.objects, case.pods]))
