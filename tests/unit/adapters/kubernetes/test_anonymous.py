"""Dumps without names: what refers to each other still does, and nothing else is left of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from kubestow import engine
from kubestow.adapters.catalog_files import load_catalog
from kubestow.adapters.files import documents_of, read_files
from kubestow.adapters.kubernetes.anonymous import anonymous
from kubestow.adapters.kubernetes.dump import dump
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputProblem
from kubestow.model.nodepool import Networking
from kubestow.model.snapshot import Cluster, Snapshot

SHOP = Path(__file__).parents[4] / "examples" / "online-shop"
NODE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {
        "name": "ip-10-0-1-2.ap-northeast-2.compute.internal",
        "labels": {
            "kubernetes.io/hostname": "ip-10-0-1-2.ap-northeast-2.compute.internal",
            "topology.kubernetes.io/zone": "ap-northeast-2a",
            "node.kubernetes.io/instance-type": "m5.large",
            "karpenter.sh/nodepool": "goldfinch",
            "acme.example/squad": "Pelican",
        },
        "annotations": {"acme.example/owner": "heron@acme.example"},
    },
    "spec": {
        "providerID": "aws:///ap-northeast-2a/i-0123456789abcdef0",
        "taints": [{"key": "acme.example/squad", "value": "Pelican", "effect": "NoSchedule"}],
    },
    "status": {
        "allocatable": {"cpu": "2", "memory": "7Gi", "pods": "29"},
        "addresses": [{"type": "InternalIP", "address": "10.0.1.2"}],
        "images": [{"names": ["registry.acme.example/magpie:1.2"], "sizeBytes": 90_000_000}],
    },
}
POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "magpie-0",
        "namespace": "aviary",
        "labels": {"app": "magpie"},
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "magpie"}],
    },
    "spec": {
        "nodeName": "ip-10-0-1-2.ap-northeast-2.compute.internal",
        "nodeSelector": {"acme.example/squad": "Pelican"},
        "tolerations": [
            {"key": "acme.example/squad", "operator": "Equal", "value": "Pelican"},
            {"operator": "Exists"},
        ],
        "affinity": {
            "podAntiAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {
                        "topologyKey": "kubernetes.io/hostname",
                        "labelSelector": {
                            "matchExpressions": [
                                {"key": "app", "operator": "In", "values": ["magpie"]}
                            ]
                        },
                    }
                ]
            }
        },
        "volumes": [{"name": "eggs", "persistentVolumeClaim": {"claimName": "eggs-magpie-0"}}],
        "containers": [
            {
                "name": "magpie",
                "image": "registry.acme.example/magpie:1.2",
                "env": [{"name": "PASSWORD", "value": "hunter2"}],
                "args": ["--shiny"],
                "resources": {"requests": {"cpu": "500m", "nvidia.com/gpu": "0"}},
            }
        ],
    },
}


def written(objects: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    problems: list[InputProblem] = []
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    made = dump(documents_of([Source("x", text.encode())], problems), problems, anonymous)
    assert problems == []
    node, pod = json.loads(made.content)["items"]
    return node, pod


def test_nothing_is_left_of_names_and_of_what_people_write() -> None:
    text = json.dumps(written([NODE, POD])).lower()
    for word in ("pelican", "squad", "acme", "heron", "goldfinch", "magpie", "aviary", "eggs",
                 "registry", "hunter2", "shiny", "10-0-1-2", "10.0.1.2", "i-0123"):  # fmt: skip
        assert word not in text, word


def test_what_plans_depend_on_is_left() -> None:
    node, pod = written([NODE, POD])
    labels = node["metadata"]["labels"]
    assert labels["topology.kubernetes.io/zone"] == "ap-northeast-2a"
    assert labels["node.kubernetes.io/instance-type"] == "m5.large"
    assert node["status"]["allocatable"] == NODE["status"]["allocatable"]
    assert node["status"]["images"][0]["sizeBytes"] == 90_000_000
    assert pod["spec"]["containers"][0]["resources"] == (POD["spec"]["containers"][0]["resources"])
    assert pod["spec"]["tolerations"][1] == {"operator": "Exists"}


def test_what_refers_to_each_other_still_does() -> None:
    node, pod = written([NODE, POD])
    spec, labels = pod["spec"], node["metadata"]["labels"]
    assert spec["nodeName"] == node["metadata"]["name"] == labels["kubernetes.io/hostname"]
    (taint,) = node["spec"]["taints"]
    assert spec["nodeSelector"] == {taint["key"]: taint["value"]}
    assert labels[taint["key"]] == taint["value"]
    assert spec["tolerations"][0]["key"] == taint["key"]
    term = spec["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0]
    assert term["topologyKey"] == "kubernetes.io/hostname"
    (expression,) = term["labelSelector"]["matchExpressions"]
    assert pod["metadata"]["labels"] == {expression["key"]: expression["values"][0]}
    owner = pod["metadata"]["ownerReferences"][0]["name"]
    claim = spec["volumes"][0]
    assert pod["metadata"]["name"] == f"{owner}-0"
    assert claim["persistentVolumeClaim"]["claimName"] == f"{claim['name']}-{owner}-0"
    assert spec["containers"][0]["image"] == node["status"]["images"][0]["names"][0]


def test_names_keep_their_order() -> None:
    names = ["ab", "ab-c", "ab-z", "ab0", "abc", "b-10", "b-9", "kube-proxy", "web"]
    objects = [{"kind": "Pod", "metadata": {"name": name}} for name in names]
    found = [item["metadata"]["name"] for item in anonymous(objects)]
    kept = [name for name in found if name != "kube-proxy"]
    assert kept == sorted(kept)
    assert "kube-proxy" in found


EXAMPLES = SHOP.parent


@pytest.mark.parametrize(
    "path",
    [SHOP, EXAMPLES / "migration" / "cluster.yaml", EXAMPLES / "migration" / "stuck.yaml"],
    ids=lambda path: path.stem,
)
def test_the_plan_without_names_is_the_plan(path: Path) -> None:
    problems: list[InputProblem] = []
    written = dump(documents_of([str(path)], problems), problems, anonymous)
    named, nameless = read_files([str(path)]), read_files([Source("x", written.content)])
    assert [*problems, *nameless.problems] == [*named.problems]
    assert len(nameless.cluster.pods) == len(named.cluster.pods)
    plans = [engine.plan(_snapshot(reading.cluster)) for reading in (named, nameless)]
    assert plans[0].cost_nano_usd_per_hour == plans[1].cost_nano_usd_per_hour
    assert plans[0].lower_bound == plans[1].lower_bound
    assert len(plans[0].unschedulable) == len(plans[1].unschedulable)
    loads = [sorted((n.instance_type, n.zone, len(n.pods)) for n in p.nodes) for p in plans]
    assert loads[0] == loads[1]


def test_live_pods_are_still_those_of_their_deployment() -> None:
    """A ReplicaSet that is not in the input is known by the hash in its name."""
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "magpie", "namespace": "aviary"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "magpie"}},
            "template": {
                "metadata": {"labels": {"app": "magpie"}},
                "spec": {"containers": [{"name": "c"}]},
            },
        },
    }
    replica_set = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "magpie-59d7c8b6f4",
                   "controller": True}  # fmt: skip
    live = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "magpie-59d7c8b6f4-x2k7q",
            "namespace": "aviary",
            "labels": {"app": "magpie", "pod-template-hash": "59d7c8b6f4"},
            "ownerReferences": [replica_set],
        },
        "spec": {"containers": [{"name": "c"}]},
    }
    text = json.dumps({"kind": "List", "items": anonymous([deployment, live])})
    assert len(read_files([Source("x", text.encode())]).cluster.pods) == 2


def _snapshot(cluster: Cluster) -> Snapshot:
    return Snapshot(cluster, load_catalog("ap-northeast-2"), Networking())
