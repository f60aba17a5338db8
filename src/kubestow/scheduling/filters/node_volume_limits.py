"""NodeVolumeLimits: no more volumes of a CSI driver on a node than it can attach.

Source: pkg/scheduler/framework/plugins/nodevolumelimits/csi.go (Kubernetes 1.34): limits are those
of the CSINode; a volume is counted once a node, however many of its pods use it, and attachments
that no pod explains count too.
"""

import numpy as np

from kubestow.model.pod import Pod, PodTemplate
from kubestow.scheduling.refusal import Refusal
from kubestow.scheduling.state import State
from kubestow.scheduling.view import View

NAME = "NodeVolumeLimits"
REASON = "node(s) exceed max volume count"
Attachment = tuple[str, str]


def applies(view: View) -> bool:
    """Tell whether the kind has volumes."""
    return bool(view.kind.claims or view.template.inline_volumes)


def refusals(view: View) -> list[Refusal]:
    """Return the nodes that could not attach the pod's volumes beside what is there."""
    inline = _inline(view.template)
    if not view.kind.claims and not inline:
        return []
    full = np.zeros(len(view.index), dtype=bool)
    for position, node in enumerate(view.state.nodes):
        limits = dict(node.attach_limits)
        if not limits:
            continue
        storage = view.state.storage
        own = set(storage.attachments(view.kind.namespace, view.kind.claims, inline, node))
        wanted = {driver for driver, _ in own if driver in limits}
        if not wanted:
            continue
        there = _attached(view.state, position)
        new = own - there
        there |= _stray(view.state, node.name)
        for driver in sorted(wanted):
            more = sum(d == driver for d, _ in new)
            if more and more + sum(d == driver for d, _ in there) > limits[driver]:
                full[position] = True
    return [Refusal(REASON, full)]


def _inline(template: PodTemplate) -> tuple[str, ...]:
    return tuple(f"{v.kind}/{v.name}" for v in template.inline_volumes)


def _attached(state: State, node: int) -> set[Attachment]:
    found: set[Attachment] = set()
    pods: dict[Pod, None] = state.storage.on_node.get(node, {})
    for pod in pods:
        found |= set(
            state.storage.attachments(
                pod.namespace, pod.volume_claims, _inline(pod.template), state.nodes[node]
            )
        )
    return found


def _stray(state: State, node: str) -> set[Attachment]:
    """Return what VolumeAttachments say is attached to a node, pods or not."""
    found: set[Attachment] = set()
    for attachment in state.cluster.attachments:
        volume = state.cluster.volumes.get(attachment.volume)
        if attachment.node == node and volume is not None and volume.driver and not volume.plugin:
            found.add((attachment.driver, volume.handle))
    return found
