"""What is added to a plan so that the scheduler strands none of its pods."""

import random
from functools import cache

import pytest

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan
from kubestow.model.pod import Pod
from kubestow.model.reporter import SilentReporter
from kubestow.model.requirements import Requirements, requirement
from kubestow.model.resources import USD_PER_HOUR
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import FILL_ORDER
from kubestow.provisioning.rehearsed import mending
from kubestow.testing import (
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

HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"


def mixed(seed: int) -> Snapshot:
    """Return many small pods and a few large ones: kube-scheduler spreads the small ones."""
    dice = random.Random(seed)
    small = replicas(dice.randint(8, 16), "small", dice.choice(["250m", "300m"]), "512Mi")
    large = replicas(dice.randint(2, 5), "large", "1500m", "3Gi")
    middle = replicas(dice.randint(0, 4), "middle", "900m", "2Gi")
    return snapshot((*small, *large, *middle))


@cache
def rough(seed: int) -> Snapshot:
    """Return a mixed cluster with a DaemonSet, an existing node, a spread and shy pods."""
    dice = random.Random(seed)
    web = {"app": "web"}
    shy = replicas(
        dice.randint(1, 3), "shy", labels={"app": "shy"},
        anti_affinity=(affinity_term(HOSTNAME, app="shy"),),
    )  # fmt: skip
    even = replicas(dice.randint(2, 6), "even", labels=web, spread=(spread(ZONE, app="web"),))
    return snapshot(
        (*mixed(seed).cluster.pods, *shy, *even, pod("there", "1", node="old")),
        nodes=(node("old", cpu="2", memory="4Gi"),),
        daemonsets=(daemonset("agent"),),
    )


@cache
def planned(seed: int) -> tuple[Plan, Plan]:
    """Return a mixed cluster's plan, and the same rehearsed."""
    plan = engine.plan(mixed(seed), work_limit=200)
    return plan, engine.rehearse(mixed(seed), plan)


STRANDING = (0, 2, 4, 9)
"""Seeds whose tight plan strands a pod in the first orders that are tried."""


@pytest.mark.parametrize("seed", STRANDING)
def test_a_plan_that_strands_pods_is_mended_until_none_is_pending(seed: int) -> None:
    plan, found = planned(seed)
    assert found.rehearsed is not None
    assert found.rehearsed.stranded > 0
    assert found.rehearsed.pending == 0
    assert found.nodes != plan.nodes
    assert judge(mixed(seed), found, engine.pools_of(mixed(seed))) == ()


@pytest.mark.parametrize("seed", STRANDING)
def test_what_was_added_is_told_in_money(seed: int) -> None:
    plan, found = planned(seed)
    assert found.rehearsed is not None
    assert found.rehearsed.extra_nano_usd_per_hour == (
        found.cost_nano_usd_per_hour - plan.cost_nano_usd_per_hour
    )
    assert found.rehearsed.extra_nano_usd_per_hour >= 0
    assert {name for node in plan.nodes for name in node.pods} == {
        name for node in found.nodes for name in node.pods
    }


@pytest.mark.parametrize("seed", range(5))
def test_a_mended_plan_is_legal_on_rough_ground(seed: int) -> None:
    state = rough(seed)
    plan = engine.plan(state, work_limit=200)
    found = engine.rehearse(state, plan)
    assert found.rehearsed is not None
    assert found.rehearsed.pending == 0
    assert judge(state, found, engine.pools_of(state)) == ()


@pytest.mark.parametrize("seed", STRANDING)
def test_the_fill_order_s_taints_are_soft_and_the_only_ones_added(seed: int) -> None:
    plan, found = planned(seed)
    before = {node.name: node.taints for node in plan.nodes}
    assert found.rehearsed is not None
    added = [set(node.taints) - set(before.get(node.name, ())) for node in found.nodes]
    assert sum(map(bool, added)) == found.rehearsed.reserved > 0
    for taints in added:
        assert taints <= set(FILL_ORDER)
        assert all(taint.effect == "PreferNoSchedule" for taint in taints)
        assert len(taints) == 0 or FILL_ORDER[0] in taints


def test_names_and_hostnames_of_nodes_that_were_added_are_their_own() -> None:
    plan, found = planned(9)
    assert len(found.nodes) > len(plan.nodes)
    assert len({node.name for node in found.nodes}) == len(found.nodes)
    assert all(dict(node.labels)[HOSTNAME] == node.name for node in found.nodes)


EASY = [
    ("one pod", (pod("p"),)),
    ("pods that are alike", replicas(9, "p", "500m", "1Gi")),
    ("a pod a node", replicas(3, "p", anti_affinity=(affinity_term(HOSTNAME, app="p"),),
                              labels={"app": "p"})),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "pods"), EASY, ids=[name for name, _ in EASY])
def test_a_plan_that_strands_nothing_stays_as_it_is(sentence: str, pods: tuple[Pod, ...]) -> None:
    state = snapshot(pods)
    plan = engine.plan(state, work_limit=200)
    found = engine.rehearse(state, plan)
    assert found.rehearsed is not None
    assert (found.nodes, found.witness) == (plan.nodes, plan.witness), sentence
    assert (found.rehearsed.pending, found.rehearsed.stranded) == (0, 0)
    assert (found.rehearsed.extra_nano_usd_per_hour, found.rehearsed.reserved) == (0, 0)
    assert found.rehearsed.orders >= 3


def test_the_same_seed_gives_the_same_plan() -> None:
    plan, found = planned(0)
    assert engine.rehearse(mixed(0), plan) == found


def test_a_plan_without_pods_is_not_rehearsed() -> None:
    plan = engine.plan(snapshot(()), work_limit=50)
    assert engine.rehearse(snapshot(()), plan) is plan


def test_a_pod_that_cannot_run_is_not_waited_for() -> None:
    state = snapshot((pod("p"), pod("giant", "999")))
    plan = engine.plan(state, work_limit=50)
    found = engine.rehearse(state, plan)
    assert [item.pod for item in found.unschedulable] == ["default/giant"]
    assert found.rehearsed is not None
    assert found.rehearsed.pending == 0


def test_a_pool_with_min_values_is_mended_as_well() -> None:
    # Four of the five types: with fewer for sale the pool could launch nothing at all.
    wanted = Requirements.of([requirement(names.INSTANCE_TYPE, "Exists", (), 4)])
    pods = [*replicas(30, "small", "200m", "700Mi"), *replicas(6, "large", "1500m", "6Gi")]
    state = snapshot(pods, nodepools=(NodePool("pool", wanted),))
    found = engine.rehearse(state, engine.plan(state, work_limit=200))
    assert judge(state, found, engine.pools_of(state)) == ()
    assert found.rehearsed is not None
    assert found.rehearsed.pending == 0


def test_nodes_are_added_only_while_a_limit_in_dollars_has_room() -> None:
    # The node that is there costs 0.768 USD/h and is of a type that mending itself does not add.
    labels = {names.NODEPOOL: "pool", names.INSTANCE_TYPE: "m5.4xlarge"}
    there = (node("old", cpu="10m", labels=labels),)

    def mended(*limits: tuple[str, int]) -> Plan:
        pool = nodepool("pool", limits=limits)
        state = snapshot(mixed(1).cluster.pods, nodes=there, nodepools=(pool,))
        found = engine.rehearse(state, engine.plan(state, work_limit=300))
        assert judge(state, found, engine.pools_of(state)) == ()
        assert found.rehearsed is not None
        return found

    free = mended()
    cost = free.cost_nano_usd_per_hour
    assert free.rehearsed is not None
    assert free.rehearsed.extra_nano_usd_per_hour > 0
    assert mended((USD_PER_HOUR, 768_000_000 + cost)).cost_nano_usd_per_hour == cost
    tight = mended((USD_PER_HOUR, 768_000_000 + cost - 1))
    assert tight.cost_nano_usd_per_hour < cost
    assert tight.rehearsed is not None
    assert tight.rehearsed.pending == 1


def test_existing_nodes_keep_the_fill_order_they_have() -> None:
    state = snapshot(
        replicas(2, "web", "1500m", "6Gi"),
        nodes=(node("there", "2", "8Gi", taints=FILL_ORDER[:1]),),
    )
    plan = engine.plan(state, work_limit=50)
    mender = mending.Mender(state, plan, orders=1, seed=0, reporter=SilentReporter())
    kept = {n.name: n.taints for n in mending._reserving(mender, 0.2) if n.existing}
    assert kept == {"there": FILL_ORDER[:1]}
