"""What a running cluster says of one node or one pod now, and kubestow's Events about it.

It takes the right to list nodes, pods and events, and nothing is changed.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from kubestow.adapters.kubernetes.facts import event_facts, instant, node_facts
from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.live import marks
from kubestow.model.story import LiveFacts
from kubestow.views.why_sentences import clock

Reading = Callable[[str], tuple[Answer, Any]]
"""Returns what became of a request, and the object that was answered (ApiHand.read)."""
_OURS, _CLUSTERS = "source=kubestow", "default"


def live_node(read: Reading, cluster: str, name: str) -> tuple[LiveFacts, Answer]:
    """Return what a cluster says of a node, and what became of asking for it."""
    answer, body = _object(read, "/api/v1/nodes", name)
    if body is None:
        return LiveFacts(cluster, is_there=False), answer
    facts = tuple(_node(body))
    found = LiveFacts(cluster, facts)
    return _events(read, found, "Node", _CLUSTERS, name), answer


def live_pod(read: Reading, cluster: str, key: str) -> tuple[LiveFacts, Answer]:
    """Return what a cluster says of a pod, by its namespace/name.

    With one that waits come Events of NodePools: limits and refusals that hold back its node.
    """
    namespace, _, name = key.partition("/")
    answer, body = _object(read, f"/api/v1/namespaces/{quote(namespace, safe='')}/pods", name)
    if body is None and answer is not Answer.DONE:
        return LiveFacts(cluster, is_there=False), answer
    found = LiveFacts(cluster, tuple(_pod(body)) if body is not None else (), (), body is not None)
    found = _events(read, found, "Pod", namespace, name)
    if body is None or (body.get("spec") or {}).get("nodeName"):
        return found, answer
    of_pools = _events(read, found, "NodePool", _CLUSTERS)
    pools = (
        replace(event, message=f"NodePool {event.name}: {event.message}")
        for event in of_pools.events
    )
    return replace(of_pools, events=(*found.events, *pools)), answer


def _object(read: Reading, path: str, name: str) -> tuple[Answer, Mapping[str, Any] | None]:
    """Return an object by its name; None where there is none, or it cannot be told."""
    selector = quote(f"metadata.name={name}", safe="")
    answer, listed = read(f"{path}?fieldSelector={selector}")
    items = (listed or {}).get("items") or ()
    return answer, items[0] if items else None


def _events(
    read: Reading, found: LiveFacts, kind: str, namespace: str, name: str = ""
) -> LiveFacts:
    """Return what was found with the Events about an object or all of a kind, the newest last.

    Where they cannot be listed, a note says so.
    """
    of_name = f"involvedObject.name={name}," if name else ""
    selector = quote(f"involvedObject.kind={kind},{of_name}{_OURS}", safe="")
    path = f"/api/v1/namespaces/{quote(namespace, safe='')}/events"
    answer, listed = read(f"{path}?fieldSelector={selector}")
    if answer is not Answer.DONE:
        why = "it takes the right to list events" if answer is Answer.FORBIDDEN else "asking failed"
        note = f"Events about {kind}s in namespace {namespace} are not told: {why}"
        return replace(found, events=(), notes=(*found.notes, note))
    texts = (json.dumps(item).encode() for item in (listed or {}).get("items") or ())
    events = [event for text in texts if (event := event_facts(text)) is not None]
    return replace(found, events=tuple(sorted(events, key=lambda event: event.at or 0)))


def _node(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is to be told of a Node."""
    details = node_facts(json.dumps(body).encode())
    if details is None:
        return
    cordoned = (body.get("spec") or {}).get("unschedulable")
    deleted = ", deleted by somebody" if details.is_deleted else ""
    yield "status", f"{details.status}{', cordoned' if cordoned else ''}{deleted}"
    if details.instance_id:
        yield "instance", details.instance_id
    notes = dict(details.annotations)
    for key, name in (
        (marks.OPEN_SINCE, "open since"), (marks.NOTICE_AT, "EC2 takes it back at"),
        (marks.REBALANCE_AT, "at risk since"), (marks.SCHEDULED_AT, "EC2's event is known since"),
        (marks.ENDS_AT, "ends at the latest at"),
    ):  # fmt: skip
        at = marks.instant(notes.get(key))
        if at is not None:
            yield name, f"{clock(at)} UTC"
    for key, name in ((marks.DISRUPTED, "is to be replaced"), (marks.LEAVING, "leaves")):
        if key in notes:
            yield name, notes[key]
    if marks.FORCED in notes:
        yield "drained", "whatever budgets say"
    held = any(t.get("key") == marks.HELD for t in (body.get("spec") or {}).get("taints") or ())
    is_held = held or (cordoned and marks.OPEN_SINCE not in notes and marks.LEAVING not in notes)
    if is_held and marks.FINALIZER in details.finalizers:
        yield "held", "until its pods are bound to it"
    for item in details.conditions:
        if not item.is_good:
            yield item.type, f"{item.status}: {item.reason or item.message}"


def _pod(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is to be told of a pod."""
    metadata, spec = body.get("metadata") or {}, body.get("spec") or {}
    status = body.get("status") or {}
    created = instant(metadata.get("creationTimestamp"))
    if created is not None:
        yield "created", f"{clock(created)} UTC"
    yield "phase", str(status.get("phase") or "Unknown")
    yield "node", str(spec.get("nodeName") or "none")
    if metadata.get("deletionTimestamp"):
        yield "deleted", str(metadata["deletionTimestamp"])
    for item in status.get("conditions") or ():
        said = item.get("message") or item.get("reason")
        if item.get("status") == "False" and said:
            yield str(item.get("type")), str(said)
