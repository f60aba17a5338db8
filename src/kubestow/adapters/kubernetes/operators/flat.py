"""Custom objects that have the fields of a pod in their own spec, without a pod template."""

from typing import Any

from kubestow.adapters.kubernetes.operators.part import Part

_POD = ("affinity", "hostNetwork", "nodeSelector", "priorityClassName", "runtimeClassName",
        "schedulerName", "terminationGracePeriodSeconds", "tolerations",
        "topologySpreadConstraints")  # fmt: skip

_ADDITIONAL = "additionalLabelSelectors"


def pod_fields(part: Part) -> dict[str, Any]:
    """Return the fields of a pod's spec that a mapping has, beside its containers and volumes.

    A field of prometheus-operator's own on spread constraints, which adds the object's labels to
    their selectors, is left out: additionalLabelSelectors.
    """
    fields = {name: part.raw(name) for name in _POD if part.has(name)}
    spread = fields.get("topologySpreadConstraints")
    if isinstance(spread, list):
        fields["topologySpreadConstraints"] = [
            {key: value for key, value in item.items() if key != _ADDITIONAL}
            if isinstance(item, dict)
            else item
            for item in spread
        ]
    return fields


def placed(part: Part) -> tuple[tuple[str, str], ...]:
    """Return where the fields of a pod are that was made of a mapping: paths of a MadeWorkload."""
    return (
        ("spec.template.spec.containers[0].resources", part.where("resources")),
        ("spec.template.spec", part.path),
        ("spec.template.metadata", part.where("podMetadata")),
    )


def claim(name: str, size: Any, storage_class: Any, modes: Any = None) -> dict[str, Any]:
    """Return a claim template of one size."""
    spec: dict[str, Any] = {
        "accessModes": modes or ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size}},
    }
    if storage_class is not None:
        spec["storageClassName"] = storage_class
    return {"metadata": {"name": name}, "spec": spec}
