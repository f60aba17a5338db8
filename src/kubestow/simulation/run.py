"""Run: a policy on a scenario, and the result.

Deterministic. A run that breaks an invariant ends with an error that names the seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kubestow import loop
from kubestow.disruption.protection import HEEDS, KUBESTOW
from kubestow.model.decision import Decision, Outcome
from kubestow.model.memory import Memory, RecordedDecision
from kubestow.model.reporter import EnoughError, Reporter, SilentReporter
from kubestow.model.simulated import Result
from kubestow.model.snapshot import Snapshot
from kubestow.policies.optimal import Optimal
from kubestow.policies.policy import Delegating, Policy
from kubestow.ports import Journal
from kubestow.simulation.chance import share
from kubestow.simulation.ledger import Ledger, percentile
from kubestow.simulation.playback import Playback
from kubestow.simulation.run_judge import RunJudge
from kubestow.simulation.scenario import Scenario
from kubestow.simulation.world import SimulatedWorld


class _JudgedWorld:
    """The world as the loop sees it, with every decision counted and every turn judged."""

    def __init__(
        self, world: SimulatedWorld, policy: Policy, reporter: Reporter, *, must_rest: bool
    ) -> None:
        self.world, self.reporter = world, reporter
        self.judge = RunJudge(world, policy, must_rest=must_rest)
        self.observed: Snapshot | None = None
        self.decisions, self.last_action_at = 0, world.at
        self.bound: int | None = None

    def observe(self) -> Snapshot:
        scenario = self.world.scenario
        self.reporter.progress("simulating", self.world.at - scenario.start, scenario.seconds)
        self.observed = self.world.observe()
        return self.observed

    def execute(self, decision: Decision) -> tuple[Outcome, ...]:
        self.decisions += 1
        if decision.actions:
            self.last_action_at = self.world.at
        if decision.bound is not None:
            self.bound = decision.bound
        assert self.observed is not None, "a decision is made from what was observed"
        self.judge.decided(self.observed, decision)
        outcomes = self.world.execute(decision)
        self.judge.carried_out()
        return outcomes


@dataclass(frozen=True, slots=True)
class PlayedRun:
    """A run that ended: the world as it was left, and the result."""

    world: SimulatedWorld
    result: Result


def simulate(
    scenario: Scenario,
    policy: Policy,
    journal: Journal | None = None,
    reporter: Reporter | None = None,
    *,
    recorded: Iterator[RecordedDecision] | None = None,
) -> Result:
    """Run a policy on a scenario to its end, or until the reporter has enough.

    ``recorded`` are the first decisions of such a run, which the policy does not make again.
    """
    return played(scenario, policy, journal, reporter, recorded=recorded).result


def played(
    scenario: Scenario,
    policy: Policy,
    journal: Journal | None = None,
    reporter: Reporter | None = None,
    *,
    recorded: Iterator[RecordedDecision] | None = None,
    must_rest: bool = True,
) -> PlayedRun:
    """Run a policy as ``simulate`` does; unless it ``must_rest``, one that never does is no error.

    Returns the world too, in which the nodes and their pods are.
    """
    world = SimulatedWorld(scenario)
    world.cloud.heeds = HEEDS.get(policy.name, KUBESTOW)
    if isinstance(policy, Optimal):  # the others gather pods themselves, or do not
        world.gather()
    judged = _JudgedWorld(world, policy, reporter or SilentReporter(), must_rest=must_rest)
    wrapped: Policy = Forgetful(policy, scenario.seed, scenario.faults.forgetful)
    if recorded is not None:
        wrapped = Playback(wrapped, recorded)
    interrupted = False
    try:
        loop.run(judged, world, wrapped, journal)
    except EnoughError:
        interrupted = True
    return PlayedRun(world, _result(world, judged, policy.name, interrupted=interrupted))


@dataclass(frozen=True, slots=True)
class Forgetful(Delegating):
    """A policy whose controller sometimes restarts without its memory."""

    policy: Policy
    seed: int
    share: float

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Decide as the policy does, sometimes with nothing remembered."""
        if share(self.seed, "forgetful", snapshot.at) < self.share:
            memory = Memory()
        return self.policy.decide(snapshot, memory, reporter)


def _result(
    world: SimulatedWorld, judged: _JudgedWorld, policy: str, *, interrupted: bool
) -> Result:
    ledger: Ledger = world.ledger
    waiting = [world.at - life.created_at for n, life in world.pods.alive.items()
               if n in world.pods.pending]  # fmt: skip
    waits = [*ledger.waits, *waiting]
    nodes = max((point.nodes for point in ledger.curve), default=0)
    return Result(
        policy=policy,
        seed=world.scenario.seed,
        seconds=world.at - world.scenario.start,
        nano_usd=ledger.nano_usd(world.at),
        nano_usd_per_hour=ledger.rate(),
        nodes=len(ledger.open),
        nodes_peak=max(nodes, len(ledger.open)),
        launched=ledger.nodes_launched,
        failed_launches=ledger.nodes_failed,
        pods=len(waits),
        pending=len(waiting),
        pending_pod_seconds=sum(waits),
        wait_p50=percentile(waits, 0.5),
        wait_p99=percentile(waits, 0.99),
        evictions=ledger.evictions,
        preemptions=ledger.preemptions,
        interruptions=ledger.interruptions,
        killed=ledger.killed,
        idle_cpu_share=ledger.idle_cpu_seconds / max(ledger.cpu_seconds, 1),
        decisions=judged.decisions,
        events=world.stage.events,
        last_action_at=judged.last_action_at - world.scenario.start,
        bound=judged.bound,
        curve=tuple(ledger.curve),
        interrupted=interrupted,
    )
