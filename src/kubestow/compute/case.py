"""What every option is asked: the same pods, and how a plan becomes an option.

Law: prices come from the catalog with their sources; what it does not hold is assumed aloud, as an
estimate. A month is as long as the user says.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kubestow.model.costs import ROOT_VOLUME
from kubestow.model.instance_type import NANO_USD, ServicePrice
from kubestow.model.nodepool import GIB, NodePool
from kubestow.model.option import (
    CONTROL_PLANE,
    FEES,
    INSTANCES,
    STORAGE,
    CannotRun,
    ComputeOption,
    CostPart,
    FleetLine,
    Operation,
)
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.reporter import Reporter, SilentReporter
from kubestow.model.resources import CPU, MEMORY, PODS
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.assemble import assemble
from kubestow.provisioning.packing.fleet_search import WORK_LIMIT
from kubestow.provisioning.packing.problem import PackingStrategy
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.provision import provision
from kubestow.provisioning.rehearsed.plan_choice import ORDERS
from kubestow.scheduling.rehearsal import Rehearsal

_CONTROL_PLANE_USD = 0.10
_FIELDS = {
    "NodeAffinity": "spec.nodeSelector, spec.affinity.nodeAffinity",
    "TaintToleration": "spec.tolerations",
    "NodeResourcesFit": "spec.containers[].resources",
    "NodePorts": "spec.containers[].ports[].hostPort",
    "InterPodAffinity": "spec.affinity.podAffinity, podAntiAffinity",
    "PodTopologySpread": "spec.topologySpreadConstraints",
    "VolumeZone": "spec.volumes",
    "VolumeBinding": "spec.volumes",
    "VolumeRestrictions": "spec.volumes",
    "NodeVolumeLimits": "spec.volumes",
}
"""Where in a pod each constraint is stated."""
_CONTROL_PLANE_SOURCE = "0.10 USD/h in all commercial regions; not in this region's catalog"


@dataclass(frozen=True, slots=True)
class ComparisonCase:
    """The pods, and what all options share."""

    snapshot: Snapshot
    hours_per_month: float = 730.0
    seed: int = 0
    work_limit: int = WORK_LIMIT
    rehearses: bool = True
    reporter: Reporter = field(default_factory=SilentReporter)
    cache: PlanningCache = field(default_factory=PlanningCache, compare=False, repr=False)

    def service_price(self, item: str) -> ServicePrice | None:
        """Return the price of something that is no instance, if the catalog holds it."""
        return next((p for p in self.snapshot.catalog.service_prices if p.item == item), None)

    def planned(
        self,
        pools: tuple[NodePool, ...],
        strategy: PackingStrategy | None = None,
        snapshot: Snapshot | None = None,
    ) -> Plan:
        """Plan from some pools, with another snapshot's pods or prices if one is given."""
        fleet = provision(
            snapshot or self.snapshot,
            pools,
            work_limit=self.work_limit,
            seed=self.seed,
            reporter=self.reporter,
            strategy=strategy,
            whole_loads=strategy is None,
            cache=self.cache,
        )
        return assemble(fleet)


def stranded(case: ComparisonCase, plan: Plan, snapshot: Snapshot) -> int | None:
    """Return the pods that kube-scheduler leaves Pending on a plan's nodes, in the worst order."""
    if not case.rehearses:
        return None
    pods = [pod for node in plan.nodes for pod in node.pods]
    if not pods:
        return 0
    rehearsal = Rehearsal(snapshot.cluster, pods)
    return max(
        len(rehearsal.play(plan.nodes, order, case.seed + number).pending)
        for number, order in enumerate(rehearsal.orders(ORDERS, case.seed))
    )


def is_estimate(price: ServicePrice) -> bool:
    """Tell whether a service price is marked as one that nobody has checked lately."""
    return "not re-checked" in price.source or "UNVERIFIED" in price.source


def control_plane(case: ComparisonCase) -> CostPart:
    """Return what the cluster itself costs."""
    price = case.service_price("eks_control_plane_hour")
    if price is None:
        nano = round(_CONTROL_PLANE_USD * NANO_USD)
        return CostPart(CONTROL_PLANE, "EKS cluster", nano, _CONTROL_PLANE_SOURCE, True)
    nano = round(price.usd * NANO_USD)
    return CostPart(CONTROL_PLANE, "EKS cluster", nano, price.source, is_estimate(price))


def instances(plan: Plan) -> list[CostPart]:
    """Return what a plan's new nodes cost: the instances, and each extra of a costs file."""
    fresh = [node for node in plan.nodes if not node.existing]
    own = sum(node.price.instance_nano_usd_per_hour for node in fresh)
    sources = sorted({node.price.source for node in fresh})
    estimated = any(node.price.is_estimate for node in fresh)
    parts = [CostPart(INSTANCES, "instances", own, "; ".join(sources[:3]), estimated)]
    extras: Counter[str] = Counter()
    for node in fresh:
        extras.update(dict(node.price.extras))
    parts += [CostPart(FEES, n, nano, "the costs file") for n, nano in sorted(extras.items())]
    return parts


def storage(
    case: ComparisonCase, plan: Plan, pools: Sequence[NodePool], each_bytes: int | None = None
) -> Iterator[CostPart]:
    """Yield what the root volumes cost, gp3, unless a costs file already counts what a node needs.

    ``each_bytes`` replaces what the pools' node classes say of a node's volumes.
    """
    if _names_root_volume(case):
        return
    of_pool = {pool.name: pool.node_class.root_volume_bytes for pool in pools}
    held = sum(
        each_bytes or of_pool.get(node.nodepool, 0) for node in plan.nodes if not node.existing
    )
    price = case.service_price("ebs_gp3_gb_month")
    if price is None or not held:
        return
    nano = round(held / GIB * price.usd * NANO_USD / case.hours_per_month)
    name = f"root volumes, gp3, {held // GIB} GiB"
    yield CostPart(STORAGE, name, nano, price.source, is_estimate(price))


def _names_root_volume(case: ComparisonCase) -> bool:
    costs = case.snapshot.catalog.costs
    return costs is not None and any(extra.name == ROOT_VOLUME for extra in costs.extras)


def storage_note(case: ComparisonCase) -> tuple[str, ...]:
    """Say where root volumes are not counted, and why."""
    if _names_root_volume(case):
        return ("root volumes are those of the costs file, for every option alike",)
    if case.service_price("ebs_gp3_gb_month") is None:
        return (f"root volumes are not counted: no gp3 price of {case.snapshot.catalog.region}",)
    return ()


def fleet_lines(plan: Plan, snapshot: Snapshot) -> tuple[FleetLine, ...]:
    """Return a plan's new nodes, those alike together, the most expensive lines first."""
    asked = asked_by(snapshot)
    groups: dict[tuple[str, str, str], list[PlannedNode]] = {}
    for node in plan.nodes:
        if not node.existing:
            key = (node.instance_type, node.zone, node.capacity_type)
            groups.setdefault(key, []).append(node)
    lines = []
    for (unit, zone, capacity_type), nodes in groups.items():
        pods = sum(len(node.pods) for node in nodes)
        slots = min(dict(node.allocatable).get(PODS, 0) for node in nodes)
        price = nodes[0].price.nano_usd_per_hour
        found = spare(nodes, asked)
        lines.append(FleetLine(unit, zone, capacity_type, len(nodes), pods, price, slots, found))
    return tuple(sorted(lines, key=lambda x: (-x.count * x.nano_usd_per_hour, x.unit, x.zone)))


def asked_by(snapshot: Snapshot) -> dict[str, dict[str, int]]:
    """Return what each pod, and each DaemonSet's pods, ask for."""
    asked = {pod.key: dict(pod.template.requests) for pod in snapshot.cluster.pods}
    return asked | {d.key: dict(d.template.requests) for d in snapshot.cluster.daemonsets}


def spare(nodes: Collection[PlannedNode], asked: dict[str, dict[str, int]]) -> tuple[float, float]:
    """Return the share of cpu and of memory on some nodes that nothing asks for."""
    return _spare(nodes, asked, CPU), _spare(nodes, asked, MEMORY)


def _spare(nodes: Iterable[PlannedNode], asked: dict[str, dict[str, int]], name: str) -> float:
    room = used = 0
    for node in nodes:
        room += dict(node.allocatable).get(name, 0)
        own = (pod.removesuffix(f"-{node.name}") for pod in node.daemonset_pods)
        used += sum(asked[pod].get(name, 0) for pod in (*node.pods, *own))
    return 1 - used / room if room else 0.0


def left_out(plan: Plan) -> tuple[CannotRun, ...]:
    """Return the pods a plan cannot run, by the constraint that counts most."""
    found: dict[str, list[str]] = {}
    for item in plan.unschedulable:
        most = max(item.reasons, key=lambda reason: reason.offerings, default=None)
        found.setdefault(most.constraint if most else "no offering", []).append(item.pod)
    return tuple(
        CannotRun(tuple(pods), _FIELDS.get(reason, ""), f"{reason} refuses most of what there is")
        for reason, pods in sorted(found.items())
    )


def option_of(
    case: ComparisonCase,
    plan: Plan,
    made_for: tuple[Snapshot, tuple[NodePool, ...]],
    *,
    identity: str,
    title: str,
    operation: Operation,
    notes: Iterable[str],
    pending: int | None,
    fees: Iterable[CostPart] = (),
    root_volume: int | None = None,
    bounded: bool = False,
) -> ComputeOption:
    """Return the option of a plan's nodes.

    ``made_for`` are its snapshot and pools, ``pending`` what was left out of it in a rehearsal,
    ``fees`` costs that are no node's own, ``root_volume`` a node's bytes of disk where the pools do
    not say.
    """
    snapshot, pools = made_for
    return ComputeOption(
        identity,
        title,
        fleet_lines(plan, snapshot),
        (
            *instances(plan),
            *fees,
            *storage(case, plan, pools, root_volume),
            control_plane(case),
        ),
        left_out(plan),
        placed(plan, snapshot),
        operation,
        (*notes, *storage_note(case)),
        pending,
        bounded,
        ((snapshot, plan, pools),),
    )


def waiting(snapshot: Snapshot) -> set[str]:
    """Return the pods that are to be run: those that do not run already."""
    pods = snapshot.cluster.pods
    return {pod.key for pod in pods if not pod.node_name and not pod.daemonset}


def placed(plan: Plan, snapshot: Snapshot) -> int:
    """Return how many of the pods to run a plan runs."""
    wanted = waiting(snapshot)
    return sum(pod in wanted for node in plan.nodes for pod in node.pods)
