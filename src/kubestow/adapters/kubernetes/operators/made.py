"""A workload that an operator makes of a custom object: a document like those of the input.

Errors in it name the custom object and its field. Its pods count against live pods of the same
owner, or of the same labels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from kubestow.adapters.documents import Document

Labels = Mapping[str, str]
Template = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Maker:
    """The custom object that a workload is made of.

    ``paths`` are pairs of prefixes: a path in the workload, and where it is in the custom object.
    If the operator makes the pods itself, ``owner`` is the (kind, name) that they name as their
    owner; ``labels`` tell its groups of pods apart.
    """

    subject: str
    kind: str
    name: str
    paths: tuple[tuple[str, str], ...] = ()
    owner: tuple[str, str] | None = None
    labels: tuple[tuple[str, str], ...] = ()
    generated: tuple[str, ...] = ()
    """Containers that the operator adds: nothing in the custom object decides them."""
    through_replica_sets: bool = False
    """True if its pods are those of ReplicaSets, which have its selector."""

    def container_field(self, path: str) -> str:
        """Return where a container is, so that its resources are below it."""
        return self.field(f"{path}.resources").removesuffix("resources").removesuffix(".")

    def field(self, path: str) -> str:
        """Return where a field of the workload is in the custom object."""
        for made, real in self.paths:
            if path == made or path.startswith((made + ".", made + "[")):
                return (real + path[len(made) :]).strip(".")
        return path


@dataclass(frozen=True, slots=True)
class MadeDocument(Document):
    """A workload of an operator; its ``kind`` is the built-in one that it is read as."""

    maker: Maker

    @property
    def owner_kind(self) -> str:
        """The kind that its pods name as their owner."""
        return self.maker.owner[0] if self.maker.owner else self.kind


def maker_of(document: Document) -> Maker | None:
    """Return the custom object that a document is made of; None for one of the input."""
    return document.maker if isinstance(document, MadeDocument) else None


def owner_kind(document: Document) -> str:
    """Return the kind that a workload's pods name as their owner."""
    return document.owner_kind if isinstance(document, MadeDocument) else document.kind


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeWorkload:
    """What a reader returns: a workload that the operator makes.

    ``at`` is where the pod template is in the custom object, ``counted_at`` where its replicas are;
    ``paths`` are those of fields that are elsewhere. ``labels`` are those the operator adds to the
    pods. ``group`` is set where the custom object owns the pods itself.
    """

    kind: str
    name: str
    template: Template
    count: int
    at: str
    counted_at: str = "spec.replicas"
    labels: Labels | None = None
    selector: Any = None
    claims: Sequence[Any] = ()
    claims_at: str = "spec.volumeClaimTemplates"
    paths: tuple[tuple[str, str], ...] = ()
    owner: tuple[str, str] | None = None
    start: int = 0
    generated: tuple[str, ...] = ()
    through_replica_sets: bool = False


def _labelled(metadata: Any, labels: Labels) -> Any:
    """Return the metadata with more labels; what is no mapping is left to the reader of pods."""
    own = metadata.get("labels") if isinstance(metadata, dict) else metadata
    if own is not None and not isinstance(own, dict):
        return metadata
    return (metadata or {}) | {"labels": (own or {}) | dict(labels)}


def document_of(
    made: MadeWorkload, origin: Document, subject: str, own: tuple[str, str]
) -> MadeDocument:
    """Return the document of a workload that was made of ``origin``.

    ``subject`` is how messages name the custom object, ``own`` its namespace and name.
    """
    namespace, name = own
    metadata = _labelled(made.template.get("metadata"), made.labels or {})
    selector = made.selector
    if selector is None:
        selector = {"matchLabels": dict(made.labels or {})}
    counter = "parallelism" if made.kind == "Job" else "replicas"
    spec: dict[str, Any] = {
        counter: made.count,
        "template": {"metadata": metadata, "spec": made.template.get("spec")},
    }
    if made.kind != "Job":
        spec["selector"] = selector
    if made.kind == "DaemonSet":
        del spec["replicas"]
    if made.start:
        spec["ordinals"] = {"start": made.start}
    if made.claims:
        spec["volumeClaimTemplates"] = list(made.claims)
    content = {
        "apiVersion": "batch/v1" if made.kind == "Job" else "apps/v1",
        "kind": made.kind,
        "metadata": {"name": made.name, "namespace": namespace},
        "spec": spec,
    }
    paths = (
        *made.paths,
        ("spec.template", made.at),
        (f"spec.{counter}", made.counted_at),
        ("spec.volumeClaimTemplates", made.claims_at),
    )
    maker = Maker(
        subject,
        origin.kind,
        name,
        paths,
        made.owner,
        tuple(sorted((made.labels or {}).items())) if made.owner else (),
        made.generated,
        made.through_replica_sets,
    )
    return MadeDocument(
        origin.file, made.kind, str(content["apiVersion"]), msgspec.json.encode(content), maker
    )
