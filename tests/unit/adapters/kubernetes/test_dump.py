"""An input as one file: what -f reads of it is what it read before."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from kubestow.adapters.documents import Document
from kubestow.adapters.files import documents_of, read_files
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.adapters.kubernetes.dump import dump
from kubestow.adapters.kubernetes.slim import slim
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputProblem
from kubestow.model.snapshot import Cluster

SHOP = Path(__file__).parents[4] / "examples" / "online-shop"
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "aGk="}}


def test_a_dump_is_read_as_what_it_is_of() -> None:
    problems: list[InputProblem] = []
    made = dump(documents_of([str(SHOP)], problems), problems)
    again = read_files([Source("dump", made.content)])
    before = read_files([str(SHOP)])
    assert problems == []
    assert again.problems == ()
    assert again.cluster.pods == before.cluster.pods
    assert again.cluster.disruption_budgets == before.cluster.disruption_budgets
    assert made.left_out == (("ConfigMap", 1),)
    assert b'"env"' not in made.content


def test_secrets_are_left_out_and_items_of_lists_keep_their_kind() -> None:
    node = {"metadata": {"name": "n"}, "status": {"allocatable": {"cpu": "1"}}}
    nodes = {"apiVersion": "v1", "kind": "NodeList", "items": [node]}
    text = "\n".join(json.dumps(item) for item in (SECRET, nodes))
    problems: list[InputProblem] = []
    made = dump(documents_of([Source("x", text.encode())], problems), problems)
    (item,) = json.loads(made.content)["items"]
    assert item == {"apiVersion": "v1", "kind": "Node", **node}
    assert made.left_out == (("Secret", 1),)


def test_an_object_that_no_value_can_hold_is_named_and_the_rest_written() -> None:
    text = '{"apiVersion":"v1","kind":"Pod","spec":{"priority":1e999}}\n{"kind":"Pod"}'
    problems: list[InputProblem] = []
    made = dump(documents_of([Source("x", text.encode())], problems), problems)
    assert made.objects == 1
    assert [problem.subject for problem in problems] == ["Pod"]


def test_addresses_lose_their_passwords() -> None:
    spec = {"remoteWrite": [{"url": "https://user:hunter2@metrics.example/write"}]}
    prometheus = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Prometheus",
        "metadata": {"name": "p"},
        "spec": spec,
    }
    problems: list[InputProblem] = []
    text = json.dumps(prometheus).encode()
    made = dump(documents_of([Source("x", text)], problems), problems)
    (item,) = json.loads(made.content)["items"]
    assert item["spec"]["remoteWrite"] == [{"url": "https://metrics.example/write"}]


KEYS = {"env": "prod", "lifecycle": "spot", "args": "a", "command": "c", "userData": "u"}
"""Labels that are named as what programs run with is."""
CONTAINER = {
    "name": "c",
    "env": [{"name": "PASSWORD", "value": "hunter2"}],
    "command": ["run"],
    "resources": {"requests": {"cpu": "1", "memory": "1Gi"}},
}
LABELLED: list[dict[str, Any]] = [
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "labels": KEYS},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": KEYS},
            "template": {
                "metadata": {"labels": KEYS},
                "spec": {"nodeSelector": KEYS, "containers": [CONTAINER]},
            },
        },
    },
    {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": KEYS}},
    },
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": KEYS},
    },
    {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "n", "labels": KEYS},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "20"}},
    },
    {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "shop", "labels": KEYS, "annotations": KEYS},
    },
    {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": "all"},
        "spec": {
            "template": {
                "metadata": {"labels": KEYS},
                "spec": {
                    "requirements": [],
                    "nodeClassRef": {
                        "group": "karpenter.k8s.aws",
                        "kind": "EC2NodeClass",
                        "name": "x",
                    },
                },
            }
        },
    },
    {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": "x"},
        "spec": {
            "userData": "export TOKEN=hunter2",
            "tags": KEYS,
            "amiSelectorTerms": [{"alias": "al2023@latest"}],
        },
    },
]  # fmt: skip
RESOURCES = {
    "Deployment": "deployments",
    "PodDisruptionBudget": "poddisruptionbudgets",
    "Service": "services",
    "Node": "nodes",
    "Namespace": "namespaces",
    "NodePool": "nodepools",
    "EC2NodeClass": "ec2nodeclasses",
}


def read(contents: list[bytes]) -> Cluster:
    documents = [
        Document("x", item["kind"], item["apiVersion"], content)
        for item, content in zip(LABELLED, contents, strict=True)
    ]
    problems: list[InputProblem] = []
    cluster = read_cluster(documents, problems)
    assert problems == []
    return replace(cluster, remarks=())  # on fields that are not kept


def test_labels_are_kept_whatever_they_are_called_and_what_programs_run_with_is_not() -> None:
    whole = [json.dumps(item).encode() for item in LABELLED]
    problems: list[InputProblem] = []
    dumped = dump(documents_of([Source("x", b"\n".join(whole))], problems), problems)
    items = [json.dumps(item).encode() for item in json.loads(dumped.content)["items"]]
    watched = [slim(RESOURCES[o["kind"]], j) for o, j in zip(LABELLED, whole, strict=True)]
    assert len(read(whole).pods) == 2
    for kept in (items, watched):
        assert b"hunter2" not in b"".join(kept)
        assert b'"run"' not in b"".join(kept)
        assert read(kept) == read(whole)
