"""Storage, policies, Services and Nodes: the rules that compare several fields.

Sources: Kubernetes 1.34 pkg/apis/{core,storage,policy,scheduling,node,autoscaling}/validation.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.validation.containers import (
    amounts,
    is_extended,
    may_be_overcommitted,
    resource_name,
)
from kubestow.adapters.kubernetes.validation.formats import (
    CIDR,
    IP,
    SUBDOMAIN,
    is_qualified_name,
    is_whole,
    nano,
)
from kubestow.adapters.kubernetes.validation.metadata import SYSTEM_PRIORITIES, labels
from kubestow.adapters.kubernetes.validation.table import PV_SOURCES
from kubestow.model.suggestion import did_you_mean

Fields = Mapping[str, Any]
_HIGHEST = 1_000_000_000
_LIMIT_TYPES = ("Pod", "Container", "PersistentVolumeClaim")
_QUOTA = (
    "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory",
    "requests.storage", "requests.ephemeral-storage", "limits.cpu", "limits.memory",
    "limits.ephemeral-storage", "pods", "resourcequotas", "services", "replicationcontrollers",
    "secrets", "persistentvolumeclaims", "configmaps", "services.nodeports",
    "services.loadbalancers",
)  # fmt: skip
_COMPUTE = ("cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory")
_STANDARD = (*_QUOTA, "storage")
_WHOLE = ("pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps",
          "persistentvolumeclaims", "services.nodeports", "services.loadbalancers")  # fmt: skip
_STORAGE_HINT = "set a size such as 10Gi"


def _access_modes(value: Fields, path: str) -> Iterator[FieldError]:
    modes = value.get("accessModes", ())
    if "ReadWriteOncePod" in modes and set(modes) != {"ReadWriteOncePod"}:
        yield FieldError(f"{path}.accessModes", "combines ReadWriteOncePod with other modes",
                         "use it alone")  # fmt: skip


def _claim(value: Fields, path: str) -> Iterator[FieldError]:
    yield from _access_modes(value, path)
    field = f"{path}.resources.requests.storage"
    size = value.get("resources", {}).get("requests", {}).get("storage")
    if size is None:
        yield FieldError(field, "is missing", _STORAGE_HINT)
    elif nano(size) <= 0:
        yield FieldError(field, "must be more than zero", _STORAGE_HINT)


def _volume(value: Fields, path: str) -> Iterator[FieldError]:
    yield from _access_modes(value, path)
    given = sorted(PV_SOURCES & value.keys())
    if len(set(given) - {"flexVolume"}) > 1:  # which the API server does not count
        yield FieldError(path, f"sets {', '.join(given)}", "set only one of them")
    elif not given:
        yield FieldError(path, "has no source", "set one, such as csi")
    for name, size in value.get("capacity", {}).items():
        if name != "storage":
            yield FieldError(f"{path}.capacity.{name}", "is not a capacity of a volume",
                             "set storage alone")  # fmt: skip
        elif nano(size) <= 0:
            yield FieldError(f"{path}.capacity.storage", "must be more than zero", _STORAGE_HINT)
    if "volumeAttributesClassName" in value and "csi" not in value:
        yield FieldError(f"{path}.csi", "is missing", "volumeAttributesClassName needs it")
    if "local" in value and "nodeAffinity" not in value:
        yield FieldError(f"{path}.nodeAffinity", "is missing", "a local volume needs it")


def _driver_secrets(value: Fields, path: str) -> Iterator[FieldError]:
    for field, secret in value.items():
        if field.endswith("SecretRef"):
            for name in ("name", "namespace") if "volumeHandle" in value else ("name",):
                if not secret.get(name):
                    yield FieldError(f"{path}.{field}.{name}", "is missing", "name the Secret")
            error = SUBDOMAIN.error(secret.get("name") or "x", f"{path}.{field}.name")
            if error is not None:
                yield error


def _data_source(value: Fields, path: str) -> Iterator[FieldError]:
    """Yield what a template lacks; of a claim itself the API server drops what is not whole."""
    for field in ("kind", "name") if "emplate" in path else ():
        if not value.get(field):
            yield FieldError(f"{path}.{field}", "is missing", "name the source")


def _limit(value: Fields, path: str) -> Iterator[FieldError]:
    kind = value.get("type", "")
    is_type = is_qualified_name(kind) if "/" in kind else kind in _LIMIT_TYPES
    if kind and not is_type:
        yield FieldError(f"{path}.type", f"unknown value {kind!r}",
                         did_you_mean(kind, _LIMIT_TYPES)
                         or f"expected one of {', '.join(_LIMIT_TYPES)}")  # fmt: skip
    for field in ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio"):
        for name in value.get(field, {}):
            if kind in ("Pod", "Container"):
                yield from resource_name(name, f"{path}.{field}.{name}")
            elif not is_qualified_name(name) or ("/" not in name and name not in _STANDARD):
                yield FieldError(f"{path}.{field}.{name}", "is not a resource name", "rename it")
    for field in ("default", "defaultRequest") if kind == "Pod" else ():
        if value.get(field):
            yield FieldError(f"{path}.{field}", "is not allowed for type Pod", "remove it")
    storage = {**value.get("min", {}), **value.get("max", {})}
    if kind == "PersistentVolumeClaim" and "storage" not in storage:
        yield FieldError(f"{path}.max.storage", "is missing", "set min.storage or max.storage")
    yield from _order(value, path)


_ORDER = (
    ("min", "max"), ("min", "defaultRequest"), ("defaultRequest", "max"),
    ("defaultRequest", "default"), ("min", "default"), ("default", "max"),
)  # fmt: skip


def _order(value: Fields, path: str) -> Iterator[FieldError]:
    for low, high in _ORDER:
        lower, upper = value.get(low, {}), value.get(high, {})
        for name in lower.keys() & upper.keys():
            if nano(lower[name]) > nano(upper[name]):
                yield FieldError(f"{path}.{low}.{name}", f"is more than {high}",
                                 f"lower it, or raise {high}.{name}")  # fmt: skip
    both = value.get("default", {}), value.get("defaultRequest", {})
    for name in both[0].keys() & both[1].keys():
        if not may_be_overcommitted(name) and nano(both[0][name]) != nano(both[1][name]):
            yield FieldError(f"{path}.defaultRequest.{name}", "must equal default",
                             f"set {name} to the same in both")  # fmt: skip
    for name, ratio in value.get("maxLimitRequestRatio", {}).items():
        if nano(ratio) < 10**9:
            yield FieldError(f"{path}.maxLimitRequestRatio.{name}", "is less than 1", "raise it")
        least, most = (nano(value.get(field, {}).get(name, 0)) for field in ("min", "max"))
        if least > 0 and most > 0 and nano(ratio) * least > most * 10**9:
            yield FieldError(f"{path}.maxLimitRequestRatio.{name}", "is more than max / min",
                             "lower it")  # fmt: skip


def _quota(value: Fields, path: str) -> Iterator[FieldError]:
    for name, quantity in value.get("hard", {}).items():
        field = f"{path}.hard.{name}"
        bare = "/" not in name and name not in _QUOTA
        hugepages = name.removeprefix("requests.").startswith("hugepages-")
        if not is_qualified_name(name) or (bare and not hugepages):
            yield FieldError(field, "is not a resource of a quota",
                             did_you_mean(name, _QUOTA) or "see 'kubectl explain resourcequota'"
                             )  # fmt: skip
        if nano(quantity) < 0:
            yield FieldError(field, f"{quantity} is negative", "use zero or more")
        elif (name in _WHOLE or is_extended(name)) and not is_whole(quantity):
            yield FieldError(field, "must be a whole number", "use a whole number")
    scopes = set(value.get("scopes", ()))
    for name in value.get("hard", {}) if scopes else ():
        fits = name == "pods" or ("BestEffort" not in scopes and name in _COMPUTE)
        if name in _QUOTA and not fits:
            yield FieldError(f"{path}.scopes", f"do not apply to {name}",
                             "move it to a quota of its own")  # fmt: skip
    for pair in ({"Terminating", "NotTerminating"}, {"BestEffort", "NotBestEffort"}):
        if pair <= scopes:
            yield FieldError(f"{path}.scopes", f"combines {' and '.join(sorted(pair))}",
                             "name one of them")  # fmt: skip


def _scope(value: Fields, path: str) -> Iterator[FieldError]:
    operator, values = value.get("operator", ""), value.get("values", ())
    if (operator in ("In", "NotIn")) != bool(values):
        yield FieldError(f"{path}.values", f"does not fit the operator {operator}",
                         "In and NotIn need values; Exists and DoesNotExist take none")  # fmt: skip
    if value.get("scopeName") not in ("PriorityClass", None) and operator != "Exists":
        yield FieldError(f"{path}.operator", "must be Exists for this scope", "set Exists")


def _priority_class(item: Fields) -> Iterator[FieldError]:
    name = item.get("metadata", {}).get("name", "")
    value = item.get("value", 0)
    if name.startswith("system-"):
        if SYSTEM_PRIORITIES.get(name) != value or item.get("globalDefault"):
            yield FieldError("metadata.name", "the prefix system- is Kubernetes' own",
                             "choose another name")  # fmt: skip
    elif value > _HIGHEST:
        yield FieldError("value", f"exceeds {_HIGHEST}, the highest of your own classes",
                         f"use at most {_HIGHEST}")  # fmt: skip


def _runtime_overhead(value: Fields, path: str) -> Iterator[FieldError]:
    yield from amounts(value.get("podFixed", {}), f"{path}.podFixed")


def _runtime_scheduling(value: Fields, path: str) -> Iterator[FieldError]:
    yield from labels(value.get("nodeSelector", {}), f"{path}.nodeSelector")


def _autoscaler(value: Fields, path: str) -> Iterator[FieldError]:
    if value.get("minReplicas", 1) > value.get("maxReplicas", 1) > 0:
        yield FieldError(f"{path}.maxReplicas", "is less than minReplicas",
                         "raise it, or lower minReplicas")  # fmt: skip


_SOURCES = {"Object": "object", "Pods": "pods", "Resource": "resource", "External": "external",
            "ContainerResource": "containerResource"}  # fmt: skip


def _metric(value: Fields, path: str) -> Iterator[FieldError]:
    wanted = _SOURCES.get(value.get("type", ""))
    for field in _SOURCES.values():
        if field in value and field != wanted:
            yield FieldError(f"{path}.{field}", f"does not fit type {value.get('type')}",
                             "remove it, or change the type")  # fmt: skip
    if wanted and wanted not in value:
        yield FieldError(f"{path}.{wanted}", "is missing", f"type {value['type']} needs it")


_TARGETS = {
    "External": ("value", "averageValue"), "Object": ("value", "averageValue"),
    "Pods": ("averageValue",), "Resource": ("averageUtilization", "averageValue"),
    "ContainerResource": ("averageUtilization", "averageValue"),
}  # fmt: skip


def _metric_target(value: Fields, path: str) -> Iterator[FieldError]:
    kind = value.get("type", "")
    source = _SOURCES.get(kind, "")
    if source not in value:
        return
    target = value[source].get("target", {})
    given = [field for field in _TARGETS[kind] if field in target]
    if len(given) != 1:
        names = " or ".join(_TARGETS[kind])
        yield FieldError(f"{path}.{source}.target", f"sets {' and '.join(given) or 'no value'}",
                         f"set {names}")  # fmt: skip


def _scale_target(value: Fields, path: str) -> Iterator[FieldError]:
    target = value.get("scaleTargetRef", {})
    version = target.get("apiVersion", "")
    if version.count("/") > 1:
        yield FieldError(f"{path}.scaleTargetRef.apiVersion", "is not an API version",
                         "write apiVersion: apps/v1")  # fmt: skip
    elif not version.rpartition("/")[0] and (
        version.startswith("/") or target.get("kind") != "ReplicationController"
    ):
        yield FieldError(f"{path}.scaleTargetRef.apiVersion", "must name an API group",
                         "write apiVersion: apps/v1")  # fmt: skip


def _scaling(value: Fields, path: str) -> Iterator[FieldError]:
    if value.get("policies") == []:
        yield FieldError(f"{path}.policies", "is empty", "add a policy, or remove the field")


def _budget(value: Fields, path: str) -> Iterator[FieldError]:
    for field in ("minAvailable", "maxUnavailable"):
        amount = value.get(field, 0)
        number = amount[:-1] if isinstance(amount, str) else ""
        if number.isdecimal() and int(number) > 100:
            yield FieldError(f"{path}.{field}", "is more than 100%", "use 0% to 100%")


def _addresses(value: Fields, kind: str, path: str) -> Iterator[FieldError]:
    """Yield what does not fit the type of a Service."""
    address = value.get("clusterIP", "")
    error = IP.error(address, f"{path}.clusterIP") if address not in ("", "None") else None
    if error is not None:
        yield error
    is_external = kind in ("NodePort", "LoadBalancer") or value.get("externalIPs")
    policy = value.get("externalTrafficPolicy", "")
    if policy and not is_external:
        yield FieldError(f"{path}.externalTrafficPolicy", f"is not allowed for {kind}",
                         "remove it, or set type: LoadBalancer")  # fmt: skip
    if value.get("loadBalancerClass") and kind != "LoadBalancer":
        yield FieldError(f"{path}.loadBalancerClass", f"is not allowed for {kind}", "remove it")
    if value.get("allocateLoadBalancerNodePorts") is not None and kind != "LoadBalancer":
        yield FieldError(f"{path}.allocateLoadBalancerNodePorts", f"is not allowed for {kind}",
                         "remove it")  # fmt: skip
    if value.get("healthCheckNodePort") and (kind, policy) != ("LoadBalancer", "Local"):
        yield FieldError(f"{path}.healthCheckNodePort",
                         "needs type LoadBalancer and externalTrafficPolicy Local",
                         "remove it")  # fmt: skip


def _service(value: Fields, path: str) -> Iterator[FieldError]:
    yield from labels(value.get("selector", {}), f"{path}.selector")
    kind, ports = value.get("type") or "ClusterIP", value.get("ports", ())
    headless = value.get("clusterIP") == "None"
    if not ports and not headless and kind != "ExternalName":
        yield FieldError(f"{path}.ports", "is empty", "add a port, or set clusterIP: None")
    yield from _addresses(value, kind, path)
    ranges = value.get("loadBalancerSourceRanges", ())
    if ranges and kind != "LoadBalancer":
        yield FieldError(f"{path}.loadBalancerSourceRanges", "needs type LoadBalancer",
                         "remove it")  # fmt: skip
    for index, text in enumerate(ranges):
        error = CIDR.error(text.strip(), f"{path}.loadBalancerSourceRanges[{index}]")
        if error is not None:
            yield error
    if headless and kind in ("LoadBalancer", "NodePort"):
        yield FieldError(f"{path}.clusterIP", f"may not be None in a {kind}", "remove it")
    if kind == "ExternalName" and not value.get("externalName"):
        yield FieldError(f"{path}.externalName", "is missing", "type ExternalName needs it")
    seen, names = set(), set()
    for index, port in enumerate(ports):
        identity = port.get("port"), port.get("protocol") or "TCP"
        name = port.get("name", "")
        if identity in seen or (name and name in names):
            yield FieldError(f"{path}.ports[{index}]", "is there twice", "remove or rename it")
        if len(ports) > 1 and not name:
            yield FieldError(f"{path}.ports[{index}].name", "is missing",
                             "name each of several ports")  # fmt: skip
        if port.get("nodePort") and kind == "ClusterIP":
            yield FieldError(f"{path}.ports[{index}].nodePort", "is not allowed for ClusterIP",
                             "remove it, or set type: NodePort")  # fmt: skip
        seen.add(identity)
        names.add(name)


def _node(item: Fields) -> Iterator[FieldError]:
    spec = item.get("spec", {})
    first, networks = spec.get("podCIDR", ""), list(spec.get("podCIDRs", ()))
    if first and first not in networks[:1]:
        networks = [first]  # the older field wins where they differ
    for index, text in enumerate(networks):
        error = CIDR.error(text, f"spec.podCIDRs[{index}]")
        if error is not None:
            yield error
    if len({":" in text for text in networks}) < len(networks):
        yield FieldError("spec.podCIDRs", "has two networks of one IP family", "name one of each")
    for field in ("capacity", "allocatable"):
        for name, quantity in item.get("status", {}).get(field, {}).items():
            if nano(quantity) < 0:
                yield FieldError(f"status.{field}.{name}", f"{quantity} is negative",
                                 "use zero or more")  # fmt: skip


CHECKS: dict[str, tuple[Callable[[Fields, str], Iterator[FieldError]], ...]] = {
    "core.v1.PersistentVolumeClaimSpec": (_claim,),
    "core.v1.PersistentVolumeSpec": (_volume,),
    "core.v1.CSIPersistentVolumeSource": (_driver_secrets,),
    "core.v1.CSIVolumeSource": (_driver_secrets,),
    "core.v1.TypedLocalObjectReference": (_data_source,),
    "core.v1.LimitRangeItem": (_limit,),
    "core.v1.ResourceQuotaSpec": (_quota,),
    "core.v1.ScopedResourceSelectorRequirement": (_scope,),
    "node.v1.Overhead": (_runtime_overhead,),
    "node.v1.Scheduling": (_runtime_scheduling,),
    "autoscaling.v2.HorizontalPodAutoscalerSpec": (_autoscaler, _scale_target),
    "autoscaling.v1.HorizontalPodAutoscalerSpec": (_autoscaler, _scale_target),
    "autoscaling.v2.MetricSpec": (_metric, _metric_target),
    "autoscaling.v2.HPAScalingRules": (_scaling,),
    "policy.v1.PodDisruptionBudgetSpec": (_budget,),
    "core.v1.ServiceSpec": (_service,),
}
"""By type."""
WHOLE: dict[str, tuple[Callable[[Fields], Iterator[FieldError]], ...]] = {
    "PriorityClass": (_priority_class,),
    "Node": (_node,),
}
"""By kind."""
