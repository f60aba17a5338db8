"""What is said of a migration is true: on 200 random clusters with disruption budgets.

One that is said to end is played again by a simulator of its own, in random orders of eviction
and with other seeds of the scheduler. One that is said never to end is tried in every order.
"""

import itertools
import random
from collections import Counter
from dataclasses import replace

import pytest

from kubestow.migration.launches import copy_of, model_of
from kubestow.migration.migrate import migrate
from kubestow.migration.start import Start
from kubestow.model import labels as names
from kubestow.model.migration import (
    BARE,
    BUDGET,
    CAPACITY,
    LOST,
    PLACEMENT,
    PROTECTED,
    RESTART,
    SCALE,
    SEVERAL_BUDGETS,
    Migration,
    Request,
    Wave,
)
from kubestow.model.pod import HostPort, Pod
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster, DisruptionBudget
from kubestow.model.taints import Taint
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim
from kubestow.model.workload import Lifecycle, Workload
from kubestow.scheduling.cycle import Cycle
from kubestow.scheduling.scheduler_cache import SchedulerCache, build_cache
from kubestow.testing import ZONES, affinity_term, node, pod, selector, spread
from kubestow.verify.arrival import arrival

CLUSTERS = 200
ORDERS = 8
BRUTE_PODS = 6
KINDS = ("Deployment", "Deployment", "Deployment", "StatefulSet", "ReplicaSet", "Job")


# --- random clusters --------------------------------------------------------------------------


def random_cluster(seed: int) -> tuple[Cluster, Request]:
    """Return a cluster of old and new nodes, and what is asked for."""
    dice = random.Random(seed)
    old = [node(f"old-{n}", "4", "8Gi", zone=dice.choice(ZONES), labels={"group": "old"})
           for n in range(dice.randint(1, 4))]  # fmt: skip
    size = dice.choice(["2", "4", "8"])
    new = [
        node(f"new-{n}", size, f"{2 * int(size)}Gi", zone=dice.choice(ZONES[:2] if n else ZONES),
             labels={"group": "new"},
             taints=(Taint("new", "", "NoSchedule"),) if dice.random() < 0.04 else ())
        for n in range(dice.randint(1, 4))
    ]  # fmt: skip
    free = {n.name: 4000 for n in old}
    pods: list[Pod] = []
    workloads, budgets = [], []
    claims, volumes = {}, {}
    small = dice.random() < 0.5
    for number in range(dice.randint(1, 3 if small else 6)):
        kind, app = dice.choice(KINDS), f"app{number}"
        count = dice.randint(1, 2 if small else 5)
        cpu = dice.choice([100, 250, 500, 1000])
        template = random_constraints(dice, app)
        grown = []
        for ordinal in range(count):
            places = [name for name, left in free.items() if left >= cpu]
            if not places:
                break
            where = dice.choice(places)
            free[where] -= cpu
            owner = None if dice.random() < 0.01 else (kind, app)
            name, used = f"{app}-{ordinal}", ()
            if kind == "StatefulSet" and dice.random() < 0.3:
                used = (f"data-{name}",)
                claims["default", used[0]] = PersistentVolumeClaim(
                    "default", used[0], "gp3", f"pv-{name}"
                )
                zone = dict(next(n for n in old if n.name == where).labels)[names.ZONE]
                term = NodeSelectorTerm((SelectorRequirement(names.ZONE, "In", (zone,)),))
                volumes[f"pv-{name}"] = PersistentVolume(
                    f"pv-{name}", (term,), claim=("default", used[0], "")
                )
            made = pod(name, f"{cpu}m", "64Mi", labels={"app": app}, node=where, claims=used,
                       **template)  # fmt: skip
            ready = dice.random() > 0.03
            grown.append(replace(made, lifecycle=Lifecycle(owner, is_ready=ready)))
        pods += grown
        if not grown:
            continue
        strategy = dice.choice(["RollingUpdate", "RollingUpdate", "Recreate"])
        if dice.random() < 0.9:
            workloads.append(Workload(kind, "default", app, len(grown), strategy))
        while dice.random() < 0.55:
            budgets.append(random_budget(dice, app, len(budgets), len(grown)))
            if dice.random() < 0.9:
                break
    cluster = Cluster(
        pods=tuple(pods), nodes=tuple(old + new), workloads=tuple(workloads),
        disruption_budgets=tuple(budgets), claims=claims, volumes=volumes,
    )  # fmt: skip
    request = Request(
        tuple(n.name for n in old),
        spares=(model_of(cluster, new[0], 1),),
        spares_max=dice.choice([0, 0, 2]),
        max_parallel=dice.randint(1, 3),
        force=dice.random() < 0.5,
    )
    return cluster, request


def random_constraints(dice: random.Random, app: str) -> dict[str, object]:
    """Return what few workloads ask for."""
    found: dict[str, object] = {}
    if dice.random() < 0.2:
        found["spread"] = (spread(dice.choice([names.ZONE, names.HOSTNAME]), 1, app=app),)
    if dice.random() < 0.1:
        found["anti_affinity"] = (affinity_term(names.HOSTNAME, app=app),)
    if dice.random() < 0.1:
        key = dice.choice([names.ZONE, names.HOSTNAME])
        found["affinity"] = (affinity_term(key, app=dice.choice(["app0", "app1", app])),)
    if dice.random() < 0.06:
        found["node_selector"] = (("group", dice.choice(["old", "new"])),)
    if dice.random() < 0.05:
        found["host_ports"] = (HostPort("0.0.0.0", "TCP", 8080),)
    if dice.random() < 0.05:
        found["priority"] = dice.randint(1, 3)
    return found


def random_budget(dice: random.Random, app: str, number: int, count: int) -> DisruptionBudget:
    """Return a budget, most of them reasonable."""
    least = dice.choice([None, None, None, 1, max(0, count - 1), count, "50%", "100%"])
    most = None if least is not None else dice.choice([1, 1, "25%", 0])
    policy = dice.choice(["IfHealthyBudget", "AlwaysAllow"])
    return DisruptionBudget("default", f"b{number}", selector(app=app), 0, least, most, policy)


# --- a simulator of its own -------------------------------------------------------------------


class Simulator:
    """Plays what a migration says, with the scheduling core and arithmetic of its own."""

    def __init__(self, cluster: Cluster, migration: Migration, seed: int) -> None:
        self.dice, self.seed = random.Random(seed), seed
        self.cluster, self.migration = cluster, migration
        self.nodes = {n.name: n for n in cluster.nodes}
        self.nodes |= {launch.node.name: launch.node for launch in migration.launched}
        self.alive = [n.name for n in cluster.nodes]
        self.pods = [replace(p, node_name="") for p in cluster.pods]
        self.where = {i: p.node_name for i, p in enumerate(cluster.pods) if p.node_name}
        self.healthy = {i for i, p in enumerate(cluster.pods) if p.lifecycle.is_ready}
        self.pending: list[int] = []
        self.replicas = {(w.kind, w.name): w.replicas for w in cluster.workloads}

    def cycle(self) -> Cycle:
        """Return the scheduler over the nodes that are there."""
        old = set(self.migration.sources)
        nodes = tuple(replace(self.nodes[n], unschedulable=n in old) for n in self.alive)
        state = build_cache(replace(self.cluster, nodes=nodes, pods=tuple(self.pods)))
        for i, name in self.where.items():
            state.add(i, state.position[name])
        return Cycle(state, self.dice.randrange(10**6))

    def allows(self, i: int, state: SchedulerCache) -> bool:
        """Tell whether the eviction API lets a pod go."""
        found = [b for b in self.cluster.disruption_budgets if b.selector is not None
                 and b.selector.matches(dict(self.pods[i].labels))]  # fmt: skip
        if len(found) > 1:
            return False
        for budget in found:
            covered = [j for j, p in enumerate(self.pods)
                       if budget.selector and budget.selector.matches(dict(p.labels))]  # fmt: skip
            owners = {p.lifecycle.owner for p in map(self.pods.__getitem__, covered)}
            known = Counter(p.lifecycle.owner for p in map(self.pods.__getitem__, covered))
            scale = sum(self.replicas.get(o, known[o]) for o in owners if o)
            up = {j for j in covered if j in state.node_of and j in self.healthy}
            jobs = any(o and o[0] == "Job" for o in owners)
            if isinstance(budget.min_available, int):
                wanted = budget.min_available
            elif jobs:
                wanted = None
            elif budget.min_available is not None:
                wanted = -(-int(budget.min_available[:-1]) * scale // 100)
            elif isinstance(budget.max_unavailable, int):
                wanted = max(0, scale - budget.max_unavailable)
            else:
                wanted = max(0, scale - -(-int(str(budget.max_unavailable)[:-1]) * scale // 100))
            if i not in up:
                if budget.unhealthy_policy == "AlwaysAllow":
                    continue
                if wanted and len(up) >= wanted:
                    continue
            if wanted is None or (wanted and not scale and budget.max_unavailable is not None):
                return False
            if len(up) <= wanted:
                return False
        return True

    def settle(self, cycle: Cycle, more: list[int]) -> None:
        """Let the scheduler place what waits."""
        self.pending = cycle.run([*self.pending, *more])

    def assert_legal(self, cycle: Cycle, i: int) -> None:
        """Let the judge's own filters say whether a pod could come to where it is."""
        state = cycle.cache
        if i not in state.node_of:
            return
        pods = [
            replace(p, node_name=state.nodes[state.node_of[j]].name)
            for j, p in enumerate(self.pods)
            if j in state.node_of and j != i
        ]
        there = arrival(replace(self.cluster, nodes=state.nodes, pods=tuple(pods)))
        feasible = there.feasible(self.pods[i]) or frozenset()
        assert state.nodes[state.node_of[i]].name in feasible, self.pods[i].key

    def successor(self, kind: str, name: str) -> int:
        """Make one more pod of a workload."""
        like = next(p for p in self.pods if p.lifecycle.owner == (kind, name))
        self.pods.append(replace(like, name=f"{name}-more"))
        self.healthy.add(len(self.pods) - 1)
        return len(self.pods) - 1

    def run(self) -> str:
        """Play all waves; return what went wrong, or nothing."""
        for wave in self.migration.waves:
            wrong = self.wave(wave)
            if wrong:
                return wrong
        left = [self.pods[i].key for i, n in self.where.items() if n in self.migration.sources]
        return f"left behind: {left}" if left else ""

    def wave(self, wave: Wave) -> str:
        """Play one wave."""
        self.alive += wave.launch
        rolled = []
        for item in wave.workloads:
            if item.means == SCALE:
                self.pending.append(self.successor(item.kind, item.name))
                if (item.kind, item.name) in self.replicas:
                    self.replicas[item.kind, item.name] += 1
            else:
                members = [i for i, p in enumerate(self.pods)
                           if p.lifecycle.owner == (item.kind, item.name)]  # fmt: skip
                self.dice.shuffle(members)
                rolled.append((self.successor(item.kind, item.name), members))
        cycle = self.cycle()
        state = cycle.cache
        self.settle(cycle, [])
        for extra, members in rolled:
            for i in members:
                self.settle(cycle, [extra])
                if extra not in state.node_of:
                    return f"no successor for {self.pods[i].key}"
                place = state.remove(extra)
                if i in state.node_of:
                    state.remove(i)
                cycle.place(i, place)
                self.healthy.add(i)
        keys = {p.key: i for i, p in enumerate(self.pods)}
        queue = [(keys[m.pod], m.means) for m in wave.moves if m.means != RESTART]
        self.dice.shuffle(queue)
        while queue:
            refused = []
            for i, means in queue:
                if means == LOST:
                    state.remove(i)
                elif i not in state.node_of:
                    continue
                elif self.allows(i, state):
                    state.remove(i)
                    self.healthy.add(i)
                    self.settle(cycle, [i])
                    if self.seed % ORDERS == 0:
                        self.assert_legal(cycle, i)
                else:
                    refused.append((i, means))
            if len(refused) == len(queue):
                return f"refused: {[self.pods[i].key for i, _ in refused]} {self.pending}"
            queue = refused
        self.where = {i: state.nodes[n].name for i, n in state.node_of.items()}
        self.alive = [n for n in self.alive if n not in wave.drain]
        stay = [i for i, n in self.where.items() if n in wave.drain]
        if stay:
            return f"left on drained nodes: {[self.pods[i].key for i in stay]}"
        cycle = self.cycle()
        self.settle(cycle, [])
        self.where = {i: cycle.cache.nodes[n].name for i, n in cycle.cache.node_of.items()}
        return f"pending: {[self.pods[i].key for i in self.pending]}" if self.pending else ""


def moves_in_some_order(cluster: Cluster, request: Request, witness: str) -> bool:
    """Try all orders of eviction, pod by pod; tell whether the witness ever comes to a new node.

    Copies of the spare are all there from the start; no node is taken away.
    """
    means = Start(cluster, request, ()).means
    launched = tuple(copy_of(request.spares[0], n + 1) for n in range(request.spares_max))
    movers = [i for i in means if means[i] != LOST]
    empty = Migration(request.sources, (), (), launched, (), 0, 0, None, (), (), (), 0, 0, ())
    for order in itertools.permutations(movers):
        simulator = Simulator(cluster, empty, 0)
        simulator.alive += [launch.node.name for launch in launched]
        for kind, name in sorted({owner for i in movers if means[i] == SCALE
                                  and (owner := cluster.pods[i].lifecycle.owner)}):  # fmt: skip
            simulator.pending.append(simulator.successor(kind, name))
            if (kind, name) in simulator.replicas:
                simulator.replicas[kind, name] += 1
        cycle = simulator.cycle()
        simulator.settle(cycle, [])
        for i in order:
            if means[i] == RESTART or simulator.allows(i, cycle.cache):
                cycle.cache.remove(i)
                simulator.healthy.add(i)
                simulator.settle(cycle, [i])
        for i, number in cycle.cache.node_of.items():
            there = cycle.cache.nodes[number].name not in request.sources
            if there and simulator.pods[i].key == witness:
                return True
    return False


def room_is_short(cluster: Cluster, request: Request) -> bool:
    """Tell whether the nodes that stay are too small for all pods together, by one resource."""
    nodes = [n for n in cluster.nodes if n.name not in request.sources]
    nodes += [request.spares[0].node] * request.spares_max
    pods = [p for p in cluster.pods if p.lifecycle.owner is not None]
    axes = ("cpu", "memory", "pods")
    there = {axis: sum(dict(n.allocatable)[axis] for n in nodes) for axis in axes}
    asked = {axis: sum(dict(p.template.requests).get(axis, 1) for p in pods) for axis in axes}
    return any(asked[axis] > there[axis] for axis in axes)


# --- the laws ---------------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(0, CLUSTERS, 25))
def test_what_is_said_to_end_ends_in_other_orders(first: int) -> None:
    for seed in range(first, first + 25):
        cluster, request = random_cluster(seed)
        migration = migrate(cluster, request)
        if not migration.ends:
            continue
        for order in range(ORDERS):
            wrong = Simulator(cluster, migration, 1000 * seed + order).run()
            assert not wrong, f"cluster {seed}, order {order}: {wrong}"


@pytest.mark.parametrize("first", range(0, CLUSTERS, 25))
def test_what_is_said_never_to_end_ends_in_no_order(first: int) -> None:
    for seed in range(first, first + 25):
        cluster, request = random_cluster(seed)
        for obstacle in migrate(cluster, request).obstacles:
            if obstacle.kind in (BARE, PROTECTED):
                assert not request.force
            elif obstacle.kind == CAPACITY:
                assert room_is_short(cluster, request), f"cluster {seed}: {obstacle}"
            elif obstacle.always and len(cluster.pods) <= BRUTE_PODS:
                moved = moves_in_some_order(cluster, request, obstacle.pod)
                assert not moved, f"cluster {seed}: {obstacle}"


def test_the_clusters_are_of_every_kind() -> None:
    """A generator that made only one kind of answer would prove nothing."""
    kinds: Counter[str] = Counter()
    small = 0
    for seed in range(CLUSTERS):
        cluster, request = random_cluster(seed)
        migration = migrate(cluster, request)
        means = {move.means for wave in migration.waves for move in wave.moves}
        kinds.update({"ends"} if migration.ends else {o.kind for o in migration.obstacles})
        kinds.update(means)
        proven = any(o.always and o.kind in (BUDGET, PLACEMENT) for o in migration.obstacles)
        small += proven and len(cluster.pods) <= BRUTE_PODS
    assert kinds["ends"] >= 60
    assert small >= 20
    for kind in (BUDGET, PLACEMENT, SEVERAL_BUDGETS, CAPACITY, BARE, RESTART, SCALE, LOST):
        assert kinds[kind], (kind, kinds)
