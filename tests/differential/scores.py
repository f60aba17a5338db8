"""A comparison step by step: does the real scheduler choose one of the nodes we think are best?

Law: the pods placed so far stand where the real scheduler put them, so that one difference does
not make the next ones.
"""

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .driver import Driver
from .generator import scored_case
from .model import Case, Object, key
from .profiles import configuration, prepared

Best = Callable[[list[Object], list[Object], Object], frozenset[str]]
"""The nodes that share the best score, of (objects, pods placed so far, the pod to place)."""

DIFFERENCES_MAX = 20


@dataclass
class Placements:
    """What a run has counted so far."""

    placements: int = 0
    unplaced: int = 0
    cases: int = 0
    best: int = 0
    nodes: int = 0
    differences: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def table(self) -> str:
        """Return the summary."""
        share = self.best / self.nodes if self.nodes else 0
        per_second = self.placements / self.seconds if self.seconds else 0
        lines = [
            f"{self.placements:,} placements in {self.cases:,} cases, {self.seconds:,.0f} s "
            f"({per_second:,.0f} a second); {self.unplaced:,} pods found no node",
            f"{share:.1%} of all nodes were among the best",
            f"{len(self.differences)} differences",
        ]
        return "\n".join([*lines, *self.differences])


def run(
    driver: Driver,
    best: Best,
    placements: int,
    seed_start: int,
    *,
    profile: str = "",
    say: Callable[[str], object] = print,
) -> Placements:
    """Compare scored cases from a seed on until so many placements have been compared.

    The scheduler that places has the ``profile``, by its name; empty is the default one.
    """
    totals, start, seed = Placements(), time.monotonic(), seed_start
    while totals.placements < placements and len(totals.differences) < DIFFERENCES_MAX:
        if profile:
            compare(driver, best, prepared(scored_case(seed)), totals, [configuration(profile)])
        else:
            compare(driver, best, scored_case(seed), totals)
        seed += 1
        totals.seconds = time.monotonic() - start
        say(f"seed {seed}: {totals.placements:,} placements, {len(totals.differences)} differences")
    return totals


def compare(
    driver: Driver, best: Best, case: Case, totals: Placements, beside: Sequence[Object] = ()
) -> None:
    """Compare one case; what is ``beside`` it only we read, the real scheduler has it already."""
    placed: list[Object] = []
    totals.cases += 1
    for pod, node in zip(case.pods, driver.drive(case.objects, case.pods), strict=True):
        expected = best([*case.objects, *beside], placed, pod)
        totals.placements += 1
        totals.unplaced += not node
        totals.best += len(expected)
        totals.nodes += case.nodes
        if (node or None) not in (expected or {None}):
            difference = f"{case.name} {key(pod)}: {node or 'no node'}, expected {sorted(expected)}"
            totals.differences.append(difference)
        if node:
            bound = copy.deepcopy(pod)
            bound["spec"]["nodeName"] = node
            placed.append(bound)
