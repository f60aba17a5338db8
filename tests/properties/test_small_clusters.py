"""Small clusters with zones: the bound and the plan against the optimum, and how near they come."""

import itertools
import os
import random

from kubestow import engine
from kubestow.catalog.overhead import allocatable
from kubestow.model import labels as names
from kubestow.model.instance_type import Catalog, Offering
from kubestow.model.kinds import KindsWish
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod, PodAffinityTerm
from kubestow.model.resources import CPU, MEMORY, PODS
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.testing import affinity_term, catalog, instance_type, replicas, spread
from kubestow.verify import judge
from kubestow.verify.bound import check_bound

OPTIMA = int(os.environ.get("KUBESTOW_ZONED_OPTIMA", "40"))
CLUSTERS = int(os.environ.get("KUBESTOW_SMALL_CLUSTERS", "12"))
WISH = KindsWish(few=False)


def zoned_catalog(dice: random.Random, zones: tuple[str, ...], types: int) -> Catalog:
    """Return types of random shapes and prices; some are not sold in every zone."""
    sold = catalog(
        *(
            (
                instance_type(
                    f"m{i}.x", vcpu := dice.choice([2, 4, 8]), vcpu * dice.choice([2, 4, 8])
                ),
                round(dice.uniform(0.03, 0.06) * vcpu, 4),
            )
            for i in range(types)
        ),
        zones=zones,
    )
    first = sold.offerings[0].instance_type

    def keep(item: Offering) -> bool:
        return item.instance_type == first or dice.random() < 0.8

    return sold.narrowed(keep)


def relations(
    dice: random.Random, own: dict[str, str], before: list[dict[str, str]], share: float
) -> dict[str, tuple[PodAffinityTerm, ...]]:
    """Return terms of a service: apart from itself or one before it, or in the zone of one."""
    draw = dice.random()
    if draw < share:
        return {"anti_affinity": (affinity_term(names.HOSTNAME, **own),)}
    if draw < 1.5 * share and before:
        return {"anti_affinity": (affinity_term(names.HOSTNAME, **dice.choice(before)),)}
    if draw < 2 * share and before:
        return {"affinity": (affinity_term(names.ZONE, **dice.choice(before)),)}
    return {}


def tiny(seed: int) -> Snapshot:
    """Return a cluster small enough for brute force."""
    dice = random.Random(seed)
    zones = ("a", "b", "c")[: dice.choice([2, 3])]
    pods: list[Pod] = []
    before: list[dict[str, str]] = []
    for service in range(dice.randint(1, 3)):
        labels = {"app": f"s{service}"}
        terms = relations(dice, labels, before, 0.3)
        pods += replicas(
            dice.randint(1, 3),
            f"s{service}",
            f"{dice.choice([300, 900, 1500])}m",
            f"{dice.choice([512, 1500, 2700])}Mi",
            labels=labels,
            spread=(spread(names.ZONE, dice.choice([1, 2]), **labels),)
            if "affinity" not in terms and dice.random() < 0.6
            else (),
            **terms,
        )
        before.append(labels)
    return Snapshot(
        Cluster(pods=tuple(pods), nodepools=(NodePool("all"),)),
        zoned_catalog(dice, zones, dice.randint(1, 3)),
    )


def selects(term: PodAffinityTerm, other: Pod) -> bool:
    return term.selector is not None and term.selector.matches(dict(other.labels))


def legal(pods: tuple[Pod, ...], where: tuple[str, ...], zones: list[str]) -> bool:
    """Return whether zones for pods keep to every maxSkew over all zones, and to affinities."""
    for item, own in zip(pods, where, strict=True):
        for term in item.template.affinity:
            there = [o for o, zone in zip(pods, where, strict=True) if zone == own]
            if not any(selects(term, other) for other in there):
                return False
        for constraint in item.template.spread:
            counts = dict.fromkeys(zones, 0)
            for other, zone in zip(pods, where, strict=True):
                counts[zone] += other.labels == item.labels
            if max(counts.values()) - min(counts.values()) > constraint.max_skew:
                return False
    return True


def node_cost(pods: list[Pod], room: list[tuple[dict[str, int], int]]) -> int | None:
    for owner in pods:
        for term in owner.template.anti_affinity:
            if any(o is not owner and selects(term, o) for o in pods):
                return None
    cpu = sum(dict(p.template.requests)[CPU] for p in pods)
    memory = sum(dict(p.template.requests)[MEMORY] for p in pods)
    return min(
        (
            price
            for free, price in room
            if cpu <= free[CPU] and memory <= free[MEMORY] and len(pods) <= free[PODS]
        ),
        default=None,
    )


def optimum(state: Snapshot) -> int:
    """Return the least cost over all zones of the pods and all partitions within a zone."""
    pods, types = state.cluster.pods, state.catalog.instance_types
    zones = sorted({o.zone for o in state.catalog.offerings})
    best_in: dict[str, list[int]] = {}
    for zone in zones:
        room = [
            (dict(allocatable(types[o.instance_type])), o.price.nano_usd_per_hour)
            for o in state.catalog.offerings
            if o.zone == zone and o.price
        ]
        best = [0] + [10**15] * ((1 << len(pods)) - 1)
        for subset in range(1, 1 << len(pods)):
            lowest = subset & -subset
            part = rest = subset ^ lowest
            while True:
                chosen = part | lowest
                cost = node_cost([p for i, p in enumerate(pods) if chosen >> i & 1], room)
                if cost is not None:
                    best[subset] = min(best[subset], cost + best[rest ^ part])
                if not part:
                    break
                part = (part - 1) & rest
        best_in[zone] = best
    costs = []
    for where in itertools.product(zones, repeat=len(pods)):
        if legal(pods, where, zones):
            masks = {z: sum(1 << i for i, w in enumerate(where) if w == z) for z in zones}
            costs.append(sum(best_in[z][mask] for z, mask in masks.items()))
    return min(costs)


def test_the_optimum_lies_between_the_bound_and_the_plan_over_zones() -> None:
    reached = 0
    for seed in range(OPTIMA):
        state = tiny(seed)
        solved = engine.solve(state, kinds=WISH)
        plan, best = solved.plan, optimum(state)
        assert not plan.unschedulable, f"seed {seed}"
        bound, cost = plan.lower_bound.nano_usd_per_hour, plan.cost_nano_usd_per_hour
        assert bound <= best <= cost, f"seed {seed}: {bound} {best} {cost}"
        reached += best == cost
    assert reached >= OPTIMA * 0.9, f"only {reached} of {OPTIMA} plans are optimal"


def cluster(seed: int) -> Snapshot:
    """Return up to 60 pods of services with zone spread, and apart from or near each other."""
    dice = random.Random(seed)
    pods: list[Pod] = []
    before: list[dict[str, str]] = []
    wanted = dice.randint(10, 60)
    while len(pods) < wanted:
        name = f"s{len(pods)}"
        labels = {"app": name}
        terms = relations(dice, labels, before, 0.2)
        pods += replicas(
            min(dice.choice([1, 2, 3, 3, 4, 6, 8]), wanted - len(pods)),
            name,
            f"{dice.choice([50, 100, 250, 500, 1000, 2000])}m",
            f"{dice.choice([128, 256, 512, 1024, 2048, 4096])}Mi",
            labels=labels,
            spread=(spread(names.ZONE, 1, **labels),)
            if "affinity" not in terms and dice.random() < 0.4
            else (),
            **terms,
        )
        before.append(labels)
    zones = ("a", "b", "c")[: dice.choice([2, 3])]
    return Snapshot(
        Cluster(pods=tuple(pods), nodepools=(NodePool("all"),)),
        zoned_catalog(dice, zones, dice.randint(4, 12)),
    )


def test_plans_of_random_small_clusters_are_legal_and_their_bounds_hold() -> None:
    """How many are proven optimal: docs/designs/0012."""
    gaps = []
    for seed in range(CLUSTERS):
        state = cluster(seed)
        pools = engine.pools_of(state)
        solved = engine.solve(state, kinds=WISH)
        assert not judge(state, solved.plan, pools), f"seed {seed}"
        verdict = check_bound(state, solved.certificate(), pools)
        assert not verdict.failures, f"seed {seed}: {verdict.failures}"
        gap = solved.plan.gap
        assert gap is not None
        assert gap >= 0, f"seed {seed}"
        gaps.append(gap)
    optimal = sum(gap <= 0.0005 for gap in gaps)
    print(f"{optimal} of {len(gaps)} proven optimal, largest gap {100 * max(gaps):.1f} %")
    assert max(gaps) < 0.5
