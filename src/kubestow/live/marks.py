"""Marks: what kubestow writes on the Nodes that it launched, and reads again.

Nothing else is stored in a cluster. A Node registers with the held taint, so that kube-scheduler
never uses it; it is cordoned and the taint taken away, so that DaemonSets' pods come; once the pods
that it was launched for are on it, it is opened. One that leaves has a taint, too.
"""

from kubestow.model import taints
from kubestow.model.taints import Taint

PREFIX = "kubestow.dev/"
HELD_TAINT = taints.HELD_TAINT
HELD = HELD_TAINT.key
"""The taint with which Nodes register (kubelet's registerWithTaints)."""
OPEN_SINCE = PREFIX + "open-since"
"""The annotation of a Node that was opened: when, in seconds since 1970."""
DISRUPTED = PREFIX + "disrupted"
"""The annotation of a Node that is cordoned until its successors are there: why it goes."""
CORDONED = PREFIX + "cordoned"
"""The annotation of a Node that kubestow cordoned for it, and nobody else before; without it, of a
Node of a node group that is held.
"""
LEAVING = PREFIX + "leaving"
"""The taint of a Node that is drained, and the annotation that tells why."""
LEAVING_TAINT = Taint(LEAVING, "", "NoSchedule")
AVOIDED_TAINT = taints.AVOIDED_TAINT
"""The taint of a Node that is to go later: kube-scheduler uses it where it must."""
FORCED = PREFIX + "forced"
"""The annotation of a Node that is drained whatever budgets say."""
ENDS_AT = PREFIX + "ends-at"
"""The annotation: when the instance of a Node that leaves is ended at the latest (seconds)."""
NOTICE_AT, REBALANCE_AT = PREFIX + "notice-at", PREFIX + "rebalance-at"
SCHEDULED_AT = PREFIX + "scheduled-at"
"""Annotations: when EC2 takes the instance back, since when it is at risk, and since when it is
known that EC2 has scheduled something for it (seconds).
"""
FINALIZER = PREFIX + "termination"
"""Keeps a Node that somebody deletes until it is drained and its instance ended."""
EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"
"""The label that takes a Node out of load balancers."""
HELD_FOR = PREFIX + "held-for-plan"
"""The annotation of a Node that 'kubestow land' holds: the plan, and the node that it is in it."""
LANDED_FOR = PREFIX + "landed-for-plan"
"""The same of a Node that it has opened."""
OWN_KEYS = frozenset({HELD, LEAVING})


def instant(text: str | None) -> int | None:
    """Return an instant that is marked on a Node, in seconds; None for what is not one."""
    return int(text) if text is not None and text.isdecimal() else None
