"""Run judge: what must hold of each binding, each eviction and each decision of a run.

kubestow.verify, which shares no code with what it judges, judges each as it happens. A binding is
judged by all rules about pods; one that preempted others, only by those of its pod and node. An
eviction is judged by every PodDisruptionBudget, also on a node that expires or is interrupted. No
voluntary disruption begins at a node with a protected pod, or evicts one. Pods
lost with a node that EC2 takes back, preempted pods, and those of a forced drain are not evicted.
Decisions are judged by verify.decisions. NodePools' budgets do not bind Cluster Autoscaler, which
has limits of its own. A policy must come to rest within REST_SECONDS, and a minute for each node,
after the last change of the workload, of prices or of scheduled budgets, the last fault and the
last node that expired.
"""

from collections.abc import Iterator, Sequence

from kubestow.model.decision import EXPIRED, Decision, Drain
from kubestow.model.instance_type import Catalog
from kubestow.model.snapshot import Snapshot
from kubestow.policies.cluster_autoscaler import ClusterAutoscaler
from kubestow.policies.karpenter import Karpenter
from kubestow.policies.policy import Policy
from kubestow.simulation.chance import share
from kubestow.simulation.invariants import broken, check, overcommitted
from kubestow.simulation.pods import Owner
from kubestow.simulation.world import SimulatedWorld
from kubestow.verify.bindings import Bindings
from kubestow.verify.decisions import (
    commanded,
    holds,
    over_budget,
    too_many_at_once,
    unexplained,
)
from kubestow.verify.evictions import Evictions, ObservedPod
from kubestow.verify.protection import Protection

REST_SECONDS, REST_SECONDS_A_NODE = 10_800, 60
_GOING_MOST, _DRAINS_MOST = 10, 1
"""Cluster Autoscaler's --max-scale-down-parallelism and --max-drain-parallelism by default."""


class RunJudge:
    """Judges one run; it is called by the world as things happen.

    Unless the policy ``must_rest``, it may go on for as long as the run lasts.
    """

    def __init__(self, world: SimulatedWorld, policy: Policy, *, must_rest: bool = True) -> None:
        self._world, self._policy, self._must_rest = world, policy, must_rest
        cluster = world.scenario.base.cluster
        self._bindings = Bindings(cluster)
        self._evictions = Evictions(cluster.disruption_budgets)
        self._protection = Protection(
            by_karpenter=not isinstance(policy, ClusterAutoscaler),
            by_cluster_autoscaler=not isinstance(policy, Karpenter),
        )
        self._together: dict[Owner, frozenset[Owner]] = {}
        self._awaiting: frozenset[str] = frozenset()
        self._turn = 0
        self._signature: tuple[object, ...] = ()
        self._catalog: Catalog | None = None
        self._quiet_since, self._nodes = world.at, 0
        self._scheduled = [
            budget for pool in policy.pools for budget in pool.disruption.budgets if budget.schedule
        ]
        world.on_bound, world.on_landed = self.bound, self.landed
        world.cloud.on_eviction = self.evicted

    def bound(self, order: Sequence[int], preempted: Sequence[int]) -> None:
        """Judge pods that were bound, in order of binding."""
        check(self._world, self._judged(order, bool(preempted), {*order, *preempted}))
        check(self._world, overcommitted(self._world))

    def landed(self, order: Sequence[int]) -> None:
        """Judge pods that were bound to held nodes, in order of binding."""
        check(self._world, self._judged(order, False, set(order), held=True))
        check(self._world, overcommitted(self._world))

    def _judged(
        self, order: Sequence[int], alone: bool, apart: set[int], held: bool = False
    ) -> Iterator[str]:
        pods = self._world.pods
        others = {
            number: life.pod
            for number, life in pods.alive.items()
            if life.pod.node_name and number not in apart
        }
        yield from self._bindings.follow(pods.nodes, others, (pods.claims, pods.volumes))
        for number in order:
            yield from self._bindings.bind(number, pods.alive[number].pod, alone=alone, held=held)

    def evicted(self, number: int) -> None:
        """Judge an eviction that is about to happen."""
        alive = self._world.pods.alive
        life = alive[number]
        claim = self._world.cloud.claims[life.pod.node_name]
        check(self._world, self._protection.evicted(life.pod, claim.reason, self._world.at))
        if not self._evictions.covering(life.pod):
            return
        services = zip(self._world.scenario.services, self._world.controllers.wanted, strict=True)
        replicas = {(load.namespace, load.kind, load.name): count for load, count in services}
        owners = self._covered_with(life.owner)
        everything = (
            ObservedPod(other.pod, other.is_ready)
            for other in alive.values()
            if other.owner in owners
        )
        pod = ObservedPod(life.pod, life.is_ready)
        check(self._world, self._evictions.exceeded(pod, everything, replicas))

    def _covered_with(self, owner: Owner) -> frozenset[Owner]:
        """Return the workloads that share a budget with this one."""
        together = self._together.get(owner)
        if together is None:
            samples = self._world.pods.samples
            budgets = self._evictions.covering(samples[owner])
            together = self._together[owner] = frozenset(
                other
                for other, pod in samples.items()
                if any(budget in budgets for budget in self._evictions.covering(pod))
            )
        return together

    def decided(self, snapshot: Snapshot, decision: Decision) -> None:
        """Judge a decision made from a snapshot, before it is carried out."""
        self._turn += 1
        check(self._world, unexplained(snapshot, decision))
        check(self._world, self._protection.begun(snapshot, decision, self._awaiting))
        check(self._world, self._over_budget(snapshot, decision))
        check(self._world, self._restless(snapshot, decision))

    def carried_out(self) -> None:
        """Judge the world after a decision was carried out."""
        check(self._world, broken(self._world))

    def _is_forgetful(self, snapshot: Snapshot) -> bool:
        scenario = self._world.scenario
        return share(scenario.seed, "forgetful", snapshot.at) < scenario.faults.forgetful

    def _over_budget(self, snapshot: Snapshot, decision: Decision) -> Iterator[str]:
        if isinstance(self._policy, ClusterAutoscaler):
            yield from too_many_at_once(snapshot, decision, _GOING_MOST, _DRAINS_MOST)
            return
        if self._is_forgetful(snapshot):
            self._awaiting = frozenset()
        own = not isinstance(self._policy, Karpenter)
        pools = self._policy.pools
        yield from over_budget(snapshot, decision, pools, self._awaiting, in_waves=own)
        self._awaiting = commanded(self._awaiting, decision, in_waves=own)

    def _restless(self, snapshot: Snapshot, decision: Decision) -> Iterator[str]:
        world, at = self._world, self._world.at
        signature = (
            world.stage.disturbances,
            tuple(holds(budget, at) for budget in self._scheduled),
        )
        changed = signature != self._signature or snapshot.catalog is not self._catalog
        self._signature, self._catalog = signature, snapshot.catalog
        if changed or self._is_faulty(snapshot) or self._expires(snapshot, decision):
            self._quiet_since, self._nodes = at, 0
        self._nodes = max(self._nodes, len(world.pods.nodes))
        most = REST_SECONDS + REST_SECONDS_A_NODE * self._nodes
        quiet = at - self._quiet_since
        if self._must_rest and decision.actions and quiet > most:
            yield f"{self._policy.name} does not rest: {quiet} s after the last change"

    def _is_faulty(self, snapshot: Snapshot) -> bool:
        """Return whether a fault happened in this turn."""
        scenario = self._world.scenario
        faults, seed = scenario.faults, scenario.seed
        return (
            share(seed, "stale", self._turn) < faults.stale
            or share(seed, "doubled", self._turn) < faults.doubled
            or self._is_forgetful(snapshot)
        )

    def _expires(self, snapshot: Snapshot, decision: Decision) -> bool:
        """Return whether the decision drains an expired node."""
        after = {pool.name: pool.disruption.expire_after for pool in self._policy.pools}
        drained = {
            action.node
            for action in decision.actions
            if isinstance(action, Drain) and action.reason == EXPIRED
        }
        if not drained:
            return False
        return any(
            claim.name in drained
            and (lives := after.get(claim.nodepool)) is not None
            and snapshot.at >= claim.created_at + lives
            for claim in snapshot.nodeclaims
        )
