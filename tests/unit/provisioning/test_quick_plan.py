"""A quick plan: the same nodes as a plan may have, without its proof and notes."""

from kubestow.model.plan import LowerBound
from kubestow.provisioning.quick_plan import quick_plan
from kubestow.testing import node, nodepool, replicas, snapshot

POOLS = (nodepool(),)
STATE = snapshot(replicas(9, "web", "1"), nodes=(node("used"), node("idle", cpu="500m")))


def test_it_proves_and_notes_nothing() -> None:
    plan = quick_plan(STATE, POOLS, work_limit=50, seed=0)
    assert (plan.lower_bound, plan.assumptions) == (LowerBound(0, "L0"), ())
    assert {pod for n in plan.nodes for pod in n.pods} == {p.key for p in STATE.cluster.pods}


def test_it_leaves_out_nodes_that_get_no_pod_unless_asked_for_them() -> None:
    plan = quick_plan(STATE, POOLS, work_limit=50, seed=0)
    assert [n.name for n in plan.nodes if n.existing] == ["used"]
    whole = quick_plan(STATE, POOLS, work_limit=50, seed=0, every_node=True)
    assert [n.name for n in whole.nodes if n.existing] == ["used", "idle"]
    assert [n for n in whole.nodes if n.name != "idle"] == list(plan.nodes)
