"""What a user may want to know of the new nodes of a plan: burstable ones, arm64 ones.

Whoever changes the nodes of a plan has these notes made again, so that they count what is planned.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kubestow.model import labels as names
from kubestow.model.counted import counted
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.snapshot import Snapshot
from kubestow.scheduling.static_filters import constrained_keys


def node_notes(snapshot: Snapshot, nodes: Iterable[PlannedNode]) -> tuple[str, ...]:
    """Return the notes on those of a plan's nodes that are new."""
    fresh = [node for node in nodes if not node.existing]
    return (*_architecture_note(snapshot, fresh), *_burstable_note(snapshot, fresh))


def renoted(snapshot: Snapshot, plan: Plan, before: Plan) -> Plan:
    """Return a plan whose notes on nodes are of its own nodes; it was made from ``before``."""
    fresh, stale = node_notes(snapshot, plan.nodes), node_notes(snapshot, before.nodes)
    others = (text for text in plan.assumptions if text not in stale)
    return replace(plan, assumptions=(*others, *fresh))


def _architecture_note(snapshot: Snapshot, fresh: list[PlannedNode]) -> Iterator[str]:
    """Yield a warning where pods that name no architecture are put on arm64."""
    there = {
        key for node in fresh if dict(node.labels).get(names.ARCH) == "arm64" for key in node.pods
    }
    if not there:
        return
    pods = sum(
        pod.key in there and names.ARCH not in constrained_keys(pod.template)
        for pod in snapshot.cluster.pods
    )
    if pods:
        yield (
            f"{counted(pods, 'pod')} without a required architecture planned on arm64: the images "
            "must run there"
        )


def _burstable_note(snapshot: Snapshot, fresh: list[PlannedNode]) -> Iterator[str]:
    """Yield what burstable nodes mean, if there are any."""
    types = snapshot.catalog.instance_types
    burstable = sum(types[node.instance_type].burstable for node in fresh)
    if burstable:
        yield (
            f"{counted(burstable, 'new node')} of burstable (t) types: pods that use what they "
            "request all day pay for surplus credits there; a NodePool of c, m and r excludes them"
        )
