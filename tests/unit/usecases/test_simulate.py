"""Simulations policy by policy: what is kept, taken again and interrupted."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

from kubestow.model.memory import RecordedDecision
from kubestow.model.nodepool import NodePool
from kubestow.model.reporter import EnoughError, SilentReporter
from kubestow.model.simulated import Result
from kubestow.model.snapshot import Snapshot
from kubestow.ports import Journal, NoJournal
from kubestow.simulation.job import Job
from kubestow.testing import owned, replicas, snapshot
from kubestow.usecases.simulate import SimulateRequest, simulate

PODS = tuple(owned(item) for item in replicas(3, "web", cpu="500m", labels={"app": "web"}))
JOB = Job(snapshot(PODS), "", 900, shape="steady")
BOTH = ("karpenter", "optimal")


@dataclass
class Shelf:
    """Results in memory; its journals hold nothing."""

    results: dict[str, Result] = field(default_factory=dict)
    opened: list[tuple[str, bool]] = field(default_factory=list)

    def known(self, policy: str) -> Result | None:
        """Return a result that was kept."""
        return self.results.get(policy)

    def keep(self, result: Result) -> None:
        """Keep a result."""
        self.results[result.policy] = result

    def journal(
        self, job: Job, base: Snapshot, pools: tuple[NodePool, ...], *, resume: bool
    ) -> AbstractContextManager[tuple[Journal, Iterator[RecordedDecision]]]:
        """Open a journal that forgets, with no decisions in it."""
        assert base.catalog == job.snapshot.catalog
        assert pools
        self.opened.append((job.policy, resume))
        return nullcontext((NoJournal(), iter(())))


class Interrupted:
    """A reporter that has enough after so many words."""

    def __init__(self, words: int) -> None:
        self.words = words

    def progress(self, step: str, done: int, total: int) -> None:
        """Count a word."""
        self.words -= 1
        if self.words < 0:
            raise EnoughError


def test_each_policy_plays_the_same_job_in_the_order_they_are_asked_for() -> None:
    answer = simulate(SimulateRequest(job=JOB, policies=BOTH), SilentReporter())
    assert [result.policy for result in answer.results] == list(BOTH)
    assert [result.pods for result in answer.results] == [3, 3]
    assert not answer.interrupted


def test_what_is_done_is_kept_with_a_journal_of_its_own() -> None:
    shelf = Shelf()
    answer = simulate(SimulateRequest(job=JOB, policies=BOTH, store=shelf), SilentReporter())
    assert tuple(shelf.results.values()) == answer.results
    assert shelf.opened == [(name, False) for name in BOTH]


def test_a_result_that_is_there_is_taken_again_only_to_resume() -> None:
    shelf = Shelf()
    request = SimulateRequest(job=JOB, policies=BOTH[:1], store=shelf)
    (first,) = simulate(request, SilentReporter()).results
    shelf.results["karpenter"] = replace(first, nodes_peak=99)
    (taken,) = simulate(replace(request, resume=True), SilentReporter()).results
    assert taken.nodes_peak == 99
    (made,) = simulate(request, SilentReporter()).results
    assert made == first


def test_an_interrupted_run_is_shown_and_not_kept_and_those_after_it_do_not_begin() -> None:
    shelf = Shelf()
    answer = simulate(SimulateRequest(job=JOB, policies=BOTH, store=shelf), Interrupted(2))
    assert answer.interrupted
    assert [(result.policy, result.interrupted) for result in answer.results] == [
        ("karpenter", True)
    ]
    assert shelf.results == {}
    assert shelf.opened == [("karpenter", False)]
