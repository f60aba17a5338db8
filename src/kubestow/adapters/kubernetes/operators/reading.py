"""Custom objects turned into the workloads their operators make, beside those of the input.

A workload that the input has itself is not made a second time.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import msgspec

from kubestow.adapters.documents import Document, plain_values
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.operators import (
    batch,
    databases,
    elastic,
    prometheus,
    ray,
    serving,
    spark,
    strimzi,
    templates,
)
from kubestow.adapters.kubernetes.operators.custom import Custom, Reader
from kubestow.adapters.kubernetes.operators.made import MadeDocument, document_of
from kubestow.adapters.kubernetes.operators.part import Part
from kubestow.adapters.kubernetes.operators.unread import (
    MAKES,
    MAY,
    UNKNOWN,
    is_foreign,
    why_unread,
)
from kubestow.adapters.kubernetes.replicas import AutoscalerChoice
from kubestow.adapters.kubernetes.wire import Named
from kubestow.adapters.shapes import decoded

READERS: Mapping[tuple[str, str], Reader] = {
    **batch.READERS, **databases.READERS, **elastic.READERS, **prometheus.READERS, **ray.READERS,
    **serving.READERS, **spark.READERS, **strimzi.READERS, **templates.READERS,
}  # fmt: skip
_WORKLOADS = ("CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController",
              "StatefulSet")  # fmt: skip
_THROUGH_REPLICA_SETS = ("CloneSet", "DeploymentConfig", "Rollout")
"""Kinds that count as a Deployment does: what they own is not planned beside them."""
_EXACT = {*_THROUGH_REPLICA_SETS, *batch.EXACT, "DaemonSet", "ScaledJob", "StatefulSet"}
_BY_DEFAULT = "pods are as its operator makes them by default; its configuration may add to them"
Owner = tuple[str, str, str]


@dataclass(slots=True)
class OperatorObjects:
    """What was made of custom objects, what could not be read, and what is not exact."""

    made: list[MadeDocument] = field(default_factory=list)
    mistakes: list[tuple[Document, FieldError]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unread: list[tuple[Document, str]] = field(default_factory=list)
    replaced: set[Owner] = field(default_factory=set)
    read: set[Owner] = field(default_factory=set)
    """The custom objects that workloads were made of."""


@dataclass(slots=True)
class _Input:
    """The objects of the input by kind, namespace and name, and who controls them."""

    namespace: str
    objects: dict[Owner, Document] = field(default_factory=dict)
    parents: dict[Owner, Owner] = field(default_factory=dict)

    def add(self, document: Document) -> Owner | None:
        """Record an object; return its key, None for one that has no name."""
        try:
            metadata = decoded(document.json, Named).metadata
        except (msgspec.DecodeError, RecursionError):
            return None
        if not metadata.name:
            return None
        own = (document.kind, metadata.namespace or self.namespace, metadata.name)
        if is_read(document):
            self.objects[own] = document
        else:
            self.objects.setdefault(own, document)
        for owner in metadata.owner_references or ():
            if owner.controller is not False:
                self.parents[own] = (owner.kind, own[1], owner.name)
                break
        return own

    def above(self, own: Owner) -> Iterator[Owner]:
        """Yield the controllers above an object that are in the input."""
        seen = {own}
        current = self.parents.get(own)
        while current is not None and current not in seen:
            seen.add(current)
            if current in self.objects:
                yield current
            current = self.parents.get(current)

    def find(self, kind: str, namespace: str, name: str) -> Part | None:
        """Return another object."""
        document = self.objects.get((kind, namespace, name))
        return None if document is None else Part(plain_values(document))


def group_of(document: Document) -> str:
    """Return the API group of an object."""
    return document.api_version.rpartition("/")[0]


def is_read(document: Document) -> bool:
    """Return whether an object is of a custom kind that is read."""
    return (group_of(document), document.kind) in READERS


def read_operators(
    documents: Sequence[Document],
    unread: Sequence[Document],
    namespace: str,
    choice: AutoscalerChoice,
) -> OperatorObjects:
    """Make the workloads of custom objects; ``documents`` are all objects but pods.

    ``unread`` are those of them that nothing reads. A mistake in one object is returned; the others
    are read.
    """
    found = OperatorObjects()
    given = _Input(namespace)
    keys = [given.add(document) for document in documents]
    below: dict[Owner, set[str]] = {}
    for key, document in zip(keys, documents, strict=True):
        if key is not None and (document.kind in _WORKLOADS or is_read(document)):
            for owner in given.above(key):
                below.setdefault(owner, set()).add(document.kind)
    notes: dict[tuple[str, str], int] = {}
    for key, document in zip(keys, documents, strict=True):
        if not is_read(document):
            continue
        if key is None:
            found.mistakes.append(
                (document, FieldError("metadata.name", "is missing", "every object needs a name"))
            )
            continue
        try:
            custom = _custom(document, key, given, choice)
            made = list(_made(custom, document, given, children=below.get(key, set())))
        except FieldError as mistake:
            found.mistakes.append((document, mistake))
            continue
        found.made += made
        found.read |= {key} if made else set()
        found.replaced |= set(custom.replaced)
        if not custom.notes and document.kind not in _EXACT:
            custom.note(_BY_DEFAULT)
        for text in custom.notes if made else ():
            notes[document.kind, text] = notes.get((document.kind, text), 0) + 1
    found.notes = [f"{n} {kind}: {text}" for (kind, text), n in sorted(notes.items())]
    _name_unread(unread, given, found)
    return found


def _custom(document: Document, key: Owner, given: _Input, choice: AutoscalerChoice) -> Custom:
    root = Part(plain_values(document))
    return Custom(document.kind, key[1], key[2], root, choice, given.find)


def _made(
    custom: Custom, document: Document, given: _Input, *, children: Set[str]
) -> Iterator[MadeDocument]:
    """Yield the documents of an object that the input does not have itself.

    ``children`` are the kinds of those that it controls.
    """
    reader = READERS[group_of(document), document.kind]
    subject = f"{custom.kind} {_shown_namespace(custom)}{custom.name}"
    workloads = list(reader(custom))
    present = {
        (item.kind, item.name)
        for item in workloads
        if item.owner is None and _is_built_in(given, (item.kind, custom.namespace, item.name))
    }
    if children and not present and custom.kind not in _THROUGH_REPLICA_SETS:
        return
    for item in workloads:
        if item.owner is not None and item.owner[0] in children:
            continue  # the object that it is made through is in the input, and read itself
        if item.owner is not None or (item.kind, item.name) not in present:
            yield document_of(item, document, subject, (custom.namespace, custom.name))


def _is_built_in(given: _Input, own: Owner) -> bool:
    document = given.objects.get(own)
    return document is not None and not is_read(document)


def _shown_namespace(custom: Custom) -> str:
    namespace = custom.root.part("metadata").text("namespace")
    return f"{namespace}/" if namespace else ""


def _name_unread(unread: Sequence[Document], given: _Input, found: OperatorObjects) -> None:
    """Record why objects of kinds that are not read are left out.

    Nothing is said of an object that another of the input controls: its owner speaks for it.
    """
    for document in unread:
        own = given.add(document)
        if own is not None and any(True for _ in given.above(own)):
            continue
        reason = why_unread(group_of(document), document.kind, _spec(document))
        found.unread.append((document, reason))


def may_make_pods(document: Document) -> bool:
    """Return whether an operator makes pods for an object, or may, whose labels are not known.

    Those of a Rollout and its like are: they are its template's.
    """
    if not is_foreign(group_of(document)) and not is_read(document):
        return False
    if is_read(document):
        return document.kind not in (*_THROUGH_REPLICA_SETS, "DaemonSet", "StatefulSet")
    reason = why_unread(group_of(document), document.kind, _spec(document))
    return reason in (MAKES, MAY, UNKNOWN)


def _spec(document: Document) -> Any:
    try:
        return decoded(document.json, _Object).spec
    except (msgspec.DecodeError, RecursionError):
        return None


class _Object(msgspec.Struct):
    spec: Any = None
