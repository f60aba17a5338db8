"""What a user may want to know of the new nodes of a plan: burstable ones, arm64 ones.

Whoever changes the nodes of a plan has these notes made again, so that they count what is planned.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kubestow.catalog.burstable import credits_of
from kubestow.model import labels as names
from kubestow.model.counted import counted
from kubestow.model.instance_type import NANO_USD
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.load_prices import used_of_nodes
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
    """Yield how burstable nodes are priced, and which of them would be throttled."""
    types, use = snapshot.catalog.instance_types, snapshot.cpu_use
    burstable = [node for node in fresh if types[node.instance_type].burstable]
    if not burstable:
        return
    surplus = sum(node.price.surplus_nano_usd_per_hour for node in burstable)
    yield (
        f"{counted(len(burstable), 'new node')} of burstable (t) types: pods are taken to use "
        f"{use.per_mille / 10:g} % of the cpu they request (--cpu-use); what is above the "
        f"baseline is in the price, {surplus / NANO_USD:.4f} USD/h of surplus CPU credits"
    )
    used = used_of_nodes(snapshot, burstable)
    throttled = sum(
        own is not None and own.throttles(millicpu)
        for node, millicpu in zip(burstable, used, strict=True)
        for own in [credits_of(types[node.instance_type], use)]
    )
    if throttled:
        yield (
            f"{counted(throttled, 'new node')} in standard mode with pods that use more than the "
            "baseline: their cpu is throttled"
        )
