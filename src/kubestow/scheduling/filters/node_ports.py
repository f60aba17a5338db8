"""NodePorts: two pods that want the same host port cannot share a node.

Source: pkg/scheduler/framework/plugins/nodeports (Kubernetes 1.34). Equal ports inside one pod do
not conflict.
"""

from collections.abc import Sequence

from kubestow.model.pod import HostPort
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.refusal import Refusal

NAME = "NodePorts"
REASON = "node(s) didn't have free ports for the requested pod ports"


def conflict(left: Sequence[HostPort], right: Sequence[HostPort]) -> bool:
    """Return whether pods with these host ports cannot be on one node."""
    return any(a.conflicts(b) for a in left for b in right)


def _rivals(context: PodContext) -> tuple[int, ...]:
    ports = context.template.host_ports
    return tuple(
        number
        for number, kind in enumerate(context.cache.kinds)
        if kind.template.host_ports and conflict(ports, kind.template.host_ports)
    )


def applies(context: PodContext) -> bool:
    """Return whether the kind wants host ports."""
    return bool(context.template.host_ports)


def refusals(context: PodContext) -> list[Refusal]:
    """Return the nodes with a pod that holds one of the ports."""
    if not context.template.host_ports:
        return []
    taken = context.cache.counts(context.once(NAME, _rivals), None)
    return [Refusal(REASON, taken.present())]
