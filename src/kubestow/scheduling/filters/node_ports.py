"""NodePorts: two pods that want the same host port cannot share a node.

Source: pkg/scheduler/framework/plugins/nodeports (Kubernetes 1.34). Equal ports inside one pod do
not conflict.
"""

from collections.abc import Sequence

from kubestow.model.pod import HostPort

NAME = "NodePorts"


def conflict(left: Sequence[HostPort], right: Sequence[HostPort]) -> bool:
    """Tell whether pods with these host ports cannot be on one node."""
    return any(a.conflicts(b) for a in left for b in right)
