"""Names, labels, annotations and selectors, as apimachinery validates them (1.34).

Sources: apimachinery pkg/api/validation/objectmeta.go and pkg/apis/meta/v1/validation.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.validation.formats import (
    KEY,
    LABEL,
    LABEL_1035,
    SUBDOMAIN,
    VALUE,
    ValueRule,
    is_qualified_name,
)

_ANNOTATIONS_MAX = 256 * 1024
_SEGMENT = ValueRule(
    lambda v: "/" not in v and "%" not in v and v not in (".", ".."),
    "is not a valid name", "use a name without '/' and '%'",
)  # fmt: skip
_CRON_JOB = ValueRule(
    lambda v: SUBDOMAIN.test(v) and len(v) <= 52,
    "is not a valid name of a CronJob", f"{SUBDOMAIN.hint.rpartition('; ')[0]}; at most 52",
)  # fmt: skip
_NAMES = {
    "Namespace": LABEL,
    "Service": LABEL_1035,
    "StatefulSet": LABEL,
    "PodDisruptionBudget": _SEGMENT,
    "CronJob": _CRON_JOB,
}
"""The rule of a kind's names; that of others is RFC 1123's subdomain."""
CLUSTER_SCOPED = frozenset({
    "Namespace", "Node", "PersistentVolume", "PriorityClass", "RuntimeClass", "StorageClass",
    "CSINode", "CSIDriver", "VolumeAttachment", "NodePool", "EC2NodeClass", "Provisioner",
    "AWSNodeTemplate", "NodeOverlay",
})  # fmt: skip
_ANY_FINALIZER = ("PodDisruptionBudget", "RuntimeClass", "NodePool", "EC2NodeClass")
SYSTEM_PRIORITIES = {
    "system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000,
}  # fmt: skip
"""The priorities of Kubernetes' own PriorityClasses."""
_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
_VALUELESS = ("Exists", "DoesNotExist")


def name_mistakes(kind: str, item: Mapping[str, Any]) -> Iterator[FieldError]:
    """Yield what is wrong with an object's name; one that is missing is reported by its reader."""
    metadata = item.get("metadata") or {}
    rule = _NAMES.get(kind, SUBDOMAIN)
    name, generated = metadata.get("name"), metadata.get("generateName")
    error = rule.error(name, "metadata.name") if name else None
    if error is not None:
        yield error
    if generated:
        # A generated name gets five letters or digits at its end.
        error = rule.error(f"{generated[:47]}xxxxx", "metadata.generateName")
        if error is not None:
            yield error
    yield from _owners(metadata.get("ownerReferences", ()))
    for index, text in enumerate(metadata.get("finalizers", ())):
        is_own = kind in _ANY_FINALIZER or "/" in text or text in _FINALIZERS
        if not is_qualified_name(text) or not is_own:
            yield FieldError(f"metadata.finalizers[{index}]", "is not a valid finalizer",
                             "use a name with a domain, such as example.com/cleanup"
                             )  # fmt: skip
    space = metadata.get("namespace") if kind not in CLUSTER_SCOPED else ""
    error = LABEL.error(space, "metadata.namespace") if space else None
    if error is not None:
        yield error


def labels(values: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    """Yield what is wrong with labels: keys and values."""
    for key, value in values.items():
        for error in (KEY.error(key, f"{path}.{key}"), VALUE.error(value, f"{path}.{key}")):
            if error is not None:
                yield error


def _meta(value: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    if "volumeClaimTemplates[" in path:
        return  # the API server does not look at it
    if path.endswith("volumeClaimTemplate.metadata"):
        for field in value.keys() - {"labels", "annotations"}:
            yield FieldError(f"{path}.{field}", "is not allowed in the template of a claim",
                             "set labels and annotations alone")  # fmt: skip
    yield from labels(value.get("labels", {}), f"{path}.labels")
    annotations = value.get("annotations", {})
    for key in annotations:
        if not is_qualified_name(key.lower()):
            yield FieldError(f"{path}.annotations", f"{key!r} is not a valid key", KEY.hint)
    size = sum(len(key.encode()) + len(text.encode()) for key, text in annotations.items())
    if size > _ANNOTATIONS_MAX:
        yield FieldError(f"{path}.annotations", f"has {size} bytes, more than {_ANNOTATIONS_MAX}",
                         "shorten the annotations")  # fmt: skip


def _owners(owners: Sequence[Mapping[str, Any]]) -> Iterator[FieldError]:
    for index, owner in enumerate(owners):
        for field in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(field):
                yield FieldError(f"metadata.ownerReferences[{index}].{field}", "is missing",
                                 "an owner has apiVersion, kind, name and uid")  # fmt: skip
    if sum(bool(owner.get("controller")) for owner in owners) > 1:
        yield FieldError("metadata.ownerReferences", "names two controllers",
                         "an object has at most one owner with controller: true")  # fmt: skip


def _selector(value: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    yield from labels(value.get("matchLabels", {}), f"{path}.matchLabels")


def _selector_requirement(value: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    operator, values = value.get("operator", ""), value.get("values", ())
    if operator not in _OPERATORS:
        yield FieldError(f"{path}.operator", f"unknown label selector operator {operator!r}",
                         f"expected one of {', '.join(_OPERATORS)}")  # fmt: skip
    elif (operator in _VALUELESS) == bool(values):
        yield FieldError(f"{path}.values", f"does not fit the operator {operator}",
                         "In and NotIn need values; Exists and DoesNotExist take none")  # fmt: skip


CHECKS = {
    "meta.v1.ObjectMeta": (_meta,),
    "meta.v1.LabelSelector": (_selector,),
    "meta.v1.LabelSelectorRequirement": (_selector_requirement,),
}
