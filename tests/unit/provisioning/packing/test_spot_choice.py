"""Choice on spot, planned for: judged by the judge, and by what could be launched instead."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.wishes.launch_lists import with_launch_lists
from kubestow.testing import (
    GENERAL,
    ZONES,
    affinity_term,
    catalog,
    daemonset,
    nodepool,
    pod,
    replicas,
    snapshot,
    spread,
)
from kubestow.verify import judge

# Memory decides: an r5.large carries what no m5.large does, and only it and the m5.4xlarge do.
SPOT = catalog(*GENERAL, spot=0.3)
ON_SPOT = (names.CAPACITY_TYPE, "In", ["spot"])
EITHER = (names.CAPACITY_TYPE, "In", ["spot", "on-demand"])


def wishing(types: int, *requirements: tuple[str, str, list[str]], **options: int) -> NodePool:
    return replace(nodepool("pool", *requirements), spot_types=types, **options)


def state_of(pods: Iterable[Pod], pool: NodePool, **cluster: object) -> Snapshot:
    cluster.setdefault("catalog_of", SPOT)
    return snapshot(pods, nodepools=(pool,), **cluster)  # type: ignore[arg-type] # tests only


def planned(state: Snapshot) -> Plan:
    plan = engine.plan(state, work_limit=300)
    assert judge(state, plan, engine.pools_of(state)) == ()
    return plan


def choice(state: Snapshot, plan: Plan) -> list[int]:
    """Return for each spot node how many types could carry its pods in its own zone."""
    listed = with_launch_lists(state, plan, engine.pools_of(state))
    return [
        dict(n.launch.spot_types[2])[n.zone]
        for n in listed.nodes
        if n.launch is not None and n.launch.spot_types
    ]


def test_spot_nodes_are_filled_to_what_enough_types_carry() -> None:
    pods = replicas(14, "web", "250m", "1500Mi")
    free = state_of(pods, wishing(0, ON_SPOT))
    assert min(choice(free, planned(free))) < 4
    held = state_of(pods, wishing(4, ON_SPOT))
    plan = planned(held)
    assert not plan.unschedulable
    assert min(choice(held, plan)) >= 4
    assert plan.lower_bound == planned(free).lower_bound
    assert plan.cost_nano_usd_per_hour >= planned(free).cost_nano_usd_per_hour


def test_the_judge_refuses_a_plan_that_left_the_wish_out() -> None:
    pods = replicas(14, "web", "250m", "1500Mi")
    held = state_of(pods, wishing(4, ON_SPOT))
    forged = planned(state_of(pods, wishing(0, ON_SPOT)))
    found = judge(held, forged, engine.pools_of(held))
    assert {item.rule for item in found} == {"SpotChoice"}


def test_a_pool_with_too_few_types_is_left_as_it_is() -> None:
    pods = replicas(14, "web", "250m", "1500Mi")
    free, held = (state_of(pods, wishing(types, ON_SPOT)) for types in (0, 6))
    assert planned(held).nodes == planned(free).nodes


def test_on_demand_nodes_are_held_to_nothing() -> None:
    pods = replicas(
        14, "web", "250m", "1500Mi", node_selector=((names.CAPACITY_TYPE, "on-demand"),)
    )
    free, held = (state_of(pods, wishing(types, EITHER)) for types in (0, 4))
    assert planned(held).nodes == planned(free).nodes


def test_a_pod_too_large_for_enough_types_goes_to_demand_or_else_to_spot() -> None:
    large = [pod("large", "10", "20Gi"), *replicas(4, "web", "250m", "1500Mi")]
    either = planned(state_of(large, wishing(4, EITHER)))
    (home,) = (n for n in either.nodes if "default/large" in n.pods)
    assert home.capacity_type == "on-demand"
    only = planned(state_of(large, wishing(4, ON_SPOT)))
    assert not only.unschedulable
    (home,) = (n for n in only.nodes if "default/large" in n.pods)
    assert (home.capacity_type, home.pods) == ("spot", ("default/large",))


def test_pods_that_name_an_architecture_choose_among_its_types() -> None:
    arm = tuple(
        (replace(item, name=item.name.replace("5", "6g"), architecture="arm64"), price)
        for item, price in GENERAL
    )
    pods = [
        *replicas(7, "arm", "250m", "1500Mi", node_selector=((names.ARCH, "arm64"),)),
        *replicas(7, "amd", "250m", "1500Mi", node_selector=((names.ARCH, "amd64"),)),
        *replicas(7, "any", "250m", "1500Mi"),
    ]
    state = state_of(pods, wishing(4, ON_SPOT), catalog_of=catalog(*GENERAL, *arm, spot=0.3))
    plan = planned(state)
    assert not plan.unschedulable
    assert min(choice(state, plan)) >= 4


def test_pods_that_allow_fewer_types_still_run() -> None:
    named = (names.INSTANCE_TYPE, "r5.large")
    pods = [*replicas(5, "web", "250m", "1500Mi"), pod("r5", "250m", node_selector=(named,))]
    plan = planned(state_of(pods, wishing(4, ON_SPOT)))
    assert not plan.unschedulable


@pytest.mark.parametrize(
    "constraint",
    [
        {"spread": (spread(names.ZONE, app="web"),)},
        {"anti_affinity": (affinity_term(names.ZONE, app="web"),)},
        {"anti_affinity": (affinity_term(names.HOSTNAME, app="web"),)},
        {"affinity": (affinity_term(names.HOSTNAME, app="web"),)},
        {"node_selector": ((names.ZONE, ZONES[1]),)},
    ],
)
def test_constraints_between_pods_and_the_wish_go_together(constraint: dict[str, object]) -> None:
    web = replicas(3, "web", "700m", "4Gi", labels={"app": "web"}, **constraint)
    state = state_of(
        [*web, *replicas(9, "b", "250m", "1500Mi", priority=3)],
        wishing(4, ON_SPOT, spot_zones=2),
        daemonsets=(daemonset("agent", "200m"),
                    daemonset("big", "500m", node_selector=((names.INSTANCE_TYPE, "r5.large"),))),
    )  # fmt: skip
    assert not planned(state).unschedulable


def test_later_stages_leave_the_choice_on_nodes_of_earlier_ones() -> None:
    pods = [
        *replicas(5, "high", "250m", "1500Mi", priority=9),
        *replicas(9, "low", "250m", "1500Mi"),
    ]
    limited = replace(wishing(4, ON_SPOT), limits=(("cpu", 100_000),))
    state = state_of(pods, limited)
    plan = planned(state)
    assert not plan.unschedulable
    assert min(choice(state, plan)) >= 4


def test_a_mended_plan_is_legal() -> None:
    pods = [*replicas(30, "small", "200m", "700Mi"), *replicas(6, "large", "1200m", "5Gi")]
    state = state_of(pods, wishing(4, ON_SPOT))
    mended = engine.rehearse(state, planned(state))
    assert judge(state, mended, engine.pools_of(state)) == ()
    assert mended.rehearsed is not None
    assert mended.rehearsed.pending == 0
