"""Cluster Autoscaler: one node group at a time up, and nodes that nobody needed for a while down.

Law: every ten seconds. Up: the expander's choice of one group after another for the pods that wait,
counting the nodes that are coming (it takes a loop for each; here all are raised in the first); a
group that EC2 had no capacity for is left alone for three minutes (its own back-off is five, and
doubles). Down: a node whose pods ask for less than half of it and find room elsewhere is unneeded;
after ten minutes of that it goes, ten at a time and one of these with pods, and none for ten
minutes after nodes were asked for. Annotations that make pods with local data safe to evict are
not read. Source: kubernetes/autoscaler 1.36 cluster-autoscaler/core (static_autoscaler.go,
scaledown/{planner,eligibility,unneeded,budgets}), config/autoscaling_options.go,
simulator/drainability/rules.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kubestow.disruption.candidate import ROOM, DisruptionCandidate, candidates
from kubestow.disruption.emptiness import empty
from kubestow.disruption.expected import expected
from kubestow.disruption.relocation import Relocation
from kubestow.model.decision import EMPTY, UNDERUTILIZED, Action, Decision, Drain, Kept
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import Phase
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.model.policy_memory import ClusterAutoscalerMemory
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.cluster_autoscaler_packing import ClusterAutoscalerPacking, Expander
from kubestow.policies.lifecycle import forced, next_deadline, soonest
from kubestow.policies.provisioner import PLANNED, needs
from kubestow.provisioning.preparation.planning_cache import PlanningCache

UNNEEDED_SECONDS = 600  # --scale-down-unneeded-time
AFTER_ADD_SECONDS = 600  # --scale-down-delay-after-add
UTILIZATION = 0.5  # --scale-down-utilization-threshold
GOING_MOST = 10  # --max-scale-down-parallelism
DRAINS_MOST = 1  # --max-drain-parallelism
UTILIZED, LOCAL, SYSTEM, WAITS = (
    "its pods ask for half of it or more",
    "a pod keeps data on it (emptyDir or hostPath)",
    "a pod of kube-system without a PodDisruptionBudget",
    "it has not been unneeded for long enough",
)


@dataclass(frozen=True, slots=True)
class ClusterAutoscaler:
    """Cluster Autoscaler 1.36 with its default settings; every offering of a pool is a group."""

    pools: tuple[NodePool, ...]
    name: str = "cluster-autoscaler"
    period_seconds: int = 10
    expander: Expander = "least-waste"
    cache: PlanningCache = field(default_factory=PlanningCache, compare=False, repr=False)

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Return what to do now, and what to remember."""
        actions: list[Action] = [*forced(snapshot, {}, expires=False)]
        without = {action.node for action in actions if isinstance(action, Drain)}
        packing = ClusterAutoscalerPacking(self.expander)
        wanted = needs(
            snapshot, memory, self.pools, without=without, strategy=packing, cache=self.cache
        )
        actions += wanted.launches
        memory = wanted.memory
        deadline = next_deadline(snapshot, {})
        if wanted.launches:
            own = replace(memory.own_as(ClusterAutoscalerMemory), last_added_at=snapshot.at)
            memory = replace(memory, own=own)
            soon = soonest(deadline, snapshot.at + self.period_seconds)
            return Decision(tuple(actions), (), wanted.waiting, soon), memory
        drains, kept, again, memory = self._down(snapshot, memory, wanted.nominated)
        waits = any(w.reason != PLANNED for w in wanted.waiting)
        cooled = min((until for _, until in memory.cooling), default=None) if waits else None
        actions += drains
        soon = soonest(deadline, again, cooled)
        return Decision(tuple(actions), tuple(kept), wanted.waiting, soon), memory

    def _down(
        self, snapshot: Snapshot, memory: Memory, nominated: set[str]
    ) -> tuple[list[Drain], list[Kept], int | None, Memory]:
        """Return the nodes to end now, why the others stay, and when to look again.

        ``nominated`` are nodes that pods which wait are planned on. Those count as needed, as such
        pods do there (core/podlistprocessor/filter_out_schedulable.go).
        """
        pools = {pool.name: pool for pool in self.pools}
        found = candidates(snapshot, pools, ages=False).without(nominated)
        kept = list(found.kept)
        state = expected(snapshot)
        relocation = Relocation(state, self.cache.pod_kinds)
        used = {
            candidate.name: _utilization(relocation, candidate.name) for candidate in found.able
        }
        unneeded: dict[str, DisruptionCandidate] = {}
        for candidate in found.able:
            obstacle = next(_obstacles(snapshot, candidate), None)
            if obstacle is None and used[candidate.name] >= UTILIZATION:
                obstacle = Kept(candidate.name, UTILIZED)
            if obstacle is None:
                trial = relocation.vacate([candidate.name], whole=True)
                if trial.left:
                    relocation.undo(trial, [candidate.name])
                    obstacle = Kept(candidate.name, ROOM, relocation.key(trial.left[0]))
            if obstacle is not None:
                kept.append(obstacle)
            else:
                unneeded[candidate.name] = candidate
        return self._due(snapshot, memory, unneeded, kept)

    def _due(
        self,
        snapshot: Snapshot,
        memory: Memory,
        unneeded: dict[str, DisruptionCandidate],
        kept: list[Kept],
    ) -> tuple[list[Drain], list[Kept], int | None, Memory]:
        at, own = snapshot.at, memory.own_as(ClusterAutoscalerMemory)
        before = dict(own.unneeded_since)
        since = {name: before.get(name, at) for name in unneeded}
        memory = replace(memory, own=replace(own, unneeded_since=tuple(sorted(since.items()))))
        ready = 0 if own.last_added_at is None else own.last_added_at + AFTER_ADD_SECONDS
        ends = {name: max(since[name] + UNNEEDED_SECONDS, ready) for name in unneeded}
        due = [unneeded[n] for n in unneeded if ends[n] <= at]
        going = Counter(c.reason for c in snapshot.nodeclaims if c.phase is Phase.DRAINING)
        room = max(0, GOING_MOST - going[EMPTY] - going[UNDERUTILIZED])
        drains = [Drain(c.name, EMPTY) for c in list(empty(due))[:room]]
        room = max(0, min(room - len(drains), DRAINS_MOST - going[UNDERUTILIZED]))
        drains += [Drain(c.name, UNDERUTILIZED) for c in [c for c in due if c.pods][:room]]
        leaving = {drain.node for drain in drains}
        kept += [Kept(n, WAITS) for n in unneeded if n not in leaving]
        later = [end for n, end in ends.items() if n not in leaving]
        again = max(min(later), at + self.period_seconds) if later else None
        return drains, kept, again, memory


def _utilization(relocation: Relocation, name: str) -> float:
    """Return the larger share of cpu and memory that a node's pods ask for, DaemonSets' too."""
    node = relocation.cache.position[name]
    allocatable = relocation.cache.allocatable[:2, node]
    used = allocatable - relocation.cache.free[:2, node]
    return max(float(used[axis]) / max(float(allocatable[axis]), 1.0) for axis in (0, 1))


def _obstacles(snapshot: Snapshot, candidate: DisruptionCandidate) -> Iterator[Kept]:
    """Yield the pods that Cluster Autoscaler does not evict (simulator/drain, drainability)."""
    pods: Sequence[Pod] = snapshot.cluster.pods
    budgets = snapshot.cluster.disruption_budgets
    for number in candidate.pods:
        pod = pods[number]
        if pod.lifecycle.empty_dirs or pod.lifecycle.host_paths:
            yield Kept(candidate.name, LOCAL, pod.key)
        covered = any(
            b.namespace == pod.namespace
            and b.selector is not None
            and b.selector.matches(dict(pod.labels))
            for b in budgets
        )
        if pod.namespace == "kube-system" and not covered:
            yield Kept(candidate.name, SYSTEM, pod.key)
