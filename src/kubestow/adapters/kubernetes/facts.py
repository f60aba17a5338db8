"""What people read of nodes, pods and events, from their JSON. What does not fit is left out."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import slim, wire
from kubestow.adapters.kubernetes.fields import pairs, rounded_amounts
from kubestow.adapters.shapes import decoder
from kubestow.model.labels import LAST_APPLIED
from kubestow.model.observed import (
    ClusterEvent,
    NodeCondition,
    NodeDetails,
    ObjectIdentity,
    PodDetails,
)

_NODES = decoder(slim.SlimNode)
_PODS = decoder(slim.SlimPod)
_EVENTS = decoder(slim.SlimEvent)


def instant(text: str | None) -> int | None:
    """Return an RFC 3339 time in seconds since 1970; None for what is not one."""
    if not text:
        return None
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        return None


def node_facts(json: bytes) -> NodeDetails | None:
    """Return the facts of a node; None for what is not a Node."""
    try:
        item = _NODES.decode(json)
        status = item.status or slim.SlimNodeStatus()
        capacity = rounded_amounts(status.capacity, "status.capacity")
    except (msgspec.MsgspecError, FieldError, RecursionError):
        return None
    notes = dict(item.metadata.annotations or {})
    notes.pop(LAST_APPLIED, None)
    return NodeDetails(
        instant(item.metadata.creation_timestamp),
        tuple(
            NodeCondition(
                each.type, each.status, each.reason or "", each.message or "",
                instant(each.last_transition_time),
            )
            for each in status.conditions or ()
        ),
        pairs(notes),
        capacity,
        tuple((each.type, each.address) for each in status.addresses or ()),
        _system(status.node_info),
        (item.spec.provider_id if item.spec else None) or "",
        item.metadata.deletion_timestamp is not None,
        tuple(item.metadata.finalizers or ()),
    )  # fmt: skip


def _system(info: slim.SlimNodeInfo | None) -> tuple[tuple[str, str], ...]:
    if info is None:
        return ()
    said = (
        ("kubelet", info.kubelet_version),
        ("operating system", info.os_image),
        ("kernel", info.kernel_version),
        ("container runtime", info.container_runtime_version),
        ("architecture", info.architecture),
    )
    return tuple((name, text) for name, text in said if text)


def pod_facts(json: bytes) -> PodDetails | None:
    """Return the facts of a pod; None for what is not a Pod."""
    try:
        item = _PODS.decode(json)
    except (msgspec.MsgspecError, RecursionError):
        return None
    status = item.status or slim.SlimPodStatus()
    statuses = status.container_statuses or []
    containers = len((item.spec.containers if item.spec else None) or ())
    message = status.message or next(
        (f"{each.reason or ''}" for each in _failing(status)), ""
    )  # fmt: skip
    return PodDetails(
        instant(item.metadata.creation_timestamp),
        _pod_status(item, status),
        sum(bool(each.ready) for each in statuses),
        containers or len(statuses),
        sum(each.restart_count or 0 for each in statuses),
        message,
    )


def _failing(status: slim.SlimPodStatus) -> list[wire.Condition]:
    return [each for each in status.conditions or () if each.status == "False" and each.reason]


def _pod_status(item: slim.SlimPod, status: slim.SlimPodStatus) -> str:
    """Return what kubectl shows as STATUS, but for init containers.

    Source: pkg/printers/internalversion/printers.go printPod (Kubernetes 1.34).
    """
    text = status.reason or status.phase or "Unknown"
    for each in reversed(status.container_statuses or ()):
        state = each.state or slim.SlimStates()
        if state.waiting is not None and state.waiting.reason:
            text = state.waiting.reason
        elif state.terminated is not None and state.terminated.reason:
            text = state.terminated.reason
    return "Terminating" if item.metadata.deletion_timestamp else text


class _Placed(wire.Wire):
    node_name: str | None = None


class _Identified(wire.Wire):
    metadata: wire.Metadata
    spec: _Placed | None = None


_IDENTIFIED = decoder(_Identified)


def identity_of(json: bytes | None) -> ObjectIdentity | None:
    """Return what tells an object apart; None where there is none."""
    if json is None:
        return None
    item = _IDENTIFIED.decode(json)
    where = (item.spec.node_name if item.spec else None) or ""
    return ObjectIdentity(
        item.metadata.uid or "",
        item.metadata.annotations or {},
        where,
        instant(item.metadata.deletion_timestamp),
    )


def event_facts(json: bytes) -> ClusterEvent | None:
    """Return an event; None for what is not one."""
    try:
        item = _EVENTS.decode(json)
    except (msgspec.MsgspecError, RecursionError):
        return None
    about = item.involved_object or slim.SlimInvolved()
    series = item.series or slim.SlimSeries()
    times = (
        series.last_observed_time, item.last_timestamp, item.event_time, item.first_timestamp,
        item.metadata.creation_timestamp,
    )  # fmt: skip
    source = item.source.component if item.source else None
    return ClusterEvent(
        about.kind or "",
        about.namespace or "",
        about.name or "",
        item.type or "",
        item.reason or "",
        item.message or "",
        series.count or item.count or 1,
        next((at for text in times if (at := instant(text)) is not None), None),
        source or item.reporting_component or "",
    )


def facts_of_nodes(objects: Mapping[str, bytes]) -> dict[str, NodeDetails]:
    """Return the facts of nodes by name."""
    found = ((name, node_facts(json)) for name, json in objects.items())
    return {name: facts for name, facts in found if facts is not None}


class PodDetailsOnDemand(Mapping[str, PodDetails]):
    """The facts of pods by namespace/name, each read when it is asked for: few ever are."""

    def __init__(self, objects: Mapping[str, bytes]) -> None:
        self._objects = objects

    def __getitem__(self, key: str) -> PodDetails:
        facts = pod_facts(self._objects[key])
        if facts is None:
            raise KeyError(key)
        return facts

    def __iter__(self) -> Iterator[str]:
        return iter(self._objects)

    def __len__(self) -> int:
        return len(self._objects)


def facts_of_events(objects: Mapping[str, bytes]) -> tuple[ClusterEvent, ...]:
    """Return events, the newest first."""
    found = [event for json in objects.values() if (event := event_facts(json)) is not None]
    return tuple(sorted(found, key=lambda event: -(event.at or 0)))
