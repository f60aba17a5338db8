"""What is handed over, read back, is the plan: the same nodes and the same cost."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import yaml

from kubestow import engine
from kubestow.adapters.eksctl.node_pools import with_node_groups
from kubestow.adapters.files import read_files
from kubestow.model import labels as names
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.wishes.desired_nodes import (
    as_launched,
    on_existing_nodes,
    with_desired_nodes,
    without_desired_nodes,
)
from kubestow.report.eksctl_yaml import eksctl_yaml
from kubestow.report.karpenter_yaml import karpenter_yaml
from kubestow.verify import judge

from .test_plans import random_snapshot

SEEDS_A_TEST = 20
OF_THE_LAUNCHER = ("karpenter.", "eks.amazonaws.com/", "alpha.eksctl.io/")
SCHEMAS = Path(__file__).parents[1] / "schemas"
VALIDATORS = {
    kind: jsonschema.Draft202012Validator(json.loads((SCHEMAS / file).read_text()))
    for kind, file in (
        ("NodePool", "nodepool.v1.json"),
        ("EC2NodeClass", "ec2nodeclass.v1.json"),
        ("ClusterConfig", "clusterconfig.v1alpha5.json"),
    )
}
Fleet = Counter[tuple[object, ...]]


def fleet(plan: Plan) -> Fleet:
    """Return what is the same of two plans: how many new nodes of each kind."""
    return Counter(
        (
            node.instance_type,
            node.zone,
            node.capacity_type,
            node.price.nano_usd_per_hour,
            tuple(
                (key, value)
                for key, value in node.labels
                if key != names.HOSTNAME and not key.startswith(OF_THE_LAUNCHER)
            ),
            tuple(sorted(node.taints)),
            node.allocatable,
        )
        for node in plan.nodes
        if not node.existing
    )


def assert_valid(text: str) -> None:
    """Hold every document against the schema of its kind."""
    for document in yaml.safe_load_all(text):
        VALIDATORS[document["kind"]].validate(document)


def karpenter_pools(plan: Plan, state: Snapshot, folder: Path) -> tuple[NodePool, ...]:
    """Return the NodePools of a plan, written and read again."""
    pools = engine.pools_of(state)
    text = karpenter_yaml(plan, state, pools, cluster_name="shop", node_role="nodes")
    assert_valid(text)
    path = folder / "pools.yaml"
    path.write_text(text)
    reading = read_files([str(path)])
    assert reading.problems == ()
    return reading.cluster.nodepools


def node_groups(plan: Plan, state: Snapshot, folder: Path) -> tuple[NodePool, ...]:
    """Return the node groups of a plan, written and read again."""
    path = folder / "groups.yaml"
    text = eksctl_yaml(plan, state, engine.pools_of(state), cluster_name="shop")
    assert_valid(text)
    path.write_text(text)
    empty = replace(state.cluster, nodepools=())
    return with_node_groups(empty, [str(path)], from_scratch=False).nodepools


def replanned(state: Snapshot, pools: tuple[NodePool, ...]) -> Plan:
    """Plan the snapshot again with what was read; the judge finds the plan legal."""
    again = with_desired_nodes(replace(state, cluster=replace(state.cluster, nodepools=pools)))
    plan = engine.rehearse(again, on_existing_nodes(again, engine.plan(again, work_limit=200)))
    plan = as_launched(again, plan)
    assert judge(without_desired_nodes(again), plan, pools) == ()
    assert plan.lower_bound.nano_usd_per_hour <= plan.cost_nano_usd_per_hour
    return plan


@pytest.mark.parametrize("handed_over", [karpenter_pools, node_groups])
@pytest.mark.parametrize("first", range(0, 20, SEEDS_A_TEST))
def test_a_plan_read_back_has_the_same_nodes_and_the_same_cost(
    first: int,
    handed_over: Callable[[Plan, Snapshot, Path], tuple[NodePool, ...]],
    tmp_path: Path,
) -> None:
    whole = 0
    for seed in range(first, first + SEEDS_A_TEST):
        state = random_snapshot(seed)
        plan = engine.rehearse(state, engine.plan(state, work_limit=200))
        if not fleet(plan) or plan.rehearsed is None:
            continue
        again = replanned(state, handed_over(plan, state, tmp_path))
        if plan.unschedulable or plan.rehearsed.pending:
            assert fleet(again) >= fleet(plan), f"seed {seed}"
            continue
        whole += 1
        assert not again.unschedulable, f"seed {seed}"
        assert fleet(again) == fleet(plan), f"seed {seed}"
        assert again.cost_nano_usd_per_hour == plan.cost_nano_usd_per_hour, f"seed {seed}"
    assert whole >= 2
