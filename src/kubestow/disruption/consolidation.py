"""Consolidation: fewer or cheaper nodes for the same pods, with a proof of what is left to gain.

An existing node is kept with its pods, or dropped at the price of moving them. Pods move to the
room on the other nodes, then to any number of new nodes. Every eviction has a price, so that churn
pays for itself within a horizon. What should go is found as if budgets let all of it go at once;
then as much of it goes as they let: what needs nothing launched first, or, where nodes are
replaced, what goes in a few waves for which all is launched at once. The search is limited by its
work, never by a clock. The bound is that of any fleet for the same pods, planned from scratch.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from kubestow.disruption.candidate import ROOM, Candidates, DisruptionCandidate
from kubestow.disruption.eviction_price import moving_costs
from kubestow.disruption.expected import claims_of, moves
from kubestow.disruption.fleet_bound import fleet_bound
from kubestow.disruption.rehearsed_moves import RehearsedMoves, rehearse_moves
from kubestow.disruption.relocation import Relocation
from kubestow.disruption.stages import Leaver, first_stage, waves_of
from kubestow.model.decision import Kept
from kubestow.model.eviction_prices import DEFAULT_PRICES, EvictionPrices
from kubestow.model.instance_type import SPOT
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.reporter import Reporter, SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.proof.appraisal import appraise
from kubestow.provisioning.quick_plan import quick_plan

PRICE = "moving its pods would cost more than it saves"
ARRIVAL = "kube-scheduler might leave its pods pending"
NODE_BUDGET = "the NodePool's budget allows no more disruptions now"
_HOUR = 3600
_FEW = 8  # nodes
_ROUNDS_MAX = 6  # of replacement; each tries half as many nodes as the one before
_TAKEN = 0.5  # of the room on other nodes, by pods of those that are replaced
_WAVES, _WAVE_SECONDS = 6, 30  # in which nodes go that are replaced together; how long one takes
_FIRST_MOVES = 4  # times as much as else an eviction counts in what goes first
_SLACK = 0.001  # of a node's price: less waste than this does not count
_MOVING_HOURS = 10  # what evictions cost counts as much as room of that price for so many hours
_FILL = 3.0  # how much more the worth of a node's pods counts than its age when it is to empty


@dataclass(frozen=True, slots=True)
class Prices:
    """What a disruption costs; a saving counts for ``horizon_seconds``.

    A replacement is paid for ``overlap_seconds`` beside the nodes it replaces. Nothing is tried
    unless the cost is ``least_share`` above the proven minimum, and ``least_gain`` of it must be
    saved.
    """

    eviction: EvictionPrices = DEFAULT_PRICES
    horizon_seconds: int = _HOUR
    overlap_seconds: int = 90
    least_gain: float = 0.005
    least_share: float = 0.03

    def on_spot(self, share: float) -> "Prices":
        """Return the prices where so much of the cost is of spot: it may end before it has paid."""
        return replace(self, horizon_seconds=round(self.horizon_seconds * (1 - share / 2)))

    def over(self, times: float) -> "Prices":
        """Return the prices if a saving counts for so many times as long."""
        return replace(
            self,
            horizon_seconds=round(self.horizon_seconds * times),
            least_gain=self.least_gain / times,
        )


@dataclass(frozen=True, slots=True)
class Consolidation:
    """Nodes to drop, in order, and nodes to launch first; costs are in nano-USD an hour.

    ``moves`` are (pod, node): where each pod of a dropped node is expected, once all of them are
    evicted: first those that kube-scheduler places, in its order, then those that are planned on
    held nodes. ``bound`` is the least that any
    fleet for these pods costs. It is None if an existing node is cheaper or larger than what its
    pool offers, so that nothing is proven. ``next`` are the nodes that stay, in the order in which
    they are best emptied by deletions of pods. ``leaving`` are
    nodes that should go as well, and that budgets do not let go yet.
    """

    drop: tuple[str, ...] = ()
    launch: tuple[PlannedNode, ...] = ()
    evictions: int = 0
    cost_before: int = 0
    cost_after: int = 0
    bound: int | None = None
    kept: tuple[Kept, ...] = ()
    moves: tuple[tuple[str, str], ...] = ()
    next: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()

    @property
    def has_more(self) -> bool:
        """True if more should go than budgets let go now."""
        return bool(self.leaving)


def consolidate(
    snapshot: Snapshot,
    nodes: Candidates,
    pools: tuple[NodePool, ...],
    prices: Prices | None = None,
    *,
    allowed: Mapping[str, int] | None = None,
    replaces: bool = True,
    work_limit: int = 1_000,
    seed: int = 0,
    reporter: Reporter | None = None,
    cache: PlanningCache | None = None,
    in_waves: bool = True,
) -> Consolidation:
    """Return which nodes to drop, and what to launch for their pods.

    ``snapshot`` is the expected one (disruption.expected) of that which ``nodes`` are of.
    ``allowed`` is how many nodes of each NodePool may go at a time, or in all if not ``in_waves``;
    without ``replaces`` nothing is launched.
    """
    search = _Search(
        snapshot,
        nodes,
        pools,
        prices or Prices(),
        work_limit=work_limit,
        seed=seed,
        reporter=reporter or SilentReporter(),
        allowed=allowed,
        replaces=replaces,
        cache=cache or PlanningCache(),
        waves_max=_WAVES if in_waves else 1,
    )
    return search.run()


@dataclass(frozen=True, slots=True)
class _Replacement:
    """Nodes that are replaced together, and what that is worth over the horizon."""

    names: list[str]
    net: float


class _Search:
    def __init__(
        self,
        snapshot: Snapshot,
        nodes: Candidates,
        pools: tuple[NodePool, ...],
        prices: Prices,
        *,
        work_limit: int,
        seed: int,
        reporter: Reporter,
        allowed: Mapping[str, int] | None,
        replaces: bool,
        cache: PlanningCache,
        waves_max: int,
    ) -> None:
        self.snapshot, self.able, self.pools = snapshot, nodes.able, pools
        self.work_limit, self.seed, self.reporter = work_limit, seed, reporter
        self.allowed, self.replaces, self.waves_max = allowed, replaces, waves_max
        self.cache = cache
        self.appraisal = appraise(snapshot, pools, cache)
        self.reasons: dict[str, Kept] = {kept.node: kept for kept in nodes.kept}
        self.drop: list[str] = []
        self.replaced: set[str] = set()
        self.leaving: tuple[str, ...] = ()
        self.moves: tuple[tuple[str, str], ...] = ()
        self._tried: dict[tuple[tuple[str, ...], tuple[str, ...]], RehearsedMoves | None] = {}
        self.pool_of = {candidate.name: candidate.claim.nodepool for candidate in self.able}
        self.pods_of = {candidate.name: len(candidate.pods) for candidate in self.able}
        self.moving = moving_costs(snapshot.cluster, self.pool_of, prices.eviction)
        claims = {claim.name: claim for claim in claims_of(snapshot)}
        self.cost = {
            node.name: claims[node.name].nano_usd_per_hour
            for node in snapshot.cluster.nodes
            if node.name in claims
        }
        on_spot = sum(
            cost for name, cost in self.cost.items() if claims[name].capacity_type == SPOT
        )
        self.prices = prices.on_spot(on_spot / max(sum(self.cost.values()), 1))
        self._least = self.prices.least_gain * sum(self.cost.values())
        self.worth = {c.name: 0.0 for c in self.able if c.name in self.cost}
        for pod in snapshot.cluster.pods:
            if pod.node_name in self.worth and moves(pod):
                self.worth[pod.node_name] += self.appraisal.values.get(pod.key, 0.0)

    @cached_property
    def relocation(self) -> Relocation:
        """Where pods could go; built only once something is tried."""
        return Relocation(self.snapshot, self.cache.pod_kinds)

    def net(self, saved_an_hour: float, moving: int, launched_an_hour: int = 0) -> float:
        """Return what a change is worth over the horizon; ``moving`` is what evictions cost."""
        prices = self.prices
        overlap = launched_an_hour * prices.overlap_seconds / _HOUR
        return saved_an_hour * prices.horizon_seconds / _HOUR - moving - overlap

    def _may_go(self, name: str) -> bool:
        """Return whether budgets let any node of its pool go."""
        return self.allowed is None or self.allowed.get(self.pool_of[name], 0) > 0

    def _go_in_stages(self) -> None:
        """Drop as many nodes as budgets let go now; the others are to follow."""
        should, replaced = self.drop, self.replaced

        def go(names: list[str]) -> None:
            self.drop, self.replaced = names, replaced.intersection(names)
            now = set(names)
            self.leaving = tuple(name for name in should if name not in now)

        def score(names: list[str]) -> float | None:
            go(names)
            launch = self._launched()
            net = None if launch is None else self._gain(launch)
            moving = sum(self.moving[name] for name in names)
            return None if net is None else net - (_FIRST_MOVES - 1) * moving

        leavers = [
            Leaver(n, self.pool_of[n], self.cost[n], self.worth[n], self.moving[n], n in replaced)
            for n in should
        ]
        whole = first_stage(leavers, None, score)
        few_waves = (
            waves_of([self.pool_of[name] for name in should], self.allowed) <= self.waves_max
        )
        if not (replaced and few_waves and score(whole) is not None and self._launched()):
            go(first_stage(leavers, self.allowed, score))
        self.reasons |= {n: Kept(n, NODE_BUDGET, self.pool_of[n]) for n in self.leaving}

    def _gain(self, launch: Iterable[PlannedNode]) -> float | None:
        """Return what it is worth to drop the nodes and launch others; None if it does not pay."""
        cost = sum(node.price.nano_usd_per_hour for node in launch)
        saved = sum(self.cost[name] for name in self.drop) - cost
        net = self.net(saved, sum(self.moving[name] for name in self.drop), cost)
        waves = waves_of([self.pool_of[name] for name in self.drop], self.allowed)
        net -= cost * _WAVE_SECONDS * (waves - 1) / _HOUR
        return net if saved >= self._least and net > 0 else None

    def run(self) -> Consolidation:
        """Drop nodes whose pods fit elsewhere, then replace those that waste most."""
        before = sum(self.cost.values())
        bound = fleet_bound(self.snapshot, self.pools, self.appraisal)
        launch: tuple[PlannedNode, ...] = ()
        if self._is_far(before, bound):
            self._drop()
            remaining = before - sum(self.cost[name] for name in self.drop)
            if self.replaces and not self.relocation.homeless and self._is_far(remaining, bound):
                self._replace()
            self._go_in_stages()
            launch = self._landed()
        dropped = set(self.drop)
        after = before - sum(self.cost[name] for name in dropped)
        after += sum(node.price.nano_usd_per_hour for node in launch)
        kept = tuple(kept for name, kept in self.reasons.items() if name not in dropped)
        evictions = sum(self.pods_of[name] for name in self.drop)
        moves = self.moves if self.drop else ()
        order = _deletion_order(self._order(), self.worth, self.cost)
        following = tuple(name for name in order if name not in dropped)
        return Consolidation(
            tuple(self.drop), launch, evictions, before, after, bound, kept, moves, following,
            self.leaving if self.drop else (),
        )  # fmt: skip

    def _is_far(self, cost: int, bound: int | None) -> bool:
        """Return whether a cost is far enough above the proven minimum to try anything."""
        return bound is None or cost > bound * (1 + self.prices.least_share)

    def _landed(self) -> tuple[PlannedNode, ...]:
        """Return what to launch for the pods that kube-scheduler finds no open room for.

        If that costs more than the change saves, less is changed: first without replacements, then
        with half as many nodes dropped. Where nothing may be launched half of many is tried at
        once, unless a budget has limited them: the scheduler spreads what was packed here.
        """
        not_replaced = [name for name in self.drop if name not in self.replaced]
        is_limited = any(kept.reason == NODE_BUDGET for kept in self.reasons.values())
        if not self.replaces and len(self.drop) > _FEW and not is_limited:
            half = self.drop[: len(self.drop) // 2]
            if sum(self.cost[name] for name in half) >= self._least:
                self._keep(half, ARRIVAL)
        while self.drop:
            launch, reason = self._launched(), ARRIVAL
            if launch is not None:
                reason = PRICE
                if self._gain(launch) is not None:
                    return launch
            smaller = not_replaced if self.replaced else self.drop[: len(self.drop) // 2]
            self._keep(smaller, reason)
        return ()

    def _keep(self, smaller: list[str], reason: str) -> None:
        """Drop fewer nodes."""
        self.reasons |= {n: Kept(n, reason) for n in self.drop if n not in smaller}
        self.drop, self.replaced = smaller, set()

    def _launched(self) -> tuple[PlannedNode, ...] | None:
        """Return nodes for the pods that kube-scheduler leaves pending; None if none would help."""
        key = (tuple(self.drop), self.leaving)
        if key not in self._tried:
            plan_of = self._planned if self.replaces else None
            self._tried[key] = rehearse_moves(
                self.snapshot, self.drop, self.leaving, plan_of, self.cache.pod_kinds, self.seed
            )
        found = self._tried[key]
        self.moves = () if found is None else found.moves
        return None if found is None else found.launch

    def _planned(self, snapshot: Snapshot) -> Plan:
        return quick_plan(
            snapshot, self.pools, self.cache, work_limit=self.work_limit, seed=self.seed
        )

    def _order(self) -> list[DisruptionCandidate]:
        """Return the nodes by what each saves for the room it takes on the others and its moves."""

        def rank(candidate: DisruptionCandidate) -> tuple[float, str]:
            name = candidate.name
            net = self.net(self.cost[name], self.moving[name])
            return -net / (self.worth[name] + _MOVING_HOURS * self.moving[name] + 1.0), name

        return sorted((c for c in self.able if c.name in self.worth), key=rank)

    def _drop(self) -> None:
        """Drop nodes one at a time, if their pods fit elsewhere."""
        ordered = self._order()
        for number, candidate in enumerate(ordered):
            name = candidate.name
            if number % 50 == 0:
                self.reporter.progress("emptying nodes", number, len(ordered))
            if not self._may_go(name):
                self.reasons[name] = Kept(name, NODE_BUDGET, self.pool_of[name])
                continue
            if self.net(self.cost[name], self.moving[name]) <= 0:
                self.reasons[name] = Kept(name, PRICE)
                continue
            trial = self.relocation.vacate([name], whole=True)
            if trial.left:
                self.reasons[name] = Kept(name, ROOM, self.relocation.key(trial.left[0]))
                self.relocation.undo(trial, [name])
                continue
            self.drop.append(name)

    def _replace(self) -> None:
        """Drop nodes that cost more than their pods are worth on new ones."""
        dropped = set(self.drop)
        able = [
            c for c in self.able
            if c.name not in dropped and c.name in self.worth and self._may_go(c.name)
        ]  # fmt: skip
        worth = {c.name: self._load_worth(c.name) for c in able}
        wasteful = [
            c for c in able if self.cost[c.name] - worth[c.name] > _SLACK * self.cost[c.name]
        ]
        wasteful.sort(key=lambda c: (worth[c.name] / max(self.cost[c.name], 1), c.name))
        best: _Replacement | None = None
        for number, names in enumerate(_halves([c.name for c in wasteful])):
            self.reporter.progress("replacing nodes", number, _ROUNDS_MAX)
            least = best.net if best else 0
            saved = sum(self.cost[name] - worth[name] for name in names)
            saved += sum(self.cost[name] for name in self.drop)
            if self._at_best(names, worth) <= least or saved < self._least:
                continue
            tried = self._replacement(names)
            if tried is not None and (best is None or tried.net > best.net):
                best = tried
        if best is None:
            return
        self.drop += best.names
        self.replaced = set(best.names)

    def _at_best(self, names: Sequence[str], load_worth: Mapping[str, float]) -> float:
        """Return what replacing nodes gains at best: their pods go to half of the others' room.

        What is left costs what it is worth.
        """
        chosen = set(names)
        room = sum(
            max(self.cost[name] - worth, 0.0) for name, worth in load_worth.items()
            if name not in chosen
        )  # fmt: skip
        left = sum(load_worth[name] for name in names) - _TAKEN * room
        worth = max(0, round(left))
        moving = sum(self.moving[name] for name in names)
        return self.net(sum(self.cost[name] for name in names) - worth, moving, worth)

    def _load_worth(self, name: str) -> float:
        """Return what the pods on a node are worth, after the moves so far."""
        values, relocation = self.appraisal.values, self.relocation
        node = relocation.cache.position[name]
        return sum(values.get(relocation.key(pod), 0.0) for pod in relocation.movers[node])

    def _replacement(self, names: list[str]) -> _Replacement | None:
        """Plan new nodes for the pods of some nodes; None if that does not pay."""
        cache, cluster = self.relocation.cache, self.snapshot.cluster
        dropped = set(names) | set(self.drop)
        pods = []
        for number, pod in enumerate(cluster.pods):
            node = cache.node_of.get(number)
            where = cache.nodes[node].name if node is not None else ""
            if where in dropped and pod.daemonset:
                continue
            if where in dropped:
                where = ""
            pods.append(pod if where == pod.node_name else pod.on(where))
        nodes = tuple(node for node in cluster.nodes if node.name not in dropped)
        remaining = replace(cluster, pods=tuple(pods), nodes=nodes)
        plan = self._planned(replace(self.snapshot, cluster=remaining, nodeclaims=()))
        if plan.unschedulable:
            return None
        cost = plan.cost_nano_usd_per_hour
        moving = sum(self.moving[name] for name in names)
        net = self.net(sum(self.cost[n] for n in names) - cost, moving, cost)
        return _Replacement(names, net) if net > 0 else None


def _halves(ranked: list[str]) -> Iterator[list[str]]:
    """Yield sets of nodes to replace together: all of them, half of them, a quarter, and so on."""
    for _ in range(_ROUNDS_MAX):
        if ranked:
            yield ranked
        ranked = ranked[: len(ranked) // 2]


def _deletion_order(
    nodes: Iterable[DisruptionCandidate], worth: Mapping[str, float], cost: Mapping[str, int]
) -> list[str]:
    """Return the nodes that are emptiest and newest first.

    Load that grew falls again: a node whose pods came together loses them together, if those
    that came last are deleted first.
    """
    newest = sorted(nodes, key=lambda c: -c.claim.created_at)
    rank = {c.name: number / len(newest) for number, c in enumerate(newest)}
    fill = {name: worth[name] / max(cost[name], 1) for name in rank}
    return sorted(rank, key=lambda name: rank[name] + _FILL * fill[name])
