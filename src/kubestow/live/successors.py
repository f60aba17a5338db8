"""Successors first: a node does not go in the turn in which what its pods are planned on fails.

Pure. A policy drains an expired node in the turn in which nodes are launched for its pods: whoever
carries that out drains it only if these are begun.
"""

from collections.abc import Iterable, Mapping
from typing import TypeGuard

from kubestow.model.decision import (
    INTERRUPTED,
    NOT_LAUNCHED,
    NOT_REGISTERED,
    Action,
    Decision,
    Drain,
    Launch,
    Outcome,
)
from kubestow.model.snapshot import Snapshot
from kubestow.policies.provisioner import PLANNED


def sources(seen: Snapshot, decision: Decision) -> dict[str, frozenset[str]]:
    """Return the nodes from which pods are to come to each node that they are planned on.

    Pods that have no node come from "".
    """
    on = {pod.key: pod.node_name for pod in seen.cluster.pods}
    found: dict[str, set[str]] = {}
    for item in decision.waiting:
        if item.reason == PLANNED:
            found.setdefault(item.subject, set()).add(on.get(item.pod, ""))
    return {claim: frozenset(nodes) for claim, nodes in found.items()}


def may_wait(action: Action) -> TypeGuard[Drain]:
    """Return whether an action is the drain of a node that EC2 leaves us, and that has come."""
    return isinstance(action, Drain) and action.reason not in (INTERRUPTED, NOT_REGISTERED)


def counted_on(seen: Snapshot, decision: Decision) -> dict[str, frozenset[str]]:
    """Return the claims that are launched for the pods of each node that is drained beside it."""
    waiting = {action.node for action in decision.actions if may_wait(action)}
    launched = {a.claim.name for a in decision.actions if isinstance(a, Launch)}
    found: dict[str, set[str]] = {}
    for claim, nodes in sources(seen, decision).items() if waiting and launched else ():
        for node in nodes & waiting if claim in launched else ():
            found.setdefault(node, set()).add(claim)
    return {node: frozenset(claims) for node, claims in found.items()}


def parted(
    drains: Iterable[Drain], counted: Mapping[str, frozenset[str]], missing: Iterable[Outcome]
) -> tuple[list[Drain], list[Outcome]]:
    """Return the drains whose pods get their nodes, and what becomes of the others.

    ``counted`` are the claims that each node's pods count on, ``missing`` is what became of those
    that were not launched.
    """
    gone = {outcome.subject for outcome in missing}
    going, staying = list[Drain](), list[Outcome]()
    for drain in drains:
        if counted[drain.node] & gone:
            staying.append(Outcome(drain.node, NOT_LAUNCHED, reason=drain.reason))
        else:
            going.append(drain)
    return going, staying
