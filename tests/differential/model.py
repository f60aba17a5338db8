"""What is asked and what is answered: Case, Answer, Acceptance.

Law: plain values; Kubernetes objects stay the JSON objects they are on the wire.
"""

from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]
"""A Kubernetes object as JSON."""

NAMESPACED = {
    "PersistentVolumeClaim", "Pod", "Service", "CSIStorageCapacity", "PodDisruptionBudget",
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """The nodes that pass every filter for one pod, and the first reasons of those that do not.

    ``reasons`` counts reasons, not nodes: NodeResourcesFit and VolumeBinding may give several for
    one node. ``message`` is what PodScheduled=False says.
    """

    feasible: frozenset[str]
    reasons: dict[str, int] | None
    message: str


@dataclass(frozen=True)
class Case:
    """A cluster and the pods that come to it, each judged by itself against the same state."""

    name: str
    objects: list[Object]
    pods: list[Object]

    @property
    def nodes(self) -> int:
        """Return the number of nodes."""
        return sum(item["kind"] == "Node" for item in self.objects)


@dataclass(frozen=True)
class Acceptance:
    """What the stock scheduler made of a plan: the pods left pending, and who went where."""

    pending: list[str]
    seconds: float
    placed: dict[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """The API server refused an object: the generator made something invalid."""


def namespace_of(item: Object) -> str | None:
    """Return an object's namespace, or None if its kind is cluster-wide."""
    namespace: str = item["metadata"].get("namespace", "default")
    return namespace if item["kind"] in NAMESPACED else None


def key(item: Object) -> str:
    """Return an object's namespace and name, as in shop/web-0; the name alone if cluster-wide."""
    namespace, name = namespace_of(item), item["metadata"]["name"]
    return f"{namespace}/{name}" if namespace else name
