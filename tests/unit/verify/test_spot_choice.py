"""Choice on spot, as the judge sees it: forged plans over a small catalog."""

from dataclasses import replace

import pytest

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.plan import Plan, Rehearsed
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.testing import (
    affinity_term,
    catalog,
    daemonset,
    instance_type,
    nodepool,
    replicas,
    snapshot,
)
from kubestow.verify import judge

# Two types of four cores, two of eight: two pods of 1500m fit on all four, four on the eight alone.
TYPES = catalog(
    (instance_type("m5.xlarge", 4, 16), 0.2),
    (instance_type("m6i.xlarge", 4, 16), 0.2),
    (instance_type("m5.2xlarge", 8, 32), 0.3),
    (instance_type("m6i.2xlarge", 8, 32), 0.3),
    spot=0.3,
)


def forged(types: int, *pods: Pod, capacity: str = "spot", **cluster: object) -> tuple[str, ...]:
    """Plan without the wish, and ask the judge as if the pool had it."""
    state = snapshot(
        pods,
        catalog_of=TYPES,
        nodepools=(nodepool("pool", (names.CAPACITY_TYPE, "In", [capacity])),),
        **cluster,  # type: ignore[arg-type] # fields of Cluster
    )
    plan = engine.plan(state, work_limit=200)
    assert judge(state, plan, engine.pools_of(state)) == ()
    return said(state, plan, types)


def said(state: Snapshot, plan: Plan, types: int) -> tuple[str, ...]:
    pools = tuple(replace(pool, spot_types=types) for pool in state.cluster.nodepools)
    return tuple(f"{item.rule}: {item.detail}" for item in judge(state, plan, pools))


FULL = replicas(4, "web", "1500m", "1Gi")
SHORT = "SpotChoice: 2 instance types on spot could run its pods, pool wants"


@pytest.mark.parametrize(
    ("types", "found"),
    [
        (0, ()),
        (2, ()),
        (3, (f"{SHORT} 3",)),
        (4, (f"{SHORT} 4",)),
        (5, ()),  # more than the pool has for an empty node
    ],
)
def test_a_full_node_leaves_the_types_that_are_as_large(types: int, found: tuple[str, ...]) -> None:
    assert forged(types, *FULL) == found


def test_on_demand_nodes_owe_no_choice() -> None:
    assert forged(3, *FULL, capacity="on-demand") == ()


def test_a_pod_that_leaves_too_few_by_itself_excuses_its_node() -> None:
    large = replicas(1, "large", "5", "1Gi")
    assert forged(3, *large) == ()
    named = replicas(1, "m5", "1", "1Gi", node_selector=((names.INSTANCE_TYPE, "m5.xlarge"),))
    assert forged(3, *named) == ()


def test_pods_that_must_share_their_node_excuse_it() -> None:
    together = replicas(
        4, "web", "1500m", "1Gi", labels={"app": "web"},
        affinity=(affinity_term(names.HOSTNAME, app="web"),),
    )  # fmt: skip
    assert forged(3, *together) == ()


def test_each_type_is_judged_beside_its_own_daemonsets() -> None:
    pods = replicas(2, "web", "1500m", "1Gi")
    assert forged(4, *pods) == ()
    agent = daemonset("agent", "2", node_selector=((names.INSTANCE_TYPE, "m6i.xlarge"),))
    (found,) = forged(4, *pods, daemonsets=(agent,))
    assert found.startswith("SpotChoice: 3 instance types")


def test_a_mended_plan_is_where_the_scheduler_put_it() -> None:
    pool = nodepool("pool", (names.CAPACITY_TYPE, "In", ["spot"]))
    state = snapshot(FULL, catalog_of=TYPES, nodepools=(pool,))
    plan = engine.plan(state, work_limit=200)
    assert said(state, replace(plan, rehearsed=Rehearsed(3, 0)), 3) == (f"{SHORT} 3",)
    assert said(state, replace(plan, rehearsed=Rehearsed(3, 0, stranded=1)), 3) == ()
