"""Placement: each pod the plan places, on the node it is placed on.

Law: NodeUnschedulable, TaintToleration, NodeAffinity, NodePorts and the inline volumes of
VolumeRestrictions, and the label a NodePool demands of its pods; no topology.
"""

from collections.abc import Iterator

from kubestow.model.labels import normalised
from kubestow.model.pod import PodTemplate
from kubestow.model.resources import PODS, format_amount
from kubestow.model.violation import Violation
from kubestow.verify.constraints import (
    node_is_selected,
    ports_collide,
    term_holds,
    untolerated,
)
from kubestow.verify.storage import disks_collide
from kubestow.verify.volumes import ebs_need
from kubestow.verify.world import Place, Standing, World


def placement(world: World) -> Iterator[Violation]:
    """Find pods whose node refuses them whatever else runs there."""
    for place in world.places:
        verdicts: dict[int, tuple[tuple[str, str], ...]] = {}
        for standing in world.at_place[place.index]:
            if standing.bound or standing.daemonset:
                continue
            verdict = verdicts.get(standing.kind)
            if verdict is None:
                verdict = tuple(_refusals(world, world.template(standing), place))
                verdicts[standing.kind] = verdict
            for rule, detail in verdict:
                yield Violation(rule, standing.pod, f"{place.name}: {detail}")


def _refusals(world: World, template: PodTemplate, place: Place) -> Iterator[tuple[str, str]]:
    if not node_is_selected(template, place.name, place.labels):
        yield "NodeAffinity", "its nodeSelector or required node affinity refuses the node"
    taint = untolerated(place.taints, template.tolerations)
    if taint is not None:
        yield "TaintToleration", f"it does not tolerate {taint.describe()}"
    if place.existing or place.planned is None:
        return
    pool = world.pools.get(place.planned.nodepool)
    for key in pool.opt_in_keys if pool is not None else ():
        if not constrains(template, normalised(key), place):
            yield "NodePool", f"it does not constrain {key}, which its NodePool demands"


def constrains(template: PodTemplate, key: str, place: Place) -> bool:
    """Tell whether a selector, or a term that holds there, names a label the NodePool demands."""
    if any(normalised(selected) == key for selected, _ in template.node_selector):
        return True
    return any(
        term_holds(term, place.name, place.labels)
        and any(normalised(expression.key) == key for expression in term.expressions)
        for term in template.node_affinity or ()
    )


def capacity(world: World) -> Iterator[Violation]:
    """Find nodes that hold more than they can; what was there before is nobody's fault."""
    for place in world.places:
        standings = world.at_place[place.index]
        if all(standing.bound for standing in standings):
            continue
        slots = place.allocatable.get(PODS, 0)
        if len(standings) > slots:
            detail = f"{len(standings)} pods stand on {slots} slots"
            yield Violation("NodeResourcesFit", place.name, detail)
        totals, asked = resource_totals(world, place.index)
        for name in sorted(asked):
            free = place.allocatable.get(name, 0)
            if totals[name] > free:
                detail = (
                    f"{name}: {format_amount(name, totals[name])} of {format_amount(name, free)}"
                )
                yield Violation("NodeResourcesFit", place.name, detail)
        yield from _volume_slots(world, place)


def resource_totals(world: World, place: int) -> tuple[dict[str, int], frozenset[str]]:
    """Return what all pods of a place request, and the resources its new pods ask for."""
    totals: dict[str, int] = {}
    asked = set()
    for standing in world.at_place[place]:
        for name, amount in world.template(standing).requests:
            totals[name] = totals.get(name, 0) + amount
            if amount > 0 and not standing.bound:
                asked.add(name)
    return totals, frozenset(asked)


def _volume_slots(world: World, place: Place) -> Iterator[Violation]:
    need, limit = ebs_need(world, place)
    if need > limit:
        detail = f"{need} EBS volumes have {limit} slots"
        yield Violation("NodeVolumeLimits", place.name, detail)


def collisions(world: World) -> Iterator[Violation]:
    """Find host ports and inline volumes that two pods of one node both want."""
    for place in world.places:
        standings = [
            standing
            for standing in world.at_place[place.index]
            if world.template(standing).host_ports or world.template(standing).inline_volumes
        ]
        for index, later in enumerate(standings):
            for earlier in standings[:index]:
                yield from _collision(world, earlier, later)


def _collision(world: World, earlier: Standing, later: Standing) -> Iterator[Violation]:
    if (earlier.bound and later.bound) or (earlier.daemonset and later.daemonset):
        return  # not the plan's doing
    subject, other = (earlier, later) if later.bound or later.daemonset else (later, earlier)
    ours, theirs = world.template(subject), world.template(other)
    for port in ours.host_ports:
        for taken in theirs.host_ports:
            if ports_collide(port, taken):
                detail = f"{port.protocol} {port.port} is taken by {other.pod}"
                yield Violation("NodePorts", subject.pod, detail)
    for disk in ours.inline_volumes:
        if any(disks_collide(disk, taken) for taken in theirs.inline_volumes):
            detail = f"{disk.kind} volume {disk.name} is used by {other.pod} on the same node"
            yield Violation("VolumeRestrictions", subject.pod, detail)
