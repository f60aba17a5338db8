"""NodePools and EC2NodeClasses of a plan: what they say, and that Karpenter would take them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from kubestow import engine
from kubestow.adapters.kubernetes.nodepools import read_node_class
from kubestow.model import labels as names
from kubestow.model.nodepool import GIB, MIB, Networking, NodeClass, NodePool
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import FILL_ORDER, HELD_TAINT, Taint, Toleration
from kubestow.report.hand_over import HandOverError
from kubestow.report.karpenter_yaml import karpenter_yaml
from kubestow.testing import nodepool, pod, replicas, snapshot

SCHEMAS = Path(__file__).parents[2] / "schemas"
VALIDATORS = {
    kind: jsonschema.Draft202012Validator(json.loads((SCHEMAS / file).read_text()))
    for kind, file in (("NodePool", "nodepool.v1.json"), ("EC2NodeClass", "ec2nodeclass.v1.json"))
}
TYPE = (names.INSTANCE_TYPE, "In", ["m5.large"])
ZONE = (names.ZONE, "In", ["zone-a"])
MANY = [{"key": "a", "operator": "Exists"}] * 101
DEVICE = {"deviceName": "/dev/xvda", "ebs": {"volumeSize": "20"}}
PODS = replicas(3, "web", "1500m", "6Gi")  # one to an m5.large


def planned(pool: NodePool, **cluster: Any) -> tuple[Snapshot, Plan]:
    cluster.setdefault("pods", PODS)
    state = snapshot(cluster.pop("pods"), nodepools=(pool,), **cluster)
    return state, engine.plan(state, work_limit=100)


def written(state: Snapshot, plan: Plan, *, held: bool = False) -> list[dict[str, Any]]:
    """Return the documents written of a plan, each valid by the schema of its kind."""
    pools = engine.pools_of(state)
    text = karpenter_yaml(plan, state, pools, cluster_name="shop", node_role="nodes", held=held)
    documents: list[dict[str, Any]] = list(yaml.safe_load_all(text))
    for document in documents:
        VALIDATORS[document["kind"]].validate(document)
    return documents


def test_a_nodepool_is_pinned_to_the_plan_and_limited_to_a_fifth_more() -> None:
    state, plan = planned(nodepool("general", TYPE, ZONE, weight=7))
    pool, node_class = written(state, plan)
    assert pool["metadata"] == {
        "name": "general",
        "annotations": {names.PLANNED_NODES: "3 m5.large zone-a on-demand"},
    }
    spec = pool["spec"]
    assert {r["key"]: r["values"] for r in spec["template"]["spec"]["requirements"]} == {
        names.ARCH: ["amd64"],
        names.OS: ["linux"],
        names.CAPACITY_TYPE: ["on-demand"],
        names.ZONE: ["zone-a"],
        names.INSTANCE_TYPE: ["m5.large"],
    }
    # 3 x 2 vCPU and 3 x 7577 MiB (8192 less 7.5 %), each and a fifth more, rounded up.
    assert spec["limits"] == {"cpu": "8", "memory": "27278Mi", "nodes": "4"}
    assert spec["weight"] == 7
    assert spec["template"]["spec"]["nodeClassRef"]["name"] == node_class["metadata"]["name"]


def test_a_nodepool_with_limits_of_its_own_gets_no_margin() -> None:
    limits = (("cpu", 6000), ("kubestow.dev/usd-per-hour", 300_000_000))
    state, plan = planned(nodepool("general", TYPE, ZONE, limits=limits))
    assert written(state, plan)[0]["spec"]["limits"] == {
        "cpu": "6",
        "memory": "22731Mi",
        "nodes": "3",
        "kubestow.dev/usd-per-hour": "0.288",
    }


def test_nodes_that_are_filled_later_get_a_nodepool_with_the_taint() -> None:
    state, plan = planned(nodepool("general", TYPE, ZONE))
    later = replace(plan.nodes[0], taints=FILL_ORDER[:2])
    plan = replace(plan, nodes=(later, *plan.nodes[1:]))
    first, second, _ = written(state, plan)
    assert first["metadata"]["name"] == "general"
    assert second["metadata"]["name"] == "general-fill-third"
    assert second["spec"]["template"]["spec"]["taints"] == [
        {"key": "kubestow.dev/fill-second", "effect": "PreferNoSchedule"},
        {"key": "kubestow.dev/fill-third", "effect": "PreferNoSchedule"},
    ]


def test_labels_and_taints_of_the_nodepool_are_carried_over() -> None:
    taint = Taint("dedicated", "web", "NoSchedule")
    toleration = Toleration("dedicated", "Exists")
    pods = replicas(
        2, "web", "1500m", "6Gi", tolerations=(toleration,), node_selector=(("team", "b"),)
    )
    pool = nodepool("general", TYPE, ZONE, ("team", "In", ["a", "b"]), taints=(taint,))
    state, plan = planned(replace(pool, labels=(("stage", "1e3"),)), pods=pods)
    template = written(state, plan)[0]["spec"]["template"]
    assert template["metadata"]["labels"] == {"stage": "1e3", "team": "b"}
    assert template["spec"]["taints"] == [
        {"key": "dedicated", "value": "web", "effect": "NoSchedule"}
    ]


SETTINGS = NodeClass(
    "custom",
    "Bottlerocket",
    max_pods=40,
    pods_per_core=30,
    kube_reserved=(("cpu", 150), ("memory", 300 * MIB)),
    system_reserved=(("memory", 200 * MIB),),
    eviction_hard=(("memory.available", "5%"),),
    root_volume_bytes=60 * GIB,
    block_devices=2,
    raid0_instance_store=True,
)


def test_an_ec2nodeclass_says_what_was_read_of_it() -> None:
    pool = nodepool("general", TYPE, ZONE, node_class=SETTINGS)
    state, plan = planned(pool)
    _, document = written(state, plan)
    spec = document["spec"]
    assert spec["role"] == "nodes"
    assert spec["amiSelectorTerms"] == [{"alias": "bottlerocket@latest"}]
    for terms in ("subnetSelectorTerms", "securityGroupSelectorTerms"):
        assert spec[terms] == [{"tags": {"karpenter.sh/discovery": "shop"}}]
    assert spec["kubelet"] == {
        "maxPods": 40,
        "podsPerCore": 30,
        "kubeReserved": {"cpu": "150m", "memory": "300Mi"},
        "systemReserved": {"memory": "200Mi"},
        "evictionHard": {"memory.available": "5%"},
    }
    volumes = {d["deviceName"]: d["ebs"] for d in spec["blockDeviceMappings"]}
    assert volumes["/dev/xvdb"]["volumeSize"] == "60Gi"
    assert all(v["encrypted"] and v["volumeType"] == "gp3" for v in volumes.values())
    assert spec["metadataOptions"]["httpTokens"] == "required"
    assert spec["metadataOptions"]["httpPutResponseHopLimit"] == 1


def test_an_ec2nodeclass_reads_back_as_it_was() -> None:
    import msgspec

    from kubestow.adapters.kubernetes.karpenter_wire import NodeClassWire

    for node_class in (SETTINGS, NodeClass("custom"), NodeClass("custom", "AL2")):
        state, plan = planned(nodepool("general", TYPE, ZONE, node_class=node_class))
        _, document = written(state, plan)
        wire = msgspec.convert(document, NodeClassWire)
        assert read_node_class(wire) == node_class


def test_with_prefix_delegation_the_pod_slots_are_written_down() -> None:
    state = replace(
        snapshot(PODS, nodepools=(nodepool("general", TYPE, ZONE),)),
        networking=Networking(prefix_delegation=True),
    )
    _, node_class = written(state, engine.plan(state, work_limit=100))
    assert node_class["spec"]["kubelet"] == {"maxPods": 110}


def test_pods_that_name_their_nodepool_are_not_stranded_by_a_second_one() -> None:
    named = replicas(3, "web", "1500m", "6Gi", node_selector=((names.NODEPOOL, "general"),))
    state, plan = planned(nodepool("general", TYPE, ZONE), pods=named)
    written(state, plan)
    later = replace(plan.nodes[0], taints=FILL_ORDER[:1])
    with pytest.raises(HandOverError, match=r"karpenter\.sh/nodepool"):
        written(state, replace(plan, nodes=(later, *plan.nodes[1:])))


def test_block_devices_that_are_only_counted_are_an_error() -> None:
    pool = nodepool("general", TYPE, ZONE, node_class=NodeClass("big", block_devices=3))
    with pytest.raises(HandOverError, match="3 block devices"):
        written(*planned(pool))


def test_the_same_plan_gives_the_same_text_under_a_head_that_names_its_cost() -> None:
    state, plan = planned(nodepool("general", TYPE, ZONE))
    texts = {
        karpenter_yaml(
            replace(plan, nodes=tuple(nodes)),
            state,
            engine.pools_of(state),
            cluster_name="shop",
            node_role="nodes",
        )
        for nodes in (plan.nodes, reversed(plan.nodes))
    }
    assert len(texts) == 1
    assert "# 3 nodes to launch at 0.2880 USD/h for 3 pods.\n" in texts.pop()


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "Nodepool"},
        {"spec": {"limits": {"cpu": "8 cores"}}},
        {"spec": {"weight": 101}},
        {"spec": {"template": {"spec": {"requirements": [{"key": "a", "operator": "In"}]}}}},
        {"spec": {"template": {"spec": {"requirements": MANY}}}},
        {"spec": {"template": {"metadata": {"labels": {names.NODEPOOL: "x"}}}}},
        {"spec": {"template": {"metadata": {"labels": {"app.kubernetes.io/x": "x"}}}}},
        {"spec": {"template": {"spec": {"taints": [{"key": "a", "effect": "Never"}]}}}},
        {"spec": {"disruption": {"consolidateAfter": "soon"}}},
    ],
)  # fmt: skip
def test_the_schema_refuses_what_karpenter_refuses(change: dict[str, Any]) -> None:
    document = merged(written(*planned(nodepool("general", TYPE, ZONE)))[0], change)
    assert not VALIDATORS["NodePool"].is_valid(document)


@pytest.mark.parametrize(
    "change",
    [
        {"spec": {"instanceProfile": "beside the role"}},
        {"spec": {"amiSelectorTerms": [{"alias": "ubuntu@latest"}]}},
        {"spec": {"subnetSelectorTerms": []}},
        {"spec": {"kubelet": {"kubeReserved": {"disk": "1Gi"}}}},
        {"spec": {"metadataOptions": {"httpPutResponseHopLimit": 65}}},
        {"spec": {"blockDeviceMappings": [DEVICE]}},
        {"spec": {"tags": {"karpenter.sh/nodepool": "x"}}},
    ],
)  # fmt: skip
def test_the_schema_refuses_node_classes_that_karpenter_refuses(change: dict[str, Any]) -> None:
    document = merged(written(*planned(nodepool("general", TYPE, ZONE)))[1], change)
    assert not VALIDATORS["EC2NodeClass"].is_valid(document)


def merged(document: Any, change: Any) -> Any:
    """Return a document with some of its fields changed."""
    if not isinstance(change, dict):
        return change
    return document | {key: merged(document.get(key, {}), value) for key, value in change.items()}


def test_a_plan_without_new_nodes_writes_nothing_to_launch() -> None:
    state = snapshot([], nodepools=(nodepool("general"),))
    assert written(state, engine.plan(state, work_limit=10)) == []


def test_a_pod_of_arm64_alone_is_named_in_the_head() -> None:
    plain = pod("web", "1500m", "6Gi")
    state = snapshot([plain], nodepools=(nodepool("arm", TYPE, ZONE, opt_in_keys=(names.ARCH,)),))
    plan = engine.plan(snapshot([plain], nodepools=(nodepool("arm", TYPE, ZONE),)), work_limit=10)
    text = karpenter_yaml(
        plan, state, state.cluster.nodepools, cluster_name="shop", node_role="nodes"
    )
    assert "# arm64 NodePools have no taint" in text


def test_held_nodes_have_a_startup_taint_and_their_pool_has_no_margin() -> None:
    state, plan = planned(nodepool("general", TYPE, ZONE))
    pool, _ = written(state, plan, held=True)
    template = pool["spec"]["template"]
    held = {"key": HELD_TAINT.key, "effect": HELD_TAINT.effect}
    assert template["spec"]["startupTaints"] == [held]
    assert "taints" not in template["spec"]
    assert template["metadata"]["labels"] == {names.PLANNED_POOL: "general"}
    assert pool["spec"]["limits"]["nodes"] == "3"
    assert {"nodes": "0", "reasons": ["Drifted"]} in pool["spec"]["disruption"]["budgets"]
    assert "startupTaints" not in written(state, plan)[0]["spec"]["template"]["spec"]
