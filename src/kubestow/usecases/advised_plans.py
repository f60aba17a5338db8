"""The plans of an advice: the pods of a cluster that runs, from several pools, judged.

Nodes that reservations pay for stay, empty, in every plan: whatever goes there costs nothing more.
Those that a plan leaves empty are gone in what it costs, and new ones alike use their reservations.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from kubestow import engine
from kubestow.catalog.burstable import credits_of
from kubestow.catalog.observed_pools import with_reserved_types
from kubestow.catalog.usage import capacity_type
from kubestow.compute.node_parts import AutoModeFees
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
from kubestow.usecases.node_bill import BilledNode, NodeBill
from kubestow.usecases.reserved_minimum import (
    at_least,
    list_prices,
    paid_at_most,
    priced_at,
    worth,
)

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


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of a plan; nodes that are ``going`` go, but those that are paid for."""

    what: str
    pools: tuple[NodePool, ...]
    going: frozenset[str]
    snapshot: Snapshot
    proven: bool
    all_reserved: bool


def _rank(found: AdvisedPlan) -> tuple[int, int]:
    return len(found.plan.unschedulable), found.size.nano_usd_per_hour


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
        of the reserved nodes that do not run now are launched. Where reservations pay for some of
        several nodes, the plan is the cheaper one of those in which the first and the last stay.
        """
        self._reporter.progress(f"planning {what}", 0, 0)
        snapshot = self._snapshot
        if keeps_capacity:
            snapshot = with_architecture_kept(snapshot)
        if keeps_capacity and any(_may_launch(pool, SPOT) for pool in pools):
            snapshot = with_capacity_kept(snapshot)
        asked = _Asked(what, pools, frozenset(without), snapshot, proven, all_reserved)
        found = min((self._best(asked, paid) for paid in self._paid(asked.going)), key=_rank)
        if not proven or not self._bill.reservations:
            return found
        return replace(found, minimum=self._minimum(asked, found))

    def _paid(self, going: frozenset[str]) -> Iterator[frozenset[str]]:
        """Yield nodes that stay, empty, as reservations pay for them: once of those alike."""
        staying, leaving = self._split(going)
        seen = []
        for ordered in (leaving, leaving[::-1]):
            paid = self._bill.reserved([*staying, *ordered]) & going
            kinds = Counter((n.instance_type, n.zone, n.group) for n in leaving if n.name in paid)
            if kinds not in seen:
                seen.append(kinds)
                yield paid

    def _split(self, going: frozenset[str]) -> tuple[list[SurveyedNode], list[SurveyedNode]]:
        """Return the nodes that stay and those that go."""
        nodes = self._surveyed.nodes
        staying = [node for node in nodes if node.name not in going]
        return staying, [node for node in nodes if node.name in going]

    def _best(self, asked: _Asked, paid: frozenset[str]) -> AdvisedPlan:
        """Return the plan; one without reserved nodes where they use up what limits leave."""
        found = self._planned(asked, paid)
        are_limited = any(pool.limits for pool in asked.pools)
        if not (found.plan.unschedulable and asked.all_reserved and are_limited):
            return found
        if not self._bill.reservations:
            return found
        other = self._planned(replace(asked, all_reserved=False), paid)
        return min(found, replace(other, problems=found.problems), key=_rank)

    def _planned(self, asked: _Asked, paid: frozenset[str]) -> AdvisedPlan:
        emptied = _emptied(expected(asked.snapshot, asked.going - paid), paid)
        claims = tuple(c for c in emptied.nodeclaims if c.name not in asked.going)
        wanted = replace(emptied, nodeclaims=claims)
        problems: tuple[ReservationError, ...] = ()
        if asked.all_reserved:
            wanted, problems = with_reserved_nodes(wanted)
        wanted = with_pools(wanted, asked.pools)
        solved = self._solved(wanted, proven=asked.proven)
        plan, bound = judged(wanted, solved.plan, asked.pools, asked.what), solved.plan.lower_bound
        staying, _ = self._split(asked.going)
        least = bound.nano_usd_per_hour + self._bill.of(staying)
        return AdvisedPlan(
            plan,
            self._size(plan, wanted, paid, staying),
            replace(bound, nano_usd_per_hour=least),
            problems,
        )

    def _solved(self, wanted: Snapshot, *, proven: bool) -> engine.Solved:
        return engine.solve(
            wanted,
            work_limit=self._work_limit,
            seed=self._seed,
            reporter=self._reporter,
            kinds=KindsWish(within=_WITHIN) if proven else None,
        )

    def _minimum(self, asked: _Asked, found: AdvisedPlan) -> LowerBound:
        """Return what any fleet costs at least, whichever nodes of it reservations pay for.

        The first bound is that of reserved nodes as they are planned, less what they could pay
        elsewhere; the others are of fleets without reservations, see reserved_minimum.
        """
        own, catalog, committed = (
            self._bill.reservations,
            asked.snapshot.catalog,
            self._bill.committed,
        )
        staying, _ = self._split(asked.going)
        prices = list_prices(own, catalog, highest=True)
        is_tied = self._are_tied(asked, found)
        loose = [item for item in own if not (item.zone and is_tied)]
        planned = found.minimum.nano_usd_per_hour
        listed = committed + at_least(self._bound_at(asked, {}), staying, own, prices)
        least = [committed, planned - paid_at_most(loose, prices), listed]
        if loose and max(least) < planned:
            saved = listed + paid_at_most(own, prices) - planned
            prices = worth(list_prices(own, catalog, highest=False), own, saved)
            bound = self._bound_at(asked, prices)
            least.append(committed + at_least(bound, staying, own, prices))
        nano = min(max(least), found.size.nano_usd_per_hour)
        return replace(found.minimum, nano_usd_per_hour=nano)

    def _bound_at(self, asked: _Asked, prices: Mapping[str, int]) -> int:
        """Return the bound of new nodes where nothing is reserved, and types cost these prices."""
        gone = expected(asked.snapshot, asked.going)
        claims = tuple(c for c in gone.nodeclaims if c.name not in asked.going)
        catalog = priced_at(gone.catalog, prices) if prices else gone.catalog
        wanted = with_pools(replace(gone, nodeclaims=claims, catalog=catalog), asked.pools)
        return self._solved(wanted, proven=False).plan.lower_bound.nano_usd_per_hour

    @staticmethod
    def _are_tied(asked: _Asked, found: AdvisedPlan) -> bool:
        """Return whether reserved nodes with a zone are planned as all of them could run.

        There is one pool then, so that there is no other that has them with other labels.
        """
        return len(asked.pools) == 1 and not asked.pools[0].limits and not found.problems

    def _size(
        self, plan: Plan, wanted: Snapshot, paid: frozenset[str], staying: list[SurveyedNode]
    ) -> FleetSize:
        """Return a plan's new nodes, and the paid ones that are used, with those that stay.

        What is new uses the reservations of paid nodes that the plan leaves empty.
        """
        used = [
            node
            for node in plan.nodes
            if (node.name in paid or node.reservation) and set(node.pods) - self._bound
        ]
        new = [node for node in plan.nodes if not node.existing]
        surplus = [*_surplus(used, wanted), *(n.price.surplus_nano_usd_per_hour for n in new)]
        prices, fees = wanted.catalog.prices(), AutoModeFees(wanted.catalog)
        billed = []
        for node, beside in zip((*used, *new), surplus, strict=True):
            capacity = node.capacity_type or ON_DEMAND
            price = node.price.nano_usd_per_hour
            if node.existing:
                price = prices.get((node.instance_type, node.zone, capacity), 0) + beside
            if self._is_automatic(node):
                listed = node.price.list_nano_usd_per_hour
                fee = fees.of(node.instance_type, node.zone, listed)
                price, beside = price + fee, beside + fee
            billed.append(BilledNode((node.instance_type, node.zone, capacity), price, beside))
        kinds = Counter((n.instance_type, n.capacity_type or ON_DEMAND) for n in (*new, *used))
        return FleetSize(
            len(billed) + len(staying), self._bill.beside(staying, billed), _ordered(kinds)
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


def _surplus(used: list[PlannedNode], wanted: Snapshot) -> Iterator[int]:
    """Yield what the load of each paid node charges in surplus CPU credits."""
    types = wanted.catalog.instance_types
    for node, milli in zip(used, used_of_nodes(wanted, used), strict=True):
        shape = types.get(node.instance_type)
        own = None if shape is None else credits_of(shape, wanted.cpu_use)
        yield 0 if own is None else own.surplus(milli)


def _ordered(kinds: Counter[tuple[str, str]]) -> tuple[tuple[str, str, int], ...]:
    ordered = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    return tuple((*kind, count) for kind, count in ordered)
