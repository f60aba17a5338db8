"""Pod specs: the rules that compare several fields.

Source: Kubernetes 1.34 pkg/apis/core/validation/validation.go (ValidatePodSpec, validateAffinity,
ValidateTolerations, validateTopologySpreadConstraints, ValidateVolumeMounts).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.validation.containers import amounts
from kubestow.adapters.kubernetes.validation.formats import SUBDOMAIN, VALUE, nano
from kubestow.adapters.kubernetes.validation.metadata import labels

_NODE_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
_ALWAYS = "Always"
_LINUX_ONLY = frozenset({
    "appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy",
    "sysctls", "runAsUser", "runAsGroup", "supplementalGroups", "supplementalGroupsPolicy",
    "seLinuxChangePolicy", "capabilities", "readOnlyRootFilesystem", "privileged",
    "allowPrivilegeEscalation", "procMount",
})  # fmt: skip
Fields = Mapping[str, Any]


def _spec(value: Fields, path: str) -> Iterator[FieldError]:
    yield from labels(value.get("nodeSelector", {}), f"{path}.nodeSelector")
    yield from amounts(value.get("overhead", {}), f"{path}.overhead")
    yield from _names(value, path)
    yield from _ports(value, path)
    yield from _init_containers(value, path)
    yield from _claims(value, path)
    resources = value.get("resources", {})
    if "claims" in resources:
        yield FieldError(f"{path}.resources.claims", "is not allowed for a pod",
                         "name the claims in a container")  # fmt: skip
    yield from _pod_level(value, resources, path)
    yield from _host(value, path)


def _pod_level(value: Fields, resources: Fields, path: str) -> Iterator[FieldError]:
    """Yield container limits above the pod's, and a pod request below its containers' sum.

    Source: validatePodResourceConsistency.
    """
    limits, requests = resources.get("limits", {}), resources.get("requests", {})
    for field, given in (("limits", limits), ("requests", requests)):
        for name in given:
            if name not in ("cpu", "memory") and not name.startswith("hugepages-"):
                yield FieldError(f"{path}.resources.{field}.{name}",
                                 "is not a resource of a whole pod",
                                 "use cpu, memory or hugepages-*")  # fmt: skip
    totals = dict.fromkeys((*requests, *limits), 0)
    for index, container in enumerate(value.get("containers", ())):
        own = container.get("resources", {})
        for name in own.get("limits", {}).keys() & limits.keys():
            if nano(own["limits"][name]) > nano(limits[name]):
                yield FieldError(f"{path}.containers[{index}].resources.limits.{name}",
                                 "exceeds the pod's limit", "lower it, or raise the pod's"
                                 )  # fmt: skip
        for name in totals:
            totals[name] += nano(own.get("requests", {}).get(name, 0))
    for name, total in totals.items():
        if name in requests and total > nano(requests[name]):
            yield FieldError(f"{path}.resources.requests.{name}",
                             "is less than its containers request", "raise it")  # fmt: skip
        elif name not in requests and total > nano(limits[name]):
            yield FieldError(f"{path}.resources.limits.{name}",
                             "is less than its containers request", "raise it")  # fmt: skip


def _host(value: Fields, path: str) -> Iterator[FieldError]:
    """Yield what does not go together with the host's namespaces."""
    if value.get("hostPID") and value.get("shareProcessNamespace"):
        yield FieldError(f"{path}.shareProcessNamespace", "is set together with hostPID",
                         "set only one of them")  # fmt: skip
    if value.get("hostUsers") is False:
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if value.get(field):
                yield FieldError(f"{path}.{field}", "is not allowed with hostUsers: false",
                                 "set only one of them")  # fmt: skip
    name = value.get("os", {}).get("name")
    contexts = [(path, value)] + [(f"{path}.{place}", item) for place, item in _all(value)]
    for where, item in contexts:
        security = item.get("securityContext", {})
        options = security.get("windowsOptions", {})
        if options.get("hostProcess") and not value.get("hostNetwork"):
            yield FieldError(f"{path}.hostNetwork", "must be true with hostProcess containers",
                             "set hostNetwork: true")  # fmt: skip
        if name == "linux" and "windowsOptions" in security:
            yield FieldError(f"{where}.securityContext.windowsOptions",
                             "is not allowed for os linux", "remove it")  # fmt: skip
        for field in security if name == "windows" else ():
            if field in _LINUX_ONLY:
                yield FieldError(f"{where}.securityContext.{field}",
                                 "is not allowed for os windows", "remove it")  # fmt: skip
    for field in ("hostUsers", "hostPID", "hostIPC", "shareProcessNamespace", "resources"):
        if name == "windows" and field in value:
            yield FieldError(f"{path}.{field}", "is not allowed for os windows", "remove it")


def _all(value: Fields) -> Iterator[tuple[str, Fields]]:
    for field in ("containers", "initContainers"):
        for index, container in enumerate(value.get(field, ())):
            yield f"{field}[{index}]", container


def _names(value: Fields, path: str) -> Iterator[FieldError]:
    seen = set()
    for place, container in _all(value):
        name = container.get("name")
        if name and name in seen:
            yield FieldError(f"{path}.{place}.name", f"{name!r} is there twice",
                             "rename one of the containers")  # fmt: skip
        seen.add(name)


def _ports(value: Fields, path: str) -> Iterator[FieldError]:
    """Yield host ports that are used twice, or differ from the container's on the host network."""
    on_host = bool(value.get("hostNetwork"))
    seen: set[tuple[str, str, int]] = set()
    for place, container in _all(value):
        own: set[tuple[str, str, int]] = set()
        for index, port in enumerate(container.get("ports", ())):
            field, number = f"{path}.{place}.ports[{index}].hostPort", port.get("hostPort", 0)
            if not number:
                continue
            if on_host and number != port.get("containerPort") and place[0] == "c":
                yield FieldError(field, "differs from containerPort, which hostNetwork forbids",
                                 "use the same number, or omit hostPort")  # fmt: skip
            identity = (port.get("protocol") or "TCP", port.get("hostIP", ""), number)
            if identity in (seen if place[0] == "c" else own):
                yield FieldError(field, f"host port {number} is there twice",
                                 "use each host port once")  # fmt: skip
            (seen if place[0] == "c" else own).add(identity)


def mounts(value: Fields, path: str, more: frozenset[str] = frozenset()) -> Iterator[FieldError]:
    """Yield mounts of volumes that a pod spec lacks; ``more`` are volumes it gets later."""
    volumes: set[str] = set(more)
    for index, volume in enumerate(value.get("volumes", ())):
        name = volume.get("name", "")
        if name and name in volumes and name not in more:
            yield FieldError(f"{path}.volumes[{index}].name", f"{name!r} is there twice",
                             "rename one of the volumes")  # fmt: skip
        volumes.add(name)
    for place, container in _all(value):
        for field in ("volumeMounts", "volumeDevices"):
            for index, mount in enumerate(container.get(field, ())):
                name = mount.get("name")
                if name and name not in volumes:
                    yield FieldError(
                        f"{path}.{place}.{field}[{index}].name",
                        f"the pod has no volume {name!r}",
                        "name a volume of spec.volumes",
                    )


def _init_containers(value: Fields, path: str) -> Iterator[FieldError]:
    for index, container in enumerate(value.get("initContainers", ())):
        if container.get("restartPolicy") == _ALWAYS:
            continue
        for field in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
            if field in container:
                yield FieldError(f"{path}.initContainers[{index}].{field}",
                                 "is only allowed with restartPolicy: Always",
                                 "remove it, or make the container a sidecar")  # fmt: skip


def _resizing(value: Fields, path: str) -> Iterator[FieldError]:
    if value.get("restartPolicy") != "Never":
        return
    for place, container in _all(value):
        for index, policy in enumerate(container.get("resizePolicy", ())):
            if policy.get("restartPolicy") == "RestartContainer":
                yield FieldError(f"{path}.{place}.resizePolicy[{index}].restartPolicy",
                                 "must be NotRequired with restartPolicy: Never",
                                 "set NotRequired")  # fmt: skip


def _claims(value: Fields, path: str) -> Iterator[FieldError]:
    claims = {claim.get("name") for claim in value.get("resourceClaims", ())}
    for place, container in _all(value):
        for index, claim in enumerate(container.get("resources", {}).get("claims", ())):
            if claim.get("name") not in claims:
                yield FieldError(f"{path}.{place}.resources.claims[{index}].name",
                                 "is not one of the pod's resourceClaims",
                                 "name a claim of spec.resourceClaims")  # fmt: skip


def _toleration(value: Fields, path: str) -> Iterator[FieldError]:
    operator, text = value.get("operator") or "Equal", value.get("value", "")
    if not value.get("key") and operator != "Exists":
        yield FieldError(f"{path}.operator", "a toleration without a key must use operator Exists",
                         "set operator: Exists, or name the key")  # fmt: skip
    if "tolerationSeconds" in value and value.get("effect") != "NoExecute":
        yield FieldError(f"{path}.effect", "must be NoExecute with tolerationSeconds",
                         "set effect: NoExecute, or remove tolerationSeconds")  # fmt: skip
    if operator == "Exists" and text:
        yield FieldError(f"{path}.value", "a toleration with operator Exists takes no value",
                         "remove the value, or set operator: Equal")  # fmt: skip
    error = VALUE.error(text, f"{path}.value") if operator == "Equal" else None
    if error is not None:
        yield error


def _spread(value: Fields, path: str) -> Iterator[FieldError]:
    if "minDomains" in value and value.get("whenUnsatisfiable") != "DoNotSchedule":
        yield FieldError(f"{path}.minDomains", "is only allowed with DoNotSchedule",
                         "remove it, or set whenUnsatisfiable: DoNotSchedule")  # fmt: skip
    yield from _label_keys(value, "matchLabelKeys", path)
    keys = set(value.get("matchLabelKeys", ())) & _keys(value.get("labelSelector", {}))
    if keys:
        yield FieldError(f"{path}.matchLabelKeys",
                         f"{', '.join(sorted(keys))} is also in labelSelector",
                         "name each label once")  # fmt: skip


def _keys(selector: Fields) -> set[str]:
    expressions = selector.get("matchExpressions", ())
    return {*selector.get("matchLabels", ()), *(item.get("key", "") for item in expressions)}


def _label_keys(value: Fields, field: str, path: str) -> Iterator[FieldError]:
    if value.get(field) and "labelSelector" not in value:
        yield FieldError(f"{path}.{field}", "needs a labelSelector", "add one, or remove it")


def _affinity_term(value: Fields, path: str) -> Iterator[FieldError]:
    for field in ("matchLabelKeys", "mismatchLabelKeys"):
        yield from _label_keys(value, field, path)
    selector = value.get("labelSelector", {})
    matched = set(value.get("matchLabelKeys", ()))
    if matched & {*value.get("mismatchLabelKeys", ()), *_keys(selector)}:
        yield FieldError(f"{path}.matchLabelKeys", "names a key that another list has too",
                         "name each label once")  # fmt: skip


def _term(value: Fields, path: str) -> Iterator[FieldError]:
    for field, is_label in (("matchExpressions", True), ("matchFields", False)):
        for index, item in enumerate(value.get(field, ())):
            yield from _requirement(item, f"{path}.{field}[{index}]", is_label=is_label)


def _requirement(value: Fields, path: str, *, is_label: bool) -> Iterator[FieldError]:
    operator, values = value.get("operator", ""), value.get("values", ())
    if not is_label:
        if value.get("key") != "metadata.name":
            yield FieldError(f"{path}.key", "must be metadata.name",
                             "only nodes' names can be matched")  # fmt: skip
        if operator not in ("In", "NotIn") or len(values) != 1:
            yield FieldError(f"{path}.values", "must be one name, with operator In or NotIn",
                             "name one node")  # fmt: skip
        for index, text in enumerate(values):
            error = SUBDOMAIN.error(text, f"{path}.values[{index}]")
            if error is not None:
                yield error
        return
    if operator not in _NODE_OPERATORS:
        yield FieldError(f"{path}.operator", f"unknown node selector operator {operator!r}",
                         f"expected one of {', '.join(_NODE_OPERATORS)}")  # fmt: skip
    elif operator in ("In", "NotIn") and not values:
        yield FieldError(f"{path}.values", "is empty", f"operator {operator} needs values")
    elif operator in ("Exists", "DoesNotExist") and values:
        yield FieldError(f"{path}.values", f"operator {operator} takes no values", "remove them")
    elif operator in ("Gt", "Lt") and len(values) != 1:
        yield FieldError(f"{path}.values", f"operator {operator} takes one value", "write one")


def _required_nodes(value: Fields, path: str) -> Iterator[FieldError]:
    """Yield values that are no label values; preferred terms may have any."""
    for number, term in enumerate(value.get("nodeSelectorTerms", ())):
        for index, item in enumerate(term.get("matchExpressions", ())):
            for position, text in enumerate(item.get("values", ())):
                field = f"{path}.nodeSelectorTerms[{number}].matchExpressions[{index}]"
                error = VALUE.error(text, f"{field}.values[{position}]")
                if error is not None:
                    yield error


def _dns(value: Fields, path: str) -> Iterator[FieldError]:
    if value.get("dnsPolicy") == "None" and not value.get("dnsConfig", {}).get("nameservers"):
        yield FieldError(f"{path}.dnsConfig", "must name a server with dnsPolicy None",
                         "add dnsConfig.nameservers")  # fmt: skip


CHECKS = {
    "core.v1.PodSpec": (_spec, _dns, _resizing),
    "core.v1.Toleration": (_toleration,),
    "core.v1.TopologySpreadConstraint": (_spread,),
    "core.v1.PodAffinityTerm": (_affinity_term,),
    "core.v1.NodeSelectorTerm": (_term,),
    "core.v1.NodeSelector": (_required_nodes,),
}
