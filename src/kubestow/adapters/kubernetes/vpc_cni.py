"""The VPC CNI of a cluster: settings of its DaemonSet aws-node that decide about addresses of pods.

They are environment variables, which are kept nowhere else: of this DaemonSet, these alone are.
Source: aws/amazon-vpc-cni-k8s README, "CNI Configuration Variables".
"""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from kubestow.adapters.catalog_files import load_instance_types
from kubestow.adapters.kubernetes.wire import Wire
from kubestow.adapters.shapes import decoded
from kubestow.catalog.density import eni_limited_pods
from kubestow.model import labels as names
from kubestow.model.node import Node
from kubestow.model.nodepool import Networking, VpcCni
from kubestow.model.resources import PODS

PREFIX_DELEGATION = "ENABLE_PREFIX_DELEGATION"
CUSTOM_NETWORKING = "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"
_NAMESPACE, _NAME = "kube-system", "aws-node"
_SETTINGS = (PREFIX_DELEGATION, CUSTOM_NETWORKING)
_ON = ("1", "t", "T", "true", "TRUE", "True")
Settings = dict[str, str]


class _Variable(Wire):
    name: str = ""
    value: str | None = None


class _Container(Wire):
    name: str = ""
    env: list[_Variable] | None = None


class _PodSpec(Wire):
    containers: list[_Container] | None = None


class _Template(Wire):
    spec: _PodSpec | None = None


class _Spec(Wire):
    template: _Template | None = None


class _Metadata(Wire):
    name: str = ""
    namespace: str | None = None


class _DaemonSet(Wire):
    metadata: _Metadata
    spec: _Spec | None = None


def is_on(value: object) -> bool:
    """Return whether a setting is on, as aws-node reads it (strconv.ParseBool)."""
    return str(value) in _ON


def settings_of(daemonset: msgspec.Raw | bytes) -> Settings:
    """Return the settings of a DaemonSet; none if it is another one, or cannot be read."""
    try:
        item = decoded(daemonset, _DaemonSet)
    except (msgspec.DecodeError, RecursionError):
        return {}  # reported when the object itself is read
    if (item.metadata.namespace, item.metadata.name) != (_NAMESPACE, _NAME):
        return {}
    template = item.spec.template if item.spec else None
    containers = template.spec.containers if template and template.spec else None
    return {
        variable.name: "true" if is_on(variable.value) else "false"
        for container in containers or ()
        if container.name == _NAME
        for variable in container.env or ()
        if variable.name in _SETTINGS and variable.value is not None
    }


def with_settings(daemonset: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Return the DaemonSet that settings are of, which has no environment, with them."""
    if settings:
        for container in daemonset["spec"]["template"]["spec"]["containers"]:
            if container.get("name") == _NAME:
                container["env"] = [{"name": name, "value": settings[name]} for name in settings]
    return daemonset


@dataclass(slots=True)
class VpcCniReading:
    """Collects what an input tells of its VPC CNI."""

    settings: Settings | None = None
    slots: set[tuple[str, int]] = field(default_factory=set)

    def add_daemonset(self, document: msgspec.Raw | bytes) -> None:
        """Read a DaemonSet."""
        self.settings = settings_of(document) or self.settings

    def add_node(self, node: Node) -> None:
        """Note how many pods a node has slots for."""
        instance_type = dict(node.labels).get(names.INSTANCE_TYPE, "")
        self.slots.add((instance_type, dict(node.allocatable).get(PODS, 0)))

    def result(self) -> VpcCni:
        """Return how the VPC CNI is configured."""
        settings = self.settings or {}
        networking = Networking(*(is_on(settings.get(name)) for name in _SETTINGS))
        return VpcCni(networking, networking.prefix_delegation and self._has_slots_for_prefixes())

    def _has_slots_for_prefixes(self) -> bool:
        types = load_instance_types()
        return any(
            name in types and pods > eni_limited_pods(types[name]) for name, pods in self.slots
        )
