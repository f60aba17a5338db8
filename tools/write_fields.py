"""Write the fields of every kind that is read from their published schemas: ``make fields``.

Facts only: names, types and limits; no text is taken over. The schemas come from Go modules, which
``go mod download`` fetches and checks; two kinds that no module holds any more are in ``BY_HAND``.
A field is listed if any of the versions has it.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

FACTS = Path(__file__).parent.parent / "src" / "kubestow" / "data" / "fields.json"
Schema = dict[str, Any]
Types = dict[str, dict[str, str]]
Limits = dict[str, dict[str, Any]]

KUBERNETES = tuple(
    f"k8s.io/kubernetes@{v}"
    for v in ("v1.37.2", "v1.36.3", "v1.35.4", "v1.34.4", "v1.29.6", "v1.13.0")
)
"""Newest first; v1.13.0 is the last module with the first versions of apps and extensions."""
_SWAGGER = "api/openapi-spec/swagger.json"
_CRDS = "pkg/apis/crds"
KARPENTER = (
    ("sigs.k8s.io/karpenter@v1.15.0", "karpenter.sh_nodepools.yaml"),
    ("sigs.k8s.io/karpenter@v1.0.8", "karpenter.sh_nodepools.yaml"),
    ("github.com/aws/karpenter-provider-aws@v1.15.2", "karpenter.k8s.aws_ec2nodeclasses.yaml"),
    ("github.com/aws/karpenter-provider-aws@v1.0.8", "karpenter.k8s.aws_ec2nodeclasses.yaml"),
    ("sigs.k8s.io/karpenter@v1.15.0", "karpenter.sh_nodeoverlays.yaml"),
    ("sigs.k8s.io/karpenter@v1.15.0", "autoscaling.x-k8s.io_capacitybuffers.yaml"),
)
EKSCTL = "github.com/weaveworks/eksctl@v0.215.0"
_EKSCTL_SCHEMA = "pkg/apis/eksctl.io/v1alpha5/assets/schema.json"
KINDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("LimitRange", "Namespace", "Node", "PersistentVolume", "PersistentVolumeClaim", "Pod",
         "ReplicationController", "ResourceQuota", "Service"), ("v1",)),
    **dict.fromkeys(("DaemonSet", "Deployment", "ReplicaSet"),
                    ("apps/v1", "apps/v1beta2", "extensions/v1beta1")),
    "StatefulSet": ("apps/v1", "apps/v1beta2", "apps/v1beta1"),
    "Job": ("batch/v1",),
    "CronJob": ("batch/v1", "batch/v1beta1"),
    "HorizontalPodAutoscaler": ("autoscaling/v2", "autoscaling/v1", "autoscaling/v2beta1",
                                "autoscaling/v2beta2"),
    "PodDisruptionBudget": ("policy/v1", "policy/v1beta1"),
    "PriorityClass": ("scheduling.k8s.io/v1", "scheduling.k8s.io/v1beta1"),
    "RuntimeClass": ("node.k8s.io/v1", "node.k8s.io/v1beta1"),
    "StorageClass": ("storage.k8s.io/v1", "storage.k8s.io/v1beta1"),
    "VolumeAttachment": ("storage.k8s.io/v1", "storage.k8s.io/v1beta1"),
    **dict.fromkeys(("CSIDriver", "CSINode", "CSIStorageCapacity"), ("storage.k8s.io/v1",)),
    "Ingress": ("networking.k8s.io/v1", "extensions/v1beta1"),
}  # fmt: skip
"""The API versions of the built-in kinds, the one of the newest first."""
_PLAIN = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "object",
    "io.k8s.apimachinery.pkg.runtime.RawExtension": "object",
}
_UNPUBLISHED = (
    "ScaledObject.v1alpha1.spec",
    "NodeClass.v1.spec",
    "NodeClass.v1.spec.ephemeralStorage",
)
"""Types whose schema is only described: they may have other fields."""
_META = "meta.v1.ObjectMeta"
_QUANTITY = re.compile(r"KMGTPE")
_REQUIREMENT = {"key": "string", "operator": "string", "values": "[string]"}
_TAINT = {"effect": "string", "key": "string", "timeAdded": "time", "value": "string"}
BY_HAND: Types = {
    "Provisioner.v1alpha5": {"apiVersion": "string", "kind": "string", "metadata": _META,
                             "spec": "Provisioner.v1alpha5.spec", "status": "object"},
    "Provisioner.v1alpha5.spec": {
        "annotations": "{string}", "consolidation": "Provisioner.v1alpha5.spec.consolidation",
        "kubeletConfiguration": "Provisioner.v1alpha5.spec.kubeletConfiguration",
        "labels": "{string}", "limits": "Provisioner.v1alpha5.spec.limits", "provider": "object",
        "providerRef": "Provisioner.v1alpha5.spec.providerRef",
        "requirements": "[Provisioner.v1alpha5.spec.requirements]",
        "startupTaints": "[Provisioner.v1alpha5.spec.taints]",
        "taints": "[Provisioner.v1alpha5.spec.taints]", "ttlSecondsAfterEmpty": "int64",
        "ttlSecondsUntilExpired": "int64", "weight": "int32",
    },
    "Provisioner.v1alpha5.spec.consolidation": {"enabled": "boolean"},
    "Provisioner.v1alpha5.spec.kubeletConfiguration": {
        "clusterDNS": "[string]", "containerRuntime": "string", "cpuCFSQuota": "boolean",
        "evictionHard": "{string}", "evictionMaxPodGracePeriod": "int32",
        "evictionSoft": "{string}", "evictionSoftGracePeriod": "{string}",
        "imageGCHighThresholdPercent": "int32", "imageGCLowThresholdPercent": "int32",
        "kubeReserved": "{quantity}", "maxPods": "int32", "podsPerCore": "int32",
        "systemReserved": "{quantity}",
    },
    "Provisioner.v1alpha5.spec.limits": {"resources": "{quantity}"},
    "Provisioner.v1alpha5.spec.providerRef": {"apiVersion": "string", "kind": "string",
                                              "name": "string"},
    "Provisioner.v1alpha5.spec.requirements": _REQUIREMENT,
    "Provisioner.v1alpha5.spec.taints": _TAINT,
    "AWSNodeTemplate.v1alpha1": {"apiVersion": "string", "kind": "string", "metadata": _META,
                                 "spec": "AWSNodeTemplate.v1alpha1.spec", "status": "object"},
    "AWSNodeTemplate.v1alpha1.spec": {
        "amiFamily": "string", "amiSelector": "{string}", "apiVersion": "string",
        "associatePublicIpAddress": "boolean",
        "blockDeviceMappings": "[AWSNodeTemplate.v1alpha1.spec.blockDeviceMappings]",
        "context": "string", "detailedMonitoring": "boolean", "instanceProfile": "string",
        "kind": "string", "launchTemplate": "string",
        "metadataOptions": "AWSNodeTemplate.v1alpha1.spec.metadataOptions",
        "securityGroupSelector": "{string}", "subnetSelector": "{string}", "tags": "{string}",
        "userData": "string",
    },
    "AWSNodeTemplate.v1alpha1.spec.blockDeviceMappings": {
        "deviceName": "string", "ebs": "AWSNodeTemplate.v1alpha1.spec.blockDeviceMappings.ebs"},
    "AWSNodeTemplate.v1alpha1.spec.blockDeviceMappings.ebs": {
        "deleteOnTermination": "boolean", "encrypted": "boolean", "iops": "int64",
        "kmsKeyID": "string", "snapshotID": "string", "throughput": "int64",
        "volumeSize": "quantity", "volumeType": "string",
    },
    "AWSNodeTemplate.v1alpha1.spec.metadataOptions": {
        "httpEndpoint": "string", "httpProtocolIPv6": "string",
        "httpPutResponseHopLimit": "int64", "httpTokens": "string",
    },
    "ScaledObject.v1alpha1": {"apiVersion": "string", "kind": "string", "metadata": _META,
                              "spec": "ScaledObject.v1alpha1.spec", "status": "object"},
    "ScaledObject.v1alpha1.spec": {
        "advanced": "object", "cooldownPeriod": "int32", "fallback": "object",
        "idleReplicaCount": "int32", "initialCooldownPeriod": "int32", "maxReplicaCount": "int32",
        "minReplicaCount": "int32", "pollingInterval": "int32",
        "scaleTargetRef": "ScaledObject.v1alpha1.spec.scaleTargetRef", "triggers": "[object]",
    },
    "ScaledObject.v1alpha1.spec.scaleTargetRef": {
        "apiVersion": "string", "envSourceContainerName": "string", "kind": "string",
        "name": "string"},
    "NodeClass.v1": {"apiVersion": "string", "kind": "string", "metadata": _META,
                     "spec": "NodeClass.v1.spec", "status": "object"},
    "NodeClass.v1.spec": {
        "advancedNetworking": "object", "advancedSecurity": "object",
        "capacityReservationSelectorTerms": "[object]", "certificateBundles": "[object]",
        "ephemeralStorage": "NodeClass.v1.spec.ephemeralStorage", "instanceProfile": "string",
        "networkPolicy": "string", "networkPolicyEventLogs": "string",
        "podSecurityGroupSelectorTerms": "[object]", "podSubnetSelectorTerms": "[object]",
        "role": "string", "securityGroupSelectorTerms": "[object]", "snatPolicy": "string",
        "subnetSelectorTerms": "[object]", "tags": "{string}",
    },
    "NodeClass.v1.spec.ephemeralStorage": {
        "iops": "integer", "kmsKeyID": "string", "size": "string", "throughput": "integer"},
}  # fmt: skip
"""Written by hand.

KEDA's ScaledObject specification (keda.sh, 2.17), 'Create a Node Class' of the EKS user guide,
karpenter.sh_provisioners.yaml of kubernetes-sigs/karpenter v0.31 and
karpenter.k8s.aws_awsnodetemplates.yaml of aws/karpenter-provider-aws v0.31.
"""


BETWEEN: Types = {
    "core.v1.EphemeralVolumeSource": {"readOnly": "boolean"},
    "core.v1.ServiceSpec": {"ipFamily": "string", "topologyKeys": "[string]"},
}
"""Fields that came and went between the versions read: 1.19, and 1.16 to 1.21."""


def facts(folder: Path | None = None) -> Schema:
    """Return the facts, read from the modules in Go's cache (or in ``folder``)."""
    types: Types = {}
    kinds: dict[str, dict[str, str]] = {}
    limits: Limits = {}
    folder = folder or _download(
        [*KUBERNETES, *dict.fromkeys(module for module, _ in KARPENTER), EKSCTL]
    )
    for module in KUBERNETES:
        definitions = json.loads((folder / module / _SWAGGER).read_bytes())["definitions"]
        _built_in(definitions, kinds, types)
    for module, name in KARPENTER:
        definition = yaml.safe_load((folder / module / _CRDS / name).read_bytes())["spec"]
        kind, group = definition["names"]["kind"], definition["group"]
        for version in definition["versions"]:
            root = f"{kind}.{version['name']}"
            kinds.setdefault(kind, {})[f"{group}/{version['name']}"] = root
            _inline(version["schema"]["openAPIV3Schema"], root, types, limits)
    eksctl = json.loads((folder / EKSCTL / _EKSCTL_SCHEMA).read_bytes())["definitions"]
    kinds["ClusterConfig"] = {"eksctl.io/v1alpha5": "eksctl.ClusterConfig"}
    for name, definition in eksctl.items():
        if definition.get("properties"):
            types[f"eksctl.{name}"] = {
                field: _eksctl_type(schema, eksctl)
                for field, schema in definition["properties"].items()
            }
    kinds["Provisioner"] = {"karpenter.sh/v1alpha5": "Provisioner.v1alpha5"}
    kinds["ScaledObject"] = {"keda.sh/v1alpha1": "ScaledObject.v1alpha1"}
    kinds["NodeClass"] = {"eks.amazonaws.com/v1": "NodeClass.v1"}
    kinds["AWSNodeTemplate"] = {"karpenter.k8s.aws/v1alpha1": "AWSNodeTemplate.v1alpha1"}
    types |= BY_HAND
    for name, fields in BETWEEN.items():
        types[name] = fields | types[name]
    free = sorted([*limits.pop("", {"open": []})["open"], *_UNPUBLISHED])
    for name in free:
        limits.pop(name, None)
    return {"sources": _sources(), "open": free, "kinds": kinds, "types": types,
            "limits": limits}  # fmt: skip


def text(value: Schema) -> str:
    """Return the facts as JSON, one type a line."""
    parts = [f'"{name}": {json.dumps(value[name], indent=1)}' for name in ("sources", "open")]
    for section in ("kinds", "types", "limits"):
        lines = [
            f"{json.dumps(name)}: {json.dumps(entry, sort_keys=True, separators=(',', ':'))}"
            if section != "kinds"
            else f"{json.dumps(name)}: {json.dumps(entry)}"
            for name, entry in sorted(value[section].items())
        ]
        parts.append(f'"{section}": {{\n' + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _sources() -> list[str]:
    return [
        *(f"{module} {_SWAGGER}" for module in KUBERNETES),
        *(f"{module} {_CRDS}/{name}" for module, name in KARPENTER),
        f"{EKSCTL} {_EKSCTL_SCHEMA}",
        "KEDA 2.17 documentation, ScaledObject specification",
        "Amazon EKS user guide, create-node-class",
        "kubernetes-sigs/karpenter v0.31 karpenter.sh_provisioners.yaml",
        "aws/karpenter-provider-aws v0.31 karpenter.k8s.aws_awsnodetemplates.yaml",
    ]


def _download(modules: list[str]) -> Path:
    """Fetch the modules into Go's cache and return the cache's folder.

    A module that asks for a newer Go is unpacked all the same, and reported as an error.
    """
    subprocess.run(
        ["go", "mod", "download", "-json", *modules],
        cwd="/", capture_output=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    found = subprocess.run(
        ["go", "env", "GOMODCACHE"], capture_output=True, check=True, text=True
    ).stdout.strip()
    for module in modules:
        if not (Path(found) / module).is_dir():
            sys.exit(f"go mod download {module} failed")
    return Path(found)


def _built_in(definitions: Schema, kinds: dict[str, dict[str, str]], types: Types) -> None:
    """Add the types that the built-in kinds reach in one version of Kubernetes."""
    places = {
        (entry["kind"], f"{entry['group']}/{entry['version']}".lstrip("/")): name
        for name, schema in definitions.items()
        for entry in schema.get("x-kubernetes-group-version-kind", ())
    }
    waiting = []
    for kind, versions in KINDS.items():
        for version in versions:
            name = places.get((kind, version))
            if name is not None:
                kinds.setdefault(kind, {})[version] = _short(name)
                waiting.append(name)
    seen = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        fields = types.setdefault(_short(name), {})
        for field, schema in definitions[name].get("properties", {}).items():
            fields.setdefault(field, _type(schema, definitions))
            waiting += [target for target in _targets(schema) if _is_struct(target, definitions)]


def _targets(schema: Schema) -> Iterator[str]:
    for part in (schema, schema.get("items", {}), schema.get("additionalProperties", {})):
        if isinstance(part, dict) and "$ref" in part:
            yield part["$ref"].removeprefix("#/definitions/")


def _is_struct(name: str, definitions: Schema) -> bool:
    return name not in _PLAIN and bool(definitions[name].get("properties"))


def _short(name: str) -> str:
    """Return io.k8s.api.core.v1.Pod as core.v1.Pod."""
    return ".".join(name.split(".")[-3:])


def _type(schema: Schema, definitions: Schema) -> str:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/definitions/")
        if name in _PLAIN:
            return _PLAIN[name]
        return _short(name) if _is_struct(name, definitions) else "object"
    kind = schema.get("type", "any")
    if kind == "array":
        return f"[{_type(schema['items'], definitions)}]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"{{{_type(schema['additionalProperties'], definitions)}}}"
    return _scalar(schema)


def _scalar(schema: Schema) -> str:
    kind, form = schema.get("type", "any"), schema.get("format", "")
    if schema.get("x-kubernetes-int-or-string"):
        return "quantity" if _QUANTITY.search(schema.get("pattern", "")) else "int-or-string"
    formats = {"date-time": "time", "byte": "bytes", "int32": "int32", "int64": "int64"}
    return formats.get(form, kind)


def _inline(schema: Schema, path: str, types: Types, limits: Limits) -> str:
    """Add an inline type of a CustomResourceDefinition; return its name."""
    fresh = path not in types
    fields = types.setdefault(path, {})
    required = set(schema.get("required", ()))
    bounds = limits.setdefault(path, {"required": sorted(required), "fields": {}})
    bounds["required"] = sorted(required & set(bounds["required"]))
    for name, inner in schema.get("properties", {}).items():
        kind = _inline_type(inner, f"{path}.{name}", types, limits)
        if fields.setdefault(name, kind) == "object" and kind != "object":
            fields[name] = kind  # the newest version lists no fields, and takes any
            limits.setdefault("", {"open": []})["open"].append(kind)
        own = _limits(inner)
        if fresh:
            bounds["fields"][name] = own
        elif name in bounds["fields"]:
            bounds["fields"][name] = _common(bounds["fields"][name], own)
        elif name in fields:
            bounds["fields"].setdefault(name, own)
    bounds["fields"] = {name: own for name, own in bounds["fields"].items() if own}
    if not bounds["required"] and not bounds["fields"]:
        del limits[path]
    return path


def _inline_type(schema: Schema, path: str, types: Types, limits: Limits) -> str:
    if path.endswith(".metadata") and path.count(".") == 2:
        return _META
    if path.endswith(".status") and path.count(".") == 2:
        return "object"
    if schema.get("type") == "array":
        return f"[{_inline_type(schema['items'], path, types, limits)}]"
    if schema.get("type") == "object" and schema.get("properties"):
        return _inline(schema, path, types, limits)
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        if schema.get("x-kubernetes-preserve-unknown-fields"):
            return "object"
        return f"{{{_inline_type(schema['additionalProperties'], path, types, limits)}}}"
    return _scalar(schema)


def _limits(schema: Schema) -> Schema:
    names = ("enum", "pattern", "minimum", "maximum", "maxItems", "minItems")
    own = {name: schema[name] for name in names if name in schema}
    for name in ("enum", "pattern"):
        if name in schema.get("items", {}):
            own[name] = schema["items"][name]
    return own


def _common(one: Schema, other: Schema) -> Schema:
    """Return the limits that both versions have, the looser of each."""
    both: Schema = {}
    for name in one.keys() & other.keys():
        if name == "enum":
            both[name] = list(dict.fromkeys([*one[name], *other[name]]))
        elif name == "pattern":
            both[name] = one[name]  # the newest, whose anchors are right
        else:
            looser = min if name.startswith("min") else max
            both[name] = looser(one[name], other[name])
    return both


def _eksctl_type(schema: Schema, definitions: Schema) -> str:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/definitions/")
        target = definitions.get(name, {})
        if target.get("properties"):
            return f"eksctl.{name}"
        return "any" if name in ("taintsWrapper", "InlineDocument") else _eksctl_type(
            {k: v for k, v in target.items() if k != "$ref"}, definitions
        )  # fmt: skip
    kind = schema.get("type", "any")
    if kind == "array":
        return f"[{_eksctl_type(schema.get('items', {}), definitions)}]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"{{{_eksctl_type(schema['additionalProperties'], definitions)}}}"
    return kind if isinstance(kind, str) else "any"


def main() -> None:
    """Write the facts."""
    FACTS.write_text(text(facts()), encoding="utf-8")


if __name__ == "__main__":
    main()
