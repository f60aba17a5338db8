"""Of several definitions of one object the last counts, as 'kubectl apply' leaves it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from kubestow.adapters.documents import Document
from kubestow.adapters.kubernetes.wire import Wire
from kubestow.model.labels import PLANNED_NODES

CLUSTER_SCOPED = {"AWSNodeTemplate", "CSIDriver", "CSINode", "EC2NodeClass", "Namespace", "Node",
                  "NodeClass", "NodePool", "PersistentVolume", "PriorityClass", "Provisioner",
                  "RuntimeClass", "StorageClass", "VolumeAttachment"}  # fmt: skip
_OF_THE_SERVER = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink",
                  "uid")  # fmt: skip
Identity = tuple[str, str, str, str]
"""API group (of custom objects only), kind, namespace, name."""


class _Name(Wire):
    name: str | None = None
    namespace: str | None = None


class _Named(Wire):
    metadata: _Name | None = None


@dataclass(frozen=True, slots=True)
class Repetition:
    """An object with several definitions; ``is_same`` if the last says the same as this one."""

    kind: str
    name: str
    is_same: bool


def identity(document: Document, default_namespace: str) -> Identity | None:
    """Return what tells an object from the others; None for one without a name."""
    try:
        metadata = msgspec.json.decode(document.json, type=_Named).metadata
    except (msgspec.DecodeError, RecursionError):
        return None  # reported when it is read
    if metadata is None or not metadata.name:
        return None
    scoped = document.kind in CLUSTER_SCOPED
    namespace = "" if scoped else metadata.namespace or default_namespace
    return _group(document), document.kind, namespace, metadata.name


def latest(
    documents: Iterable[Document], default_namespace: str
) -> tuple[list[Document], list[Repetition]]:
    """Return the last definition of every object, where its first was, and what it replaced.

    Source: kubectl apply applies the objects in their order; the last one stays.
    """
    kept: list[Document] = []
    places: dict[Identity, int] = {}
    repetitions: list[Repetition] = []
    for document in documents:
        own = identity(document, default_namespace)
        place = None if own is None else places.setdefault(own, len(kept))
        if place is None or place == len(kept):
            kept.append(document)
            continue
        assert own is not None
        shown = f"{own[2]}/{own[3]}" if own[2] else own[3]
        is_same = _essence(kept[place]) == _essence(document)
        repetitions.append(Repetition(document.kind, shown, is_same))
        kept[place] = document
    return kept, repetitions


def _group(document: Document) -> str:
    """Return the group of a custom object; the built-in ones differ by kind alone."""
    group = document.api_version.rpartition("/")[0]
    return group if "." in group and not group.endswith(".k8s.io") else ""


def _essence(document: Document) -> Any:
    """Return an object without what differs from dump to dump and affects nothing."""
    try:
        value = msgspec.json.decode(document.json)
    except (msgspec.DecodeError, RecursionError):
        return bytes(document.json)
    value.pop("status", None)
    value.pop("apiVersion", None)
    metadata = dict(value.get("metadata") or {})
    metadata.pop("namespace", None)
    for name in _OF_THE_SERVER:
        metadata.pop(name, None)
    notes: Mapping[str, Any] = metadata.pop("annotations", None) or {}
    return value, metadata, notes.get(PLANNED_NODES) if isinstance(notes, dict) else None
