"""Advise: what a running cluster could cost, where the difference is, and what to do first.

Nothing is carried out. The difference is split by what each cause is worth: the pods are planned
anew without empty nodes, on the kinds of nodes there are, on those that the pools allow, and with
the nodes that must stay; each step is a plan that the judge accepted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kubestow import engine
from kubestow.catalog.observed_pools import (
    SOURCE,
    as_in_use,
    observed_pools,
    with_any_kind,
    with_spot,
)
from kubestow.disruption.candidate import NO_POOL, candidates
from kubestow.disruption.expected import claims_of, moves
from kubestow.model.advice import (
    EMPTY_NODES,
    HELD,
    KINDS,
    RESERVED,
    ROOM,
    Advice,
    Advised,
    FleetSize,
    Rest,
    Waste,
)
from kubestow.model.counted import agreeing
from kubestow.model.decision import Decision, Drain, Kept, Launch
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.nodepool import NodePool
from kubestow.model.observed import Observed
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.model.survey import Survey, share_of
from kubestow.policies.policy import Policy
from kubestow.policies.registry import made
from kubestow.ports import Journal, NoJournal
from kubestow.provisioning.wishes.reservations import ReservationError
from kubestow.usecases.advised_plans import (
    AdvisedPlan,
    AdvisedPlans,
    as_it_is,
    only_running,
    with_architecture_kept,
    with_pools,
)
from kubestow.usecases.node_bill import NodeBill
from kubestow.usecases.resting import rest_of
from kubestow.usecases.survey import survey

WORK = 4_000
"""Fillings of a node that each plan of an advice may take."""
_LOOKS_MOST = 60
_HORIZON = 3 * 3600  # seconds in which a policy decides to do something, or does nothing
_OWN = "optimal"
_OF_GROUPS = "cluster-autoscaler"  # whose groups have the instance types that they have
_OF_RESERVATION = "reservation"  # the pool of nodes that no policy may drain
PAID = "a reservation pays for it"
_NO_POOLS = "no NodePool and no node group is known: the cheapest plan is from the built-in ones"
_UNCOUNTED = "simulations do not count what is reserved"
_OF_RESERVED = (
    "reserved nodes that run are planned where they run, and those that do not evenly over the "
    "zones of the first pool that may launch them; the minimum counts on any place for them, so "
    "that it may be lower than any fleet"
)


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
    observed = request.observed.snapshot
    surveyed = survey(request.observed)
    pools, in_use = pools_for(observed)
    snapshot = with_pools(observed, pools)
    bill = NodeBill(tuple(item.reservation for item in surveyed.reservations))
    plans = AdvisedPlans(
        snapshot, surveyed, bill, reporter, work_limit=request.work_limit, seed=request.seed
    )
    cheapest, priced = _cheapest(plans, pools, surveyed)
    stays = _staying(snapshot, pools, priced)
    gone = [name for name in priced if name not in stays]
    reachable = plans.of("what may move", pools, gone) if stays else cheapest
    spot = plans.of("spot", with_spot(pools), priced, keeps_capacity=False)
    seen_by = _seen_by(snapshot, pools, surveyed, stays)
    decisions = tuple(
        decision
        for name in request.policies
        for decision in best_decisions(
            seen_by.get(name, (snapshot,)), name, surveyed, reporter, (journals or {}).get(name)
        )
    )
    settling = request.policies if request.settles else ()
    rests = tuple(
        Rest(name, obstacle=_UNCOUNTED)
        if surveyed.reservations
        else rest_of(seen_by.get(name, (snapshot,))[0], name, reporter)
        for name in settling
    )
    without_empty = as_it_is((node for node in surveyed.nodes if not node.is_empty), bill)
    packed, refilled = _alike(plans, in_use, priced, surveyed, without_empty)
    known = (cheapest.size, reachable.size, refilled, packed, without_empty)
    found = min(known, key=_cost)
    minimum = cheapest.minimum
    if surveyed.reservations:
        least = min(minimum.nano_usd_per_hour, found.nano_usd_per_hour)
        minimum = replace(minimum, nano_usd_per_hour=least)
    reach = min(reachable.size, as_it_is(surveyed.nodes, bill), key=_cost)
    notes = () if in_use else (_NO_POOLS,)
    return Advice(
        surveyed,
        minimum,
        found,
        reach,
        min(spot.size, found, key=_cost),
        _wastes(surveyed.cost, (without_empty, packed, refilled), found, reach),
        _daemons(surveyed),
        _unrequested(surveyed),
        _without_place(snapshot, frozenset(node.name for node in surveyed.nodes) - set(priced)),
        decisions,
        tuple(pool.name for pool in pools if pool.source == SOURCE),
        (*notes, *_notes_on_reservations(snapshot, cheapest.problems, request.policies)),
        rests,
    )


def _cost(size: FleetSize) -> int:
    return size.nano_usd_per_hour


def _cheapest(
    plans: AdvisedPlans, pools: tuple[NodePool, ...], surveyed: Survey
) -> tuple[AdvisedPlan, list[str]]:
    """Return the cheapest plan, and the nodes that it replaces.

    Nodes without a price stay, and so do those of pods that no pool could run.
    """
    priced = [node.name for node in surveyed.nodes if node.price is not None]
    on_node = {pod.key: node.name for node in surveyed.nodes for pod in node.pods}
    while True:
        found = plans.of("the cheapest fleet", pools, priced, proven=True)
        fixed = {on_node.get(item.pod, "") for item in found.plan.unschedulable} & set(priced)
        if not fixed:
            return found, priced
        priced = [name for name in priced if name not in fixed]


def _alike(
    plans: AdvisedPlans,
    in_use: tuple[NodePool, ...],
    priced: list[str],
    surveyed: Survey,
    otherwise: FleetSize,
) -> tuple[FleetSize, FleetSize]:
    """Return the same kinds of nodes packed anew, and that with every reserved node launched."""
    if not in_use:
        return otherwise, otherwise
    what = "the same kinds of nodes"
    found = plans.of(what, in_use, priced, all_reserved=False)
    packed = otherwise if found.plan.unschedulable else found.size
    if not any(item.unused for item in surveyed.reservations):
        return packed, packed
    found = plans.of(f"{what}, and reserved ones", in_use, priced)
    return packed, packed if found.plan.unschedulable else found.size


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


def _staying(
    snapshot: Snapshot, pools: tuple[NodePool, ...], priced: Iterable[str]
) -> frozenset[str]:
    """Return the nodes that must stay: of pods that may not be evicted, or that budgets hold."""
    by_name = {pool.name: pool for pool in pools}
    able = candidates(snapshot, by_name, any_pool=True, ages=False).able
    free = {candidate.name for candidate in able}
    return frozenset(name for name in priced if name not in free)


def _wastes(
    now: int, sizes: tuple[FleetSize, ...], found: FleetSize, reach: FleetSize
) -> tuple[Waste, ...]:
    """Return what each cause is worth: the steps from what runs to the cheapest fleet.

    ``sizes`` are what runs without empty nodes, the same kinds of nodes packed anew, and that with
    all reserved nodes. A step that costs more than the one before is worth nothing. They add up to
    the difference.
    """
    least, before = found.nano_usd_per_hour, now
    own = []
    for cause, size in zip((EMPTY_NODES, ROOM, RESERVED, KINDS), (*sizes, found), strict=True):
        after = min(before, size.nano_usd_per_hour)
        if before > after:
            own.append(Waste(cause, before - after))
        before = after
    held = reach.nano_usd_per_hour - least
    return (*own, Waste(HELD, -held)) if held > 0 and own else tuple(own)


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


def _notes_on_reservations(
    snapshot: Snapshot, problems: tuple[ReservationError, ...], policies: tuple[str, ...]
) -> Iterator[str]:
    """Yield what the plans and decisions do not know of reservations."""
    costs = snapshot.catalog.costs
    if costs is None or not costs.reservations:
        return
    for problem in problems:
        rest = "those that do not run are in no plan"
        if problem.possible:
            rest = f"{problem.possible} of those that do not run can be launched"
        yield f"{costs.file}: Costs: {problem.field}: {problem.message}; {rest} ({problem.hint})"
    yield _OF_RESERVED
    if costs.extras:
        yield f"{costs.file}: agents, disks and addresses of reserved nodes are not counted"
    others = [name for name in policies if name != _OWN]
    if others:
        yield (
            f"{' and '.join(others)} {agreeing(len(others), 'knows', 'know')} of no reservation: "
            "decisions are made at list prices, and what they save is told of what is paid"
        )


def _seen_by(
    snapshot: Snapshot, pools: tuple[NodePool, ...], surveyed: Survey, stays: frozenset[str]
) -> dict[str, tuple[Snapshot, ...]]:
    """Return by policy what it sees; kubestow's own knows what is paid for in any case.

    It looks once for each choice of the nodes that are paid for.
    """
    own = with_architecture_kept(snapshot)
    return {
        _OF_GROUPS: (with_pools(snapshot, observed_or(pools, snapshot)),),
        _OWN: tuple(_with_paid_claims(own, paid) for paid in _paid_sets(surveyed, stays)),
    }


def _paid_sets(surveyed: Survey, stays: frozenset[str]) -> tuple[Mapping[str, bool], ...]:
    """Return the nodes that reservations pay for, and whether each is empty.

    Of nodes alike those that must stay are the first, then those with pods, in either order.
    """
    bill = NodeBill(tuple(item.reservation for item in surveyed.reservations))
    found = []
    for nodes in (surveyed.nodes, surveyed.nodes[::-1]):
        first = sorted(nodes, key=lambda node: (node.name not in stays, node.is_empty))
        paid = bill.reserved(first)
        found.append({node.name: node.is_empty for node in surveyed.nodes if node.name in paid})
    return tuple(found[: 1 if found[0] == found[1] else 2])


def _with_paid_claims(snapshot: Snapshot, paid: Mapping[str, bool]) -> Snapshot:
    """Return the snapshot whose nodes are worth nothing where a reservation pays for them.

    Those that are empty are nobody's: nothing is saved if they go, and pods may come.
    """
    if not paid:
        return snapshot

    def own(claim: NodeClaim) -> NodeClaim:
        if claim.name not in paid:
            return claim
        pool = _OF_RESERVATION if paid[claim.name] else claim.nodepool
        return replace(claim, nano_usd_per_hour=0, nodepool=pool)

    return replace(snapshot, nodeclaims=tuple(map(own, claims_of(snapshot))))


def best_decisions(
    seen: Sequence[Snapshot],
    name: str,
    surveyed: Survey,
    reporter: Reporter,
    journal: Journal | None = None,
) -> tuple[Advised, ...]:
    """Return what a policy would do next on the snapshot on which that saves most.

    Of those that save the same it is the one that evicts fewer pods, and the first.
    """
    found = []
    for snapshot in seen:
        record = _Record()
        advised = next_decisions(snapshot, name, surveyed, reporter, record)
        found.append((advised, record))
    best, record = max(found, key=lambda item: _rank(item[0]))
    kept = journal or NoJournal()
    for looked in record.looks:
        kept.record(*looked)
    return best


class _Record:
    """The looks of a policy, until it is known whether they count."""

    def __init__(self) -> None:
        self.looks: list[tuple[Snapshot, Memory, Decision]] = []

    def record(self, snapshot: Snapshot, memory: Memory, decision: Decision) -> None:
        self.looks.append((snapshot, memory, decision))


def _rank(advised: tuple[Advised, ...]) -> tuple[int, int]:
    return sum(item.saving for item in advised), -sum(len(item.evicted) for item in advised)


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
                kept=tuple(_told(kept) for kept in decision.kept),
            )
        assert again is not None
        memory, at = after, max(at + 1, again)
    return replace(
        _advised(policy.name, snapshot, surveyed, (), []), after_seconds=at - snapshot.at
    )


def _told(kept: Kept) -> Kept:
    """Return why a node is kept; an empty one that is paid for is nobody's for that alone."""
    is_paid = (kept.reason, kept.subject) == (NO_POOL, _OF_RESERVATION)
    return Kept(kept.node, PAID) if is_paid else kept


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
    bill = NodeBill(tuple(item.reservation for item in surveyed.reservations))
    rest = [node for node in surveyed.nodes if node.name not in going]
    after = bill.of(rest, claims)
    size = FleetSize(
        len(claims),
        after - bill.of(rest),
        tuple((*kind, count) for kind, count in sorted(kinds.items())),
    )
    saving = bill.of(surveyed.nodes) - after
    return Advised(name, (), removes, size, evicted, saving, 0)
