"""Mending: the least that must be added so that kube-scheduler itself strands no pod of a plan.

Every fleet is judged by rehearsing it, never by reasoning about it. kube-scheduler spreads pods
over the emptiest nodes, so a tight fleet has no room left in one piece for large pods that come
late. There are two remedies, the cheaper first: to fill some nodes after the others (a soft taint,
which costs nothing), and to add nodes. See docs/designs/0003-rehearsal.md.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from kubestow.model.plan import Plan, PlannedNode, Rehearsed
from kubestow.model.reporter import Reporter
from kubestow.model.resources import CPU, MEMORY
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import FILL_ORDER
from kubestow.provisioning.preparation.offerings import pools_of
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.quick_plan import quick_plan
from kubestow.provisioning.rehearsed.fleet_nodes import (
    GIANT,
    Nodes,
    as_placed,
    by_waste,
    cost_of,
    filled_later,
    largest_share,
    level_of,
    named,
    one_more,
    ordinary,
    tainted,
)
from kubestow.provisioning.rehearsed.orders import KnownOrders, SeededOrder
from kubestow.scheduling.rehearsal import Rehearsal, Run

_ORDERS_PODS = 600  # of small clusters: as many orders as this makes
_ORDERS_MOST = 5
_CONFIRMING = 6  # more random orders that a fleet must pass before it is believed
_CONFIRMING_PODS = 6_000  # of small ones: as many orders as this makes
_CONFIRMING_MOST = 64
_CONFIRMED_MOST = 5
_SHARES = (0.2, 0.0, 0.35)  # of the nodes, held back for what comes late
_MARGIN_PODS = 300  # smaller clusters are believed after more orders instead
_MARGIN_SHARE = 0.4  # of the largest node: room for one more of a larger pod would cost a node
_GIANTS_MOST = 0.3  # of the nodes
_ROUNDS_MOST = 24
_PATIENT_ROUNDS = 2  # then ordinary room is added as well: its lack fills what is held back
_FEW = 5
_PROMOTIONS_MOST = 6
_VAIN_PROMOTIONS = 2
_HELPS_PERCENT = 85  # of what the plan strands: above it, filling nodes later is no help
_PLACEMENTS = 160_000  # pods scheduled in all
_TRIALS_MOST = 24
_PRUNING_MOST = 12  # failures
_PLAN_EFFORT = 200


@dataclass(slots=True)
class _Budget:
    placements: int = _PLACEMENTS
    trials: int = _TRIALS_MOST

    def spend(self, pods: int) -> None:
        self.placements -= pods

    @property
    def is_left(self) -> bool:
        return self.placements > 0 and self.trials > 0


class Mender:
    """Rehearses one plan and mends it."""

    def __init__(
        self,
        snapshot: Snapshot,
        plan: Plan,
        *,
        orders: int,
        seed: int,
        reporter: Reporter,
        cache: PlanningCache | None = None,
        like: "Mender | None" = None,
    ) -> None:
        """Rehearse with the orders of ``like``, another plan for the same pods, if it is given."""
        self.snapshot, self.plan, self.seed, self.reporter = snapshot, plan, seed, reporter
        self.cache = cache or PlanningCache()
        if like is None:
            planned = [pod for node in plan.nodes for pod in node.pods]
            self.rehearsal = Rehearsal(snapshot.cluster, planned)
            pods = max(len(self.rehearsal.pods), 1)
            orders = max(orders, min(_ORDERS_PODS // pods, _ORDERS_MOST))
            self.orders = KnownOrders(self.rehearsal, orders, seed)
        else:
            self.rehearsal, self.orders = like.rehearsal, like.orders
        pods = max(len(self.rehearsal.pods), 1)
        self.budget = _Budget()
        self._confirming = min(max(_CONFIRMING, _CONFIRMING_PODS // pods), _CONFIRMING_MOST)
        self._planned_on = {
            pod: node.name for node in plan.nodes if not node.existing for pod in node.pods
        }
        self.stranded: int = 0 if like is None else like.stranded
        self.pending_as_planned = 0
        new = [dict(node.allocatable) for node in plan.nodes if not node.existing]
        self._most = {n: max((a.get(n, 0) for a in new), default=0) for a in new[:1] for n in a}
        self._margin = len(self.rehearsal.pods) >= _MARGIN_PODS
        self._added_for: dict[str, str] = {}
        self.requests = {pod.key: pod.template.requests for pod in snapshot.cluster.pods}

    def like(self, plan: Plan, snapshot: Snapshot | None = None) -> "Mender":
        """Return a mender of another plan for the same pods, of what a snapshot has on sale."""
        return Mender(
            snapshot or self.snapshot,
            plan,
            orders=0,
            seed=self.seed,
            reporter=self.reporter,
            cache=self.cache,
            like=self,
        )

    def play(self, nodes: Nodes, order: SeededOrder, *, in_full: bool = True) -> Run:
        """Play one order; remember how many pods the plan without any change leaves Pending."""
        run = self.rehearsal.play(nodes, order.order, order.seed, in_full=in_full)
        if nodes == self.plan.nodes:
            self.pending_as_planned = max(self.pending_as_planned, len(run.pending))
        return run

    def mend(self) -> Plan:
        """Return the plan with its rehearsal, mended where it stranded pods."""
        nodes, runs = self._confirmed(*self.drafted())
        if self.stranded and not runs[-1].pending:
            self.budget.trials += _TRIALS_MOST // 2
            slim, tried = self._pruned(nodes, runs)
            if slim != nodes:
                slim, tried = self._confirmed(slim, tried)
            if not tried[-1].pending:  # else the fleet that was confirmed before stays
                nodes, runs = slim, tried
        return self.rehearsed(nodes, runs)

    def drafted(self) -> tuple[Nodes, list[Run]]:
        """Return the cheapest fleet found that passes the known orders, with its runs."""
        nodes, runs = self.plan.nodes, self.trial(self.plan.nodes)
        self.stranded = len(runs[-1].pending)
        return self._cheapest(self.worth(runs[-1])) if self.stranded else (nodes, runs)

    def rehearsed(self, nodes: Nodes, runs: Sequence[Run]) -> Plan:
        """Return the plan with a fleet that was mended for it; the last run is the worst."""
        pending = len(runs[-1].pending)
        extra = cost_of(nodes) - self.plan.cost_nano_usd_per_hour
        reserved = sum(level_of(node) > 0 for node in nodes)
        result = Rehearsed(len(runs), pending, extra, self.stranded, reserved)
        if nodes == self.plan.nodes:
            return replace(self.plan, rehearsed=result)
        if pending:
            return replace(self.plan, nodes=nodes, rehearsed=result)
        return replace(as_placed(self.plan, nodes, runs[0]), rehearsed=result)

    def trial(self, nodes: Nodes, *, in_full: bool = True) -> list[Run]:
        """Play the known orders until one strands a pod; that one comes first the next time.

        Unless it is ``in_full``, that one is ended there.
        """
        runs: list[Run] = []
        self.budget.trials -= 1
        for number, order in enumerate(self.orders.known):
            self.reporter.progress("rehearsing", number, len(self.orders.known))
            self.budget.spend(len(order.order.pods))
            runs.append(self.play(nodes, order, in_full=in_full))
            if self.failed(runs[-1]):
                self.orders.hardest(number)
                break
        return runs

    def confirming(self, nodes: Nodes) -> list[Run]:
        """Play orders that no fleet was mended for until one strands a pod; remember that one."""
        runs: list[Run] = []
        for order in self.orders.fresh(
            self._confirming, late=len(self.rehearsal.pods) < _MARGIN_PODS
        ):
            self.budget.spend(len(order.order.pods))
            runs.append(self.play(nodes, order))
            if self.failed(runs[-1]):
                self.orders.learn(order)
                break
        return runs

    def mended_again(self, nodes: Nodes, run: Run) -> tuple[Nodes, list[Run]]:
        """Return a fleet mended for the known orders too, one of which stranded pods of it."""
        self.budget.trials += _ROUNDS_MOST
        self.budget.placements += _PLACEMENTS // _CONFIRMED_MOST
        self.stranded = max(self.stranded, len(run.pending))
        if nodes == self.plan.nodes:
            return self._cheapest(self.worth(run))
        return self._filled(nodes)

    def failed(self, run: Run) -> bool:
        """Return whether an order strands pods, or leaves no margin where any order did.

        Room for one more of each of the largest sizes stands for all the orders not tried.
        """
        if run.pending:
            return True
        return bool(self.stranded and self._margin) and any(map(self._is_small, run.tight))

    def _is_small(self, item: tuple[int, str]) -> bool:
        """Return whether room for one more such pod is a small part of the largest node."""
        template = self.snapshot.cluster.pods[item[0]].template
        return all(
            amount <= _MARGIN_SHARE * self._most.get(name, 0) for name, amount in template.requests
        )

    def _cheapest(self, worth: int) -> tuple[Nodes, list[Run]]:
        """Return the cheapest fleet found that strands nothing, or the one that strands least.

        ``worth`` is what the plan as it was strands.
        """
        best: tuple[tuple[int, int], Nodes, list[Run]] | None = None
        for share in _SHARES:
            if best is not None and 2 * self.budget.placements < _PLACEMENTS:
                break
            nodes = self._promoted(_reserving(self, share))
            helps = 100 * self.worth(self.trial(nodes)[-1]) < _HELPS_PERCENT * worth
            nodes = nodes if helps else self.plan.nodes
            nodes, runs = self._filled(nodes, best and best[0][1], hasty=not helps)
            nodes, runs = self._pruned(nodes, runs)
            rank = (len(runs[-1].pending), cost_of(nodes))
            if best is None or rank < best[0]:
                best = (rank, nodes, runs)
        assert best is not None, "there is at least one share"
        return best[1], best[2]

    def _promoted(self, nodes: Nodes) -> Nodes:
        """Fill the nodes later that stranded pods were planned on, while that strands less.

        Whoever came before took the room that was meant for them; it costs nothing to keep it.
        """
        best: tuple[int, Nodes] | None = None
        vain = 0
        for _ in range(_PROMOTIONS_MOST):
            run = self.trial(nodes)[-1]
            worth = self.worth(run)
            if best is None or worth < best[0]:
                best, vain = (worth, nodes), 0
            elif (vain := vain + 1) == _VAIN_PROMOTIONS:
                break
            missed = {self._planned_on.get(run.cluster.pods[pod].key, "") for pod in run.pending}
            changed = filled_later(nodes, missed, 2)
            if changed == nodes or not self.budget.is_left:
                break
            nodes = changed
        assert best is not None, "there is at least one round"
        return best[1]

    def _raise(self, nodes: Nodes, run: Run) -> Nodes:
        """Fill the nodes later that were added for pods which are stranded all the same."""
        missed = {self._added_for.get(run.cluster.pods[pod].key, "") for pod in run.pending}
        return filled_later(nodes, missed, len(FILL_ORDER))

    def worth(self, run: Run) -> int:
        """Return what the stranded pods ask for, in millionths of the fleet's cpu or memory."""
        shares = []
        for name in (CPU, MEMORY):
            total = sum(dict(node.allocatable).get(name, 0) for node in self.plan.nodes)
            asked = sum(
                dict(run.cluster.pods[pod].template.requests).get(name, 0)
                for pod in (*run.pending, *(pod for pod, _ in run.tight if self._margin))
            )
            shares.append(asked * 10**6 // max(total, 1))
        return max(shares)

    def _filled(
        self, nodes: Nodes, most: int | None = None, *, hasty: bool = False
    ) -> tuple[Nodes, list[Run]]:
        """Add nodes for what an order strands until none strands anything.

        Half of what it strands is added at a time: room held back does more than its size. All
        of it is in haste, where holding back does not help.
        """
        runs = self.trial(nodes)
        limited = {pool.name for pool in pools_of(self.snapshot.cluster) if pool.limits}
        for number in range(_ROUNDS_MOST):
            if not self.failed(runs[-1]) or (most and cost_of(nodes) >= most):
                break
            is_tail = number and len(runs[-1].pending) <= _FEW
            raised = self._raise(nodes, runs[-1]) if is_tail else nodes
            if raised != nodes:
                nodes = raised
                runs = self.trial(nodes)
                continue
            fresh = self._nodes_for(runs[-1])
            if not fresh or self.budget.placements < -_PLACEMENTS:
                if not runs[-1].pending:
                    self._margin = False  # nothing gives it: what is not stranded is good enough
                    runs = self.trial(nodes)
                    continue
                break
            for node, added in zip(fresh, named(fresh, nodes, self.requests), strict=True):
                self._added_for |= dict.fromkeys(node.pods, added.name)
            fresh.sort(key=lambda node: (-node.price.nano_usd_per_hour, node.name))
            if len(fresh) > _FEW and not hasty:
                fresh = fresh[: (len(fresh) + 1) // 2]
            nodes = (*nodes, *named(fresh, nodes, self.requests))
            if number >= _PATIENT_ROUNDS:
                nodes = (*nodes, *named(ordinary(self.plan, limited), nodes, self.requests))
            runs = self.trial(nodes)
        return nodes, runs

    def _nodes_for(self, run: Run) -> list[PlannedNode]:
        """Return the cheapest nodes for the pods that one order stranded, beside what is there.

        They are of the types that the plan launches, or of any where none of those will do.
        """
        cluster = run.cluster
        node_of = {pod: cluster.nodes[node].name for pod, node in run.placed}
        pending = set(run.pending)
        pods = tuple(
            replace(pod, node_name=node_of.get(number, pod.node_name))
            for number, pod in enumerate(cluster.pods)
            if pod.node_name or number in node_of or number in pending
        )
        pods += tuple(
            one_more(cluster.pods[item[0]], item[1]) for item in run.tight if self._is_small(item)
        )
        state = replace(self.snapshot, cluster=replace(cluster, pods=pods))
        used = {node.instance_type for node in self.plan.nodes if not node.existing}
        launched = partial(_launched, state, self.seed, self.cache)
        if any(pool.wants_choice for pool in pools_of(cluster)):
            return launched()
        return launched(used) or launched()

    def _pruned(self, nodes: Nodes, runs: list[Run]) -> tuple[Nodes, list[Run]]:
        """Take out nodes that the orders can do without, those that waste most first."""
        size = max(1, (len(nodes) - len(self.plan.nodes)) // 2)
        failures = 0
        skipped: set[str] = set()
        while self.budget.is_left and not self.failed(runs[-1]) and failures < _PRUNING_MOST:
            wasting = [name for name in by_waste(nodes, runs) if name not in skipped]
            out = set(wasting[:size])
            if not out:
                break
            left = tuple(node for node in nodes if node.name not in out)
            trial = passing(self, left)
            if trial is not None:
                nodes, runs = left, trial
                continue
            failures += 1
            if size > 1:
                size //= 2
            else:
                skipped |= out
        return nodes, runs

    def _confirmed(self, nodes: Nodes, runs: list[Run]) -> tuple[Nodes, list[Run]]:
        """Try orders that the fleet was not mended for; mend what they strand."""
        for _ in range(_CONFIRMED_MOST):
            if self.failed(runs[-1]):
                break
            tried = self.confirming(nodes)
            if not self.failed(tried[-1]):
                return nodes, [*runs, *tried]
            nodes, runs = self.mended_again(nodes, tried[-1])
        return nodes, runs


def passing(mender: Mender, nodes: Nodes) -> list[Run] | None:
    """Return the runs of the known orders if none of them strands a pod.

    One that does is ended there, but where all that it strands counts, and where pods may be
    evicted, as that may yet make room.
    """
    in_full = mender.rehearsal.may_evict or nodes == mender.plan.nodes
    runs = mender.trial(nodes, in_full=in_full)
    return None if mender.failed(runs[-1]) else runs


def _launched(
    snapshot: Snapshot, seed: int, cache: PlanningCache, types: Collection[str] | None = None
) -> list[PlannedNode]:
    """Return the new nodes of a quick plan, of these instance types if any are given."""
    catalog = snapshot.catalog
    if types is not None:
        catalog = catalog.narrowed(lambda offering: offering.instance_type in types)
        snapshot = replace(snapshot, catalog=catalog)
    pools = pools_of(snapshot.cluster)
    plan = quick_plan(snapshot, pools, cache, work_limit=_PLAN_EFFORT, seed=seed)
    return [node for node in plan.nodes if not node.existing]


def _reserving(mender: Mender, share: float) -> Nodes:
    """Return the plan's nodes with some of the new ones to be filled later.

    Those of the giants come last of all; of the others the largest come later.
    """
    nodes = mender.plan.nodes
    new = [node for node in nodes if not node.existing]
    filled = {node.name: largest_share(node, mender.requests) for node in new}
    last = {node.name for node in new if filled[node.name] > GIANT}
    if len(last) > _GIANTS_MOST * len(new):
        last = set()
    others = [node for node in new if node.name not in last]
    size = {node.name: dict(node.allocatable) for node in others}
    others.sort(key=lambda n: (-size[n.name].get(CPU, 0), -size[n.name].get(MEMORY, 0), n.name))
    later = {node.name for node in others[: round(share * len(new))]}
    return tuple(
        node
        if node.existing
        else tainted(node, 2 if node.name in last else int(node.name in later))
        for node in nodes
    )
