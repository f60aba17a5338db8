"""CustomResourceDefinitions of NodePool and EC2NodeClass, for the real API server.

Types and limits of fields are kubestow's facts; the CEL rules are written here. The point is how
the API server applies them.
"""

from typing import Any

from kubestow.adapters.kubernetes.published import facts

from ..model import Object

_TEMPLATE = "NodePool.v1.spec.template"
_CLASS = "EC2NodeClass.v1.spec"
_NUMERIC = "['Gt', 'Lt', 'Gte', 'Lte']"
_NO_EMPTY_TAGS = "!has(self.tags) || self.tags.all(k, k != '' && self.tags[k] != '')"
RULES: dict[str, tuple[str, ...]] = {
    "NodePool.v1.spec": (
        "!has(self.replicas) || !has(self.limits) || self.limits.all(k, k == 'nodes')",
        "!(has(self.replicas) && has(self.weight))",
    ),
    "NodePool.v1.spec.disruption": (
        "!has(self.budgets) || self.budgets.all(b, has(b.schedule) == has(b.duration))",
    ),
    f"{_TEMPLATE}.metadata": (
        "!has(self.labels) || self.labels.all(k, k != 'kubernetes.io/hostname' && "
        "k != 'karpenter.sh/nodepool')",
    ),
    f"{_TEMPLATE}.spec.requirements": (
        "self.operator != 'In' || (has(self.values) && size(self.values) > 0)",
        f"!(self.operator in {_NUMERIC}) || (has(self.values) && size(self.values) == 1 && "
        "self.values[0].matches('^[0-9]+$'))",
        "self.key != 'kubernetes.io/hostname' && self.key != 'karpenter.sh/nodepool'",
        "self.operator != 'In' || !has(self.minValues) || size(self.values) >= self.minValues",
    ),
    f"{_TEMPLATE}.spec.nodeClassRef": (
        "self.group != '' && self.kind != '' && self.name != ''",
    ),
    _CLASS: (
        "has(self.role) != has(self.instanceProfile)",
        "size(self.amiSelectorTerms) == 1 || !self.amiSelectorTerms.exists(t, has(t.alias))",
        "has(self.amiFamily) || self.amiSelectorTerms.exists(t, has(t.alias))",
        "!has(self.tags) || self.tags.all(k, k != '' && !k.startsWith('kubernetes.io/cluster'))",
        "size(self.subnetSelectorTerms) > 0 && size(self.securityGroupSelectorTerms) > 0",
        "!has(self.blockDeviceMappings) || self.blockDeviceMappings.filter(d, "
        "has(d.rootVolume) && d.rootVolume).size() <= 1",
    ),
    f"{_CLASS}.amiSelectorTerms": (
        "has(self.tags) || has(self.id) || has(self.name) || has(self.alias) || "
        "has(self.ssmParameter)",
        "!has(self.alias) || !(has(self.id) || has(self.tags) || has(self.name) || "
        "has(self.owner))",
        "!has(self.id) || !(has(self.alias) || has(self.tags) || has(self.name) || "
        "has(self.owner))",
        "!has(self.alias) || self.alias.matches('^(al2|al2023|bottlerocket|windows2019|"
        "windows2022|windows2025)@.+$')",
        _NO_EMPTY_TAGS,
    ),
    f"{_CLASS}.subnetSelectorTerms": ("has(self.tags) || has(self.id)", _NO_EMPTY_TAGS),
    f"{_CLASS}.securityGroupSelectorTerms": (
        "has(self.tags) || has(self.id) || has(self.name)", _NO_EMPTY_TAGS),
    f"{_CLASS}.blockDeviceMappings.ebs": ("has(self.volumeSize) || has(self.snapshotID)",),
}  # fmt: skip
"""By type: what must hold of a value."""


def definition(kind: str) -> Object:
    """Return the definition of a kind, with its version v1 alone."""
    (version,) = (name for name in facts().kinds[kind] if name.endswith("/v1"))
    group, plural = version.partition("/")[0], {"EC2NodeClass": "ec2nodeclasses"}.get(
        kind, f"{kind.lower()}s"
    )  # fmt: skip
    schema = _struct(facts().kinds[kind][version])
    schema["properties"]["metadata"] = {"type": "object"}
    schema["properties"]["status"] = {
        "type": "object", "x-kubernetes-preserve-unknown-fields": True}  # fmt: skip
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group, "scope": "Cluster",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(),
                      "listKind": f"{kind}List"},
            "versions": [{"name": "v1", "served": True, "storage": True,
                          "schema": {"openAPIV3Schema": schema}}],
        },
    }  # fmt: skip


def _struct(name: str) -> Object:
    limits = facts().limits.get(name)
    schema: Object = {"type": "object", "properties": {}}
    if name in facts().open:
        schema["x-kubernetes-preserve-unknown-fields"] = True
    for field, kind in facts().types[name].items():
        schema["properties"][field] = _schema(kind, limits.fields.get(field, {}) if limits else {})
    if limits and limits.required:
        schema["required"] = limits.required
    if name in RULES:
        schema["x-kubernetes-validations"] = [{"rule": rule} for rule in RULES[name]]
    return schema


_MOST = 64
"""How many items or characters there may be: CEL wants its work bounded."""


def _schema(kind: str, own: dict[str, Any]) -> Object:
    bounds = {name: own[name] for name in ("minItems", "maxItems") if name in own}
    inner = {name: item for name, item in own.items() if name not in bounds}
    if kind[0] == "[":
        return {"type": "array", "maxItems": _MOST, **bounds, "items": _schema(kind[1:-1], inner)}
    if kind[0] == "{":
        values = _schema(kind[1:-1], {})
        return {"type": "object", "maxProperties": _MOST, "additionalProperties": values}
    if kind in facts().types:
        return _struct(kind)
    return {**_SCALARS[kind], **inner}


_SCALARS: dict[str, Object] = {
    "string": {"type": "string", "maxLength": 512},
    "boolean": {"type": "boolean"},
    "int32": {"type": "integer", "format": "int32"},
    "int64": {"type": "integer", "format": "int64"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "time": {"type": "string", "format": "date-time"},
    "quantity": {
        "anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True,
        "pattern": r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
        r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$",
    },
    "object": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
}  # fmt: skip
