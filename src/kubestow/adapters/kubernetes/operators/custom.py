"""Custom: a custom object that is being read, and what its reader may ask and say."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.operators.made import MadeWorkload
from kubestow.adapters.kubernetes.operators.part import Part
from kubestow.adapters.kubernetes.replicas import REPLICAS_MAX, AutoscalerChoice

Find = Callable[[str, str, str], Part | None]


@dataclass(frozen=True, slots=True)
class Custom:
    """A custom object; ``find`` returns another object of the input by kind, namespace and name."""

    kind: str
    namespace: str
    name: str
    root: Part
    choice: AutoscalerChoice
    find: Find
    notes: list[str] = field(default_factory=list)
    replaced: list[tuple[str, str, str]] = field(default_factory=list)
    """Objects (kind, namespace, name) that this one takes the place of."""

    @property
    def spec(self) -> Part:
        """Return its spec."""
        return self.root.part("spec")

    def note(self, text: str) -> None:
        """Say what of its pods is not exact."""
        if text not in self.notes:
            self.notes.append(text)

    def chosen(self, lowest: int, current: int, highest: int | None) -> int:
        """Return the pods of a group that is scaled, as --hpa says; None has no limit."""
        if self.choice == "min":
            return lowest
        if self.choice == "max" and highest is not None:
            return highest
        if self.choice == "max":
            self.note("without a maximum, --hpa max plans the current number of pods")
        return max(lowest, current if highest is None else min(current, highest))

    def has_condition(self, *types: str) -> bool:
        """Return whether its status has one of these conditions."""
        conditions = self.root.part("status").parts("conditions")
        return any(c.text("type") in types and c.text("status") == "True" for c in conditions)


Reader = Callable[[Custom], Iterator[MadeWorkload]]


def bounded(number: int, field_path: str) -> int:
    """Return a number of workloads to make; raise FieldError if there can be no such cluster."""
    if not 0 <= number <= REPLICAS_MAX:
        shown = number if abs(number) < 10**15 else "the number"
        raise FieldError(
            field_path,
            f"{shown} is not from 0 to {REPLICAS_MAX}, the pods that Kubernetes supports in a "
            "cluster",
            f"use at most {REPLICAS_MAX}",
        )
    return number


def with_container(template: Part, name: str, resources: dict[str, Any]) -> dict[str, Any]:
    """Return a pod template with the operator's container, which the template may alter.

    A container of that name without resources gets those of the operator; the operator's container
    is added first where there is none.
    """
    spec = template.part("spec")
    containers = [dict(item.value) for item in spec.parts("containers")]
    own = next((item for item in containers if item.get("name") == name), None)
    if own is None:
        own = {"name": name}
        containers.insert(0, own)
    if not own.get("resources"):
        own["resources"] = resources
    return {**template.value, "spec": {**spec.value, "containers": containers}}


def merged(generated: list[dict[str, Any]], given: Part, name: str) -> list[dict[str, Any]]:
    """Return generated containers with the given ones merged into them by name.

    As a strategic merge patch does: prometheus-operator pkg/k8sutil MergePatchContainers.
    """
    by_name = {item["name"]: dict(item) for item in generated}
    for item in given.parts(name):
        own = by_name.setdefault(item.text("name"), {"name": item.text("name")})
        resources = own.get("resources") or {}
        given_resources = item.part("resources")
        if given_resources.value:
            own["resources"] = {
                key: {**(resources.get(key) or {}), **given_resources.part(key).value}
                for key in {"requests", "limits"} & {*resources, *given_resources.value}
            }
        own.update({k: v for k, v in item.value.items() if k not in ("name", "resources")})
    return list(by_name.values())
