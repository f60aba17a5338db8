"""The bound and the plan against the optimum found by brute force on small instances."""

import os
import random

from kubestow import engine
from kubestow.catalog.overhead import allocatable
from kubestow.model import labels as names
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.model.resources import CPU, MEMORY, PODS
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.testing import affinity_term, catalog, instance_type, pod

INSTANCES = int(os.environ.get("KUBESTOW_OPTIMA", "150"))
"""Of more than 150, those after have up to 12 pods and 6 types: minutes of brute force."""
_SMALL = 150


def random_instance(seed: int) -> Snapshot:
    dice = random.Random(seed)
    types = tuple(
        (
            instance_type(f"t{i}.x", vcpu := dice.choice([2, 4, 8]), vcpu * dice.choice([2, 4, 8])),
            round(dice.uniform(0.03, 0.06) * vcpu, 4),
        )
        for i in range(dice.randint(1, 4 if seed < _SMALL else 6))
    )
    pods = []
    for number in range(dice.randint(1, 8 if seed < _SMALL else 12)):
        alone = dice.random() < 0.25
        pods.append(
            pod(
                f"p{number}",
                f"{dice.choice([200, 500, 900, 1500])}m",
                f"{dice.choice([256, 1024, 2400])}Mi",
                labels={"app": "x" if alone else "y"},
                anti_affinity=(affinity_term(names.HOSTNAME, app="x"),) if alone else (),
            )
        )
    return Snapshot(
        Cluster(pods=tuple(pods), nodepools=(NodePool("all"),)), catalog(*types, zones=("a",))
    )


def optimum(state: Snapshot) -> int:
    """Return the least cost over all partitions of the pods into nodes, by subsets."""
    pods = state.cluster.pods
    prices = {
        o.instance_type: o.price.nano_usd_per_hour for o in state.catalog.offerings if o.price
    }
    shapes = [(dict(allocatable(t)), prices[t.name]) for t in state.catalog.instance_types.values()]
    every = 1 << len(pods)
    alone = [
        cheapest_node([pods[i] for i in range(len(pods)) if subset >> i & 1], shapes)
        for subset in range(every)
    ]
    best = [0] * every
    for subset in range(1, every):
        lowest = subset & -subset
        rest = subset ^ lowest
        part = rest
        best[subset] = 10**18
        while True:
            cost = alone[part | lowest]
            if cost is not None:
                best[subset] = min(best[subset], cost + best[rest ^ part])
            if not part:
                break
            part = (part - 1) & rest
    return best[-1]


def cheapest_node(pods: list[Pod], shapes: list[tuple[dict[str, int], int]]) -> int | None:
    if sum(bool(p.template.anti_affinity) for p in pods) > 1:
        return None
    cpu = sum(dict(p.template.requests).get(CPU, 0) for p in pods)
    memory = sum(dict(p.template.requests).get(MEMORY, 0) for p in pods)
    fitting = [
        price
        for room, price in shapes
        if cpu <= room[CPU] and memory <= room[MEMORY] and len(pods) <= room[PODS]
    ]
    return min(fitting, default=None)


def test_the_optimum_lies_between_the_bound_and_the_plan_on_small_instances() -> None:
    reached = 0
    for seed in range(INSTANCES):
        state = random_instance(seed)
        plan = engine.plan(state, work_limit=600)
        assert not plan.unschedulable
        best = optimum(state)
        assert plan.lower_bound.nano_usd_per_hour <= best <= plan.cost_nano_usd_per_hour, (
            f"seed {seed}"
        )
        reached += best == plan.cost_nano_usd_per_hour
    assert reached >= INSTANCES * 0.9, f"only {reached} of {INSTANCES} plans are optimal"
