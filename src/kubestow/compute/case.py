"""ComparisonCase: the pods that every option is asked to run, and how their nodes are planned.

Prices come from the snapshot's catalog; the user sets the hours of a month.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from kubestow.model.instance_type import ServicePrice
from kubestow.model.kinds import KindsWish
from kubestow.model.nodepool import NodePool
from kubestow.model.option import PlanWithInput
from kubestow.model.placements import KUBE_SCHEDULER, Placer
from kubestow.model.reporter import Reporter, SilentReporter
from kubestow.model.settled import Settled
from kubestow.model.snapshot import Snapshot
from kubestow.policies.policy import Policy
from kubestow.provisioning.assemble import assemble
from kubestow.provisioning.packing.fleet_search import WORK_LIMIT
from kubestow.provisioning.packing.problem import PackingStrategy
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.provision import provision
from kubestow.provisioning.rehearsed.plan_choice import ORDERS
from kubestow.scheduling.rehearsal import Rehearsal

Settler = Callable[[Snapshot, Policy, Reporter], Settled]
"""Leaves an autoscaler alone with the pods of a snapshot until it rests."""


@dataclass(frozen=True, slots=True)
class ComparisonCase:
    """The pods, and the settings that all options share.

    Without a ``settler`` options with an autoscaler show its first fleet.
    """

    snapshot: Snapshot
    hours_per_month: float = 730.0
    seed: int = 0
    work_limit: int = WORK_LIMIT
    rehearses: bool = True
    placed_by: Placer = KUBE_SCHEDULER  # the pods of kubestow's fleet
    reporter: Reporter = field(default_factory=SilentReporter)
    settler: Settler | None = None
    kinds: KindsWish = field(default_factory=KindsWish)  # of the nodes of kubestow's fleet
    cache: PlanningCache = field(default_factory=PlanningCache, compare=False, repr=False)

    def service_price(self, item: str) -> ServicePrice | None:
        """Return the price of something that is not an instance, if the catalog has it."""
        return next((p for p in self.snapshot.catalog.service_prices if p.item == item), None)

    def planned(
        self,
        pools: tuple[NodePool, ...],
        strategy: PackingStrategy | None = None,
        snapshot: Snapshot | None = None,
    ) -> PlanWithInput:
        """Plan on these NodePools, for ``snapshot`` instead of the case's own if given."""
        snapshot = snapshot or self.snapshot
        fleet = provision(
            snapshot,
            pools,
            work_limit=self.work_limit,
            seed=self.seed,
            reporter=self.reporter,
            strategy=strategy,
            whole_loads=strategy is None,
            cache=self.cache,
        )
        return PlanWithInput(snapshot, assemble(fleet), pools)

    def stranded(self, planned: PlanWithInput) -> tuple[str, ...] | None:
        """Return the pods that kube-scheduler leaves Pending in the worst order of arrival."""
        if not self.rehearses:
            return None
        nodes = planned.plan.nodes
        pods = [pod for node in nodes for pod in node.pods]
        if not pods:
            return ()
        rehearsal = Rehearsal(planned.snapshot.cluster, pods)
        runs = (
            rehearsal.play(nodes, order, self.seed + number).pending
            for number, order in enumerate(rehearsal.orders(ORDERS, self.seed))
        )
        everyone = planned.snapshot.cluster.pods
        return tuple(everyone[pod].key for pod in max(runs, key=len))


def pods_to_run(snapshot: Snapshot) -> set[str]:
    """Return the keys of the pods that are not on a node yet."""
    pods = snapshot.cluster.pods
    return {pod.key for pod in pods if not pod.node_name and not pod.daemonset}
