"""From a snapshot to a fleet: classes dealt to domains, packed, and bounded from below.

A pod is planned only if it can run; every other pod leaves with a constraint's name. NodePools are
used by weight, highest first: a pod goes to the first tier that can carry it, and on to the next
only when limits stop it there. Pods that find no room are taken out and the rest dealt anew,
because others were placed as if they ran.
"""

import functools
import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kubestow.model.nodepool import NodePool
from kubestow.model.reporter import Reporter, SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.model.warm_start import WarmStart
from kubestow.provisioning.dealing import deal, evened
from kubestow.provisioning.demand import Demand
from kubestow.provisioning.packing.bundles import Bundler
from kubestow.provisioning.packing.fleet_search import WORK_LIMIT, SearchAim
from kubestow.provisioning.packing.packer import Packer
from kubestow.provisioning.packing.problem import Item, PackingStrategy, PlacedNode
from kubestow.provisioning.packing.problem_builder import Tier
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot, prepare
from kubestow.provisioning.proof.prover import Prover
from kubestow.provisioning.proof.warm_start import PreviousSolution, resume
from kubestow.scheduling.domains import Cells

GAP = 0.0005
"""The share above the proven minimum at which a plan is as good as proven the cheapest."""
_AFFINITY = "InterPodAffinity"
_PATIENT_ROUNDS = 12  # then a class with pods left over is refused whole, which ends the rounds


@dataclass(frozen=True, slots=True)
class PackedFrom:
    """What a fleet was packed from, for who packs the same pods once more.

    ``demand`` is without the pods that were refused a domain. ``values`` are those of one pod of
    each class, in nano-USD an hour; ``is_whole`` tells that no pod was left over.
    """

    demand: Demand
    items: Sequence[Item]
    tiers: Sequence[Tier]
    values: Mapping[int, float]
    is_whole: bool


@dataclass(slots=True)
class Fleet:
    """The result in terms of classes and candidates."""

    prepared: PreparedSnapshot
    nodes: list[PlacedNode]
    refused: Counter[tuple[int, str]]  # (class, constraint) -> pods
    cells: Cells | None
    order: tuple[tuple[int, int], ...]  # (class, cell): a legal order of the constrained pods
    prove: Callable[[], Prover]
    packed_from: PackedFrom
    _prover: Prover | None = None

    @property
    def new_nodes(self) -> list[PlacedNode]:
        """The nodes to launch, without those that exist."""
        return self.nodes[self.prepared.existing :]

    @property
    def prover(self) -> Prover:
        """The proof of the least that any fleet for these pods costs; made when it is asked for."""
        if self._prover is None:
            self._prover = self.prove()
        return self._prover


def provision(
    snapshot: Snapshot,
    pools: tuple[NodePool, ...],
    *,
    work_limit: int = WORK_LIMIT,
    seed: int = 0,
    reporter: Reporter | None = None,
    even: bool = False,
    gap: float = GAP,
    whole_loads: bool = True,
    start: WarmStart | None = None,
    strategy: PackingStrategy | None = None,
    cache: PlanningCache | None = None,
    proves: bool = True,
) -> Fleet:
    """Plan the cheapest fleet found for a snapshot's pending pods.

    The search ends when its cost is proven to be within ``gap`` of the minimum, or its work is
    done; ``whole_loads`` raises the proven minimum after it (rung L4). With ``even``, pods that may
    run in any domain are dealt evenly too, so that each domain is given the same room. ``start`` is
    what the last solve left. ``strategy`` packs instead of the search. Whoever plans again and
    again has a ``cache``. Unless it ``proves``, the minimum is not raised once more at the end.
    """
    reporter = reporter or SilentReporter()
    heeds_preferences = strategy is not None and strategy.heeds_preferences
    prepared = prepare(snapshot, pools, heeds_preferences=heeds_preferences, cache=cache)
    previous = PreviousSolution({}, ()) if start is None else resume(prepared, start)
    demand = Demand(prepared)
    # Who heeds preferences weighs NodePools for each pod and each step of giving them up.
    tiers = [frozenset(range(len(pools)))] if heeds_preferences else _tiers(pools)
    for round_number in itertools.count():
        cells, dealt = deal(prepared, demand)
        if cells is not None and even:
            dealt = evened(prepared, cells, dealt)
        items, unbundled = Bundler(dealt.shares, prepared, cells).items()
        provable = _provable(prepared, items, tiers)
        prover: Prover | None = None
        values: Mapping[int, float] = {}
        aim = SearchAim()
        if strategy is None or whole_loads:
            prover = Prover(prepared, items, provable)
            if whole_loads and not prover.resume(previous):
                prover.strengthen(gap, work_limit / 4, seed, reporter)
            floor = prover.lower_bound.nano_usd_per_hour
            values = prover.values
            aim = SearchAim(floor, floor * (1 + gap), prover.loads, prover.counted)
        packer = Packer(prepared, cells, tiers, values, aim, strategy)
        effort = work_limit if not round_number else work_limit // 4
        left = packer.pack(items, effort, seed, reporter)
        left.update({(index, None, _AFFINITY): count for index, count in unbundled.items()})
        if not +left or not _is_coupled(prepared):
            break
        # Others were dealt as if these pods ran where they were dealt: deal again without that.
        demand.learn(left, dealt, patient=round_number < _PATIENT_ROUNDS)
    for index, count, constraint in dealt.refused:
        demand.refuse(index, constraint, count)
    refused = demand.refused.copy()
    for (index, _, reason), count in left.items():
        refused[index, reason] += count
    if left:
        items, prover = packer.placed_items(), None
    elif proves and whole_loads and prover is not None:
        prover.finish(packer.nodes, gap, work_limit, reporter)
    prove = functools.partial(Prover, prepared, items, provable)
    packed_from = PackedFrom(demand, items, tiers, values, not +left)
    return Fleet(
        prepared, packer.all_nodes, +refused, cells, dealt.order, prove, packed_from, prover
    )


def _provable(prepared: PreparedSnapshot, items: Sequence[Item], tiers: list[Tier]) -> list[Tier]:
    """Return the tiers a bound may hold the pods to: all at once where they may need a lighter.

    Limits, domains, bundles and minValues can push pods past the first tier that would fit them.
    """
    free = all(i.cell is None and len(i.parts) == 1 and not i.needs for i in items)
    plain = not any(pool.limits or pool.wants_choice for pool in prepared.pools)
    return tiers if free and plain else [frozenset(range(len(prepared.pools)))]


def _is_coupled(prepared: PreparedSnapshot) -> bool:
    """Return whether where one pod runs can depend on whether another does."""
    return any(c.template.spread or c.template.affinity for c in prepared.pod_classes)


def _tiers(pools: Sequence[NodePool]) -> list[Tier]:
    """Return the pools of each weight, heaviest first."""
    weights = sorted({pool.weight for pool in pools}, reverse=True)
    tiers = [frozenset(i for i, p in enumerate(pools) if p.weight == w) for w in weights]
    return tiers or [frozenset()]
