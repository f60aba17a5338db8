"""Reservations: nodes paid in any case, as nodes of the snapshot."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from kubestow import engine
from kubestow.catalog.costs import with_costs
from kubestow.explanation.explain import explain
from kubestow.model import labels as names
from kubestow.model.costs import Costs, Reservation
from kubestow.model.digest import problem_digest
from kubestow.model.node import Node
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Taint, Toleration
from kubestow.provisioning.wishes.reservations import (
    ReservationError,
    with_possible_reservations,
    with_reservations,
)
from kubestow.scheduling.rehearsal import launched_node
from kubestow.testing import (
    GENERAL,
    ZONES,
    catalog,
    daemonset,
    instance_type,
    node,
    nodepool,
    pod,
    replicas,
    snapshot,
)
from kubestow.verify import judge
from kubestow.verify.bound import check_bound

XLARGE = (names.INSTANCE_TYPE, "In", ["m5.xlarge"])
TEAM = Taint("team", "x", "NoSchedule")
CENTS = 10**7


def reserved(name: str = "r", count: int = 4, **facts: Any) -> Reservation:
    own = {"instance_type": "m5.xlarge", "nano_usd_per_hour": 9 * CENTS, "source": "contract"}
    return Reservation(name, count=count, **(own | facts))


def costed(state: Snapshot, *reservations: Reservation) -> Snapshot:
    costs = Costs("costs.yaml", reservations=reservations)
    return replace(state, catalog=with_costs(state.catalog, costs))


def added(state: Snapshot, *reservations: Reservation) -> tuple[Node, ...]:
    amended = with_reservations(costed(state, *reservations)).cluster.nodes
    assert amended[: len(state.cluster.nodes)] == state.cluster.nodes
    return amended[len(state.cluster.nodes) :]


def zones(nodes: tuple[Node, ...]) -> list[str]:
    return [dict(found.labels)[names.ZONE] for found in nodes]


def running(name: str, zone: str = ZONES[0], **labels: str) -> Node:
    own = {names.INSTANCE_TYPE: "m5.xlarge"} | {k.replace("__", "/"): v for k, v in labels.items()}
    return node(name, zone=zone, labels=own)


def test_without_reservations_the_snapshot_is_the_same() -> None:
    state = costed(snapshot((pod("web"),)))
    assert with_reservations(state) is state


def test_a_reserved_node_is_what_the_pool_would_launch() -> None:
    pool = nodepool("team", XLARGE, taints=(TEAM,), labels=(("tier", "gold"),))
    own = Toleration("team", "Exists", "", "")
    state = snapshot((pod("web", tolerations=(own,)),), nodepools=(pool,))
    (launched,) = engine.plan(state).nodes
    (found,) = added(state, reserved(count=1, zone=launched.zone))
    twin = launched_node(replace(launched, name=found.name))
    labels = dict(launched.labels) | {names.HOSTNAME: "reserved-r-001"}
    assert found == replace(twin, labels=tuple(sorted(labels.items())), reservation="r")


def test_they_are_spread_evenly_over_the_zones_or_all_in_one() -> None:
    state = snapshot((pod("web"),))
    found = added(state, reserved(count=5), reserved("zonal", 2, zone="zone-c"))
    assert zones(found) == [*ZONES, "zone-a", "zone-b", "zone-c", "zone-c"]
    assert [n.name for n in found][4:] == ["reserved-r-005", "reserved-zonal-001",
                                           "reserved-zonal-002"]  # fmt: skip


def test_nodes_that_run_use_them_up_unless_they_are_spot() -> None:
    there = (
        running("a"),
        running("b", **{"karpenter.sh/capacity-type": "spot"}),
        running("c", **{"eks.amazonaws.com/capacityType": "SPOT"}),
        running("d", "zone-b", **{"eks.amazonaws.com/capacityType": "ON_DEMAND"}),
        node("other", labels={names.INSTANCE_TYPE: "m5.large"}),
    )
    found = added(snapshot((pod("web"),), nodes=there), reserved(count=4))
    assert zones(found) == ["zone-c", "zone-a"]


def test_a_node_uses_up_one_of_its_zone_first() -> None:
    there = (running("a", "zone-b"),)
    anywhere, zonal = reserved("any", 1), reserved("zonal", 1, zone="zone-b")
    (found,) = added(snapshot((pod("web"),), nodes=there), anywhere, zonal)
    assert found.reservation == "any"


def test_the_first_pool_by_weight_then_name_launches_them() -> None:
    pools = (
        nodepool("c", weight=10),
        nodepool("b", weight=10),
        nodepool("a"),
        nodepool("spot", (names.CAPACITY_TYPE, "In", ["spot"]), weight=50),
    )
    state = snapshot((pod("web"),), nodepools=pools)
    (first, second) = added(state, reserved(count=1), reserved("own", 1, nodepool="a"))
    assert dict(first.labels)[names.NODEPOOL] == "b"
    assert dict(second.labels)[names.NODEPOOL] == "a"


def test_those_that_can_be_are_added_without_those_that_cannot() -> None:
    state = costed(snapshot((pod("web"),)), reserved("lost", 1, nodepool="none"), reserved(count=1))
    amended, problems = with_possible_reservations(state)
    assert [n.name for n in amended.cluster.nodes] == ["reserved-r-001"]
    assert [problem.field for problem in problems] == ["reservations[0].nodePool"]


def test_nothing_is_launched_nor_asked_for_where_all_of_them_run() -> None:
    there = (running("a"),)
    assert added(snapshot((), nodes=there), reserved(count=1, nodepool="none")) == ()


def test_they_are_filled_first_and_only_new_nodes_cost() -> None:
    # An m5.xlarge leaves 3920m for pods: one pod of 3 cpu each.
    state = snapshot(replicas(6, "web", "3", "4Gi"), nodepools=(nodepool("pool", XLARGE),))
    amended = with_reservations(costed(state, reserved(count=4)))
    plan = engine.plan(amended)
    assert judge(amended, plan, engine.pools_of(amended)) == ()
    assert not plan.unschedulable
    assert plan.cost_nano_usd_per_hour == 2 * 192_000_000
    assert plan.lower_bound.nano_usd_per_hour <= plan.cost_nano_usd_per_hour
    assert [n.reservation for n in plan.nodes] == ["r"] * 4 + ["", ""]
    assert all(len(n.pods) == 1 for n in plan.nodes)
    (note,) = (line for line in plan.assumptions if "not there yet" in line)
    assert "4 reserved nodes (reserved-r-001, ...)" in note
    rehearsed = engine.rehearse(amended, plan)
    assert judge(amended, rehearsed, engine.pools_of(amended)) == ()
    assert rehearsed.rehearsed is not None
    assert rehearsed.rehearsed.pending == 0


def test_those_not_needed_stay_empty() -> None:
    state = snapshot(replicas(2, "web", "3", "4Gi"))
    amended = with_reservations(costed(state, reserved(count=4)))
    plan = engine.plan(amended)
    assert judge(amended, plan, engine.pools_of(amended)) == ()
    assert plan.cost_nano_usd_per_hour == 0
    assert Counter(len(n.pods) for n in plan.nodes) == {1: 2, 0: 2}


def test_a_pod_that_the_rehearsal_strands_on_them_gets_a_new_node() -> None:
    # Small pods that come first go one to each node and leave no room for the large one.
    pods = (*replicas(2, "a-small", "1900m", "4Gi"), pod("b-large", "3900m", "4Gi"))
    state = snapshot(pods, nodepools=(nodepool("pool", XLARGE),))
    amended = with_reservations(costed(state, reserved(count=2)))
    plan = engine.plan(amended)
    assert plan.cost_nano_usd_per_hour == 0
    mended = engine.rehearse(amended, plan)
    assert judge(amended, mended, engine.pools_of(amended)) == ()
    assert mended.rehearsed is not None
    assert (mended.rehearsed.stranded, mended.rehearsed.pending) == (1, 0)
    assert mended.cost_nano_usd_per_hour == 192_000_000


def test_daemonsets_come_to_them_and_take_their_room() -> None:
    # 3920m less the agent's 1000m is no room for a pod of 3 cpu.
    state = snapshot(
        (pod("web", "3", "4Gi"), pod("small", "2", "4Gi")), daemonsets=(daemonset("agent", "1"),)
    )
    amended = with_reservations(costed(state, reserved(count=1)))
    plan = engine.plan(amended)
    assert judge(amended, plan, engine.pools_of(amended)) == ()
    first = next(n for n in plan.nodes if n.reservation)
    assert first.pods == ("default/small",)
    assert first.daemonset_pods == ("kube-system/agent-reserved-r-001",)
    assert len(plan.nodes) == 2


def test_a_reservation_the_plan_invents_is_refused() -> None:
    amended = with_reservations(costed(snapshot((pod("web"),)), reserved(count=1)))
    plan = engine.plan(amended)
    other = replace(plan, nodes=(replace(plan.nodes[0], reservation="other"),))
    assert [v.rule for v in judge(amended, other, engine.pools_of(amended))] == ["Node"]


def test_the_certificate_of_such_a_plan_holds() -> None:
    state = snapshot(replicas(30, "web", "900m", "2Gi"))
    amended = with_reservations(costed(state, reserved(count=3)))
    solved = engine.solve(amended)
    plan, certificate = solved.plan, solved.certificate
    assert judge(amended, plan, engine.pools_of(amended)) == ()
    verdict = check_bound(amended, certificate(), engine.pools_of(amended))
    assert verdict.failures == ()
    assert verdict.existing == 3
    assert 0 < verdict.proven_nano_usd_per_hour <= plan.cost_nano_usd_per_hour


def test_the_problem_is_another_with_them_but_not_by_another_name_of_what_pays() -> None:
    state = snapshot((pod("web"),))
    one = with_reservations(costed(state, reserved(count=1)))
    (only,) = one.cluster.nodes
    renamed = replace(one, cluster=replace(one.cluster, nodes=(replace(only, reservation="x"),)))
    assert problem_digest(one) != problem_digest(state)
    assert problem_digest(one) == problem_digest(renamed)


def test_an_explanation_tells_them_from_nodes_that_are_there() -> None:
    state = snapshot((pod("web", "3", "4Gi"),), nodes=(node("old", "1"),))
    amended = with_reservations(costed(state, reserved(count=2)))
    found = explain(amended, engine.plan(amended), 0)
    assert found.scheduler is not None
    assert found.scheduler.message.startswith("0/1 nodes are available: 1 Insufficient cpu")
    assert found.place is not None
    assert (found.place.existing, found.place.reservation) == (True, "r")


def test_without_a_price_of_its_own_each_costs_the_list_price() -> None:
    state = costed(snapshot((pod("web"),)), reserved(nano_usd_per_hour=None))
    assert state.catalog.costs is not None
    (found,) = state.catalog.costs.reservations
    assert found.nano_usd_per_hour == 192_000_000
    assert found.source == "list price: made up"


def test_labels_that_the_pool_leaves_open_are_said() -> None:
    pool = nodepool("pool", ("team", "In", ["b", "a"]))
    state = costed(snapshot((pod("web"),), nodepools=(pool,)), reserved(count=1))
    amended = with_reservations(state)
    assert dict(amended.cluster.nodes[0].labels)["team"] == "a"
    assert "reservation r: its nodes carry team=a" in amended.cluster.assumptions[-1]


def test_as_many_nodes_are_added_as_the_limits_of_a_pool_allow() -> None:
    pool = nodepool("pool", limits=(("cpu", 9000),))
    state = costed(snapshot((pod("web"),), nodepools=(pool,)), reserved(count=5), reserved("s", 1))
    amended, problems = with_possible_reservations(state)
    assert [node.name for node in amended.cluster.nodes] == ["reserved-r-001", "reserved-r-002"]
    assert [problem.possible for problem in problems] == [2, 0]
    assert problems[0].field == "reservations[0].count"


ARM = (instance_type("m7g.large", 2, 8, architecture="arm64"), 0.08)
HERE = catalog(*GENERAL, ARM, zones=("zone-a",), spot=0.4)
LIMITED = nodepool("pool", limits=(("cpu", 9000),))
MISTAKES: dict[str, tuple[Reservation, dict[str, Any], str, str, str]] = {
    "type of another region": (
        reserved(instance_type="m9.large"), {}, "instanceType",
        "m9.large is not sold on demand in test-1", "catalog list",
    ),
    "zone without the type": (
        reserved(zone="zone-b"), {}, "zone", "m5.xlarge is not sold on demand in zone-b",
        "it is sold in zone-a",
    ),
    "unknown pool": (
        reserved(nodepool="none"), {}, "nodePool", "there is no NodePool 'none'",
        "the NodePools are pool",
    ),
    "pool that may not": (
        reserved(), {"nodepools": (nodepool("pool", (names.CAPACITY_TYPE, "In", ["spot"])),)}, "",
        "no NodePool may launch m5.xlarge on demand in test-1", "--nodepool",
    ),
    "built-in pool of arm64": (
        reserved(instance_type="m7g.large"), {"nodepools": ()}, "",
        "no NodePool may launch m7g.large", "amd64",
    ),
    "limit": (
        reserved(count=3), {"nodepools": (LIMITED,)}, "count",
        "NodePool pool cannot launch them all: with those it has they come to 16 of cpu, its "
        "limit is 9", "raise the limit",
    ),
    "name of a pool's nodes": (
        reserved(), {"nodepools": (nodepool("reserved-r"),)}, "name",
        "its nodes would have the names of those of NodePool reserved-r", "another name",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES.values(), ids=MISTAKES.keys())
def test_what_nothing_can_launch_is_a_mistake_with_a_hint(
    case: tuple[Reservation, dict[str, Any], str, str, str],
) -> None:
    item, cluster, field, message, hint = case
    state = costed(snapshot((pod("web"),), catalog_of=HERE, **cluster), reserved("fine", 1), item)
    if field in ("", "name"):
        state = costed(state, item)
    with pytest.raises(ReservationError) as caught:
        with_reservations(state)
    place = "reservations[0]" if field in ("", "name") else "reservations[1]"
    assert caught.value.field == (f"{place}.{field}" if field else place)
    assert message in caught.value.message
    assert hint in caught.value.hint
