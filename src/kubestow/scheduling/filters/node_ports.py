"""NodePorts: two pods that want the same host port cannot share a node.

Source: pkg/scheduler/framework/plugins/nodeports (Kubernetes 1.34). Equal ports inside one pod do
not conflict.
"""

from collections.abc import Sequence

from kubestow.model.pod import HostPort
from kubestow.scheduling.refusal import Refusal
from kubestow.scheduling.view import View

NAME = "NodePorts"
REASON = "node(s) didn't have free ports for the requested pod ports"


def conflict(left: Sequence[HostPort], right: Sequence[HostPort]) -> bool:
    """Tell whether pods with these host ports cannot be on one node."""
    return any(a.conflicts(b) for a in left for b in right)


def _rivals(view: View) -> tuple[int, ...]:
    ports = view.template.host_ports
    return tuple(
        number
        for number, kind in enumerate(view.state.kinds)
        if kind.template.host_ports and conflict(ports, kind.template.host_ports)
    )


def applies(view: View) -> bool:
    """Tell whether the kind wants host ports."""
    return bool(view.template.host_ports)


def refusals(view: View) -> list[Refusal]:
    """Return the nodes with a pod that holds one of the ports."""
    if not view.template.host_ports:
        return []
    taken = view.state.counts(view.kept(NAME, _rivals), None)
    return [Refusal(REASON, taken.at_nodes() > 0)]
