"""World: a simulated cluster and cloud, and their clock, which jumps from event to event.

Everything follows from the scenario, its seed and the decisions. kube-scheduler runs after each
instant at which something happened; then the policy decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from kubestow.model.decision import (
    Avoid,
    Cordon,
    Decision,
    DeletionOrder,
    Drain,
    Land,
    Launch,
    Open,
    Outcome,
    Uncordon,
)
from kubestow.model.pod import Pod
from kubestow.model.simulated import Point
from kubestow.model.snapshot import Snapshot
from kubestow.model.workload import Workload
from kubestow.ports import BATCH_SECONDS, IDLE_SECONDS
from kubestow.simulation.chance import share
from kubestow.simulation.cloud import Cloud
from kubestow.simulation.controllers import Controllers
from kubestow.simulation.pods import Owner, Pods, daemon_pod, owned
from kubestow.simulation.scenario import Scenario
from kubestow.simulation.stage import COMING, Stage

_POINT_SECONDS = 300
_LATE_SECONDS = 4
"""How late a binding or an opening may be; the pod is judged when it is made."""


class SimulatedWorld:
    """A World and its Clock (kubestow.ports)."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        cluster = scenario.base.cluster
        self.pods = Pods(cluster, _owners(scenario), scenario.seed)
        self.stage = Stage(scenario, self.pods)
        self.ledger = self.stage.ledger
        self.controllers = Controllers(self.stage)
        self.cloud = Cloud(self.stage, self.controllers)
        self._gathers = False
        self._pods_before = 0  # in the last turn
        self._turn = 0
        self._last: Snapshot | None = None
        self._accounted = scenario.start
        # Called with the pods that were bound, in order, and those preempted for them.
        self.on_bound: Callable[[Sequence[int], Sequence[int]], None] = lambda bound, preempted: (
            None
        )
        self._landed: list[int] = []  # and not judged yet
        self.on_landed: Callable[[Sequence[int]], None] = lambda numbers: None
        self._begin()
        self._advance(scenario.start)

    def _begin(self) -> None:
        """Put the nodes and pods there that run before the start."""
        for claim in self.scenario.nodes:
            self.cloud.adopt(claim)
        for number, load in enumerate(self.scenario.services):
            for node in load.nodes:
                self.controllers.adopt(("service", number), node)
        for number, batch in enumerate(self.scenario.batches):
            for node in batch.nodes:
                self.controllers.adopt(("batch", number), node)

    @property
    def at(self) -> int:
        """The current instant."""
        return self.stage.at

    def now(self) -> int:
        """Return the current instant."""
        return self.stage.at

    def wait(self, seconds: int, until: int | None) -> bool:
        """Advance so many seconds, then to what was not observed yet, or to ``until``."""
        stage, end = self.stage, self.scenario.end
        self._advance(min(self.at + max(seconds, 1), end))
        while not stage.happened and self.at < end:
            following = end if stage.following is None else stage.following
            if until is not None and until <= following:
                self._advance(min(max(until, self.at), end))
                break
            self._advance(min(following, end))
        if self._gathers:
            self.gather()
        return self.at < end

    def gathers_more(self) -> bool:
        """Return False: nothing happens while something is decided."""
        return False

    def gather(self) -> None:
        """Advance until no more pods come, as long as one may wait for that; so in every wait."""
        self._gathers = True
        until, alive = min(self.at + BATCH_SECONDS, self.scenario.end), self.pods.alive
        while len(alive) > self._pods_before and self.at < until:
            self._pods_before = len(alive)
            self._advance(min(self.at + IDLE_SECONDS, until))
        self._pods_before = len(alive)

    def _advance(self, to: int) -> None:
        """Play all events up to an instant, and move to it."""
        stage = self.stage
        while stage.following is not None and stage.following <= to:
            at = stage.following
            self._account(at)
            stage.play(at)
            self._schedule()
        self._account(to)
        stage.at = to
        self._schedule()

    def _schedule(self) -> None:
        """Run kube-scheduler as long as anything has changed for it."""
        stage = self.stage
        while stage.dirty:
            stage.dirty = False
            scheduled = self.pods.schedule(self.at)
            if scheduled.bound:
                self.on_bound(scheduled.order, scheduled.preempted)
            for number in scheduled.preempted:
                self.ledger.preemptions += 1
                self.controllers.lose(number)
            for number in scheduled.bound:
                life = self.pods.alive.get(number)
                if life is not None and life.bound_at == self.at and life.pod.node_name:
                    self._started(number)
            stage.happened |= bool(scheduled.bound or scheduled.preempted)

    def _account(self, to: int) -> None:
        """Add the time since the last instant to the ledger, and points to its curve."""
        passed = to - self._accounted
        if passed <= 0:
            return
        allocatable = self.pods.allocatable_millicpu
        self.ledger.idle_cpu_seconds += (allocatable - self.pods.requested_millicpu) * passed
        self.ledger.cpu_seconds += allocatable * passed
        start = self.scenario.start
        at = start + -(-(self._accounted - start) // _POINT_SECONDS) * _POINT_SECONDS
        while at < to:
            self.ledger.curve.append(self._point(at))
            at += _POINT_SECONDS
        self._accounted = to

    def _point(self, at: int) -> Point:
        pods, ledger = self.pods, self.ledger
        return Point(
            at,
            ledger.rate(),
            len(ledger.open),
            len(pods.alive),
            len(pods.pending),
            pods.requested_millicpu,
            pods.allocatable_millicpu,
        )

    def observe(self) -> Snapshot:
        """Return everything there is to see; sometimes, as a fault, what was seen before."""
        self._turn += 1
        faults, seed = self.scenario.faults, self.scenario.seed
        if self._last is not None and share(seed, "stale", self._turn) < faults.stale:
            return replace(self._last, at=self.at)
        self.stage.happened = False
        self._last = self.snapshot()
        return self._last

    def snapshot(self) -> Snapshot:
        """Return everything there is to see."""
        base = self.scenario.base
        workloads = tuple(
            Workload(load.kind, load.namespace, load.name, wanted)
            for load, wanted in zip(self.scenario.services, self.controllers.wanted, strict=True)
        )
        cluster = replace(
            base.cluster,
            pods=tuple([life.pod for life in self.pods.alive.values()]),
            nodes=tuple(self.pods.nodes.values()),
            claims=self.pods.claims,
            volumes=self.pods.volumes,
            workloads=workloads,
        )
        claims = tuple(self.cloud.claims.values())
        catalog = self.cloud.market.catalog
        return replace(base, cluster=cluster, catalog=catalog, at=self.at, nodeclaims=claims)

    def execute(self, decision: Decision) -> tuple[Outcome, ...]:
        """Carry out a decision, sometimes twice; return the outcomes since the last one."""
        faults, cloud = self.scenario.faults, self.cloud
        doubled = share(self.scenario.seed, "doubled", self._turn) < faults.doubled
        for action in decision.actions * (2 if doubled else 1):
            if not isinstance(action, Land):
                self._judge_landed()
            match action:
                case Launch():
                    cloud.launch(action.claim)
                case Cordon():
                    cloud.cordon(action.node, action.reason)
                case Uncordon():
                    cloud.uncordon(action.node)
                case Drain():
                    cloud.drain(action)
                case DeletionOrder():
                    self.controllers.deletion_order = {
                        name: rank for rank, name in enumerate(action.nodes)
                    }
                case Avoid():
                    self.pods.avoid(action.nodes)
                case Land() | Open():
                    self._ask(action)
        self._judge_landed()
        outcomes, cloud.outcomes = tuple(cloud.outcomes), []
        return outcomes

    def _ask(self, action: Land | Open) -> None:
        """Ask the API server for a binding or an opening: it may be lost, or come late."""
        faults, seed = self.scenario.faults, self.scenario.seed
        subject = action.pod if isinstance(action, Land) else action.node
        if share(seed, "lost", subject, self._turn) < faults.lost:
            return
        if share(seed, "late", subject, self._turn) < faults.late:
            self.stage.after(_LATE_SECONDS, COMING, lambda: self._come_late(action))
            return
        self._carry_out(action)

    def _come_late(self, action: Land | Open) -> None:
        self._carry_out(action)
        self._judge_landed()

    def _carry_out(self, action: Land | Open) -> None:
        if isinstance(action, Open):
            self.cloud.open(action.node)
            return
        landed = self.cloud.land(action.pod, action.node)
        if isinstance(landed, str):
            self.cloud.outcomes.append(Outcome(action.pod, landed))
            return
        self.ledger.landed += 1
        self._landed.append(landed)
        self._started(landed)

    def _judge_landed(self) -> None:
        """Have the pods judged that landed since the last other action, in order."""
        if self._landed:
            landed, self._landed = self._landed, []
            self.on_landed(landed)

    def _started(self, number: int) -> None:
        """Handle a pod that was bound."""
        life = self.pods.alive[number]
        self.ledger.waits.append(self.at - life.created_at)
        self.controllers.started(number)


def _owners(scenario: Scenario) -> list[tuple[Owner, Pod]]:
    """Return a sample pod of every workload."""
    samples: list[tuple[Owner, Pod]] = []
    for number, load in enumerate(scenario.services):
        pod = owned(
            load.namespace, load.name, load.template, load.labels, load.kind,
            eviction=load.eviction,
        )  # fmt: skip
        pod = replace(pod, name=load.pod_name or pod.name, volume_claims=load.claims)
        samples.append((("service", number), pod))
    for number, batch in enumerate(scenario.batches):
        pod = owned(
            batch.namespace, batch.name, batch.template, batch.labels, "Job",
            eviction=batch.eviction,
        )  # fmt: skip
        samples.append((("batch", number), pod))
    for number, daemonset in enumerate(scenario.base.cluster.daemonsets):
        samples.append((("daemonset", number), daemon_pod(daemonset)))
    return samples
