"""A consolidation is what it says: on 150 random clusters with disruption budgets.

Every move is judged by verify.arrival, which shares no code with what found it, and on 150 tiny
clusters every set of nodes is tried by hand for what could be deleted.
"""

import functools
import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from kubestow.disruption.candidate import Candidates, candidates
from kubestow.disruption.consolidation import Consolidation, Prices, consolidate
from kubestow.model import labels as names
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.pod import HostPort, Pod
from kubestow.model.snapshot import Cluster, DisruptionBudget, Snapshot
from kubestow.scheduling.rehearsal import launched_node
from kubestow.testing import (
    GENERAL,
    ZONES,
    affinity_term,
    nodeclaim,
    nodepool,
    observed,
    owned,
    pod,
    selector,
    spread,
)
from kubestow.verify.arrival import arrival

CLUSTERS = 150
POOL = nodepool()
TYPES = [facts.name for facts, _ in GENERAL]
PRICES = Prices(least_share=0.0)
GAP_MOST, GAP_TOTAL, MISSED_MOST = 0.5, 0.07, 0.25
"""What deletions may miss of what could be saved on tiny clusters: on one, on all together, and on
which share of them. Measured: 0.49, 0.060 and 34 of 150, since nodes go one at a time in one order.
"""


# --- random clusters --------------------------------------------------------------------------


def random_cluster(seed: int, nodes_most: int, pods_most: int, *, plain: bool) -> Snapshot:
    """Return nodes with pods that were bound one at a time, each where it may be.

    A ``plain`` one has no constraint that depends on the order in which pods come.
    """
    dice = random.Random(seed)
    claims = [
        nodeclaim(f"n{n}", dice.choice(TYPES[:4] if plain else TYPES), zone=dice.choice(ZONES[:2]))
        for n in range(dice.randint(2, nodes_most))
    ]
    apps = [random_app(dice, number, plain=plain) for number in range(dice.randint(1, 4))]
    pods: list[Pod] = []
    for number in range(dice.randint(1, pods_most)):
        made = replace(dice.choice(apps), name=f"p{number}")
        places = arrival(observed(claims, pods).cluster).feasible(made)
        if places:
            pods.append(replace(made, node_name=dice.choice(sorted(places))))
    budgets = tuple(
        DisruptionBudget("default", f"b{n}", selector(app=app.name), 0, None, dice.choice([0, 1]))
        for n, app in enumerate(apps)
        if dice.random() < 0.3
    )
    return observed(claims, pods, disruption_budgets=budgets)


def random_app(dice: random.Random, number: int, *, plain: bool) -> Pod:
    app = f"app{number}"
    template: dict[str, object] = {}
    if dice.random() < 0.25:
        template["anti_affinity"] = (affinity_term(names.HOSTNAME, app=app),)
    if dice.random() < 0.1:
        template["node_selector"] = ((names.ZONE, dice.choice(ZONES[:2])),)
    if not plain and dice.random() < 0.25:
        template["spread"] = (spread(dice.choice([names.ZONE, names.HOSTNAME]), 1, app=app),)
    if not plain and dice.random() < 0.1:
        template["host_ports"] = (HostPort("0.0.0.0", "TCP", 8080),)
    cpu, memory = dice.choice([100, 300, 500, 900, 1500]), dice.choice([128, 1024, 3072])
    made = pod(app, f"{cpu}m", f"{memory}Mi", labels={"app": app}, **template)
    return owned(made, app, do_not_disrupt=dice.random() < 0.05)


@functools.cache
def consolidated(seed: int, replaces: bool) -> tuple[Snapshot, Candidates, Consolidation]:
    state = random_cluster(seed, 9, 30, plain=False)
    found = candidates(state, {"pool": POOL})
    result = consolidate(state, found, (POOL,), PRICES, replaces=replaces, work_limit=50)
    return state, found, result


# --- the judge --------------------------------------------------------------------------------


class Replay:
    """A cluster of which nodes are dropped, and whose pods are bound again one at a time."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.where = {item.key: item.node_name for item in cluster.pods}
        self.alive = {node.name: node for node in cluster.nodes}

    def evict(self, nodes: Iterable[str]) -> set[str]:
        """Take nodes away; return the pods that were on them."""
        gone = set(nodes)
        for name in gone:
            del self.alive[name]
        evicted = {key for key, node in self.where.items() if node in gone}
        self.where |= dict.fromkeys(evicted, "")
        return evicted

    def bind(self, key: str, node: str) -> bool:
        """Bind a pod, if the judge lets it go there."""
        pods = tuple(replace(p, node_name=self.where[p.key]) for p in self.cluster.pods)
        now = replace(self.cluster, nodes=tuple(self.alive.values()), pods=pods)
        made = next(item for item in pods if item.key == key)
        feasible = arrival(now).feasible(made)
        assert feasible is not None
        if node not in feasible:
            return False
        self.where[key] = node
        return True


def on(state: Snapshot, nodes: Iterable[str]) -> set[str]:
    there = set(nodes)
    return {item.key for item in state.cluster.pods if item.node_name in there}


@pytest.mark.parametrize("seed", range(CLUSTERS))
def test_every_move_of_a_deletion_is_legal_where_it_is_made_and_no_pod_is_lost(seed: int) -> None:
    state, _, result = consolidated(seed, False)
    assert result.launch == ()
    replay = Replay(state.cluster)
    assert {key for key, _ in result.moves} == replay.evict(result.drop)
    assert all(replay.bind(key, node) for key, node in result.moves)
    assert all(replay.where.values())


@pytest.mark.parametrize("seed", range(CLUSTERS))
def test_the_end_of_a_replacement_is_legal_in_some_order_and_no_pod_is_lost(seed: int) -> None:
    state, _, result = consolidated(seed, True)
    replay = Replay(state.cluster)
    replay.alive |= {node.name: launched_node(node) for node in result.launch}
    moves = dict(result.moves)  # of a pod that moved twice the last
    assert set(moves) == replay.evict(result.drop)
    while moves:
        able = [key for key, node in moves.items() if replay.bind(key, node)]
        assert able, "no pod that is left may go where it should"
        for key in able:
            del moves[key]
    assert all(replay.where.values())


@pytest.mark.parametrize("replaces", [False, True])
def test_evictions_and_costs_are_counted_right_and_the_bound_holds(replaces: bool) -> None:
    gained = 0
    for seed in range(CLUSTERS):
        state, found, result = consolidated(seed, replaces)
        assert result.evictions == len(on(state, result.drop))
        cost = {claim.name: claim.nano_usd_per_hour for claim in state.nodeclaims}
        fresh = sum(node.price.nano_usd_per_hour for node in result.launch)
        assert result.cost_before == sum(cost.values())
        assert result.cost_after == sum(cost.values()) - sum(map(cost.get, result.drop)) + fresh  # type: ignore[arg-type] # all are known
        assert result.bound is not None
        assert result.bound <= result.cost_after
        able = {candidate.name for candidate in found.able}
        assert set(result.drop) <= able
        assert {kept.node for kept in found.kept}.isdisjoint(result.drop)
        gained += result.cost_after < result.cost_before
    assert gained > CLUSTERS // 3


# --- all that could be deleted ----------------------------------------------------------------


def net(claims: dict[str, NodeClaim], state: Snapshot, nodes: Iterable[str]) -> int:
    """Return what deleting nodes is worth in the hour that counts."""
    saved = sum(claims[name].nano_usd_per_hour for name in nodes)
    return saved - PRICES.eviction.base * len(on(state, nodes))


def deletable(state: Snapshot, gone: frozenset[str]) -> bool:
    """Tell whether all pods of some nodes fit on the others, by arithmetic of its own."""
    room = {
        node.name: dict(node.allocatable) for node in state.cluster.nodes if node.name not in gone
    }
    zone = {node.name: dict(node.labels)[names.ZONE] for node in state.cluster.nodes}
    apps: dict[str, list[Pod]] = {name: [] for name in room}
    moving = []
    for item in state.cluster.pods:
        if item.node_name in gone:
            moving.append(item)
        else:
            take(room[item.node_name], item, 1)
            apps[item.node_name].append(item)

    def places(item: Pod) -> Iterator[str]:
        wanted = dict(item.template.node_selector).get(names.ZONE)
        for name, left in room.items():
            fits = all(left[key] >= amount for key, amount in item.template.requests)
            apart = bool(item.template.anti_affinity) and any(
                other.labels == item.labels for other in apps[name]
            )
            if fits and left["pods"] and not apart and wanted in (None, zone[name]):
                yield name

    def settle(position: int) -> bool:
        if position == len(moving):
            return True
        item = moving[position]
        for name in list(places(item)):
            take(room[name], item, 1)
            apps[name].append(item)
            if settle(position + 1):
                return True
            apps[name].pop()
            take(room[name], item, -1)
        return False

    return settle(0)


def take(left: dict[str, int], item: Pod, times: int) -> None:
    for key, amount in item.template.requests:
        left[key] -= times * amount
    left["pods"] -= times


def missed(seed: int) -> tuple[int, int]:
    """Return what the best deletion of a tiny cluster is worth, and what the one found is."""
    state = random_cluster(seed, 4, 8, plain=True)
    claims = {claim.name: claim for claim in state.nodeclaims}
    found = candidates(state, {"pool": POOL})
    result = consolidate(state, found, (POOL,), PRICES, replaces=False)
    assert deletable(state, frozenset(result.drop))
    able = [candidate.name for candidate in found.able]
    sets = (frozenset(some) for n in range(len(able) + 1)
            for some in itertools.combinations(able, n))  # fmt: skip
    best = max(net(claims, state, some) for some in sets if deletable(state, some))
    return best, net(claims, state, result.drop)


def test_deletions_of_tiny_clusters_are_worth_hardly_less_than_the_best_ones() -> None:
    worth = [missed(seed) for seed in range(CLUSTERS)]
    assert all(0 <= found <= best for best, found in worth)
    gaps = [(best - found) / best for best, found in worth if found < best]
    assert max(gaps, default=0.0) <= GAP_MOST
    assert len(gaps) <= MISSED_MOST * CLUSTERS
    lost = sum(best - found for best, found in worth)
    assert lost <= GAP_TOTAL * sum(best for best, _ in worth)
