"""What happened to a node or a pod, and why it is as it is, as sentences.

Nodes are called by the names that they have in the cluster, where these are known.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from kubestow.model.counted import agreeing, counted
from kubestow.model.decision import (
    DRIFTED,
    EMPTY,
    EXPIRED,
    HELD_BACK,
    INTERRUPTED,
    NOT_LAUNCHED,
    NOT_REGISTERED,
    PROVISIONING,
    REBALANCED,
    UNDERUTILIZED,
)
from kubestow.model.instance_type import NANO_USD
from kubestow.model.nodeclaim import COMING, Phase
from kubestow.model.story import (
    NO_CAPACITY,
    NODE_GOES,
    NODES_COME,
    NODES_LEAVE,
    NODES_REPLACED,
    NOT_BEGUN,
    NOT_DECIDED,
    NOT_KNOWN,
    NOTHING_CAME,
    PODS_WAIT,
    TAKEN_BACK,
    Happened,
    NodePresent,
    Occurrence,
    PodPresent,
)

REASONS: Mapping[str, str] = {
    EMPTY: "it runs no pods but those of DaemonSets",
    UNDERUTILIZED: "its pods run for less elsewhere",
    DRIFTED: "it would be launched otherwise now",
    EXPIRED: "it is as old as the NodePool lets it be",
    INTERRUPTED: "EC2 takes the spot instance back",
    REBALANCED: "EC2 may soon take the spot instance back",
    NOT_REGISTERED: "it was not ready within 15 minutes",
    "Unhealthy": "it was not healthy for long",
    "Deleted": "somebody deleted the Node",
    "Stopped": "its instance was stopped",
    NO_CAPACITY: "EC2 had no capacity of it",
    NOT_BEGUN: "a limit held it back, or EC2 refused it; the controller's log tells which",
    HELD_BACK: "a limit of the controller holds it back; its log and Events tell which",
    NOT_LAUNCHED: "EC2 refused it or could not be asked; the log and Events tell why",
    NOTHING_CAME: "nothing came of it, as in a dry run",
    TAKEN_BACK: "EC2 took the spot instance back",
    NOT_DECIDED: "no decision of the journal asked for it",
    NOT_KNOWN: "no journal says why the node went",
}
"""What reasons mean."""
_UNDER_WAY = {
    PODS_WAIT: ("pod waits for its node", "pods wait for their nodes"),
    NODES_COME: ("node is coming", "nodes are coming"),
    NODES_REPLACED: ("node waits for its replacement", "nodes wait for their replacements"),
    NODES_LEAVE: ("node begins to leave", "nodes begin to leave"),
}
_NAMED_MOST = 3
Naming = Callable[[str], str]


def clock(at: int) -> str:
    """Return an instant for people: 2026-01-05 00:15:00 (UTC); one of no calendar as a number."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return str(at)


def usd_per_hour(nano_usd: int) -> str:
    """Return a price: 0.0960 USD/h."""
    return f"{nano_usd / NANO_USD:.4f} USD/h"


def some(names: Sequence[str]) -> str:
    """Return a few names and how many more there are."""
    shown = ", ".join(names[:_NAMED_MOST])
    more = len(names) - _NAMED_MOST
    return f"{shown} and {more:,} more" if more > 0 else shown


def because(item: Occurrence, named: Naming) -> str:
    """Return the reason of a decision, and all that is known of it."""
    text = REASONS.get(item.reason, "")
    details = []
    if item.subject and item.reason == DRIFTED:
        details.append(item.subject)
    if item.subject and item.reason == EXPIRED:
        details.append(f"expireAfter {item.subject} s")
    if item.saved_nano_usd_per_hour is not None:
        details.append(f"saves {usd_per_hour(item.saved_nano_usd_per_hour)}")
    if item.beside and item.what is not Happened.LAUNCH_DECIDED:
        details.append(f"together with {some([named(name) for name in item.beside])}")
    said = f"{item.reason}: {text}" if text and item.reason in _API else text or item.reason
    return said + (f" ({'; '.join(details)})" if details else "")


_API = (
    EMPTY, UNDERUTILIZED, DRIFTED, EXPIRED, INTERRUPTED, REBALANCED, NOT_REGISTERED, "Unhealthy",
    "Deleted", "Stopped",
)  # fmt: skip
"""Reasons that Events and metrics have, too: they are named."""


def node_sentence(item: Occurrence, named: Naming) -> str:
    """Return what happened to a node."""
    nodes, pods = some([named(name) for name in item.nodes]), len(item.pods)
    match item.what:
        case Happened.SEEN:
            return f"was there when the journal began ({item.subject or 'not of kubestow'})"
        case Happened.LAUNCH_DECIDED:
            return _launch(item, named)
        case Happened.NOT_LAUNCHED:
            return f"was not launched: {because(item, named)}"
        case Happened.LANDED:
            return f"{counted(pods, 'pod')} landed on it as planned: {some(item.pods)}"
        case Happened.OPENED:
            return "opened for kube-scheduler" + (f": {item.reason}" if item.reason else "")
        case Happened.NOTICED:
            return f"interruption notice: EC2 takes it back at {clock(int(item.subject))}"
        case Happened.CORDONED:
            until = (
                f" until {nodes} {agreeing(len(item.nodes), 'is', 'are')} ready" if nodes else ""
            )
            return f"cordoned{until}. {because(item, named)}"
        case Happened.DRAIN_DECIDED:
            ready = f"; {nodes} {agreeing(len(item.nodes), 'is', 'are')} ready" if nodes else ""
            return f"drained. {because(item, named)}{ready}"
        case Happened.LEAVING:
            return f"leaves. {because(item, named) or 'no reason is on it'}"
        case Happened.PUT_OFF:
            return f"that was not begun: {because(item, named)}"
        case Happened.PODS_LEFT:
            left = f"{counted(pods, 'pod')} left: {some(item.pods)}"
            went = some([f"{named(node)} ({count})" for node, count in item.counts])
            return f"{left}; successors went to {went}" if went else left
        case Happened.ENDED:
            return f"gone. {because(item, named)}"
        case _:
            return _PLAIN[item.what]


_PLAIN = {
    Happened.LAUNCHED: "EC2 launched its instance",
    Happened.REGISTERED: "its Node registered",
    Happened.HELD: "Ready, and held for the pods that it was launched for",
    Happened.READY: "Ready",
    Happened.AT_RISK: "EC2 recommends to leave it, or has scheduled something for it",
    Happened.UNCORDONED: "it stays after all, and is cordoned no longer",
}


def _launch(item: Occurrence, named: Naming) -> str:
    nodes = some([named(name) for name in item.nodes])
    pods = counted(len(item.pods), "pod")
    whose = f" for {pods}: {some(item.pods)}" if item.pods else ""
    if item.reason == PROVISIONING:
        leaving = f", on {nodes} still, which must go" if nodes else ""
        return f"launch decided{whose}{leaving}"
    beside = some([named(name) for name in item.beside])
    together = f", together with {beside}" if beside else ""
    return f"launch decided to replace {nodes or 'nodes'}{together}. {because(item, named)}" + (
        f"; planned{whose}" if whose else ""
    )


def pod_sentence(item: Occurrence, named: Naming) -> str:
    """Return what happened to a pod."""
    node = some([named(name) for name in item.nodes])
    why = because(item, named)
    match item.what:
        case Happened.SEEN:
            return f"was on {node} when the journal began"
        case Happened.CREATED:
            return "first seen"
        case Happened.PLANNED:
            return f"planned on {node}{_state(item.subject)}"
        case Happened.NOT_PLANNED:
            subject = f" ({item.subject})" if item.subject else ""
            return f"no node is planned for it: {item.reason}{subject}"
        case Happened.PUT_OFF:
            return f"its node was not launched: {why}"
        case Happened.LANDED:
            return f"bound to {node} by kubestow, as planned"
        case Happened.SCHEDULED:
            return f"bound to {node}" + (
                f", as its {item.reason} asks" if item.reason else " by kube-scheduler"
            )
        case Happened.CORDONED:
            return f"its node {node} is to go. {why}"
        case Happened.DRAIN_DECIDED:
            return f"its node {node} is drained. {why}"
        case Happened.EVICTED:
            return f"evicted from {node}. {why}"
        case Happened.LOST:
            return f"lost with its node {node}. {why}"
        case Happened.DELETED:
            where = f"; its node {node} was not leaving" if node else ""
            return f"deleted, not by kubestow{where}"
        case Happened.UNCORDONED:
            return f"its node {node} stays after all"
        case _ if item.subject == NODE_GOES:
            return f"gone; its node {node} was to go. {why}"
        case _:
            return f"gone: {why}" if item.reason == NOT_DECIDED else "gone"


def _state(phase: str) -> str:
    if phase == Phase.LAUNCHING:
        return ", which is launched for it"
    if phase in COMING:
        return f", which is coming ({phase})"
    return ", which is held for it" if phase == Phase.HELD else ", which runs"


def node_now(present: NodePresent, named: Naming) -> list[str]:
    """Return what is true of a node now."""
    lines = [f"{present.phase or 'not of kubestow'}, with {counted(present.pods, 'pod')}"
             " beside DaemonSets'"]  # fmt: skip
    if present.goes:
        lines.append(f"it goes next, if nothing changes. {_said(present.goes)}")
    for kept in present.kept:
        subject = f" ({_subject(kept.subject, named)})" if kept.subject else ""
        lines.append(f"it stays: {kept.reason}{subject}")
    if present.under_way and present.phase == Phase.READY:
        waits = ", ".join(
            f"{count:,} {agreeing(count, *_UNDER_WAY[what])}" for what, count in present.under_way
        )
        lines.append(f"no node is consolidated or replaced meanwhile: {waits}")
    return lines


def _subject(subject: str, named: Naming) -> str:
    return REASONS.get(subject) or named(subject)


def _said(reason: str) -> str:
    text = REASONS.get(reason)
    return f"{reason}: {text}" if text and reason in _API else text or reason


def pod_now(present: PodPresent, named: Naming) -> list[str]:
    """Return what is true of a pod now."""
    if present.node:
        state = "Ready" if present.is_ready else "not Ready"
        return [f"on {named(present.node)}, {'being deleted' if present.is_terminating else state}"]
    lines = ["waits for a node"]
    if present.planned_on:
        since = f" since {clock(present.phase_at)}" if present.phase_at is not None else ""
        phase = f" ({present.phase}{since})" if present.phase else ""
        lines.append(f"planned on {named(present.planned_on)}{phase}")
    if present.put_off:
        lines.append(f"a node for it was not launched: {_said(present.put_off)}")
    if present.not_planned:
        lines.append(f"no node is planned for it: {present.not_planned}")
        lines.append("'kubestow explain' finds the cheapest change that lets it run")
    for refusal in present.refusals:
        nodes = some([named(name) for name in refusal.nodes])
        on = f" on {counted(len(refusal.nodes), 'node')}: {nodes}" if refusal.nodes else ""
        lines.append(f"{refusal.plugin} refuses it ({refusal.reason}){on}")
    if present.free:
        lines.append(f"no filter refuses it on {some([named(name) for name in present.free])}")
    return lines
