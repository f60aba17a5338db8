"""A prepared snapshot and items turned into a packing problem.

Candidates that are the same to every item become one bin; a bin that another beats at no higher
price is dropped (dominance). Neither changes what is possible.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence, Set
from typing import TypeVar, overload

import numpy as np

from kubestow.catalog.usage import node_usage, offering_usage
from kubestow.model.arrays import UNLIMITED, Booleans, Integers
from kubestow.model.nodepool import owner_of
from kubestow.provisioning.packing.burstable_bins import with_cpu_use
from kubestow.provisioning.packing.preference_builder import preference_problem, told_apart
from kubestow.provisioning.packing.problem import (
    Bin,
    Item,
    PackingProblem,
    PlacedNode,
    Rules,
)
from kubestow.provisioning.packing.spot_choice import DraftBins, with_spot_choice
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.domains import Cells
from kubestow.scheduling.node_rules import NodeRule

_AMOUNT_MAX = 2**58
Holder = TypeVar("Holder", bound=Hashable)
Tier = frozenset[int]
"""Positions of the NodePools that may be launched from."""


def build_problem(
    prepared: PreparedSnapshot,
    items: list[Item],
    cells: Cells | None,
    tiers: Sequence[Tier],
    decided: Sequence[PlacedNode] = (),
    *,
    flexible: bool = True,
    prune: bool = True,
    splits: bool = True,
    types: Set[str] | None = None,
) -> PackingProblem:
    """Build the numbers for packing these items.

    ``tiers`` are the pools each item may use. ``decided`` are what earlier stages put on the
    existing nodes, one entry each, and then the nodes they opened, which are filled like existing
    ones: the first bins, in this order. Without ``prune`` bins that another beats are kept: who
    does not optimise may choose them. Unless it ``splits``, a burstable offering is one bin.
    New nodes are of these instance ``types`` only, if any are given.
    """
    decided = decided or [PlacedNode(i, ()) for i in range(prepared.existing)]
    requests = _requests(prepared, items)
    masks = _masks(prepared, items, cells, tiers)
    if types is not None:
        masks[:, prepared.existing :] &= _of_types(prepared, types)
    first = len(prepared.candidates)
    content = list(prepared.content[prepared.existing :])
    content += (_content(prepared, node) for node in decided)
    rules, initial = _rules(prepared, items, content)
    bins = [Bin((node.candidate,), 0, -1) for node in decided]
    bins += _merged(prepared, masks, initial, told_apart(prepared, items))
    firsts = np.array([b.candidates[0] for b in bins], dtype=np.int64)
    capacity = prepared.free[firsts]
    for position, node in enumerate(decided):
        for index, pods in node.load:
            capacity[position] -= pods * prepared.requests[index]
    compatible = masks[:, firsts]
    draft = DraftBins(bins, capacity, compatible)
    if flexible:
        _keep_flexible(prepared, bins, masks, capacity, compatible)
        draft = with_spot_choice(prepared, items, requests, draft, decided)
    with_use = with_cpu_use(prepared, items, requests, draft, decided, splits=splits and prune)
    draft, requests = with_use.draft, with_use.requests
    bins, capacity, compatible = draft.bins, draft.capacity, draft.fitting(requests)
    holders = [b.candidates[0] for b in bins]
    holders[: len(decided)] = range(first, first + len(decided))
    rules.initial = {
        position: initial[holder] for position, holder in enumerate(holders) if holder in initial
    }
    worth_opening = list(range(len(bins)))
    if prune:
        worth_opening = _undominated(prepared, bins, capacity, compatible, rules)
    rules.initial = {
        new: rules.initial[old] for new, old in enumerate(worth_opening) if old in rules.initial
    }
    bins = [bins[i] for i in worth_opening]
    return PackingProblem(
        with_use.axes,
        items,
        requests,
        bins,
        capacity[worth_opening],
        compatible[:, worth_opening],
        rules,
        [dict(pool.limits) for pool in prepared.pools],
        _Usages(prepared, bins, limited_only=prune),
        _used(prepared, decided),
        preference_problem(prepared, items, bins, content[-len(decided) :] if decided else []),
    )


def _requests(prepared: PreparedSnapshot, items: Sequence[Item]) -> Integers:
    """Return what a unit of each item requests, items x axes."""
    requests = np.zeros((len(items), len(prepared.axes)), dtype=np.int64)
    for row, item in enumerate(items):
        for index, pods in item.parts:
            # Clamped: a bundle beyond any node must not wrap around.
            requests[row] += np.minimum(prepared.requests[index], _AMOUNT_MAX // pods) * pods
    return requests


def _content(prepared: PreparedSnapshot, node: PlacedNode) -> tuple[tuple[int, int], ...]:
    if not node.load:
        return prepared.content[node.candidate]
    total = Counter(dict(prepared.content[node.candidate]))
    for index, pods in node.load:
        total[index] += pods
    return tuple(sorted(total.items()))


def _masks(
    prepared: PreparedSnapshot, items: list[Item], cells: Cells | None, tiers: Sequence[Tier]
) -> Booleans:
    """Return items x candidates: who may run where, resources aside."""
    of_tier = {tier: np.isin(prepared.pool_of, [-1, *tier]) for tier in dict.fromkeys(tiers)}
    masks = np.ones((len(items), len(prepared.candidates)), dtype=bool)
    for row, item in enumerate(items):
        mask: Mask = masks[row]
        for index, _ in item.parts:
            mask &= prepared.filters.passing(prepared.classes[index])
        if cells is not None and item.cell is not None:
            mask &= cells.of_candidate == item.cell
        mask &= of_tier[tiers[row]]
        if item.needs:
            mask &= np.array(
                [any(index in item.needs for index, _ in held) for held in prepared.content]
            )
    # A node too small for its own DaemonSets is no choice; an existing node is what it is.
    masks[:, prepared.existing :] &= (prepared.free[prepared.existing :] >= 0).all(axis=1)
    return masks


def _of_types(prepared: PreparedSnapshot, types: Set[str]) -> Mask:
    """Return which candidates for new nodes are of some instance types."""
    new = prepared.candidates[prepared.existing :]
    return np.array([candidate.instance_type in types for candidate in new], dtype=bool)


def _keep_flexible(
    prepared: PreparedSnapshot,
    bins: list[Bin],
    masks: Booleans,
    capacity: Integers,
    compatible: Booleans,
) -> None:
    """Hold bins of a pool with minValues to what enough other types of the pool could carry.

    For each bin the types that come closest to it are chosen, as many as there must be values;
    its capacity becomes what all of them have, its items those all of them may take. So whatever
    a node is filled with, the pool has minValues types to launch for it.
    """
    for position, b in enumerate(bins):
        for key, item in prepared.pools[b.pool].requirements.by_key.items() if not b.exists else ():
            if item.min_values is None:
                continue
            codes, _ = prepared.filters.index.column(key)
            rows = np.nonzero(prepared.pool_of == b.pool)[0]
            own = np.maximum(capacity[position], 1)
            closeness = np.minimum(prepared.free[rows] / own, 1.0).min(axis=1)
            chosen: dict[int, int] = {int(codes[b.candidates[0]]): b.candidates[0]}
            for i in np.argsort(-closeness, kind="stable"):
                if len(chosen) >= item.min_values:
                    break
                chosen.setdefault(int(codes[rows[i]]), int(rows[i]))
            capacity[position] = prepared.free[list(chosen.values())].min(axis=0)
            for code in chosen:
                alike = rows[codes[rows] == code]
                compatible[:, position] &= masks[:, alike].any(axis=1)


def _rules(
    prepared: PreparedSnapshot, items: list[Item], contents: Sequence[tuple[tuple[int, int], ...]]
) -> tuple[Rules, dict[int, tuple[tuple[int, int, bool], ...]]]:
    """Return the rules that can bind these items, and each candidate's initial content of them.

    ``contents`` are those of the candidates after the nodes that exist.
    """
    rules = Rules(of_item=[() for _ in items])
    initial: dict[int, list[tuple[int, int, bool]]] = {}
    rows_of: dict[int, list[tuple[int, int]]] = {}
    for row, item in enumerate(items):
        for index, pods in item.parts:
            rows_of.setdefault(index, []).append((row, pods))
    ruled = [(rule, members) for rule in prepared.rules if (members := _held_by(rule, rows_of))]
    watched = {index for rule, _ in ruled for index in (*rule.counted, *rule.owners)}
    candidates_of: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for candidate, content in enumerate(contents, prepared.existing):
        candidates_of.setdefault(content, []).append(candidate)
    contents_of: dict[int, list[tuple[tuple[tuple[int, int], ...], int]]] = {}
    for content in candidates_of:
        for index, pods in content:
            if index in watched:
                contents_of.setdefault(index, []).append((content, pods))
    involved: list[list[tuple[int, int, bool]]] = [[] for _ in items]
    for rule, members in ruled:
        held = _held_by(rule, contents_of)
        total = sum(weight * items[row].units for row, (weight, _) in members.items())
        most_held = max((weight for weight, _ in held.values()), default=0)
        owned = any(owns for _, owns in (*members.values(), *held.values()))
        if not owned or total + most_held <= rule.cap:
            continue  # it can never refuse anything
        number = len(rules.caps)
        rules.caps.append(rule.cap)
        rules.constraints.append(rule.constraint)
        rules.members.append(
            (
                np.array(list(members), dtype=np.int64),
                np.array([weight for weight, _ in members.values()], dtype=np.int64),
                np.array([owns for _, owns in members.values()], dtype=bool),
            )
        )
        for row, (weight, owns) in members.items():
            involved[row].append((number, weight, owns))
        for content, (weight, owns) in held.items():
            for candidate in candidates_of[content]:
                initial.setdefault(candidate, []).append((number, weight, owns))
    rules.of_item = [tuple(entry) for entry in involved]
    return rules, {candidate: tuple(held) for candidate, held in initial.items()}


def _held_by(
    rule: NodeRule, holders: Mapping[int, Sequence[tuple[Holder, int]]]
) -> dict[Holder, tuple[int, bool]]:
    """Return, for whoever holds classes of a rule, the counted pods and whether it is an owner."""
    shares: dict[Holder, tuple[int, bool]] = {}
    for index in rule.counted:
        for holder, pods in holders.get(index, ()):
            weight, owns = shares.get(holder, (0, False))
            shares[holder] = (weight + pods, owns)
    for index in rule.owners:
        for holder, _ in holders.get(index, ()):
            shares[holder] = (shares.get(holder, (0, False))[0], True)
    return shares


def _merged(
    prepared: PreparedSnapshot,
    masks: Booleans,
    initial: dict[int, tuple[tuple[int, int, bool], ...]],
    preferred: Sequence[Booleans],
) -> list[Bin]:
    """Group candidates that no item can tell apart and that cost the same.

    ``preferred`` are masks of candidates that preferences tell apart.
    """
    useful: Mask = np.logical_or.reduce(masks, axis=0)
    masks = np.vstack([masks, *preferred]) if preferred else masks
    distinct = {masks[row].tobytes(): row for row in range(len(masks))}
    rows = masks[sorted(distinct.values())]
    columns = np.ascontiguousarray(np.packbits(rows, axis=0).T)
    positions = prepared.existing + np.flatnonzero(useful[prepared.existing :])
    free = np.ascontiguousarray(prepared.free[positions]).view(np.uint8)  # as bytes
    rows_as_bytes = np.hstack([free, columns[positions]])
    alike = rows_as_bytes.view(f"V{rows_as_bytes.shape[1]}").ravel().tolist()
    groups: dict[tuple[object, ...], list[int]] = {}
    usage = prepared.cpu_usage
    for position, same in zip(positions.tolist(), alike, strict=True):
        left = 0 if usage is None else int(usage.left[position])
        key = (prepared.sold_as[position], same, initial.get(position), left)
        groups.setdefault(key, []).append(position)
    bins: list[Bin] = []
    for group in groups.values():
        first = prepared.candidates[group[0]]
        pool = int(prepared.pool_of[group[0]])
        bins.append(Bin(tuple(group), first.price.nano_usd_per_hour, pool))
    return bins


def _undominated(
    prepared: PreparedSnapshot,
    bins: list[Bin],
    capacity: Integers,
    compatible: Booleans,
    rules: Rules,
) -> list[int]:
    """Return the bins worth opening, in order: no other carries as much for no more money."""
    worth_opening = [i for i, b in enumerate(bins) if b.exists]
    groups: dict[tuple[object, ...], list[int]] = {}
    paying: dict[tuple[object, ...], list[int]] = {}  # their price is what they cost at least
    for position, b in enumerate(bins):
        if b.exists:
            continue
        limited = bool(prepared.pools[b.pool].limits)
        key = (rules.initial.get(position), b.pool if limited else -1)
        (paying if b.rate else groups).setdefault(key, []).append(position)
    distinct = {row.tobytes(): row for row in compatible}  # what tells items apart here
    rows = np.array(list(distinct.values()), dtype=bool).reshape(len(distinct), len(bins))
    takes = np.packbits(rows, axis=0).T  # bins x bytes
    for group in dict.fromkeys([*groups, *paying]):
        positions = [*groups.get(group, ()), *paying.get(group, ())]
        positions.sort(key=lambda i: (bins[i].price, i))
        figures = capacity[positions]
        if _is_limited(prepared, bins[positions[0]]):
            usage = [_usage(prepared, bins[i]) for i in positions]
            names_used = sorted({name for used in usage for name in used})
            spared = [[-used.get(name, 0) for name in names_used] for used in usage]
            figures = np.hstack([figures, np.array(spared, dtype=np.int64)])
        if group in paying:  # a node that pays for its load makes none useless that does not
            own = (bins[i] for i in positions)
            terms = [(-b.rate, b.sustained if b.rate else UNLIMITED) for b in own]
            figures = np.column_stack([figures, np.array(terms, dtype=np.int64)])
        best = prepared.cache.unbeaten(
            figures.tobytes(), takes[positions].tobytes(), len(positions)
        )
        worth_opening += [positions[i] for i in best]
    return sorted(worth_opening)


def _is_limited(prepared: PreparedSnapshot, b: Bin) -> bool:
    """Return whether a bin is of a NodePool with limits."""
    return not b.exists and bool(prepared.pools[b.pool].limits)


class _Usages(Sequence[dict[str, int]]):
    """What one node of each bin adds to its pool's use, found where it is asked for."""

    def __init__(
        self, prepared: PreparedSnapshot, bins: Sequence[Bin], *, limited_only: bool
    ) -> None:
        """``limited_only`` leaves out what no limit counts."""
        self._prepared, self._bins, self._limited_only = prepared, bins, limited_only
        self._by_bin: dict[int, dict[str, int]] = {}

    def __len__(self) -> int:
        return len(self._bins)

    @overload
    def __getitem__(self, index: int) -> dict[str, int]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[str, int]]: ...
    def __getitem__(self, index: int | slice) -> dict[str, int] | list[dict[str, int]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        usage = self._by_bin.get(index)
        if usage is None:
            b = self._bins[index]
            counts = not self._limited_only or _is_limited(self._prepared, b)
            usage = self._by_bin[index] = _usage(self._prepared, b) if counts else {}
        return usage


def _usage(prepared: PreparedSnapshot, b: Bin) -> dict[str, int]:
    """Return what one node of the bin adds to its pool's use."""
    if b.exists:
        return {}
    candidate = prepared.candidates[b.candidates[0]]
    instance_type = prepared.snapshot.catalog.instance_types[candidate.instance_type]
    return offering_usage(instance_type, candidate.price.nano_usd_per_hour)


def _used(prepared: PreparedSnapshot, decided: Sequence[PlacedNode]) -> list[dict[str, int]]:
    """Return what each pool's nodes, existing or decided on, already use of its limits."""
    used: list[dict[str, int]] = [{} for _ in prepared.pools]
    pool_of = {pool.name: i for i, pool in enumerate(prepared.pools)}
    if not any(pool.limits for pool in prepared.pools):
        return used
    types, prices = prepared.snapshot.catalog.instance_types, prepared.snapshot.catalog.prices()
    for candidate in (prepared.candidates[node.candidate] for node in decided):
        owner = candidate.nodepool
        if candidate.exists:
            owner = owner_of(candidate.labels, prepared.pools)
        pool = pool_of.get(owner)
        if pool is None:
            continue
        added = node_usage(candidate.labels, candidate.allocatable, types, prices)
        for name, amount in added.items():
            used[pool][name] = used[pool].get(name, 0) + amount
    return used
