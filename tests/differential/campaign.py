"""A long comparison: case after case, the real scheduler's answers against kubestow's.

Law: bounded and the same for the same seeds. A disagreement counts once it has been asked again
from scratch; an answer that the second asking changed is counted as a flake.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .generator import case as generated
from .messages import plugin_of
from .model import Answer, Case, Object, key
from .oracle import Oracle
from .profiles import configuration, prepared
from .shrink import shrink, write

Answers = dict[str, Answer]
Judge = Callable[[list[Object], list[Object]], Answers]
JudgeApart = Callable[[list[Object], list[Object]], dict[str, frozenset[str]]]

SHRUNK_MAX = 5
DISAGREEING_CASES_MAX = 20
PROGRESS_SECONDS = 10.0


@dataclass
class Totals:
    """What a run has counted so far."""

    decisions: int = 0
    unsupported: int = 0
    cases: int = 0
    flakes: int = 0
    errors: int = 0
    rejections: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    seconds: float = 0.0

    def table(self) -> str:
        """Return the summary: which filter decided how often, and how it went."""
        total = self.rejections.total() or 1
        lines = [f"{'filter':24}{'rejections':>12}{'share':>9}"]
        lines += [
            f"{name:24}{count:12,}{count / total:9.1%}"
            for name, count in self.rejections.most_common()
        ]
        per_second = self.decisions / self.seconds if self.seconds else 0
        lines += [
            "",
            f"{self.decisions:,} decisions in {self.cases:,} cases, {self.seconds:,.0f} s "
            f"({per_second:,.0f} a second)",
            f"{self.unsupported:,} decisions on pods that kubestow does not judge",
            f"{self.errors} pods that the scheduler failed on",
            f"{self.flakes} flakes, {len(self.disagreements)} disagreements",
        ]
        return "\n".join([*lines, *self.disagreements, *(str(path) for path in self.files)])


class Campaign:
    """One run: what is asked, who judges, and what has come of it."""

    def __init__(
        self,
        oracle: Oracle,
        judge: Judge,
        *,
        judge_apart: JudgeApart | None = None,
        profile: str = "",
        say: Callable[[str], object] = print,
        folder: Path | None = None,
    ) -> None:
        self.totals = Totals()
        self._oracle = oracle
        self._profile = profile
        self._beside = [configuration(profile)] if profile else []
        self._judge = judge
        self._judge_apart = judge_apart
        self._say = say
        self._write = {} if folder is None else {"folder": folder}

    def run(self, decisions: int, seed_start: int, *, large: float) -> Totals:
        """Compare cases from a seed on until so many decisions have been compared."""
        totals, start, said = self.totals, time.monotonic(), time.monotonic()
        disagreeing, seed = 0, seed_start
        while totals.decisions < decisions and disagreeing < DISAGREEING_CASES_MAX:
            case = generated(seed, large=large)
            disagreeing += self.compare(prepared(case) if self._profile else case)
            seed += 1
            totals.seconds = time.monotonic() - start
            if time.monotonic() - said > PROGRESS_SECONDS:
                said = time.monotonic()
                self._say(
                    f"seed {seed}: {totals.decisions:,} decisions, {totals.seconds:.0f} s, "
                    f"{totals.flakes} flakes, {len(totals.disagreements)} disagreements"
                )
        return totals

    def compare(self, case: Case) -> bool:
        """Compare one case; return whether there is a disagreement that stays."""
        answers = self._oracle.ask(case.objects, case.pods)
        try:
            mine = self._judge([*case.objects, *self._beside], case.pods)
        except Exception as error:  # whatever it is, it is ours, and the run goes on
            self.totals.disagreements.append(f"{case.name}: our judge failed: {error!r}")
            return True
        self._count(case, answers, mine)
        differing = self.differing(case, answers, mine)
        if not differing:
            return False
        again = self._oracle.ask(case.objects, case.pods)
        self.totals.flakes += sum(again[pod] != answers[pod] for pod in again)
        differing = self.differing(case, again, mine)
        for pod, difference in sorted(differing.items()):
            self.totals.disagreements.append(f"{case.name} {pod}: {difference}")
        for pod in sorted(differing):
            if pod in again and len(self.totals.files) < SHRUNK_MAX:
                self._record(case, pod, differing[pod])
                break
        return bool(differing)

    def differing(self, case: Case, answers: Answers, mine: Answers) -> dict[str, "Difference"]:
        """Return what differs, by pod."""
        found: dict[str, Difference] = {}
        apart: dict[str, frozenset[str]] = {}
        if self._judge_apart:
            try:
                apart = self._judge_apart([*case.objects, *self._beside], case.pods)
            except Exception as error:  # likewise
                found["verify"] = Difference("verify", f"failed: {error!r}")
        for pod, answer in answers.items():
            if pod in apart and apart[pod] != answer.feasible:
                found[pod] = _difference("verify", apart[pod], answer)
            if pod not in mine:
                continue
            if mine[pod].feasible != answer.feasible:
                found[pod] = _difference("engine", mine[pod].feasible, answer)
            elif _other_reasons(mine[pod], answer):
                found[pod] = _other(mine[pod].reasons or {}, answer.reasons or {})
        return found

    def _count(self, case: Case, answers: Answers, mine: Answers) -> None:
        self.totals.cases += 1
        judged = mine.keys() & answers.keys()
        self.totals.decisions += case.nodes * len(judged)
        self.totals.unsupported += case.nodes * (len(answers) - len(judged))
        for answer in answers.values():
            if answer.reasons is None:
                self.totals.errors += 1
            for reason, count in (answer.reasons or {}).items():
                self.totals.rejections[plugin_of(reason)] += count

    def _record(self, case: Case, pod: str, difference: "Difference") -> None:
        """Shrink a case to one pod's difference, and keep it."""
        self._say(f"shrinking {case.name}, {pod}")
        alone = Case(case.name, case.objects, [item for item in case.pods if key(item) == pod])
        small = shrink(alone, lambda smaller: self._kind(smaller, pod) == difference.kind)
        answers = self._oracle.ask(small.objects, small.pods)
        whole = Case(small.name, [*small.objects, *self._beside], small.pods)
        self.totals.files.append(write(whole, answers, **self._write))

    def _kind(self, case: Case, pod: str) -> str:
        """Return the kind of a pod's difference, or "" where there is none or no case any more."""
        try:
            mine = self._judge([*case.objects, *self._beside], case.pods)
            answers = self._oracle.ask(case.objects, case.pods)
            found = self.differing(case, answers, mine)
        except Exception:  # refused by the API server, or unreadable to our judge: no case
            return ""
        return found[pod].kind if pod in found else ""


@dataclass(frozen=True)
class Difference:
    """One pod judged differently: in what way, which shrinking keeps, and how exactly."""

    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


def _difference(judge: str, mine: frozenset[str], real: Answer) -> Difference:
    wrong = [name for name, nodes in _ways(mine, real.feasible) if nodes]
    plugins = sorted({plugin_of(reason) for reason in real.reasons or ()})
    kind = f"{judge} {' and '.join(wrong)}"
    if wrong == ["wrongly feasible"]:
        kind += f", really refused by {' or '.join(plugins)}" if len(plugins) == 1 else ""
    text = "; ".join(f"{name} {sorted(nodes)}" for name, nodes in _ways(mine, real.feasible))
    return Difference(kind, text)


def _ways(mine: frozenset[str], real: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    return [("wrongly feasible", mine - real), ("wrongly refused", real - mine)]


def _other_reasons(mine: Answer, real: Answer) -> bool:
    """Return whether both give reasons and these differ."""
    return None not in (mine.reasons, real.reasons) and mine.reasons != real.reasons


def _other(mine: dict[str, int], real: dict[str, int]) -> Difference:
    """Return a difference in reasons, of the kind of the reasons that are counted differently."""
    differing = {name for name in mine | real if mine.get(name) != real.get(name)}
    kind = " and ".join(sorted({plugin_of(name) for name in differing}))
    return Difference(f"reasons of {kind}", f"{mine}, really {real}")
