"""Simulate: whole autoscalers on the same workload, policy by policy."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from typing import Protocol

from kubestow.model.bug import BrokenRunError
from kubestow.model.memory import RecordedDecision
from kubestow.model.nodepool import NodePool
from kubestow.model.reporter import EnoughError, Reporter
from kubestow.model.simulated import Result
from kubestow.model.snapshot import Snapshot
from kubestow.ports import Journal
from kubestow.simulation.invariants import BrokenError
from kubestow.simulation.job import Job, policy_of, scenario_of
from kubestow.simulation.run import simulate as simulated


class ResultStore(Protocol):
    """Where results and journals are kept, so that a run that broke off can go on."""

    def known(self, policy: str) -> Result | None:
        """Return the result of the same command that is there already."""

    def keep(self, result: Result) -> None:
        """Keep a result."""

    def journal(
        self, job: Job, base: Snapshot, pools: tuple[NodePool, ...], *, resume: bool
    ) -> AbstractContextManager[tuple[Journal, Iterator[RecordedDecision]]]:
        """Open a run's journal; with ``resume`` return the decisions it already holds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulateRequest:
    """One job, played by each of the policies; ``resume`` goes on from what the store holds."""

    job: Job
    policies: tuple[str, ...]
    store: ResultStore | None = None
    resume: bool = False


@dataclass(frozen=True, slots=True)
class SimulateAnswer:
    """What each policy came to; fewer where the simulation was interrupted.

    ``start`` is the instant a simulation begins, ``left_out`` what it could not run.
    """

    results: tuple[Result, ...]
    interrupted: bool
    start: int
    left_out: tuple[str, ...]


def simulate(request: SimulateRequest, reporter: Reporter) -> SimulateAnswer:
    """Run policy by policy; what is done is kept when the rest is interrupted.

    Raises BrokenRunError where an invariant of the simulation breaks.
    """
    scenario = scenario_of(request.job)
    results: list[Result] = []
    for name in request.policies:
        result = _result(request, name, reporter)
        if result is not None:
            results.append(result)
        if result is None or result.interrupted:
            return SimulateAnswer(tuple(results), True, scenario.start, scenario.left_out)
    return SimulateAnswer(tuple(results), False, scenario.start, scenario.left_out)


def _result(request: SimulateRequest, name: str, reporter: Reporter) -> Result | None:
    """Return a policy's result; None where it was interrupted before it began."""
    store, job = request.store, replace(request.job, policy=name)
    if store is not None and request.resume and (result := store.known(name)) is not None:
        return result
    scenario = scenario_of(job)
    policy = policy_of(job, scenario)
    with ExitStack() as stack:
        journal, recorded = None, None
        if store is not None:
            opened = store.journal(job, scenario.base, policy.pools, resume=request.resume)
            journal, recorded = stack.enter_context(opened)
        try:
            result = simulated(scenario, policy, journal, reporter, recorded=recorded)
        except EnoughError:
            return None
        except BrokenError as broken:
            raise BrokenRunError(name, str(broken)) from broken
    if store is not None and not result.interrupted:
        store.keep(result)
    return result
