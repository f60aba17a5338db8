"""The version of Kubernetes that an input tells: its API server's, or that of its nodes' kubelets.

The answer of an API server's /version has neither kind nor apiVersion, so that it becomes an object
of a kind of its own among the lists of a cluster, and in a dump.
"""

import re
from collections.abc import Iterable

import msgspec

from kubestow.adapters.documents import Document
from kubestow.adapters.kubernetes.wire import Wire
from kubestow.adapters.shapes import decoded
from kubestow.model.finding import Subject
from kubestow.model.setup import ClusterVersion

KIND, API_VERSION = "KubernetesVersion", "kubestow.dev/v1alpha1"
_MINOR = re.compile(r"v?1\.(\d{1,4})(?!\d)", re.ASCII)
_OF_NODE = "status.nodeInfo.kubeletVersion"


class _Version(Wire):
    git_version: str = ""


class _NodeInfo(Wire):
    kubelet_version: str | None = None


class _Status(Wire):
    node_info: _NodeInfo | None = None


class _Metadata(Wire):
    name: str = ""


class _Node(Wire):
    metadata: _Metadata
    status: _Status | None = None


def is_version(document: Document) -> bool:
    """Return whether a document tells the version of an API server."""
    return document.kind == KIND and document.api_version == API_VERSION


def version_object(git_version: str) -> dict[str, str]:
    """Return the object that tells the version of an API server."""
    return {"apiVersion": API_VERSION, "kind": KIND, "gitVersion": git_version}


def git_version_of(json: msgspec.Raw | bytes) -> str:
    """Return the version in an answer of /version, or in the object of it; empty without one."""
    try:
        return decoded(json, _Version).git_version
    except (msgspec.DecodeError, RecursionError):
        return ""


def cluster_version(documents: Iterable[Document]) -> ClusterVersion | None:
    """Return the API server's version, or that of the newest kubelet; None if none is told."""
    of_nodes: list[ClusterVersion] = []
    for document in documents:
        if is_version(document):
            minor = _minor(git_version_of(document.json))
            if minor is not None:
                return ClusterVersion(minor, Subject("API server", "kubernetes", "", document.file))
        elif document.kind == "Node":
            of_nodes += _of_node(document)
    return max(of_nodes, key=lambda found: found.minor, default=None)


def _of_node(document: Document) -> list[ClusterVersion]:
    try:
        item = decoded(document.json, _Node)
    except (msgspec.DecodeError, RecursionError):
        return []  # reported when the node itself is read
    info = item.status.node_info if item.status else None
    minor = _minor(info.kubelet_version if info else None)
    if minor is None:
        return []
    return [ClusterVersion(minor, Subject("Node", item.metadata.name, "", document.file), _OF_NODE)]


def _minor(text: str | None) -> int | None:
    match = _MINOR.match(text or "")
    return int(match[1]) if match else None
