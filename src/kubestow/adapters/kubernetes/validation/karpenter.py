"""NodePools and EC2NodeClasses, as the schemas of Karpenter's definitions validate them.

The limits of single fields are facts (kubestow/data/fields.json); the rules that the definitions
write in CEL are here. Source: kubernetes-sigs/karpenter v1.15 and karpenter-provider-aws v1.15,
pkg/apis/crds.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.published import FieldLimits

Fields = Mapping[str, Any]
_NUMERIC = ("Gt", "Lt", "Gte", "Lte")
_OWN_KEYS = ("karpenter.sh/capacity-type", "karpenter.sh/nodepool")
_RESERVED_KEYS = ("karpenter.sh/nodepool", "kubernetes.io/hostname")
_TERMS = ("tags", "id", "name", "alias", "ssmParameter", "instanceMatchCriteria")
_RESERVED_TAGS = ("eks:eks-cluster-name", "karpenter.sh/nodepool", "karpenter.sh/nodeclaim",
                  "karpenter.k8s.aws/ec2nodeclass")  # fmt: skip
_FAMILIES = ("al2", "al2023", "bottlerocket", "windows2019", "windows2022", "windows2025")


def beyond_limits(value: Fields, limits: FieldLimits, prefix: str) -> Iterator[FieldError]:
    """Yield what is missing of a type, or outside the limits of its fields."""
    for field in limits.required:
        if field not in value:
            yield FieldError(f"{prefix}{field}", "is missing", "the definition requires it: set it")
    for field, own in limits.fields.items():
        if field not in value:
            continue
        item = value[field]
        if isinstance(item, list) and not (
            own.get("minItems", 0) <= len(item) <= own.get("maxItems", len(item))
        ):
            yield FieldError(f"{prefix}{field}", f"has {len(item)} items",
                             f"use {own.get('minItems', 0)} to {own.get('maxItems', 'more')}"
                             )  # fmt: skip
        for part in item if isinstance(item, list) else [item]:
            yield from _beyond(part, own, f"{prefix}{field}")


def _beyond(item: Any, own: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    if "enum" in own and item not in own["enum"]:
        yield FieldError(path, f"unknown value {item!r}",
                         f"expected one of {', '.join(own['enum'])}")  # fmt: skip
    if "pattern" in own and isinstance(item, str) and not _pattern(own["pattern"]).search(item):
        yield FieldError(path, f"{item!r} is not valid", f"it must match {own['pattern']}")
    is_number = isinstance(item, int | float)
    if is_number and not own.get("minimum", item) <= item <= own.get("maximum", item):
        yield FieldError(path, f"{item} is out of range",
                         f"use {own.get('minimum', '')} to {own.get('maximum', 'more')}"
                         )  # fmt: skip


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text.replace("$", r"\Z") if text.endswith("$") else text, re.ASCII)


def _pool(value: Fields, path: str) -> Iterator[FieldError]:
    if "replicas" not in value:
        return
    if set(value.get("limits", {})) - {"nodes"}:
        yield FieldError(f"{path}.limits", "of a static pool may only name nodes",
                         "remove the others, or replicas")  # fmt: skip
    if "weight" in value:
        yield FieldError(f"{path}.weight", "is not allowed in a static pool",
                         "remove it, or replicas")  # fmt: skip


def _restricted(key: str) -> bool:
    domain = key.partition("/")[0] if "/" in key else key
    own = domain.endswith("karpenter.sh") and key not in _OWN_KEYS
    return own or key in _RESERVED_KEYS


def _labels(value: Fields, path: str) -> Iterator[FieldError]:
    for key in value.get("labels", {}):
        if _restricted(key):
            yield FieldError(f"{path}.labels.{key}", "is Karpenter's own label", "remove it")


def _requirement(value: Fields, path: str) -> Iterator[FieldError]:
    operator, values = value.get("operator"), value.get("values", ())
    if _restricted(value.get("key", "")):
        yield FieldError(f"{path}.key", "is Karpenter's own label", "remove the requirement")
    if operator == "In" and not values:
        yield FieldError(f"{path}.values", "is empty", "operator In needs values")
    if operator in _NUMERIC and not (len(values) == 1 and values[0].isdecimal()):
        yield FieldError(f"{path}.values", "must be one whole number",
                         f"operator {operator} takes one")  # fmt: skip
    if operator == "In" and value.get("minValues", 0) > len(values):
        yield FieldError(f"{path}.minValues", "is more than there are values",
                         "lower it, or add values")  # fmt: skip


def _reference(value: Fields, path: str) -> Iterator[FieldError]:
    for field in ("group", "kind", "name"):
        if value.get(field) == "":
            yield FieldError(f"{path}.{field}", "is empty", "fill it in")


def _budgets(value: Fields, path: str) -> Iterator[FieldError]:
    for index, budget in enumerate(value.get("budgets", ())):
        if ("schedule" in budget) != ("duration" in budget):
            yield FieldError(f"{path}.budgets[{index}]", "sets one of schedule and duration",
                             "set both, or neither")  # fmt: skip


def _node_class(value: Fields, path: str) -> Iterator[FieldError]:
    if ("role" in value) == ("instanceProfile" in value):
        yield FieldError(f"{path}.role", "must be set unless instanceProfile is, and not with it",
                         "set exactly one of them")  # fmt: skip
    for field in ("role", "instanceProfile"):
        if value.get(field) == "":
            yield FieldError(f"{path}.{field}", "is empty", "fill it in")
    terms = value.get("amiSelectorTerms", ())
    aliases = [term["alias"] for term in terms if "alias" in term]
    if aliases and len(terms) > 1:
        yield FieldError(f"{path}.amiSelectorTerms", "combines an alias with other terms",
                         "use the alias alone")  # fmt: skip
    family = value.get("amiFamily")
    if not aliases and family is None:
        yield FieldError(f"{path}.amiFamily", "is missing", "set it, or select an AMI by alias")
    for alias in aliases:
        yield from _alias(alias, family, path)
    for field in ("subnetSelectorTerms", "securityGroupSelectorTerms"):
        if value.get(field) == []:
            yield FieldError(f"{path}.{field}", "is empty", "add a term")
    roots = [d for d in value.get("blockDeviceMappings", ()) if d.get("rootVolume")]
    if len(roots) > 1:
        yield FieldError(f"{path}.blockDeviceMappings", "has two root volumes", "mark one")
    for key in value.get("tags", {}):
        if not key or key in _RESERVED_TAGS or key.startswith("kubernetes.io/cluster"):
            yield FieldError(f"{path}.tags.{key}", "is Karpenter's own tag", "remove it")


def _alias(alias: str, family: str | None, path: str) -> Iterator[FieldError]:
    name, at, version = alias.partition("@")
    if name not in _FAMILIES or not at or not version:
        yield FieldError(f"{path}.amiSelectorTerms", f"{alias!r} is not an alias",
                         "write family@version, such as al2023@latest")  # fmt: skip
    elif family is not None and family.lower() not in (name, "custom"):
        yield FieldError(f"{path}.amiFamily", f"differs from the alias {alias}",
                         "remove it, or change the alias")  # fmt: skip


def _term(value: Fields, path: str) -> Iterator[FieldError]:
    given = [field for field in _TERMS if field in value]
    if not given:
        yield FieldError(path, "is an empty term", f"set one of {', '.join(_TERMS[:3])}")
    for key, text in value.get("tags", {}).items():
        if not key or not text:
            yield FieldError(f"{path}.tags", "has an empty key or value", "fill it in")


def _ami_term(value: Fields, path: str) -> Iterator[FieldError]:
    yield from _term(value, path)
    for field in ("id", "alias"):
        others = {"id", "alias", "tags", "name", "owner"} - {field}
        if field in value and others & value.keys():
            yield FieldError(f"{path}.{field}", "is set together with other fields",
                             "use it alone")  # fmt: skip


def _disk(value: Fields, path: str) -> Iterator[FieldError]:
    if "snapshotID" not in value and "volumeSize" not in value:
        yield FieldError(path, "sets neither volumeSize nor snapshotID", "set volumeSize")


_NODE_CLASS, _TEMPLATE = "EC2NodeClass.v1.spec", "NodePool.v1.spec.template"
CHECKS: dict[str, tuple[Callable[[Fields, str], Iterator[FieldError]], ...]] = {
    "NodePool.v1.spec": (_pool,),
    "NodePool.v1.spec.disruption": (_budgets,),
    f"{_TEMPLATE}.metadata": (_labels,),
    f"{_TEMPLATE}.spec.requirements": (_requirement,),
    f"{_TEMPLATE}.spec.nodeClassRef": (_reference,),
    _NODE_CLASS: (_node_class,),
    f"{_NODE_CLASS}.amiSelectorTerms": (_ami_term,),
    f"{_NODE_CLASS}.subnetSelectorTerms": (_term,),
    f"{_NODE_CLASS}.securityGroupSelectorTerms": (_term,),
    f"{_NODE_CLASS}.blockDeviceMappings.ebs": (_disk,),
}
"""By type."""
