"""Objects as they are kept while a cluster is watched: what is read of them, and nothing else.

What changes without meaning (versions, heartbeats, managed fields) is dropped, so that an object
whose bytes are the same has not changed for any reader. Pods, nodes and events, of which there are
many, are decoded into shapes; other kinds lose what programs run with.
"""

from typing import Any

import msgspec

from kubestow.adapters.kubernetes import wire
from kubestow.adapters.kubernetes.dump import without_runtime
from kubestow.adapters.kubernetes.vpc_cni import settings_of, with_settings
from kubestow.adapters.kubernetes.wire import Wire
from kubestow.adapters.shapes import decoder
from kubestow.model.labels import LAST_APPLIED

_HEAD = ("apiVersion", "kind")  # a watch tells them of every object, a list does not
_UNKEPT = ("resourceVersion", "generation", "selfLink")


class SlimMetadata(wire.Metadata):
    """Metadata, and when the object was made."""

    creation_timestamp: str | None = None


class SlimState(Wire):
    """Why a container waits or has ended."""

    reason: str | None = None


class SlimStates(Wire):
    """The state of a container; the one it is in is not None."""

    waiting: SlimState | None = None
    running: dict[str, Any] | None = None
    terminated: SlimState | None = None


class SlimContainerStatus(wire.ContainerStatus):
    """A container's status, as people read it."""

    ready: bool | None = None
    restart_count: int | None = None
    state: SlimStates | None = None
    last_state: SlimStates | None = None


class SlimPodStatus(wire.PodStatus):
    """A pod's status, as people read it."""

    start_time: str | None = None
    reason: str | None = None
    message: str | None = None
    container_statuses: list[SlimContainerStatus] | None = None  # type: ignore[assignment] # more


class SlimPod(wire.PodWire):
    """A Pod: what plans read of it and what views show."""

    metadata: SlimMetadata
    status: SlimPodStatus | None = None


class SlimCondition(Wire):
    """A node's condition without its heartbeat."""

    type: str = ""
    status: str = ""
    reason: str | None = None
    message: str | None = None
    last_transition_time: str | None = None


class SlimNodeInfo(Wire):
    """What runs a node."""

    kubelet_version: str | None = None
    os_image: str | None = None
    kernel_version: str | None = None
    container_runtime_version: str | None = None
    architecture: str | None = None
    operating_system: str | None = None


class SlimAddress(Wire):
    """An address of a node."""

    type: str = ""
    address: str = ""


class SlimNodeStatus(wire.NodeStatus):
    """A node's status, as people read it."""

    conditions: list[SlimCondition] | None = None
    node_info: SlimNodeInfo | None = None
    addresses: list[SlimAddress] | None = None


class SlimNodeSpec(wire.NodeSpec):
    """A node's spec, and the instance it is."""

    provider_id: str | None = msgspec.field(default=None, name="providerID")


class SlimNodeMetadata(SlimMetadata):
    """A node's metadata, and what keeps it once it is deleted."""

    finalizers: list[str] | None = None


class SlimNode(wire.NodeWire):
    """A Node: what plans read of it and what views show."""

    metadata: SlimNodeMetadata
    spec: SlimNodeSpec | None = None
    status: SlimNodeStatus | None = None


class SlimInvolved(Wire):
    """What an event is about."""

    kind: str | None = None
    namespace: str | None = None
    name: str | None = None


class SlimSeries(Wire):
    """How often an event was seen."""

    count: int | None = None
    last_observed_time: str | None = None


class SlimSource(Wire):
    """Who reports an event."""

    component: str | None = None


class SlimEvent(Wire):
    """An Event (core/v1)."""

    metadata: SlimMetadata
    involved_object: SlimInvolved | None = None
    reason: str | None = None
    message: str | None = None
    type: str | None = None
    count: int | None = None
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
    series: SlimSeries | None = None
    source: SlimSource | None = None
    reporting_component: str | None = None


_SHAPES: dict[str, type[Any]] = {"pods": SlimPod, "nodes": SlimNode, "events": SlimEvent}
_DECODERS = {name: decoder(shape) for name, shape in _SHAPES.items()}
_ENCODER = msgspec.json.Encoder()


class _Name(Wire):
    name: str = ""
    namespace: str | None = None


class _Named(Wire):
    metadata: _Name


_NAME = decoder(_Named)


def key_of(json: msgspec.Raw | bytes) -> str:
    """Return the namespace/name of an object, or its name; raise DecodeError without metadata."""
    metadata = _NAME.decode(json).metadata
    return f"{metadata.namespace}/{metadata.name}" if metadata.namespace else metadata.name


def happened_at(json: bytes) -> str:
    """Return when an event happened last, as a text that sorts by time; empty if it tells not."""
    try:
        item = _DECODERS["events"].decode(json)
    except msgspec.DecodeError:
        return ""
    series = item.series.last_observed_time if item.series else None
    made = item.metadata.creation_timestamp
    return series or item.last_timestamp or item.event_time or item.first_timestamp or made or ""


def slim(resource: str, json: msgspec.Raw | bytes) -> bytes:
    """Return an object of a resource without what nobody reads.

    One that does not fit its shape is kept as it is, so that its reader reports it.
    """
    decoder = _DECODERS.get(resource)
    if decoder is not None:
        try:
            item = decoder.decode(json)
        except msgspec.ValidationError:
            return bytes(json)
        if item.metadata.annotations:
            item.metadata.annotations.pop(LAST_APPLIED, None)
        return _ENCODER.encode(item)
    value = msgspec.json.decode(json)
    for key in _HEAD:
        value.pop(key, None)
    metadata = value.get("metadata")
    if isinstance(metadata, dict):
        for key in _UNKEPT:
            metadata.pop(key, None)
    settings = settings_of(json) if resource == "daemonsets" else {}
    return _ENCODER.encode(with_settings(without_runtime(value), settings))
