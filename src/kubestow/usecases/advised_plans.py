"""The plans of an advice: the pods of a cluster that runs, from several pools, judged.

Nodes that reservations pay for stay, empty, in every plan: whatever goes there costs nothing more.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kubestow import engine
from kubestow.catalog.burstable import credits_of
from kubestow.catalog.observed_pools import with_reserved_types
from kubestow.catalog.usage import capacity_type
from kubestow.compute.node_parts import auto_mode_fee
from kubestow.disruption.expected import expected, is_node_bound, moves
from kubestow.model import labels as names
from kubestow.model.advice import FleetSize
from kubestow.model.instance_type import ON_DEMAND, SPOT
from kubestow.model.kinds import KindsWish
from kubestow.model.nodepool import Launcher, NodePool
from kubestow.model.plan import LowerBound, Plan, PlannedNode
from kubestow.model.pod import Pod, PodTemplate
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.model.survey import Survey, SurveyedNode
from kubestow.provisioning.load_prices import used_of_nodes
from kubestow.provisioning.wishes.on_demand_share import held_on_demand
from kubestow.provisioning.wishes.reservations import (
    ReservationError,
    with_possible_reservations,
)
from kubestow.usecases.judged import judged
from kubestow.usecases.node_bill import NodeBill

_WITHIN = 0.005  # what few kinds of nodes may cost more


def with_pools(snapshot: Snapshot, pools: tuple[NodePool, ...]) -> Snapshot:
    """Return the snapshot with these pools."""
    return replace(snapshot, cluster=replace(snapshot.cluster, nodepools=pools))


def only_running(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot without the pods that wait: what runs is compared with what it could be.

    What they need beside it is the first thing that an autoscaler decides.
    """
    running = tuple(pod for pod in snapshot.cluster.pods if pod.node_name)
    return replace(snapshot, cluster=replace(snapshot.cluster, pods=running))


def with_architecture_kept(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot whose pods stay on the processor architecture that they run on.

    Nothing in a cluster says what images are built for: what runs them does.
    """
    of_node = {node.name: dict(node.labels).get(names.ARCH, "") for node in snapshot.cluster.nodes}
    known: dict[tuple[PodTemplate, str], PodTemplate] = {}

    def staying(pod: Pod) -> Pod:
        own = of_node.get(pod.node_name, "")
        selector = dict(pod.template.node_selector)
        if not own or names.ARCH in selector:
            return pod
        key = (pod.template, own)
        if key not in known:
            selected = tuple(sorted((selector | {names.ARCH: own}).items()))
            known[key] = replace(pod.template, node_selector=selected)
        return replace(pod, template=known[key])

    pods = tuple(map(staying, snapshot.cluster.pods))
    return replace(snapshot, cluster=replace(snapshot.cluster, pods=pods))


def with_capacity_kept(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot whose pods on demand stay there.

    Nothing in a cluster says whether a pod could run on spot: where it runs is what is known.
    """
    of_node = {
        node.name: capacity_type(dict(node.labels)) or ON_DEMAND for node in snapshot.cluster.nodes
    }
    known: dict[PodTemplate, PodTemplate] = {}

    def staying(pod: Pod) -> Pod:
        if of_node.get(pod.node_name, SPOT) == SPOT:
            return pod
        if pod.template not in known:
            known[pod.template] = held_on_demand(pod.template)
        return replace(pod, template=known[pod.template])

    pods = tuple(map(staying, snapshot.cluster.pods))
    return replace(snapshot, cluster=replace(snapshot.cluster, pods=pods))


def with_reserved_nodes(snapshot: Snapshot) -> tuple[Snapshot, tuple[ReservationError, ...]]:
    """Add the reserved nodes that do not run, and return why some cannot be launched."""
    pools, costs = snapshot.cluster.nodepools, snapshot.catalog.costs
    reserving = with_reserved_types(pools, costs.reservations if costs is not None else ())
    added, problems = with_possible_reservations(with_pools(snapshot, reserving))
    return with_pools(added, pools), problems


def as_it_is(nodes: Iterable[SurveyedNode], bill: NodeBill) -> FleetSize:
    """Return nodes that run in numbers."""
    there = list(nodes)
    kinds = Counter((node.instance_type, node.capacity_type) for node in there)
    return FleetSize(len(there), bill.of(there), _ordered(kinds))


@dataclass(frozen=True, slots=True)
class AdvisedPlan:
    """A plan with the nodes that stay: all of it in numbers, and what it costs at least.

    Reserved nodes count where pods are planned on them; what is paid for them does in any case.
    ``problems`` are why some that are unused could not be launched.
    """

    plan: Plan
    size: FleetSize
    minimum: LowerBound
    problems: tuple[ReservationError, ...] = ()


class AdvisedPlans:
    """Plans of the pods of a cluster from several pools."""

    def __init__(
        self,
        snapshot: Snapshot,
        surveyed: Survey,
        bill: NodeBill,
        reporter: Reporter,
        *,
        work_limit: int,
        seed: int,
    ) -> None:
        """Begin; reserved nodes that do not run are launched from the pools of ``snapshot``."""
        self._snapshot = _as_compared(snapshot, surveyed)
        self._surveyed, self._bill = surveyed, bill
        self._reporter, self._work_limit, self._seed = reporter, work_limit, seed
        self._bound = {pod.key for pod in snapshot.cluster.pods if is_node_bound(pod)}
        self._automatic = {
            pool.name
            for pool in snapshot.cluster.nodepools
            if pool.launched_by is Launcher.AUTO_MODE
        }

    def of(
        self,
        what: str,
        pools: tuple[NodePool, ...],
        without: Iterable[str],
        *,
        proven: bool = False,
        keeps_capacity: bool = True,
        all_reserved: bool = True,
    ) -> AdvisedPlan:
        """Plan the pods of the nodes ``without``.

        One that is to be ``proven`` takes longer, and is of few kinds of nodes. If it
        ``keeps_capacity``, pods that run on demand stay on demand. Unless ``all_reserved``, none
        of the reserved nodes that do not run now are launched.
        """
        self._reporter.progress(f"planning {what}", 0, 0)
        going = frozenset(without)
        snapshot = self._snapshot
        if keeps_capacity:
            snapshot = with_architecture_kept(snapshot)
        if keeps_capacity and any(_may_launch(pool, SPOT) for pool in pools):
            snapshot = with_capacity_kept(snapshot)
        staying = [node for node in self._surveyed.nodes if node.name not in going]
        leaving = [node for node in self._surveyed.nodes if node.name in going]
        paid = self._bill.reserved([*staying, *leaving]) & going
        emptied = _emptied(expected(snapshot, going - paid), paid)
        claims = tuple(c for c in emptied.nodeclaims if c.name not in going)
        wanted = replace(emptied, nodeclaims=claims)
        problems: tuple[ReservationError, ...] = ()
        if all_reserved:
            wanted, problems = with_reserved_nodes(wanted)
        wanted = with_pools(wanted, pools)
        solved = engine.solve(
            wanted,
            work_limit=self._work_limit,
            seed=self._seed,
            reporter=self._reporter,
            kinds=KindsWish(within=_WITHIN) if proven else None,
        )
        plan, bound = judged(wanted, solved.plan, pools, what), solved.plan.lower_bound
        rest = self._bill.of(staying)
        return AdvisedPlan(
            plan,
            self._size(plan, wanted, paid, FleetSize(len(staying), rest)),
            replace(bound, nano_usd_per_hour=bound.nano_usd_per_hour + rest),
            problems,
        )

    def _size(
        self, plan: Plan, wanted: Snapshot, paid: frozenset[str], staying: FleetSize
    ) -> FleetSize:
        """Return a plan's new nodes, and the paid ones that are used, with those that stay."""
        new = [node for node in plan.nodes if not node.existing]
        used = [
            node
            for node in plan.nodes
            if (node.name in paid or node.reservation) and set(node.pods) - self._bound
        ]
        cost = sum(node.price.nano_usd_per_hour for node in new) + _surplus(used, wanted)
        cost += auto_mode_fee(
            (node for node in (*new, *used) if self._is_automatic(node)), wanted.catalog
        ).nano_usd_per_hour
        kinds = Counter((node.instance_type, node.capacity_type or ON_DEMAND) for node in new)
        kinds += Counter((node.instance_type, node.capacity_type or ON_DEMAND) for node in used)
        return FleetSize(
            len(new) + len(used) + staying.nodes,
            cost + staying.nano_usd_per_hour,
            _ordered(kinds),
        )

    def _is_automatic(self, node: PlannedNode) -> bool:
        """Return whether a node is one of EKS Auto Mode's, by its pool or by its label."""
        is_labelled = dict(node.labels).get(names.AUTO_MODE_COMPUTE) == "auto"
        return is_labelled or node.nodepool in self._automatic


def _may_launch(pool: NodePool, capacity: str) -> bool:
    asked = pool.requirements.get(names.CAPACITY_TYPE)
    return asked is None or asked.has(capacity)


def _as_compared(snapshot: Snapshot, surveyed: Survey) -> Snapshot:
    """Return the snapshot with the pods that run; nodes of no known price take no other pods."""
    unknown = {node.name for node in surveyed.nodes if node.price is None}
    nodes = tuple(
        replace(node, unschedulable=True) if node.name in unknown else node
        for node in snapshot.cluster.nodes
    )
    cluster = replace(snapshot.cluster, nodes=nodes)
    return only_running(replace(snapshot, cluster=cluster))


def _emptied(snapshot: Snapshot, paid: frozenset[str]) -> Snapshot:
    """Return the snapshot whose pods on some nodes are to be placed anew, there or elsewhere."""
    if not paid:
        return snapshot
    nodes = tuple(node.opened if node.name in paid else node for node in snapshot.cluster.nodes)
    pods = tuple(
        pod.on("") if pod.node_name in paid and moves(pod) else pod
        for pod in snapshot.cluster.pods
        if pod.node_name not in paid or is_node_bound(pod) or moves(pod)
    )
    return replace(snapshot, cluster=replace(snapshot.cluster, nodes=nodes, pods=pods))


def _surplus(used: list[PlannedNode], wanted: Snapshot) -> int:
    """Return what the load of paid nodes charges in surplus CPU credits."""
    types, total = wanted.catalog.instance_types, 0
    for node, milli in zip(used, used_of_nodes(wanted, used), strict=True):
        shape = types.get(node.instance_type)
        own = None if shape is None else credits_of(shape, wanted.cpu_use)
        total += 0 if own is None else own.surplus(milli)
    return total


def _ordered(kinds: Counter[tuple[str, str]]) -> tuple[tuple[str, str, int], ...]:
    ordered = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    return tuple((*kind, count) for kind, count in ordered)
