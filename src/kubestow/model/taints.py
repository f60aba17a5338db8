"""Taints and tolerations.

Source: k8s.io/api core/v1/toleration.go ToleratesTaint and component-helpers
scheduling/corev1/helpers.go (Kubernetes 1.34).
"""

from collections.abc import Iterable
from dataclasses import dataclass

UNSCHEDULABLE_KEY = "node.kubernetes.io/unschedulable"


@dataclass(frozen=True, slots=True, order=True)
class Taint:
    """A node's taint."""

    key: str
    value: str
    effect: str

    @property
    def blocks(self) -> bool:
        """True for the effects that keep a pod from being scheduled."""
        return self.effect in ("NoSchedule", "NoExecute")

    def describe(self) -> str:
        """Return the taint as in kubectl: key=value:Effect."""
        return (
            f"{self.key}={self.value}:{self.effect}" if self.value else f"{self.key}:{self.effect}"
        )


@dataclass(frozen=True, slots=True, order=True)
class Toleration:
    """A pod's toleration; an empty key with Exists tolerates everything."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""

    def tolerates(self, taint: Taint) -> bool:
        """Return whether the toleration tolerates the taint."""
        if self.effect and self.effect != taint.effect:
            return False
        if self.key and self.key != taint.key:
            return False
        if self.operator == "Exists":
            return True
        return self.operator in ("", "Equal") and self.value == taint.value


def first_untolerated(taints: Iterable[Taint], tolerations: Iterable[Toleration]) -> Taint | None:
    """Return the first blocking taint that is not tolerated."""
    held = tuple(tolerations)
    for taint in taints:
        if taint.blocks and not any(t.tolerates(taint) for t in held):
            return taint
    return None


FILL_ORDER = (
    Taint("kubestow.dev/fill-second", "", "PreferNoSchedule"),
    Taint("kubestow.dev/fill-third", "", "PreferNoSchedule"),
    Taint("kubestow.dev/fill-last", "", "PreferNoSchedule"),
)
"""Soft taints that make kube-scheduler fill a node after others: the first, two or all three.

They exclude no pod. TaintToleration's score outweighs LeastAllocated and BalancedAllocation, which
would spread pods over all nodes and leave no space for large ones.
"""
HELD_TAINT = Taint("kubestow.dev/held", "", "NoSchedule")
"""A node registers with it that is for certain pods: it goes when they are on the node."""
AVOIDED_TAINT = Taint("kubestow.dev/avoided", "", "PreferNoSchedule")
"""On nodes that are to go: kube-scheduler places pods elsewhere where it can."""
UNSCHEDULABLE_TAINT = Taint(UNSCHEDULABLE_KEY, "", "NoSchedule")
DAEMONSET_TOLERATIONS = (
    Toleration("node.kubernetes.io/not-ready", "Exists", "", "NoExecute"),
    Toleration("node.kubernetes.io/unreachable", "Exists", "", "NoExecute"),
    Toleration("node.kubernetes.io/disk-pressure", "Exists", "", "NoSchedule"),
    Toleration("node.kubernetes.io/memory-pressure", "Exists", "", "NoSchedule"),
    Toleration("node.kubernetes.io/pid-pressure", "Exists", "", "NoSchedule"),
    Toleration("node.kubernetes.io/unschedulable", "Exists", "", "NoSchedule"),
)
"""Tolerations that the DaemonSet controller adds to its pods (pkg/controller/daemon/util)."""
