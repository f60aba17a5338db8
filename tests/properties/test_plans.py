"""Laws every plan must keep, on random small clusters."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.nodepool import Launcher, NodePool
from kubestow.model.pod import HostPort
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Taint, Toleration
from kubestow.testing import (
    ZONES,
    affinity_term,
    daemonset,
    node,
    nodepool,
    pod,
    replicas,
    snapshot,
    spread,
)
from kubestow.verify import judge

APPS = "abcd"
KEYS = (names.ZONE, names.HOSTNAME)
DEDICATED = Taint("dedicated", "", "NoSchedule")
SEEDS_A_TEST = 40


def random_constraints(dice: random.Random, app: str) -> dict[str, object]:
    chosen: dict[str, object] = {}
    if dice.random() < 0.35:
        chosen["spread"] = tuple(
            spread(
                dice.choice(KEYS),
                dice.randint(1, 2),
                app=dice.choice(APPS) if dice.random() < 0.2 else app,
            )
            for _ in range(dice.randint(1, 2))
        )
    if dice.random() < 0.25:
        chosen["anti_affinity"] = (
            affinity_term(dice.choice(KEYS), app=dice.choice([app, dice.choice(APPS)])),
        )
    if dice.random() < 0.25:
        chosen["affinity"] = (
            affinity_term(dice.choice(KEYS), app=dice.choice([app, app, dice.choice(APPS)])),
        )
    if dice.random() < 0.15:
        chosen["node_selector"] = ((names.ZONE, dice.choice(ZONES)),)
    if dice.random() < 0.1:
        chosen["host_ports"] = (HostPort("0.0.0.0", "TCP", 8080),)
    if dice.random() < 0.2:
        chosen["tolerations"] = (Toleration("dedicated", "Exists"),)
    if dice.random() < 0.1:
        chosen["priority"] = dice.randint(1, 3)
    return chosen


def random_snapshot(seed: int) -> Snapshot:
    dice = random.Random(seed)
    pods = []
    for group in range(dice.randint(1, 6)):
        app = dice.choice(APPS)
        pods += replicas(
            dice.randint(1, 7),
            f"{app}{group}",
            f"{dice.choice([50, 250, 500, 1000, 3000])}m",
            f"{dice.choice([64, 512, 2048, 8000])}Mi",
            labels={"app": app},
            **random_constraints(dice, app),
        )
    nodes, bound = [], []
    for number in range(dice.choice([0, 0, 1, 3])):
        taints = (DEDICATED,) if dice.random() < 0.2 else ()
        nodes.append(
            node(
                f"node-{number}",
                zone=dice.choice(ZONES),
                taints=taints,
                unschedulable=dice.random() < 0.1,
            )
        )
        bound += [
            pod(
                f"bound-{number}-{more}",
                "500m",
                "1Gi",
                labels={"app": dice.choice(APPS)},
                node=f"node-{number}",
            )
            for more in range(dice.randint(0, 2))
        ]
    daemonsets = [daemonset("agent")] if dice.random() < 0.5 else []
    if dice.random() < 0.2:
        daemonsets.append(daemonset("logs", host_ports=(HostPort("0.0.0.0", "TCP", 8080),)))
    pools = [nodepool("one")]
    if dice.random() < 0.4:
        zones = (names.ZONE, "In", ["zone-a", "zone-b"])
        pools = [
            nodepool("one", zones, weight=dice.choice([0, 10])),
            nodepool("two", taints=(DEDICATED,)),
        ]
    if dice.random() < 0.2:
        pools[0] = nodepool("one", limits=(("cpu", dice.choice([4000, 16000, 40000])),))
    return snapshot(
        [*bound, *pods],
        nodes=tuple(nodes),
        daemonsets=tuple(daemonsets),
        nodepools=tuple(launched_by_chance(pools, seed)),
    )


def launched_by_chance(pools: list[NodePool], seed: int) -> Iterator[NodePool]:
    """Let others than Karpenter launch a third of the pools, with dice of their own."""
    dice = random.Random(f"launchers of {seed}")
    for pool in pools:
        launcher = dice.choice(list(Launcher)) if dice.random() < 0.33 else Launcher.KARPENTER
        yield replace(pool, launched_by=launcher)


@pytest.mark.parametrize("first", range(0, 400, SEEDS_A_TEST))
def test_every_plan_of_a_random_cluster_is_legal_and_costs_at_least_its_bound(first: int) -> None:
    for seed in range(first, first + SEEDS_A_TEST):
        state = random_snapshot(seed)
        plan = engine.plan(state, work_limit=200)
        assert judge(state, plan, engine.pools_of(state)) == (), f"seed {seed}"
        assert plan.lower_bound.nano_usd_per_hour <= plan.cost_nano_usd_per_hour, f"seed {seed}"


def test_every_pod_is_either_on_one_node_or_unschedulable_with_a_reason() -> None:
    for seed in range(60):
        state = random_snapshot(seed)
        plan = engine.plan(state, work_limit=100)
        seen = Counter(name for n in plan.nodes for name in n.pods)
        seen.update(item.pod for item in plan.unschedulable)
        assert seen == Counter(p.key for p in state.cluster.pods)
        assert all(item.reasons for item in plan.unschedulable)


def test_the_same_seed_gives_the_same_plan() -> None:
    for seed in range(20):
        state = random_snapshot(seed)
        assert engine.plan(state, work_limit=300) == engine.plan(state, work_limit=300)
