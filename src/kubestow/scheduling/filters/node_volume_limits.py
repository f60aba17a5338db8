"""NodeVolumeLimits: no more volumes of a CSI driver on a node than it can attach.

Source: pkg/scheduler/framework/plugins/nodevolumelimits/csi.go (Kubernetes 1.34): limits are those
of the CSINode; a volume is counted once a node, however many of its pods use it, and attachments
that no pod explains count too.
"""

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
    full = np.zeros(len(context.index), dtype=bool)
    for position, node in enumerate(context.cache.nodes):
        limits = dict(node.attach_limits)
        if not limits:
            continue
        storage = context.cache.storage
        own = set(storage.attachments(context.kind.namespace, context.kind.claims, inline, node))
        wanted = {driver for driver, _ in own if driver in limits}
        if not wanted:
            continue
        there = _attached(context.cache, position)
        new = own - there
        there |= _stray(context.cache, node.name)
        for driver in sorted(wanted):
            more = sum(d == driver for d, _ in new)
            if more and more + sum(d == driver for d, _ in there) > limits[driver]:
                full[position] = True
    return [Refusal(REASON, full)]


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


def _stray(cache: SchedulerCache, node: str) -> set[Attachment]:
    """Return what VolumeAttachments say is attached to a node, pods or not."""
    attachments: set[Attachment] = set()
    for attachment in cache.cluster.attachments:
        volume = cache.cluster.volumes.get(attachment.volume)
        if attachment.node == node and volume is not None and volume.driver and not volume.plugin:
            attachments.add((attachment.driver, volume.handle))
    return attachments
