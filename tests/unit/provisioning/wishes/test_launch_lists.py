"""Launch lists: judged by swapping every offering into the plan and asking the judge."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.plan import Alternative, LaunchList, Plan, PlannedNode
from kubestow.model.pod import Pod
from kubestow.model.resources import USD_PER_HOUR
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Taint, Toleration
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot, prepare
from kubestow.provisioning.wishes.launch_lists import LISTED_MOST, with_launch_lists
from kubestow.testing import (
    GENERAL,
    ZONES,
    affinity_term,
    catalog,
    daemonset,
    node,
    nodepool,
    pod,
    replicas,
    snapshot,
    spread,
)
from kubestow.verify import judge

SPOT_CATALOG = catalog(*GENERAL, spot=0.3)
BATCH = Taint("batch", "", "NoSchedule")
CAPACITY = (names.CAPACITY_TYPE, "In", ["spot", "on-demand"])
PICKY_AGENT = daemonset("big", cpu="1500m", node_selector=((names.INSTANCE_TYPE, "r5.large"),))
APART = {"labels": {"app": "web"}, "anti_affinity": (affinity_term(names.HOSTNAME, app="web"),)}


def listed(state: Snapshot) -> Plan:
    plan = engine.plan(state, work_limit=200)
    assert judge(state, plan, engine.pools_of(state)) == ()
    return with_launch_lists(state, plan, engine.pools_of(state))


def lists(plan: Plan) -> list[LaunchList]:
    return [n.launch for n in plan.nodes if n.launch is not None]


def swapped(prepared: PreparedSnapshot, own: PlannedNode, candidate: int) -> PlannedNode:
    """Return the node as another candidate of its pool would be it."""
    found = prepared.candidates[candidate]
    labels = dict(found.labels) | {names.HOSTNAME: own.name}
    daemons = np.nonzero(prepared.daemonsets_on[:, candidate])[0] if prepared.daemonsets else ()
    return replace(
        own,
        instance_type=found.instance_type,
        zone=found.zone,
        capacity_type=found.capacity_type,
        price=found.price,
        labels=tuple(sorted(labels.items())),
        allocatable=found.allocatable,
        daemonset_pods=tuple(sorted(f"{prepared.daemonsets[d].key}-{own.name}" for d in daemons)),
        launch=None,
    )


def legal(state: Snapshot, plan: Plan, own: PlannedNode) -> Iterator[tuple[Alternative, bool]]:
    """Yield every other offering of a node's pool, and whether the judge takes the plan with it."""
    pools = engine.pools_of(state)
    prepared = prepare(state, pools)
    for number in range(prepared.existing, len(prepared.candidates)):
        c = prepared.candidates[number]
        same = (c.instance_type, c.zone, c.capacity_type) == (
            own.instance_type,
            own.zone,
            own.capacity_type,
        )
        if c.nodepool != own.nodepool or same:
            continue
        other = swapped(prepared, own, number)
        nodes = tuple(other if n.name == own.name else n for n in plan.nodes)
        allowed = judge(state, replace(plan, nodes=nodes), pools) == ()
        yield Alternative(c.instance_type, c.zone, c.capacity_type, c.price), allowed


WORKLOADS: dict[str, Snapshot] = {
    "plain pods beside a DaemonSet": snapshot(
        replicas(7, "web", "900m", "3Gi"), daemonsets=(daemonset("agent", cpu="300m"),)
    ),
    "a DaemonSet that runs on some types only": snapshot(
        replicas(4, "web", "900m", "1Gi"), daemonsets=(PICKY_AGENT,)
    ),
    "a DaemonSet that bars the pods from its nodes": snapshot(
        replicas(3, "web", "900m", "1Gi", **APART),
        daemonsets=(
            replace(
                daemonset("web", node_selector=((names.INSTANCE_TYPE, "m5.xlarge"),)),
                namespace="default",
                labels=(("app", "web"),),
            ),
        ),
    ),
    "pods that name zones and types": snapshot(
        (
            *replicas(3, "web", "1", "2Gi", node_selector=((names.ZONE, ZONES[1]),)),
            *replicas(2, "db", "2", "6Gi", node_selector=((names.INSTANCE_TYPE, "m5.xlarge"),)),
        )
    ),
    "spot and on-demand in one pool": snapshot(
        replicas(5, "web", "900m", "3Gi"),
        catalog_of=SPOT_CATALOG,
        nodepools=(nodepool("pool", CAPACITY),),
    ),
    "two pools, one tainted": snapshot(
        (
            *replicas(3, "web", "1", "2Gi"),
            *replicas(2, "job", "1", "2Gi", node_selector=(("team", "a"),),
                      tolerations=(Toleration("batch", "Exists"),)),
        ),
        nodepools=(
            nodepool("general"),
            nodepool("batch", ("team", "In", ["a", "b"]), taints=(BATCH,)),
        ),
    ),
    "a pool with a limit": snapshot(
        replicas(9, "web", "900m", "3Gi"), nodepools=(nodepool("pool", limits=(("cpu", 10_000),)),)
    ),
}  # fmt: skip


@pytest.mark.parametrize("state", WORKLOADS.values(), ids=WORKLOADS.keys())
def test_the_list_is_what_the_judge_allows(state: Snapshot) -> None:
    plan = listed(state)
    new = [n for n in plan.nodes if not n.existing]
    assert new
    for own in new:
        assert own.launch is not None
        allowed = {a for a, ok in legal(state, plan, own) if ok}
        assert set(own.launch.alternatives) == allowed
        assert own.launch.count == len(own.launch.alternatives) == len(allowed)
        prices = [a.price.nano_usd_per_hour for a in own.launch.alternatives]
        assert prices == sorted(prices)


COUPLED: dict[str, tuple[Pod, ...]] = {
    "spread over zones": replicas(
        6, "web", "900m", "3Gi", labels={"app": "web"}, spread=(spread(names.ZONE, app="web"),)
    ),
    "apart by zone": replicas(
        3, "db", labels={"app": "db"}, anti_affinity=(affinity_term(names.ZONE, app="db"),)
    ),
    "only looked at by others": (
        *replicas(2, "cache", "1500m", "6Gi", labels={"app": "cache"}),
        *replicas(2, "web", "1500m", "6Gi", affinity=(affinity_term(names.ZONE, app="cache"),)),
    ),
}


@pytest.mark.parametrize("pods", COUPLED.values(), ids=COUPLED.keys())
def test_constraints_between_pods_hold_a_node_in_its_zone(pods: tuple[Pod, ...]) -> None:
    state = snapshot(pods)
    plan = listed(state)
    for own in plan.nodes:
        assert own.launch is not None
        assert own.launch.count
        assert {a.zone for a in own.launch.alternatives} == {own.zone}
        allowed = {a for a, ok in legal(state, plan, own) if ok}
        assert set(own.launch.alternatives) <= allowed


def test_spread_over_nodes_leaves_the_zone_free() -> None:
    pods = replicas(3, "web", labels={"app": "web"}, spread=(spread(names.HOSTNAME, app="web"),))
    for found in lists(listed(snapshot(pods))):
        assert {a.zone for a in found.alternatives} == set(ZONES)


def test_a_spot_node_knows_what_narrows_its_choice() -> None:
    state = snapshot(
        replicas(2, "web", "3", "10Gi", node_selector=((names.CAPACITY_TYPE, "spot"),)),
        catalog_of=SPOT_CATALOG,
        nodepools=(nodepool("pool", CAPACITY),),
    )
    for found in lists(listed(state)):
        offered, allowed, large, placed = found.spot_types
        assert offered == allowed == tuple((zone, len(GENERAL)) for zone in ZONES)
        assert large == placed == tuple((zone, 2) for zone in ZONES)
        assert found.on_demand is None  # its pods ask for spot
        assert {a.capacity_type for a in found.alternatives} == {"spot"}


def test_the_cheapest_on_demand_offering_is_known_of_a_spot_node() -> None:
    state = WORKLOADS["spot and on-demand in one pool"]
    for found in lists(listed(state)):
        assert found.on_demand == next(
            a for a in found.alternatives if a.capacity_type == "on-demand"
        )


def test_existing_nodes_have_no_list() -> None:
    plan = listed(snapshot((pod("web", "3", "3Gi"), pod("too", "3", "3Gi")), nodes=(node("old"),)))
    assert [n.launch is None for n in plan.nodes] == [n.existing for n in plan.nodes]
    assert not all(n.existing for n in plan.nodes)


def test_the_list_is_of_the_pods_a_mended_plan_shows() -> None:
    state = snapshot(
        (*replicas(30, "small", "200m", "700Mi"), *replicas(6, "large", "1500m", "6Gi"))
    )
    plan = engine.rehearse(state, engine.plan(state, work_limit=200))
    again = with_launch_lists(state, plan, engine.pools_of(state))
    for own in again.nodes:
        assert own.launch is not None
        allowed = {a for a, ok in legal(state, plan, own) if ok}
        assert set(own.launch.alternatives) == allowed
    assert replace(again, nodes=tuple(replace(n, launch=None) for n in again.nodes)) == plan


def test_at_most_sixty_are_kept_and_all_are_counted() -> None:
    zones = tuple(f"zone-{number:02d}" for number in range(20))
    state = snapshot((pod("web"),), catalog_of=catalog(*GENERAL, zones=zones))
    (found,) = lists(listed(state))
    assert (len(found.alternatives), found.count) == (LISTED_MOST, 20 * len(GENERAL) - 1)


def test_alternatives_keep_to_a_limit_in_dollars() -> None:
    # m5.large is 0.096 USD/h, r5.large 0.126: within 0.13 nothing larger has room.
    limits = ((USD_PER_HOUR, 130_000_000),)
    state = snapshot((pod("web", "1500m"),), nodepools=(nodepool("pool", limits=limits),))
    (found,) = lists(listed(state))
    assert {a.instance_type for a in found.alternatives} == {"m5.large", "r5.large"}
