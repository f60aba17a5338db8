"""Of several definitions of one object the last counts, as 'kubectl apply' leaves it."""

from collections.abc import Iterable

import msgspec

from kubestow.adapters.documents import Document
from kubestow.adapters.kubernetes.wire import Wire
from kubestow.adapters.shapes import decoded

CLUSTER_SCOPED = {"AWSNodeTemplate", "CSIDriver", "CSINode", "EC2NodeClass", "Namespace", "Node",
                  "NodeClass", "NodePool", "PersistentVolume", "PriorityClass", "Provisioner",
                  "RuntimeClass", "StorageClass", "VolumeAttachment"}  # fmt: skip
Identity = tuple[str, str, str, str]
"""API group (of custom objects only), kind, namespace, name."""


class _Name(Wire):
    name: str | None = None
    namespace: str | None = None


class _Named(Wire):
    metadata: _Name | None = None


def identity(document: Document, default_namespace: str) -> Identity | None:
    """Return what tells an object from the others; None for one without a name."""
    own = document.once(_named)
    if own is None:
        return None
    group, kind, namespace, name = own
    return group, kind, default_namespace if namespace is None else namespace, name


def _named(document: Document) -> tuple[str, str, str | None, str] | None:
    """Return what tells an object from the others; without a namespace if it tells none."""
    try:
        metadata = decoded(document.json, _Named).metadata
    except (msgspec.DecodeError, RecursionError):
        return None  # reported when it is read
    if metadata is None or not metadata.name:
        return None
    namespace = "" if document.kind in CLUSTER_SCOPED else metadata.namespace or None
    return _group(document), document.kind, namespace, metadata.name


def latest(
    documents: Iterable[Document], default_namespace: str
) -> tuple[list[Document], list[tuple[str, str]]]:
    """Return the last definition of every object, where its first was, and what it replaced.

    What was replaced is the kind and name of an object, once for each definition. Source: kubectl
    apply applies objects in their order, so the last one stays.
    """
    kept: list[Document] = []
    places: dict[Identity, int] = {}
    replaced: list[tuple[str, str]] = []
    for document in documents:
        own = identity(document, default_namespace)
        place = None if own is None else places.setdefault(own, len(kept))
        if own is None or place is None or place == len(kept):
            kept.append(document)
            continue
        replaced.append((document.kind, f"{own[2]}/{own[3]}" if own[2] else own[3]))
        kept[place] = document
    return kept, replaced


def _group(document: Document) -> str:
    """Return the group of a custom object; the built-in ones differ by kind alone."""
    group = document.api_version.rpartition("/")[0]
    return group if "." in group and not group.endswith(".k8s.io") else ""
