"""The bound and the plan against the optimum where nodes charge for what their pods use."""

import os
import random

from kubestow import engine
from kubestow.catalog.overhead import allocatable
from kubestow.model.cpu_credits import CpuUse, CreditMode
from kubestow.model.instance_type import InstanceType
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.model.resources import CPU, MEMORY, PODS
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.testing import catalog, daemonset, instance_type, pod
from kubestow.verify import judge
from kubestow.verify.bound import check_bound

INSTANCES = int(os.environ.get("KUBESTOW_BURSTABLE_OPTIMA", "60"))
SHARE = {"small": 200, "medium": 200, "large": 300, "xlarge": 400, "2xlarge": 400}  # of a vCPU
SIZES = {"small": (2, 2), "medium": (2, 4), "large": (2, 8), "xlarge": (4, 16), "2xlarge": (8, 32)}
BESIDE = 120  # millicpu that the DaemonSet requests


def random_instance(seed: int) -> Snapshot:
    dice = random.Random(seed)
    types = [
        (
            instance_type(f"{family}.{size}", *SIZES[size], burstable=True),
            round(SIZES[size][0] * dice.uniform(0.008, 0.05), 4),
        )
        for family, size in dict.fromkeys(
            (dice.choice(["t3", "t3a", "t4g", "t2"]), dice.choice(list(SIZES)))
            for _ in range(dice.randint(1, 3))
        )
        if (family, size) not in {("t2", "xlarge"), ("t2", "2xlarge")}
    ]
    vcpu = dice.choice([2, 4, 8])
    types.append((instance_type("m5.x", vcpu, 4 * vcpu), round(dice.uniform(0.02, 0.06) * vcpu, 4)))
    pods = tuple(
        pod(
            f"p{number}",
            f"{dice.choice([100, 300, 700, 1200])}m",
            f"{dice.choice([256, 700, 1500])}Mi",
            cpu_use=dice.choice([0, 250, 1500]) if dice.random() < 0.3 else None,
        )
        for number in range(dice.randint(1, 7))
    )
    daemonsets = (daemonset("agent", f"{BESIDE}m"),) if dice.random() < 0.5 else ()
    use = CpuUse(
        dice.choice([200, 500, 1000]), dice.choice([CreditMode.DEFAULT, CreditMode.UNLIMITED])
    )
    return Snapshot(
        Cluster(pods=pods, nodepools=(NodePool("all"),), daemonsets=daemonsets),
        catalog(*types, zones=("a",)),
        cpu_use=use,
    )


def used(item: Pod, use: CpuUse) -> int:
    share = use.per_mille if item.template.cpu_use is None else item.template.cpu_use
    return -(-dict(item.template.requests)[CPU] * share // 1000)


def node_price(item: InstanceType, price: int, pods: list[Pod], state: Snapshot) -> int | None:
    """Return what one node with these pods costs; None if it cannot carry them."""
    room, use = dict(allocatable(item)), state.cpu_use
    beside = [dict(d.template.requests) for d in state.cluster.daemonsets]
    asked = [dict(p.template.requests) for p in pods] + beside
    if sum(a[CPU] for a in asked) > room[CPU] or sum(a[MEMORY] for a in asked) > room[MEMORY]:
        return None
    if len(asked) > room[PODS]:
        return None
    family, _, size = item.name.partition(".")
    if not item.burstable:
        return price
    total = sum(used(p, use) for p in pods)
    total += sum(-(-a[CPU] * use.per_mille // 1000) for a in beside)
    over = total - SHARE[size] * item.vcpu
    if over <= 0:
        return price
    if family == "t2" and use.credits != CreditMode.UNLIMITED:
        return None
    return price + over * (40_000 if family == "t4g" else 50_000)


def optimum(state: Snapshot) -> int | None:
    """Return the least cost over all partitions of the pods into nodes; None if there is none."""
    pods = state.cluster.pods
    prices = {
        o.instance_type: o.price.nano_usd_per_hour for o in state.catalog.offerings if o.price
    }
    best: list[int | None] = [0] + [None] * ((1 << len(pods)) - 1)
    alone: list[int | None] = []
    for subset in range(1 << len(pods)):
        chosen = [p for i, p in enumerate(pods) if subset >> i & 1]
        costs = [
            node_price(item, prices[name], chosen, state)
            for name, item in state.catalog.instance_types.items()
        ]
        alone.append(min((c for c in costs if c is not None), default=None))
    for subset in range(1, 1 << len(pods)):
        lowest = subset & -subset
        part = rest = subset ^ lowest
        while True:
            first, others = alone[part | lowest], best[rest ^ part]
            if first is not None and others is not None:
                known = best[subset]
                best[subset] = first + others if known is None else min(known, first + others)
            if not part:
                break
            part = (part - 1) & rest
    return best[-1]


def test_the_optimum_lies_between_the_bound_and_the_plan_where_loads_have_a_price() -> None:
    reached = counted = 0
    for seed in range(INSTANCES):
        state = random_instance(seed)
        best = optimum(state)
        pools = engine.pools_of(state)
        solved = engine.solve(state, work_limit=600)
        plan = solved.plan
        assert not judge(state, plan, pools), f"seed {seed}"
        if best is None:
            assert plan.unschedulable, f"seed {seed}"
            continue
        assert not plan.unschedulable, f"seed {seed}"
        bound, cost = plan.lower_bound.nano_usd_per_hour, plan.cost_nano_usd_per_hour
        assert bound <= best <= cost, f"seed {seed}: {bound} {best} {cost}"
        verdict = check_bound(state, solved.certificate(), pools)
        assert not verdict.failures, f"seed {seed}: {verdict.failures}"
        reached += best == cost
        counted += 1
    assert counted > INSTANCES / 2
    assert reached >= counted * 0.9, f"only {reached} of {counted} plans are optimal"
