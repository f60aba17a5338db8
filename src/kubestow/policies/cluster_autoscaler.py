"""Cluster Autoscaler: node groups that grow for pending pods, and nodes nobody needs any more.

It looks every ten seconds. Scale-up: the expander picks one group after another for the pending
pods, nodes that are coming counted in. Cluster Autoscaler raises one group a loop; this model
raises all of them in the first. A group without capacity is left alone for three minutes (the
original backs off for five, and doubles). Scale-down: a node is unneeded if its pods request less
than half of it and fit elsewhere; it goes after ten minutes of that, ten nodes at a time, one of
them with pods, and none within ten minutes of a scale-up. A pod with local data (emptyDir that is
not in memory, hostPath) keeps its node, unless its annotations declare it or its volumes safe.
Source: kubernetes/autoscaler 1.36 cluster-autoscaler/core (static_autoscaler.go,
scaledown/{planner,eligibility,unneeded,budgets}), config/autoscaling_options.go,
simulator/drainability/rules.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from kubestow.disruption.candidate import ROOM, DisruptionCandidate, candidates
from kubestow.disruption.emptiness import empty
from kubestow.disruption.expected import expected
from kubestow.disruption.protection import CLUSTER_AUTOSCALER, without_staying
from kubestow.disruption.relocation import Relocation
from kubestow.model.decision import EMPTY, UNDERUTILIZED, Decision, Drain, Kept
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
    "its pods request half of it or more",
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
        snapshot = without_staying(snapshot, CLUSTER_AUTOSCALER)
        drains = forced(snapshot, {}, expires=False)
        wanted = needs(
            snapshot, memory, self.pools,
            without={drain.node for drain in drains},
            strategy=ClusterAutoscalerPacking(self.expander),
            cache=self.cache,
        )  # fmt: skip
        memory, own = wanted.memory, wanted.memory.own_as(ClusterAutoscalerMemory)
        again = next_deadline(snapshot, {})
        if wanted.launches:
            memory = replace(memory, own=replace(own, last_added_at=snapshot.at))
            again = soonest(again, snapshot.at + self.period_seconds)
            return Decision((*drains, *wanted.launches), (), wanted.waiting, again), memory
        decision, own = self._scale_down(snapshot, own, wanted.nominated)
        again = soonest(again, decision.look_again_at)
        if any(item.reason != PLANNED for item in wanted.waiting):
            again = soonest(again, *(until for _, until in memory.cooling))
        actions = (*drains, *decision.actions)
        return Decision(actions, decision.kept, wanted.waiting, again), replace(memory, own=own)

    def _scale_down(
        self, snapshot: Snapshot, own: ClusterAutoscalerMemory, nominated: Collection[str]
    ) -> tuple[Decision, ClusterAutoscalerMemory]:
        """Drain the nodes that have been unneeded for long enough.

        ``nominated`` are nodes that pending pods are planned on. Those count as needed, as such
        pods do there (core/podlistprocessor/filter_out_schedulable.go).
        """
        at, (unneeded, kept) = snapshot.at, self._unneeded(snapshot, nominated)
        before = dict(own.unneeded_since)
        since = {candidate.name: before.get(candidate.name, at) for candidate in unneeded}
        own = replace(own, unneeded_since=tuple(sorted(since.items())))
        ready_at = 0 if own.last_added_at is None else own.last_added_at + AFTER_ADD_SECONDS
        due_at = {name: max(start + UNNEEDED_SECONDS, ready_at) for name, start in since.items()}
        drains = _drains(snapshot, [node for node in unneeded if due_at[node.name] <= at])
        leaving = {drain.node for drain in drains}
        staying = [node.name for node in unneeded if node.name not in leaving]
        kept += [Kept(name, WAITS) for name in staying]
        next_due_at = min((due_at[name] for name in staying), default=None)
        again = None if next_due_at is None else max(next_due_at, at + self.period_seconds)
        return Decision(tuple(drains), tuple(kept), look_again_at=again), own

    def _unneeded(
        self, snapshot: Snapshot, nominated: Collection[str]
    ) -> tuple[list[DisruptionCandidate], list[Kept]]:
        """Return the nodes whose pods all fit elsewhere together, and why the others are needed."""
        pools = {pool.name: pool for pool in self.pools}
        nodes = candidates(snapshot, pools, ages=False, heeds=CLUSTER_AUTOSCALER).without(nominated)
        relocation = Relocation(expected(snapshot), self.cache.pod_kinds)
        used = {
            candidate.name: _utilization(relocation, candidate.name) for candidate in nodes.able
        }
        unneeded: list[DisruptionCandidate] = []
        kept = list(nodes.kept)
        for candidate in nodes.able:
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
                unneeded.append(candidate)
        return unneeded, kept


def _drains(snapshot: Snapshot, due: Sequence[DisruptionCandidate]) -> list[Drain]:
    """Return the drains of as many nodes as may go at once, empty ones first."""
    going = Counter(c.reason for c in snapshot.nodeclaims if c.phase is Phase.DRAINING)
    slots = max(0, GOING_MOST - going[EMPTY] - going[UNDERUTILIZED])
    drains = [Drain(candidate.name, EMPTY) for candidate in list(empty(due))[:slots]]
    slots = max(0, min(slots - len(drains), DRAINS_MOST - going[UNDERUTILIZED]))
    used = [candidate for candidate in due if candidate.pods]
    return drains + [Drain(candidate.name, UNDERUTILIZED) for candidate in used[:slots]]


def _utilization(relocation: Relocation, name: str) -> float:
    """Return the larger share of cpu and memory that a node's pods request, DaemonSets' too."""
    node = relocation.cache.position[name]
    allocatable = relocation.cache.allocatable[:2, node]
    used = allocatable - relocation.cache.free[:2, node]
    return max(float(used[axis]) / max(float(allocatable[axis]), 1.0) for axis in (0, 1))


def _obstacles(snapshot: Snapshot, candidate: DisruptionCandidate) -> Iterator[Kept]:
    """Yield the pods that Cluster Autoscaler does not evict (simulator/drain, drainability)."""
    pods: Sequence[Pod] = snapshot.cluster.pods
    for number in candidate.pods:
        pod = pods[number]
        terms = pod.lifecycle.eviction
        if CLUSTER_AUTOSCALER.lifts(pod):
            continue
        if terms is not None and terms.local_volumes:
            yield Kept(candidate.name, LOCAL, pod.key)
        if pod.namespace == "kube-system" and not _is_covered(snapshot, pod):
            yield Kept(candidate.name, SYSTEM, pod.key)


def _is_covered(snapshot: Snapshot, pod: Pod) -> bool:
    """Return whether a PodDisruptionBudget selects a pod."""
    return any(
        budget.namespace == pod.namespace
        and budget.selector is not None
        and budget.selector.matches(dict(pod.labels))
        for budget in snapshot.cluster.disruption_budgets
    )
