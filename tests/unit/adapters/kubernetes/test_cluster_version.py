"""The version of Kubernetes: an API server's answer, or kubelets."""

import json

import pytest

from kubestow.adapters.documents import Document
from kubestow.adapters.kubernetes.cluster_version import (
    KIND,
    cluster_version,
    git_version_of,
    is_version,
    version_object,
)


def version(text: str) -> Document:
    item = version_object(text)
    return Document("seoul: version", KIND, item["apiVersion"], json.dumps(item).encode())


def node(name: str, kubelet: str | None) -> Document:
    info = {} if kubelet is None else {"nodeInfo": {"kubeletVersion": kubelet}}
    item = {"metadata": {"name": name}, "status": info}
    return Document("nodes.json", "Node", "v1", json.dumps(item).encode())


def test_the_api_server_tells_the_version() -> None:
    found = cluster_version([node("a", "v1.35.1-eks-1"), version("v1.34.4-eks-3025e55")])
    assert found is not None
    assert (found.minor, found.subject.describe()) == (34, "API server kubernetes")
    assert found.field == "gitVersion"
    assert found.subject.file == "seoul: version"


def test_without_it_the_newest_kubelet_does() -> None:
    found = cluster_version([node("a", "v1.9.1"), node("b", "v1.33.0-eks-1"), node("c", None)])
    assert found is not None
    assert (found.minor, found.subject.describe()) == (33, "Node b")
    assert found.field == "status.nodeInfo.kubeletVersion"


@pytest.mark.parametrize("text", ["", "latest", "v2.1", "1.x", "v1.123456"])
def test_what_is_no_version_tells_nothing(text: str) -> None:
    assert cluster_version([version(text), node("a", text)]) is None


def test_what_cannot_be_read_tells_nothing() -> None:
    assert cluster_version([Document("x", "Node", "v1", b'{"metadata": 1}')]) is None
    assert git_version_of(b'{"gitVersion": 1}') == ""
    assert git_version_of(b"{}") == ""
    assert not is_version(Document("x", KIND, "example.com/v1", b"{}"))
