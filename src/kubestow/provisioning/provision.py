"""From a snapshot to a fleet: classes dealt to domains, packed, bounded, and named.

Law: a pod is planned only if it can be; every other pod leaves with a constraint's name. NodePools
are used by weight, highest first: a pod goes to the first tier that can carry it, and on to the
next only when limits stop it there. Pods that find no room are taken out and the rest dealt anew,
because others were placed as if they ran.
"""

import functools
import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kubestow.model.labels import HOSTNAME
from kubestow.model.nodepool import NodePool
from kubestow.model.reporter import Reporter, SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.model.warm_start import WarmStart
from kubestow.provisioning.packing.bundles import Bundler
from kubestow.provisioning.packing.fleet_search import WORK_LIMIT, SearchAim
from kubestow.provisioning.packing.packer import Packer
from kubestow.provisioning.packing.problem import Item, PackingStrategy, PlacedNode
from kubestow.provisioning.packing.problem_builder import Tier
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot, prepare
from kubestow.provisioning.proof.prover import Prover
from kubestow.provisioning.proof.warm_start import PreviousSolution, resume
from kubestow.scheduling.classes import PodClass
from kubestow.scheduling.domains import Cells, Dealer, Dealt, masks_apart, topology_keys

GAP = 0.0005
"""The share above the bound at which a plan is as good as proven the cheapest."""
_AFFINITY = "InterPodAffinity"
_PATIENT_ROUNDS = 12  # then a class with pods left over is refused whole, which ends the rounds
DAEMONSET_TOPOLOGY = "DaemonSetTopology"
NOWHERE = ""
"""The mark of pods that no candidate carries even when empty: the static reasons say why."""


@dataclass(slots=True)
class Fleet:
    """The result in terms of classes and candidates."""

    prepared: PreparedSnapshot
    nodes: list[PlacedNode]
    refused: Counter[tuple[int, str]]  # (class, constraint) -> pods
    cells: Cells | None
    order: tuple[tuple[int, int], ...]  # (class, cell): a legal order of the constrained pods
    prove: Callable[[], Prover]
    _prover: Prover | None = None

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
) -> Fleet:
    """Plan the cheapest fleet found for a snapshot's pending pods.

    The search ends where its cost is proven to be within ``gap`` of the least, or the work done;
    ``whole_loads`` raises the bound after it (rung L4).
    ``even`` deals also the pods that may run in any domain evenly over all, so that each domain
    is given the same room. ``start`` is what the last solve left.
    ``strategy`` packs instead of the search.
    """
    reporter = reporter or SilentReporter()
    prepared = prepare(snapshot, pools)
    known = PreviousSolution({}, ()) if start is None else resume(prepared, start)
    taken_out: Counter[tuple[int, str]] = Counter()
    _refuse_outright(prepared, taken_out)
    tiers = _tiers(pools)
    room: dict[tuple[int, int], int] = {}
    for round_number in itertools.count():
        cells, dealt = _deal(prepared, room)
        if cells is not None and even:
            dealt = _evened(prepared, cells, dealt)
        items, unbundled = Bundler(dealt.shares, prepared, cells).items()
        provable = _provable(prepared, items, tiers)
        prover: Prover | None = None
        values: Mapping[int, float] = {}
        aim = SearchAim()
        if strategy is None or whole_loads:
            prover = Prover(prepared, items, provable)
            if whole_loads and not prover.resume(known):
                prover.strengthen(gap, work_limit / 4, seed, reporter)
            floor = prover.bound.nano_usd_per_hour
            values, aim = prover.values, SearchAim(floor, floor * (1 + gap), prover.loads)
        packer = Packer(prepared, cells, tiers, values, aim, strategy)
        effort = work_limit if not round_number else work_limit // 4
        left = packer.pack(items, effort, seed, reporter)
        left.update({(index, None, _AFFINITY): count for index, count in unbundled.items()})
        if not +left or not _is_coupled(prepared):
            break
        # Others were dealt as if these pods ran where they were dealt: deal again without that.
        _make_room(prepared, left, (dealt, room), taken_out, patient=round_number < _PATIENT_ROUNDS)
    refused = taken_out
    for index, count, constraint in dealt.refused:
        refused[index, constraint] += count
    for (index, _, reason), count in left.items():
        refused[index, reason] += count
    if left:
        items, prover = packer.placed_items(), None
    elif whole_loads and prover is not None:
        prover.finish(packer.nodes, gap, work_limit, reporter)
    prove = functools.partial(Prover, prepared, items, provable)
    return Fleet(prepared, packer.all_nodes, +refused, cells, dealt.order, prove, prover)


def _make_room(
    prepared: PreparedSnapshot,
    left: Counter[tuple[int, int | None, str]],
    state: tuple[Dealt, dict[tuple[int, int], int]],
    taken_out: Counter[tuple[int, str]],
    *,
    patient: bool,
) -> None:
    """Note what found no place: first as a cell that is full, then as pods that cannot run."""
    dealt, room = state
    shares = {(index, cell): count for index, cell, count in dealt.shares}
    for (index, cell, reason), count in sorted(left.items(), key=lambda item: item[0][0]):
        placed = shares.get((index, cell), 0) - count
        if patient and cell is not None and (index, cell) not in room and (index, cell) in shares:
            room[index, cell] = placed
            continue
        demand = prepared.classes[index].demand
        out = min(count, demand) if patient else demand
        prepared.classes[index].demand -= out
        taken_out[index, reason] += out


def _provable(prepared: PreparedSnapshot, items: Sequence[Item], tiers: list[Tier]) -> list[Tier]:
    """Return the tiers a bound may hold the pods to: all at once where they may need a lighter.

    Limits, domains, bundles and minValues can push pods past the first tier that would fit them.
    """
    free = all(i.cell is None and len(i.parts) == 1 and not i.needs for i in items)
    plain = not any(pool.limits or pool.wants_choice for pool in prepared.pools)
    return tiers if free and plain else [frozenset(range(len(prepared.pools)))]


def _is_coupled(prepared: PreparedSnapshot) -> bool:
    """Tell whether where one pod runs can depend on whether another does."""
    return any(c.template.spread or c.template.affinity for c in prepared.pod_classes)


def _tiers(pools: Sequence[NodePool]) -> list[Tier]:
    """Return the pools of each weight, heaviest first."""
    weights = sorted({pool.weight for pool in pools}, reverse=True)
    found = [frozenset(i for i, p in enumerate(pools) if p.weight == w) for w in weights]
    return found or [frozenset()]


def _refuse_outright(prepared: PreparedSnapshot, refused: Counter[tuple[int, str]]) -> None:
    """Take out pods that no node could ever take, whatever it is."""
    claimed: set[str] = {
        claim for c in prepared.pod_classes if c.bound for claim in c.key.volumes.exclusive
    }
    wanted = (pod_class for pod_class in prepared.pod_classes if pod_class.demand)
    by_priority = sorted(wanted, key=lambda c: -c.template.priority)
    for pod_class in by_priority:
        template, reason = pod_class.template, ""
        if pod_class.key.rejected:
            reason = "Admission"
        elif template.scheduling_gates:
            reason = "SchedulingGates"
        elif template.unsupported:
            reason = "NotSupported"
        elif pod_class.key.volumes.problem:
            reason = "VolumeBinding"
        elif _looks_at_daemonsets(prepared, pod_class):
            reason = DAEMONSET_TOPOLOGY
        if reason or not prepared.carries(pod_class.index).any():
            refused[pod_class.index, reason or NOWHERE] += pod_class.demand
            pod_class.demand = 0
            continue
        if pod_class.key.volumes.exclusive:
            taken = bool(claimed & set(pod_class.key.volumes.exclusive))
            keep = 0 if taken else 1
            claimed |= set(pod_class.key.volumes.exclusive)
            over = pod_class.demand - keep
            if over > 0:
                refused[pod_class.index, "VolumeRestrictions"] += over
                pod_class.demand = keep


def _looks_at_daemonsets(prepared: PreparedSnapshot, pod_class: PodClass) -> bool:
    """Tell whether a constraint wider than a node selects the pods of a DaemonSet.

    How many of those a zone holds depends on the nodes the plan opens there; not supported yet.
    """
    first, template = len(prepared.pod_classes), pod_class.template
    namespace = pod_class.key.namespace
    selected: set[int] = set()
    for constraint in template.spread:
        if constraint.topology_key != HOSTNAME:
            selected |= set(prepared.selection.same_namespace(constraint.selector, namespace))
    for term in (*template.affinity, *template.anti_affinity):
        if term.topology_key != HOSTNAME:
            selected |= set(prepared.selection.by_term(term, namespace))
    return any(index >= first for index in selected)


def _deal(
    prepared: PreparedSnapshot, room: dict[tuple[int, int], int]
) -> tuple[Cells | None, Dealt]:
    """Deal pods constrained over domains to cells; the others stay free."""
    keys = topology_keys(prepared.classes)
    if not keys:
        free = tuple((c.index, None, c.demand) for c in prepared.pod_classes if c.demand)
        return None, Dealt(free, (), ())
    apart = masks_apart(prepared.classes, prepared.selection, prepared.filters)
    cells = Cells(prepared.filters, keys, apart)
    full = _existing_room(prepared, cells) | room
    dealer = Dealer(
        prepared.classes,
        prepared.selection,
        prepared.filters,
        cells,
        prepared.carries,
        bound=prepared.bound,
        room=full,
    )
    return cells, dealer.deal()


def _evened(prepared: PreparedSnapshot, cells: Cells, dealt: Dealt) -> Dealt:
    """Return shares in which pods that may run anywhere are dealt evenly too, the rest left free.

    Only over cells where something can be launched for them; what no cell gets stays free.
    """
    found: Counter[tuple[int, int | None]] = Counter()
    for index, cell, count in dealt.shares:
        if cell is None:
            launchable = prepared.carries(index)[prepared.existing :]
            open_cells = np.unique(cells.of_candidate[prepared.existing :][launchable]).tolist()
            each = count // max(len(open_cells), 1)
            for open_cell in open_cells:
                found[index, open_cell] += each
            count -= each * len(open_cells)
        found[index, cell] += count
    shares = tuple((index, cell, n) for (index, cell), n in found.items() if n)
    return Dealt(shares, dealt.refused, dealt.order)


def _existing_room(prepared: PreparedSnapshot, cells: Cells) -> dict[tuple[int, int], int]:
    """Return, for cells where nothing can be launched for a class, what existing nodes take."""
    room: dict[tuple[int, int], int] = {}
    for pod_class in prepared.pod_classes if prepared.existing else ():
        if not pod_class.demand:
            continue
        carries, first = prepared.carries(pod_class.index), prepared.existing
        there, launchable = (
            np.bincount(cells.of_candidate[part][carries[part]], minlength=len(cells.first)) > 0
            for part in (slice(first), slice(first, None))
        )
        for cell in np.flatnonzero(there & ~launchable).tolist():
            inside = carries[:first] & (cells.of_candidate[:first] == cell)
            request = prepared.requests[pod_class.index]
            asked = request > 0
            free = prepared.free[:first][inside][:, asked]
            room[pod_class.index, cell] = int((free // request[asked]).min(axis=1).clip(0).sum())
    return room
