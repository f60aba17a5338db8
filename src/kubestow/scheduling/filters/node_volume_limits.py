"""NodeVolumeLimits: no more volumes of a CSI driver on a node than it can attach.

Source: pkg/scheduler/framework/plugins/nodevolumelimits/csi.go (Kubernetes 1.34): limits are those
of the CSINode; a volume is counted once a node, however many of its pods use it, and attachments
that no pod explains count too.
"""

from collections.abc import Iterator, Mapping, Set
from math import inf

import numpy as np

from kubestow.model.pod import Pod, PodTemplate
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.refusal import Refusal
from kubestow.scheduling.scheduler_cache import SchedulerCache

NAME = "NodeVolumeLimits"
REASON = "node(s) exceed max volume count"
Attachment = tuple[str, str]


def applies(context: PodContext) -> bool:
    """Return whether the kind has volumes."""
    return bool(context.kind.claims or context.template.inline_volumes)


def refusals(context: PodContext) -> list[Refusal]:
    """Return the nodes that could not attach the pod's volumes beside what is there."""
    inline = _inline(context.template)
    if not context.kind.claims and not inline:
        return []
    cache, storage = context.cache, context.cache.storage
    full = np.zeros(len(context.index), dtype=bool)
    stray = cache.shared(NAME, lambda: _stray(cache))
    own_of: dict[bool, set[Attachment]] = {}
    for position in _near_limits(context, len(context.kind.claims) + len(inline), stray):
        node = cache.nodes[position]
        limits = dict(node.attach_limits)
        migrates = node.migrated_plugins is not None  # of a node only this matters to claims
        own = own_of.get(migrates)
        if own is None:
            kind = context.kind
            own = set(storage.attachments(kind.namespace, kind.claims, inline, node))
            own_of[migrates] = own
        wanted = {driver for driver, _ in own if driver in limits}
        if not wanted:
            continue
        there = _attached(cache, position)
        new = own - there
        there |= stray.get(node.name, set())
        for driver in sorted(wanted):
            more = sum(d == driver for d, _ in new)
            if more and more + sum(d == driver for d, _ in there) > limits[driver]:
                full[position] = True
    return [Refusal(REASON, full)]


def _near_limits(
    context: PodContext, volumes: int, stray: Mapping[str, Set[Attachment]]
) -> Iterator[int]:
    """Yield the nodes of which some limit is less than what is there and so many volumes more."""
    cache = context.cache

    def left() -> list[float]:
        return [
            min((limit for _, limit in node.attach_limits), default=inf)
            - len(stray.get(node.name, ()))
            for node in cache.nodes
        ]

    room = cache.shared((NAME, "left"), left)
    yield from context.once(NAME, lambda _: [i for i, free in enumerate(room) if free < volumes])
    for node, held in cache.storage.attached_most.items():
        if held and volumes <= room[node] < held + volumes:
            yield node


def _inline(template: PodTemplate) -> tuple[str, ...]:
    return tuple(f"{v.kind}/{v.name}" for v in template.inline_volumes)


def _attached(cache: SchedulerCache, node: int) -> set[Attachment]:
    attachments: set[Attachment] = set()
    pods: dict[Pod, None] = cache.storage.on_node.get(node, {})
    for pod in pods:
        attachments |= set(
            cache.storage.attachments(
                pod.namespace, pod.volume_claims, _inline(pod.template), cache.nodes[node]
            )
        )
    return attachments


def _stray(cache: SchedulerCache) -> dict[str, set[Attachment]]:
    """Return by node what VolumeAttachments say is attached to it, pods or not."""
    by_node: dict[str, set[Attachment]] = {}
    for attachment in cache.cluster.attachments:
        volume = cache.cluster.volumes.get(attachment.volume)
        if volume is not None and volume.driver and not volume.plugin:
            there = by_node.setdefault(attachment.node, set())
            there.add((attachment.driver, volume.handle))
    return by_node
