"""PodTopologySpread, DoNotSchedule: keep the skew between domains within maxSkew.

Source: pkg/scheduler/framework/plugins/podtopologyspread (Kubernetes 1.34). Planning declares
every zone offered to a pod a domain (semantics in docs/designs/0001-topology-domains.md); over
the hostname, a new node may always appear, so the minimum is taken as zero: a node never holds
more than maxSkew matching pods. Both are at least as strict as the scheduler.
"""

from kubestow.model.pod import SpreadConstraint

NAME = "PodTopologySpread"


def counts_nothing(constraint: SpreadConstraint) -> bool:
    """Tell whether a constraint counts no pod: its selector is absent or empty.

    The scheduler counts no pod for the selector ``{}``, and for a nil selector not even the pod
    itself. Such a constraint still asks its node for the topology key.
    """
    return constraint.selector is None or constraint.selector.is_empty


def allowed(count: int, matches_self: bool, lowest: int, max_skew: int) -> bool:
    """Tell whether one more pod may go where ``count`` matching pods are."""
    return count + matches_self - lowest <= max_skew
