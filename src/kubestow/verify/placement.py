"""Placement: whether each pod may be on its node, regardless of topology.

NodeUnschedulable, TaintToleration, NodeAffinity, NodePorts, the inline volumes of
VolumeRestrictions, and the labels that a NodePool demands of its pods.
"""

from collections.abc import Iterator

from kubestow.model.labels import normalised
from kubestow.model.pod import PodTemplate
from kubestow.model.resources import PODS, format_amount
from kubestow.model.violation import Violation
from kubestow.verify.constraints import (
    node_is_selected,
    ports_collide,
    profile_admits,
    term_holds,
    untolerated,
)
from kubestow.verify.final_state import FinalState, NodeInPlan, PodOnNode
from kubestow.verify.storage import disks_collide
from kubestow.verify.volumes import ebs_need


def placement(final_state: FinalState) -> Iterator[Violation]:
    """Find pods that may not run on their node, whatever else runs there."""
    for place in final_state.places:
        verdicts: dict[int, tuple[tuple[str, str], ...]] = {}
        for standing in final_state.at_place[place.index]:
            if standing.bound or standing.daemonset:
                continue
            verdict = verdicts.get(standing.kind)
            if verdict is None:
                verdict = tuple(_refusals(final_state, final_state.template(standing), place))
                verdicts[standing.kind] = verdict
            for rule, detail in verdict:
                yield Violation(rule, standing.pod, f"{place.name}: {detail}")


def _refusals(
    final_state: FinalState, template: PodTemplate, place: NodeInPlan
) -> Iterator[tuple[str, str]]:
    if not node_is_selected(template, place.name, place.labels):
        yield "NodeAffinity", "its nodeSelector or required node affinity rejects the node"
    if not profile_admits(template, place.name, place.labels):
        yield "NodeAffinity", "the affinity that its scheduler's profile adds rejects the node"
    taint = untolerated(place.taints, template.tolerations)
    if taint is not None:
        yield "TaintToleration", f"it does not tolerate {taint.describe()}"
    if place.existing or place.planned is None:
        return
    pool = final_state.pools.get(place.planned.nodepool)
    for key in pool.opt_in_keys if pool is not None else ():
        if not constrains(template, normalised(key), place):
            yield "NodePool", f"it does not constrain {key}, which its NodePool demands"


def constrains(template: PodTemplate, key: str, place: NodeInPlan) -> bool:
    """Return whether a selector, or a term that holds, names a label the NodePool demands."""
    if any(normalised(selected) == key for selected, _ in template.node_selector):
        return True
    return any(
        term_holds(term, place.name, place.labels)
        and any(normalised(expression.key) == key for expression in term.expressions)
        for term in template.node_affinity or ()
    )


def capacity(final_state: FinalState) -> Iterator[Violation]:
    """Find overfull nodes; what was there before the plan is not its fault."""
    for place in final_state.places:
        standings = final_state.at_place[place.index]
        if all(standing.bound for standing in standings):
            continue
        slots = place.allocatable.get(PODS, 0)
        if len(standings) > slots:
            detail = f"{len(standings)} pods use {slots} slots"
            yield Violation("NodeResourcesFit", place.name, detail)
        totals, asked = resource_totals(final_state, place.index)
        for name in sorted(asked):
            free = place.allocatable.get(name, 0)
            if totals[name] > free:
                detail = (
                    f"{name}: {format_amount(name, totals[name])} of {format_amount(name, free)}"
                )
                yield Violation("NodeResourcesFit", place.name, detail)
        yield from _volume_slots(final_state, place)


def resource_totals(final_state: FinalState, place: int) -> tuple[dict[str, int], frozenset[str]]:
    """Return what all pods of a place request, and the resources that new pods request."""
    totals: dict[str, int] = {}
    asked = set()
    for standing in final_state.at_place[place]:
        for name, amount in final_state.template(standing).requests:
            totals[name] = totals.get(name, 0) + amount
            if amount > 0 and not standing.bound:
                asked.add(name)
    return totals, frozenset(asked)


def _volume_slots(final_state: FinalState, place: NodeInPlan) -> Iterator[Violation]:
    need, limit = ebs_need(final_state, place)
    if need > limit:
        detail = f"{need} EBS volumes use {limit} slots"
        yield Violation("NodeVolumeLimits", place.name, detail)


def collisions(final_state: FinalState) -> Iterator[Violation]:
    """Find host ports and inline volumes that two pods of a node both use."""
    for place in final_state.places:
        standings = [
            standing
            for standing in final_state.at_place[place.index]
            if final_state.template(standing).host_ports
            or final_state.template(standing).inline_volumes
        ]
        for index, later in enumerate(standings):
            for earlier in standings[:index]:
                yield from _collision(final_state, earlier, later)


def _collision(
    final_state: FinalState, earlier: PodOnNode, later: PodOnNode
) -> Iterator[Violation]:
    if (earlier.bound and later.bound) or (earlier.daemonset and later.daemonset):
        return  # not the plan's fault
    subject, other = (earlier, later) if later.bound or later.daemonset else (later, earlier)
    ours, theirs = final_state.template(subject), final_state.template(other)
    for port in ours.host_ports:
        for taken in theirs.host_ports:
            if ports_collide(port, taken):
                detail = f"{port.protocol} {port.port} is taken by {other.pod}"
                yield Violation("NodePorts", subject.pod, detail)
    for disk in ours.inline_volumes:
        if any(disks_collide(disk, taken) for taken in theirs.inline_volumes):
            detail = f"{disk.kind} volume {disk.name} is used by {other.pod} on the same node"
            yield Violation("VolumeRestrictions", subject.pod, detail)
