"""Advise: what a running cluster could cost, where the difference is, and what to do first.

Nothing is carried out. The difference is split by what each cause is worth: the pods are planned
anew without empty nodes, on the kinds of nodes there are, on those that the pools allow, and with
the nodes that must stay; each step is a plan that the judge accepted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kubestow import engine
from kubestow.catalog.observed_pools import (
    SOURCE,
    as_in_use,
    observed_pools,
    with_any_kind,
    with_spot,
)
from kubestow.catalog.usage import capacity_type
from kubestow.compute.node_parts import auto_mode_fee
from kubestow.disruption.candidate import candidates
from kubestow.disruption.expected import expected, moves
from kubestow.model import labels as names
from kubestow.model.advice import (
    EMPTY_NODES,
    HELD,
    KINDS,
    ROOM,
    Advice,
    Advised,
    FleetSize,
    Waste,
)
from kubestow.model.decision import Drain, Launch
from kubestow.model.instance_type import ON_DEMAND, SPOT
from kubestow.model.kinds import KindsWish
from kubestow.model.memory import Memory
from kubestow.model.nodepool import Launcher, NodePool
from kubestow.model.observed import Observed
from kubestow.model.plan import Plan
from kubestow.model.pod import Pod, PodTemplate
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.model.survey import Survey, SurveyedNode, share_of
from kubestow.policies.policy import Policy
from kubestow.policies.registry import made
from kubestow.ports import Journal, NoJournal
from kubestow.provisioning.wishes.on_demand_share import held_on_demand
from kubestow.usecases.judged import judged
from kubestow.usecases.resting import rest_of
from kubestow.usecases.survey import survey

WORK = 4_000
"""Fillings of a node that each plan of an advice may take."""
_WITHIN = 0.005  # what few kinds of nodes may cost more
_LOOKS_MOST = 60
_HORIZON = 3 * 3600  # seconds in which a policy decides to do something, or does nothing
_OWN = "optimal"
_OF_GROUPS = "cluster-autoscaler"  # whose groups have the instance types that they have
_NO_POOLS = "no NodePool and no node group is known: the cheapest plan is from the built-in ones"


@dataclass(frozen=True, kw_only=True, slots=True)
class AdviseRequest:
    """A cluster, and whose decisions are asked for; ``settles`` asks where they would rest, too."""

    observed: Observed
    policies: tuple[str, ...] = ("optimal",)
    settles: bool = False
    work_limit: int = WORK
    seed: int = 0


def advise(
    request: AdviseRequest, reporter: Reporter, journals: Mapping[str, Journal] | None = None
) -> Advice:
    """Return the advice; ``journals`` record the policies' decisions by name.

    Raises RefusedPlanError and BrokenRunError for bugs of kubestow's.
    """
    surveyed = survey(request.observed)
    pools, in_use = pools_for(request.observed.snapshot)
    snapshot = with_pools(request.observed.snapshot, pools)
    plans = _Plans(_as_compared(snapshot, surveyed), request, reporter)
    cheapest, priced = _cheapest(plans, pools, surveyed)
    fixed = frozenset(node.name for node in surveyed.nodes) - set(priced)
    base = _cost_of(surveyed, fixed), len(fixed)
    alike = plans.of("the same kinds of nodes", in_use, priced) if in_use else None
    stays = _staying(snapshot, pools, priced)
    gone = [name for name in priced if name not in stays]
    reachable = plans.of("what may move", pools, gone) if stays else cheapest
    spot = plans.of("spot", with_spot(pools), priced, keeps_capacity=False)
    seen_by = {
        _OF_GROUPS: with_pools(snapshot, observed_or(pools, snapshot)),
        _OWN: with_architecture_kept(snapshot),
    }
    decisions = tuple(
        decision
        for name in request.policies
        for decision in next_decisions(
            seen_by.get(name, snapshot), name, surveyed, reporter, (journals or {}).get(name)
        )
    )
    settling = request.policies if request.settles else ()
    rests = tuple(rest_of(seen_by.get(name, snapshot), name, reporter) for name in settling)
    reach = plans.size(reachable, base[0] + _cost_of(surveyed, stays), base[1] + len(stays))
    without_empty = _as_it_is(node for node in surveyed.nodes if not node.is_empty)
    is_alike = alike is not None and not alike.unschedulable
    packed = plans.size(alike, *base) if alike is not None and is_alike else without_empty
    known = (plans.size(cheapest, *base), reach, packed, without_empty)
    found = min(known, key=lambda size: size.nano_usd_per_hour)
    reach = min(reach, _as_it_is(surveyed.nodes), key=lambda size: size.nano_usd_per_hour)
    bound = cheapest.lower_bound
    return Advice(
        surveyed,
        replace(bound, nano_usd_per_hour=bound.nano_usd_per_hour + base[0]),
        found,
        reach,
        plans.size(spot, *base),
        _wastes(surveyed.cost, without_empty, packed, found, reach),
        _daemons(surveyed),
        _unrequested(surveyed),
        _without_place(snapshot, fixed),
        decisions,
        tuple(pool.name for pool in pools if pool.source == SOURCE),
        () if in_use else (_NO_POOLS,),
        rests,
    )


def _cheapest(
    plans: "_Plans", pools: tuple[NodePool, ...], surveyed: Survey
) -> tuple[Plan, list[str]]:
    """Return the cheapest plan, and the nodes that it replaces.

    Nodes without a price stay, and so do those of pods that no pool could run.
    """
    priced = [node.name for node in surveyed.nodes if node.price is not None]
    on_node = {pod.key: node.name for node in surveyed.nodes for pod in node.pods}
    while True:
        plan = plans.of("the cheapest fleet", pools, priced, proven=True)
        fixed = {on_node.get(item.pod, "") for item in plan.unschedulable} & set(priced)
        if not fixed:
            return plan, priced
        priced = [name for name in priced if name not in fixed]


def _without_place(snapshot: Snapshot, fixed: frozenset[str]) -> tuple[str, ...]:
    """Return the pods that keep nodes in every plan, by namespace/name."""
    return tuple(pod.key for pod in snapshot.cluster.pods if pod.node_name in fixed and moves(pod))


def pools_for(snapshot: Snapshot) -> tuple[tuple[NodePool, ...], tuple[NodePool, ...]]:
    """Return what may be launched, and the same kept to the kinds of nodes that there are.

    The first are the cluster's NodePools and node groups, which may be of any ordinary kind; where
    there are none, the built-in ones. The second are empty then.
    """
    types = snapshot.catalog.instance_types
    known = observed_pools(snapshot.cluster, types)
    if not known:
        return engine.pools_of(snapshot), ()
    return with_any_kind(known, types), as_in_use(known, snapshot.cluster.nodes)


def observed_or(pools: tuple[NodePool, ...], snapshot: Snapshot) -> tuple[NodePool, ...]:
    """Return the pools; node groups are of the instance types that they have now."""
    known = observed_pools(
        replace(snapshot.cluster, nodepools=tuple(p for p in pools if p.source != SOURCE)),
        snapshot.catalog.instance_types,
    )
    return known or pools


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


def _may_launch(pool: NodePool, capacity: str) -> bool:
    asked = pool.requirements.get(names.CAPACITY_TYPE)
    return asked is None or asked.has(capacity)


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


def _as_compared(snapshot: Snapshot, surveyed: Survey) -> Snapshot:
    """Return the snapshot with the pods that run; nodes of no known price take no other pods."""
    unknown = {node.name for node in surveyed.nodes if node.price is None}
    nodes = tuple(
        replace(node, unschedulable=True) if node.name in unknown else node
        for node in snapshot.cluster.nodes
    )
    cluster = replace(snapshot.cluster, nodes=nodes)
    return only_running(replace(snapshot, cluster=cluster))


class _Plans:
    """Plans of the pods of a cluster from several pools, judged."""

    def __init__(self, snapshot: Snapshot, request: AdviseRequest, reporter: Reporter) -> None:
        self._snapshot, self._request, self._reporter = snapshot, request, reporter
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
    ) -> Plan:
        """Plan the pods of the nodes ``without``.

        One that is to be ``proven`` takes longer, and is of few kinds of nodes. If it
        ``keeps_capacity``, pods that run on demand stay on demand.
        """
        self._reporter.progress(f"planning {what}", 0, 0)
        going = frozenset(without)
        snapshot = self._snapshot
        if keeps_capacity:
            snapshot = with_architecture_kept(snapshot)
        if keeps_capacity and any(_may_launch(pool, SPOT) for pool in pools):
            snapshot = with_capacity_kept(snapshot)
        emptied = expected(snapshot, going)
        claims = tuple(c for c in emptied.nodeclaims if c.name not in going)
        wanted = with_pools(replace(emptied, nodeclaims=claims), pools)
        solved = engine.solve(
            wanted,
            work_limit=self._request.work_limit,
            seed=self._request.seed,
            reporter=self._reporter,
            kinds=KindsWish(within=_WITHIN) if proven else None,
        )
        return judged(wanted, solved.plan, pools, what)

    def size(self, plan: Plan, more: int = 0, nodes: int = 0) -> FleetSize:
        """Return a plan's new nodes in numbers, with other nodes that stay."""
        new = [node for node in plan.nodes if not node.existing]
        kinds = Counter((node.instance_type, node.capacity_type) for node in new)
        cost = sum(node.price.nano_usd_per_hour for node in new)
        cost += auto_mode_fee(
            (node for node in new if node.nodepool in self._automatic), self._snapshot.catalog
        ).nano_usd_per_hour
        ordered = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
        return FleetSize(
            len(new) + nodes, cost + more, tuple((*kind, count) for kind, count in ordered)
        )


def _as_it_is(nodes: Iterable[SurveyedNode]) -> FleetSize:
    """Return nodes that run in numbers."""
    there = list(nodes)
    kinds = Counter((node.instance_type, node.capacity_type) for node in there)
    ordered = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    cost = sum(node.price or 0 for node in there)
    return FleetSize(len(there), cost, tuple((*kind, count) for kind, count in ordered))


def _staying(
    snapshot: Snapshot, pools: tuple[NodePool, ...], priced: Iterable[str]
) -> frozenset[str]:
    """Return the nodes that must stay: of pods that may not be evicted, or that budgets hold."""
    by_name = {pool.name: pool for pool in pools}
    able = candidates(snapshot, by_name, any_pool=True, ages=False).able
    free = {candidate.name for candidate in able}
    return frozenset(name for name in priced if name not in free)


def _cost_of(surveyed: Survey, names: frozenset[str]) -> int:
    return sum(node.price or 0 for node in surveyed.nodes if node.name in names)


def _wastes(
    now: int, full: FleetSize, packed: FleetSize, found: FleetSize, reach: FleetSize
) -> tuple[Waste, ...]:
    """Return what each cause is worth: the steps from what runs to the cheapest fleet.

    ``full`` is what runs without empty nodes, ``packed`` the same kinds of nodes packed anew. A
    step that costs more than the one before is worth nothing. They add up to the difference.
    """
    least = found.nano_usd_per_hour
    first = full.nano_usd_per_hour
    second = min(first, packed.nano_usd_per_hour)
    steps = ((EMPTY_NODES, now - first), (ROOM, first - second), (KINDS, second - least))
    own = tuple(Waste(cause, nano) for cause, nano in steps if nano > 0)
    held = reach.nano_usd_per_hour - least
    return (*own, Waste(HELD, -held)) if held > 0 and own else own


def _daemons(surveyed: Survey) -> int:
    return round(
        sum((node.price or 0) * share_of(node.daemons, node.allocatable) for node in surveyed.nodes)
    )


def _unrequested(surveyed: Survey) -> int | None:
    """Return what is requested and not used, of each node's price by its dominant resource."""
    known = [node for node in surveyed.nodes if node.used is not None]
    if not known:
        return None
    return round(
        sum(
            (node.price or 0) * max(0.0, node.share - share_of(node.used or (), node.allocatable))
            for node in known
        )
    )


def next_decisions(
    snapshot: Snapshot,
    name: str,
    surveyed: Survey,
    reporter: Reporter,
    journal: Journal | None = None,
) -> tuple[Advised, ...]:
    """Return what a policy would do next, and after it has launched nodes for pods that wait.

    The second is told as if those pods had never been: their nodes are full.
    """
    reporter.progress(f"letting {name} look", 0, 0)
    policy = made(name, snapshot.cluster.nodepools)
    first = decided(snapshot, policy, surveyed, reporter, journal)
    waits = any(not pod.node_name for pod in snapshot.cluster.pods)
    if first.removes or not waits:
        return (first,)
    second = decided(only_running(snapshot), policy, surveyed, reporter)
    return (first, second) if first.launches.nodes else (second,)


def decided(
    snapshot: Snapshot,
    policy: Policy,
    surveyed: Survey,
    reporter: Reporter,
    journal: Journal | None = None,
) -> Advised:
    """Let a policy look at a cluster that stays as it is until it decides something, or never.

    Its clock jumps to when it wants to look again.
    """
    memory, at, journal = Memory(), snapshot.at, journal or NoJournal()
    for _ in range(_LOOKS_MOST):
        seen = replace(snapshot, at=at)
        decision, after = engine.step(seen, memory, policy, reporter)
        journal.record(seen, memory, decision)
        removes = tuple(
            dict.fromkeys(
                [action.node for action in decision.actions if isinstance(action, Drain)]
                + [name for item in after.disruptions for name in item.nodes]
            )
        )
        launches = [action for action in decision.actions if isinstance(action, Launch)]
        again = decision.look_again_at
        is_over = again is None or again > snapshot.at + _HORIZON
        if removes or launches or is_over:
            reasons = [a.reason for a in decision.actions if isinstance(a, Drain | Launch)]
            told = _advised(policy.name, snapshot, surveyed, removes, launches)
            return replace(
                told,
                reasons=tuple(dict.fromkeys(reasons)),
                after_seconds=at - snapshot.at,
                kept=decision.kept,
            )
        assert again is not None
        memory, at = after, max(at + 1, again)
    return replace(
        _advised(policy.name, snapshot, surveyed, (), []), after_seconds=at - snapshot.at
    )


def _advised(
    name: str,
    snapshot: Snapshot,
    surveyed: Survey,
    removes: tuple[str, ...],
    launches: list[Launch],
) -> Advised:
    """Return what goes and comes, and what that saves."""
    going = set(removes)
    evicted = tuple(
        pod.key for pod in snapshot.cluster.pods if pod.node_name in going and moves(pod)
    )
    claims = [launch.claim for launch in launches]
    kinds = Counter((claim.instance_type, claim.capacity_type) for claim in claims)
    cost = sum(claim.nano_usd_per_hour for claim in claims)
    size = FleetSize(
        len(claims), cost, tuple((*kind, count) for kind, count in sorted(kinds.items()))
    )
    saving = _cost_of(surveyed, frozenset(going)) - cost
    return Advised(name, (), removes, size, evicted, saving, 0)
