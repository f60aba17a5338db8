"""Of several definitions of one object the last counts."""

import json
from typing import Any

from kubestow.adapters.documents import Document
from kubestow.adapters.kubernetes.latest import identity, latest


def document(kind: str, api_version: str = "v1", /, **value: Any) -> Document:
    return Document("in.yaml", kind, api_version, json.dumps(value).encode())


def named(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name} | more


def test_the_last_stands_where_the_first_was() -> None:
    one = document("Service", metadata=named("a"), spec={"x": 1})
    other = document("Service", metadata=named("b"))
    two = document("Service", metadata=named("a", namespace="default"), spec={"x": 2})
    kept, repetitions = latest([one, other, two], "default")
    assert kept == [two, other]
    assert repetitions == [("Service", "default/a")]


def test_kinds_namespaces_and_groups_tell_objects_apart() -> None:
    documents = [
        document("Job", "batch/v1", metadata=named("a")),
        document("Job", "batch.volcano.sh/v1alpha1", metadata=named("a")),
        document("Job", "batch/v1", metadata=named("a", namespace="other")),
        document("Deployment", "apps/v1", metadata=named("a")),
    ]
    assert latest(documents, "default")[0] == documents
    old = document("Deployment", "extensions/v1beta1", metadata=named("a"))
    assert len(latest([documents[3], old], "default")[0]) == 1


def test_a_node_has_no_namespace() -> None:
    node = document("Node", metadata=named("n", namespace="stray"))
    assert identity(node, "default") == ("", "Node", "", "n")


def test_objects_without_a_name_are_all_kept() -> None:
    documents = [
        document("Job", metadata={"generateName": "a-"}),
        document("Job", metadata={"generateName": "a-"}),
        document("Job", metadata=3),
        document("Job"),
        Document("in.yaml", "Job", "v1", b"{"),
    ]
    assert latest(documents, "default") == (documents, [])
