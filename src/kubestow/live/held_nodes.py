"""Which Node of a cluster stands for which node of a plan, and whether pods may land on it.

Pure. A Node is known by what it was launched as: its NodePool or node group, instance type, zone
and capacity type. One that a landing has held says which planned node it is, so that the next
landing of the plan takes the same.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from kubestow.catalog.usage import capacity_type
from kubestow.live import marks
from kubestow.live.claims import DAEMONSETS_SECONDS, SeenNode
from kubestow.model import labels as names
from kubestow.model.handed_plan import HandedNode, HandedPlan
from kubestow.model.instance_type import ON_DEMAND
from kubestow.model.observed import READY
from kubestow.model.taints import UNSCHEDULABLE_KEY

_POOLS = (names.PLANNED_POOL, names.NODEPOOL, *names.NODE_GROUPS)
_NOT_OWN = frozenset(
    {
        *names.WELL_KNOWN,
        *names.BETA_ALIASES,
        *names.NODE_GROUPS,
        *names.CAPACITY_TYPES,
        *names.AUTO_MODE_OWN,
        names.EKSCTL_CLUSTER,
        names.EKS_NODE_GROUP_IMAGE,
        names.SOURCE_LAUNCH_TEMPLATE,
        names.SOURCE_TEMPLATE_VERSION,
    }
)
"""Labels that are the launcher's or the offering's: those of the Node may be others."""


@dataclass(frozen=True, slots=True)
class HeldNodes:
    """``of`` is the Node of each planned node, by the latter's name; ``missing`` have none yet.

    ``surplus`` are Nodes with the held taint that no planned node is left for, ``foreign`` those
    that are held for another plan or by the controller.
    """

    of: Mapping[str, SeenNode]
    missing: tuple[HandedNode, ...]
    surplus: tuple[SeenNode, ...] = ()
    foreign: tuple[SeenNode, ...] = ()


def matched(plan: HandedPlan, nodes: Iterable[SeenNode]) -> HeldNodes:
    """Return which Nodes stand for the plan's nodes; each for one."""
    by_mark = {plan.mark(node): node.name for node in plan.nodes}
    found: dict[str, SeenNode] = {}
    free: list[SeenNode] = []
    foreign: list[SeenNode] = []
    for seen in sorted(nodes, key=lambda item: item.node.name):
        notes = seen.notes
        if seen.details.is_deleted:
            continue
        known = next(
            (by_mark[notes[key]] for key in (marks.HELD_FOR, marks.LANDED_FOR)
             if notes.get(key) in by_mark), None,
        )  # fmt: skip
        if known is not None and known not in found:
            found[known] = seen
        elif not is_held(seen):
            continue
        elif marks.HELD_FOR in notes or marks.FINALIZER in seen.details.finalizers:
            foreign.append(seen)
        else:
            free.append(seen)
    by_offering: dict[tuple[str, str, str], list[SeenNode]] = {}
    for seen in free:
        by_offering.setdefault(_offering(seen), []).append(seen)
    pairs = sorted(
        (rank, planned.name, seen.node.name)
        for planned in plan.nodes
        if planned.name not in found
        for seen in by_offering.get(planned.offering, ())
        if (rank := _rank(planned, seen)) is not None
    )
    by_name = {seen.node.name: seen for seen in free}
    for _, planned_name, name in pairs:
        if planned_name not in found and name in by_name:
            found[planned_name] = by_name.pop(name)
    missing = tuple(node for node in plan.nodes if node.name not in found)
    return HeldNodes(found, missing, tuple(by_name.values()), tuple(foreign))


def is_held(seen: SeenNode) -> bool:
    """Return whether a Node is held: by the taint it registered with, or cordoned for a plan."""
    return seen.has_taint(marks.HELD) or (marks.HELD_FOR in seen.notes and seen.node.unschedulable)


def is_opened(seen: SeenNode) -> bool:
    """Return whether a landing has opened a Node, or somebody else has."""
    return not is_held(seen)


def pool_of(seen: SeenNode) -> str:
    """Return the NodePool or node group of a Node; empty where nothing tells."""
    labels = dict(seen.node.labels)
    return next((labels[key] for key in _POOLS if key in labels), "")


def _offering(seen: SeenNode) -> tuple[str, str, str]:
    """Return the instance type, zone and capacity type of a Node."""
    labels = dict(seen.node.labels)
    return (
        labels.get(names.INSTANCE_TYPE, ""),
        labels.get(names.ZONE, ""),
        capacity_type(labels) or ON_DEMAND,
    )


def _rank(planned: HandedNode, seen: SeenNode) -> tuple[bool, int] | None:
    """Return how well a Node fits a planned one of its offering, the least best; None if not."""
    labels = dict(seen.node.labels)
    pool = pool_of(seen)
    if pool not in ("", planned.nodepool):
        return None
    own = [(key, text) for key, text in planned.labels if key not in _NOT_OWN]
    if any(labels.get(key, text) != text for key, text in own):
        return None
    return pool != planned.nodepool, sum(key not in labels for key, _ in own)


def not_ready(planned: HandedNode, seen: SeenNode, daemonsets: Collection[str], at: int) -> str:
    """Return what a Node that is held still lacks for its pods to land; empty if nothing.

    ``daemonsets`` are those of the cluster.
    """
    if seen.has_taint(marks.HELD) or not seen.node.unschedulable:
        return "it is not cordoned yet"
    ready = next((item for item in seen.details.conditions if item.type == READY), None)
    if ready is None or not ready.is_good:
        return "it is not Ready"
    known = {taint.key for taint in planned.taints} | {UNSCHEDULABLE_KEY}
    other = next((taint for taint in seen.node.taints if taint.key not in known), None)
    if other is not None:
        return f"it has the taint {other.describe()}, which the plan has not"
    since = ready.since if ready.since is not None else seen.details.created_at or 0
    lacking = (planned.daemonsets & frozenset(daemonsets)) - seen.daemonsets
    if lacking and at < since + DAEMONSETS_SECONDS:
        return f"it has no pod of DaemonSet {min(lacking)} yet"
    return ""
