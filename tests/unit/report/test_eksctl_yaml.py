"""Managed node groups of a plan: what they say, and that eksctl would take them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.nodepool import GIB, Launcher, Networking, NodeClass, NodePool
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import FILL_ORDER, HELD_TAINT
from kubestow.report.eksctl_yaml import eksctl_yaml
from kubestow.report.hand_over import HandOverError
from kubestow.testing import GENERAL, catalog, nodepool, replicas, snapshot

SCHEMA = Path(__file__).parents[2] / "schemas" / "clusterconfig.v1alpha5.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
TYPE = (names.INSTANCE_TYPE, "In", ["m5.large"])
ZONE = (names.ZONE, "In", ["zone-a"])
PODS = replicas(3, "web", "1500m", "6Gi")  # one to an m5.large


def planned(pool: NodePool, pods: Any = PODS, **options: Any) -> tuple[Snapshot, Plan]:
    state = snapshot(pods, nodepools=(pool,), **options)
    return state, engine.plan(state, work_limit=100)


def written(state: Snapshot, plan: Plan, *, held: bool = False) -> list[dict[str, Any]]:
    """Return the node groups written of a plan, in a valid ClusterConfig."""
    text = eksctl_yaml(plan, state, engine.pools_of(state), cluster_name="shop", held=held)
    (document,) = yaml.safe_load_all(text)
    VALIDATOR.validate(document)
    assert document["metadata"] == {"name": "shop", "region": "test-1"}
    groups: list[dict[str, Any]] = document["managedNodeGroups"]
    for group in groups:
        assert group["minSize"] <= group["desiredCapacity"] <= group["maxSize"]
    return groups


def test_a_group_is_one_offering_at_the_size_of_the_plan() -> None:
    assert written(*planned(nodepool("general.x", TYPE, ZONE))) == [
        {
            "name": "general-x-m5-large-zone-a",
            "amiFamily": "AmazonLinux2023",
            "instanceTypes": ["m5.large"],
            "availabilityZones": ["zone-a"],
            "minSize": 3,
            "desiredCapacity": 3,
            "maxSize": 4,
            "volumeSize": 20,
            "volumeType": "gp3",
            "volumeEncrypted": True,
            "disableIMDSv1": True,
        }
    ]


def test_nodes_that_are_filled_later_are_a_group_with_the_taint() -> None:
    state, plan = planned(nodepool("general", TYPE, ZONE))
    later = replace(plan.nodes[0], taints=FILL_ORDER[:1])
    first, second = written(state, replace(plan, nodes=(later, *plan.nodes[1:])))
    assert (first["name"], first["desiredCapacity"]) == ("general-m5-large-zone-a", 2)
    assert second["name"] == "general-m5-large-zone-a-fill-second"
    assert second["taints"] == [
        {"key": "kubestow.dev/fill-second", "effect": "PreferNoSchedule"}
    ]  # fmt: skip


def test_labels_that_pods_name_are_on_the_group_and_no_others_of_karpenters() -> None:
    wanted = ((names.CAPACITY_TYPE, "spot"), ("team", "a"), (names.ARCH, "amd64"))
    named = replicas(1, "web", node_selector=wanted)
    pool = nodepool("spot", TYPE, ZONE, (names.CAPACITY_TYPE, "In", ["spot"]))
    pool = replace(pool, labels=(("team", "a"),))
    (group,) = written(*planned(pool, named, catalog_of=catalog(*GENERAL, spot=0.3)))
    assert group["spot"] is True
    assert group["name"] == "spot-m5-large-zone-a-spot"
    assert group["labels"] == {names.CAPACITY_TYPE: "spot", "team": "a"}


def test_the_node_class_gives_family_volume_and_pod_slots() -> None:
    node_class = NodeClass("b", "Bottlerocket", 40, root_volume_bytes=60 * GIB, block_devices=2)
    (group,) = written(*planned(nodepool("general", TYPE, ZONE, node_class=node_class)))
    assert (group["amiFamily"], group["volumeSize"]) == ("Bottlerocket", 60)
    assert group["maxPodsPerNode"] == 40


def test_with_prefix_delegation_the_pod_slots_are_written_down() -> None:
    state, _ = planned(nodepool("general", TYPE, ZONE))
    state = replace(state, networking=Networking(prefix_delegation=True))
    (group,) = written(state, engine.plan(state, work_limit=100))
    assert group["maxPodsPerNode"] == 110


@pytest.mark.parametrize(
    ("node_class", "field"),
    [
        (NodeClass("x", pods_per_core=10), "podsPerCore"),
        (NodeClass("x", kube_reserved=(("cpu", 100),)), "kubeReserved"),
        (NodeClass("x", eviction_hard=(("memory.available", "5%"),)), "evictionHard"),
        (NodeClass("x", raid0_instance_store=True), "instanceStorePolicy"),
        (NodeClass("x", block_devices=2), "blockDeviceMappings"),
    ],
)
def test_what_a_managed_node_group_cannot_say_is_an_error(
    node_class: NodeClass, field: str
) -> None:
    with pytest.raises(HandOverError, match=field):
        written(*planned(nodepool("general", TYPE, ZONE, node_class=node_class)))


def test_pods_that_name_a_nodepool_are_an_error() -> None:
    named = replicas(1, "web", node_selector=((names.NODEPOOL, "general"),))
    with pytest.raises(HandOverError, match="only nodes launched by Karpenter"):
        written(*planned(nodepool("general", TYPE, ZONE), named))


@pytest.mark.parametrize("key", [names.EKS_NODE_GROUP, names.EKSCTL_NODE_GROUP])
def test_pods_that_name_a_node_group_are_an_error(key: str) -> None:
    pool = nodepool("general", TYPE, ZONE, labels=((key, "general"),))
    named = replicas(1, "web", node_selector=((key, "general"),))
    with pytest.raises(HandOverError, match="would have another value"):
        written(*planned(pool, named))


def test_more_pods_than_eks_allows_on_a_node_are_an_error() -> None:
    tiny = replicas(150, "web", "10m", "16Mi")
    own = nodepool("general", TYPE, ZONE, node_class=NodeClass("x", max_pods=200))
    with pytest.raises(HandOverError, match="at most 110"):
        written(*planned(own, tiny))


def test_nodes_of_auto_mode_are_an_error() -> None:
    own = replace(nodepool("general", TYPE, ZONE), launched_by=Launcher.AUTO_MODE)
    with pytest.raises(HandOverError, match="EKS Auto Mode"):
        written(*planned(own))


def test_a_plan_without_new_nodes_is_an_error() -> None:
    with pytest.raises(HandOverError, match="no nodes"):
        written(*planned(nodepool("general"), ()))


@pytest.mark.parametrize(
    "change",
    [
        {"name": "x" * 64},
        {"amiFamily": "AL2023"},
        {"instanceType": "m5.large"},
        {"instanceTypes": []},
        {"maxSize": 0},
        {"volumeSize": "20Gi"},
        {"labels": {"eks.amazonaws.com/x": "y"}},
        {"labels": {"kubernetes.io/role": "y"}},
        {"taints": [{"key": "a", "effect": "PREFER_NO_SCHEDULE"}]},
        {"desiredSize": 3},
    ],
)
def test_the_schema_refuses_what_eksctl_refuses(change: dict[str, Any]) -> None:
    (group,) = written(*planned(nodepool("general", TYPE, ZONE)))
    document = {
        "apiVersion": "eksctl.io/v1alpha5",
        "kind": "ClusterConfig",
        "metadata": {"name": "shop", "region": "test-1"},
        "managedNodeGroups": [group | change],
    }
    assert not VALIDATOR.is_valid(document)


def test_nodes_that_are_held_are_tainted_and_say_what_they_are_planned_for() -> None:
    state, plan = planned(nodepool("general.x", TYPE, ZONE))
    (group,) = written(state, plan, held=True)
    assert group["taints"] == [{"key": HELD_TAINT.key, "effect": "NoSchedule"}]
    assert group["labels"] == {names.PLANNED_POOL: "general.x"}
