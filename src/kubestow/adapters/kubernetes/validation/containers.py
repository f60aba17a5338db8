"""Containers and their resources: the rules that compare several fields.

Source: Kubernetes 1.34 pkg/apis/core/validation/validation.go (validateContainerCommon,
validateResourceRequirements, ValidateEnv, validateProbe).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.validation.formats import is_qualified_name, is_whole, nano
from kubestow.model.suggestion import did_you_mean

STANDARD = ("cpu", "memory", "ephemeral-storage")
_WHOLE_HINT = "use a whole number; the API server rejects fractions"


def is_native(name: str) -> bool:
    """Return whether a resource is Kubernetes' own (IsNativeResource)."""
    return "/" not in name or "kubernetes.io/" in name


def is_extended(name: str) -> bool:
    """Return whether a resource is an extended one (IsExtendedResourceName)."""
    return not is_native(name) and not name.startswith("requests.")


def may_be_overcommitted(name: str) -> bool:
    """Return whether a request may be below its limit (IsOvercommitAllowed)."""
    return is_native(name) and not name.startswith("hugepages-")


def resource_name(name: str, path: str) -> Iterator[FieldError]:
    """Yield what is wrong with a resource's name in a container (validateContainerResourceName)."""
    if not is_qualified_name(name):
        yield FieldError(path, "is not a resource name",
                         "use cpu, memory or a name with a domain")  # fmt: skip
    elif "/" not in name and name not in STANDARD and not name.startswith("hugepages-"):
        yield FieldError(
            path, "is not a resource name",
            did_you_mean(name, STANDARD)
            or f"expected {', '.join(STANDARD)}, hugepages-* or a name with a domain",
        )  # fmt: skip
    elif not is_native(name) and (
        name.startswith("requests.") or not is_qualified_name(f"requests.{name}")
    ):
        yield FieldError(path, "is not the name of an extended resource",
                         "use a name such as example.com/device")  # fmt: skip


def amounts(quantities: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    """Yield what is wrong with resources and their quantities."""
    for name, quantity in quantities.items():
        yield from resource_name(name, f"{path}.{name}")
        if nano(quantity) < 0:
            yield FieldError(f"{path}.{name}", f"{quantity} is negative", "use zero or more")
        elif not is_native(name) and not is_whole(quantity):
            yield FieldError(f"{path}.{name}", "an extended resource must be a whole number",
                             _WHOLE_HINT)  # fmt: skip
        elif name.startswith("hugepages-") and not _in_pages(name, quantity):
            yield FieldError(f"{path}.{name}", "is not a multiple of the page's size",
                             "use whole pages")  # fmt: skip


def _in_pages(name: str, quantity: Any) -> bool:
    size = nano(name.removeprefix("hugepages-"))
    return size <= 0 or nano(quantity) % size == 0


def _resources(value: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    limits, requests = value.get("limits", {}), value.get("requests", {})
    yield from amounts(limits, f"{path}.limits")
    yield from amounts(requests, f"{path}.requests")
    for name, quantity in requests.items():
        field = f"{path}.requests.{name}"
        if name not in limits:
            if not may_be_overcommitted(name):
                yield FieldError(f"{path}.limits.{name}", "is missing",
                                 f"set the limit of {name} to its request")  # fmt: skip
        elif nano(quantity) > nano(limits[name]):
            yield FieldError(field, "the request exceeds its limit",
                             "lower the request or raise the limit; the API server rejects "
                             "such a pod")  # fmt: skip
        elif nano(quantity) != nano(limits[name]) and not may_be_overcommitted(name):
            yield FieldError(field, "must equal its limit", f"set {name} to the same in both")
    named = {*limits, *requests}
    if any(name.startswith("hugepages-") for name in named) and not {"cpu", "memory"} & named:
        yield FieldError(path, "huge pages need a request or limit of cpu or memory",
                         "request cpu or memory as well")  # fmt: skip


def _environment(value: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    if value.get("value") and "valueFrom" in value:
        yield FieldError(f"{path}.valueFrom", "is set together with value", "set only one of them")


def _only_success_of_one(value: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    for name in ("livenessProbe", "startupProbe"):
        threshold = value.get(name, {}).get("successThreshold", 1)
        if threshold not in (0, 1):
            yield FieldError(f"{path}.{name}.successThreshold", "must be 1", "use 1, or omit it")
    if "terminationGracePeriodSeconds" in value.get("readinessProbe", {}):
        yield FieldError(f"{path}.readinessProbe.terminationGracePeriodSeconds",
                         "is not allowed in a readiness probe", "remove it")  # fmt: skip


def _mounts_and_devices(value: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    devices = value.get("volumeDevices", ())
    names = {item.get("name") for item in devices}
    paths = {item.get("devicePath") for item in devices}
    for index, mount in enumerate(value.get("volumeMounts", ())):
        if mount.get("name") in names or mount.get("mountPath") in paths:
            yield FieldError(f"{path}.volumeMounts[{index}]", "is also in volumeDevices",
                             "mount a volume, or use it as a device")  # fmt: skip


_FIELD_PATHS = frozenset({
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
    "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP",
    "status.podIPs",
})  # fmt: skip
_FILE_PATHS = frozenset({
    "metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations",
    "metadata.uid",
})  # fmt: skip
_RESOURCES = frozenset(
    f"{kind}.{name}" for kind in ("limits", "requests") for name in STANDARD
)  # fmt: skip
_SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['(.*)'\]")


def _source_of_variable(value: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    yield from _field_reference(value, path, _FIELD_PATHS)


def _source_of_file(value: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    yield from _field_reference(value, path, _FILE_PATHS)
    if "resourceFieldRef" in value and not value["resourceFieldRef"].get("containerName"):
        yield FieldError(f"{path}.resourceFieldRef.containerName", "is missing",
                         "name the container")  # fmt: skip


def _field_reference(
    value: Mapping[str, Any], path: str, known: frozenset[str]
) -> Iterator[FieldError]:
    text = value.get("fieldRef", {}).get("fieldPath", "")
    match = _SUBSCRIPT.fullmatch(text)
    named = match is not None and is_qualified_name(
        match[2].lower() if match[1] == "annotations" else match[2]
    )
    if text and text not in known and not named:
        yield FieldError(f"{path}.fieldRef.fieldPath", "is not a field that pods can refer to",
                         did_you_mean(text, sorted(known))
                         or f"expected one of {', '.join(sorted(known))}")  # fmt: skip
    resource = value.get("resourceFieldRef", {}).get("resource", "")
    if resource and resource not in _RESOURCES and not resource.startswith(
        ("requests.hugepages-", "limits.hugepages-")
    ):  # fmt: skip
        yield FieldError(f"{path}.resourceFieldRef.resource", "is not a resource to refer to",
                         f"expected one of {', '.join(sorted(_RESOURCES))}")  # fmt: skip


def _profile(value: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    local = value.get("type") == "Localhost"
    if local and not value.get("localhostProfile"):
        yield FieldError(f"{path}.localhostProfile", "is missing", "type Localhost needs it")
    elif not local and "localhostProfile" in value:
        yield FieldError(f"{path}.localhostProfile", "is only allowed with type Localhost",
                         "remove it")  # fmt: skip


def _propagation(value: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    privileged = value.get("securityContext", {}).get("privileged")
    for index, mount in enumerate(value.get("volumeMounts", ())):
        where = f"{path}.volumeMounts[{index}]"
        if mount.get("mountPropagation") == "Bidirectional" and not privileged:
            yield FieldError(f"{where}.mountPropagation", "needs a privileged container",
                             "use HostToContainer or None")  # fmt: skip
        if mount.get("subPath") and mount.get("subPathExpr"):
            yield FieldError(f"{where}.subPathExpr", "is set together with subPath",
                             "set only one of them")  # fmt: skip
        if mount.get("recursiveReadOnly", "Disabled") != "Disabled":
            if not mount.get("readOnly"):
                yield FieldError(f"{where}.recursiveReadOnly", "needs readOnly: true", "set it")
            elif mount.get("mountPropagation", "None") != "None":
                yield FieldError(f"{where}.recursiveReadOnly", "needs mountPropagation: None",
                                 "set it")  # fmt: skip


def _security(value: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    if value.get("allowPrivilegeEscalation") is False:
        added = value.get("capabilities", {}).get("add", ())
        if value.get("privileged") or "CAP_SYS_ADMIN" in added:
            yield FieldError(f"{path}.allowPrivilegeEscalation",
                             "is false although the container is privileged",
                             "remove one of them")  # fmt: skip


def _action_name(value: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    operator = value.get("preStop", {}).get("sleep", {}).get("seconds", 0)
    if operator < 0:
        yield FieldError(f"{path}.preStop.sleep.seconds", "is negative", "use zero or more")


CHECKS = {
    "core.v1.ResourceRequirements": (_resources,),
    "core.v1.EnvVar": (_environment,),
    "core.v1.EnvVarSource": (_source_of_variable,),
    "core.v1.DownwardAPIVolumeFile": (_source_of_file,),
    "core.v1.SeccompProfile": (_profile,),
    "core.v1.AppArmorProfile": (_profile,),
    "core.v1.Container": (_only_success_of_one, _mounts_and_devices, _propagation),
    "core.v1.SecurityContext": (_security,),
    "core.v1.Lifecycle": (_action_name,),
}
