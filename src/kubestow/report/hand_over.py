"""A plan's new nodes in groups that one NodePool, node group or command sets up alike.

Law: values only; how a group is written is for karpenter_yaml, eksctl_yaml and kubectl_script. A
node of the plan is in exactly one group. What cannot be written is a HandOverError, never left out.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from kubestow.model import labels as names
from kubestow.model.headroom import is_headroom
from kubestow.model.named_labels import named_labels
from kubestow.model.nodepool import Networking, NodePool
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.resources import PODS
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.model.taints import FILL_ORDER, Taint

MARGIN_PERCENT = 20
"""How much more than the plan needs a NodePool may launch and a node group may grow to."""
_NAME_MAX = 63
_FILL_PREFIX = "kubestow.dev/"
_OF_THEMSELVES = frozenset(
    {
        names.ARCH, names.OS, names.HOSTNAME, names.INSTANCE_TYPE, names.ZONE, names.ZONE_ID,
        names.REGION,
    }
)  # fmt: skip
"""Labels that a node carries without anybody's doing."""
Pairs = tuple[tuple[str, str], ...]


class HandOverError(ValueError):
    """Something of the plan that the configuration asked for cannot say; with a hint."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes of one NodePool with the same labels of its own, taints and pod slots.

    ``max_pods`` is None where the nodes find it out by themselves.
    """

    name: str
    pool: NodePool
    labels: Pairs
    taints: tuple[Taint, ...]
    max_pods: int | None
    nodes: tuple[PlannedNode, ...]

    def values(self, field: str) -> list[str]:
        """Return the values the nodes have in one field, sorted."""
        return sorted({getattr(node, field) for node in self.nodes})


def launched(plan: Plan) -> tuple[PlannedNode, ...]:
    """Return the nodes that are to be launched: new ones, and reserved ones that are used."""
    return tuple(
        node for node in plan.nodes if not node.existing or (node.reservation and node.pods)
    )


def groups(
    plan: Plan, snapshot: Snapshot, pools: Iterable[NodePool], *, by_offering: bool
) -> tuple[Group, ...]:
    """Return the groups in a fixed order; each of one offering where that is asked for.

    The first group of a NodePool bears its name, if none of its nodes is filled later.
    """
    known = {pool.name: pool for pool in pools}
    found: dict[tuple[object, ...], list[PlannedNode]] = {}
    for node in launched(plan):
        key: tuple[object, ...] = (
            node.nodepool,
            _fill(node.taints),
            own_labels(node, known[node.nodepool]),
            tuple(sorted(node.taints)),
            _max_pods(node, known[node.nodepool], snapshot.networking) or 0,
        )
        if by_offering:
            key += (node.instance_type, node.zone, node.capacity_type)
        found.setdefault(key, []).append(node)
    taken: set[str] = set()
    result = []
    for key in sorted(found):
        nodes = found[key]
        first, pool = nodes[0], known[nodes[0].nodepool]
        parts = [pool.name]
        if by_offering:
            parts = [pool.name.replace(".", "-"), first.instance_type.replace(".", "-"), first.zone]
            parts += ["spot"] if first.capacity_type == "spot" else []
        parts += [_fill_word(first.taints)] if _fill(first.taints) else []
        result.append(
            Group(
                unique_name("-".join(parts), taken),
                pool,
                own_labels(first, pool),
                first.taints,
                _max_pods(first, pool, snapshot.networking),
                tuple(nodes),
            )
        )
    return tuple(result)


def unique_name(wanted: str, taken: set[str]) -> str:
    """Return a name of at most 63 characters that is not taken yet, and take it."""
    number, name = 1, wanted[:_NAME_MAX].rstrip("-.")
    while name in taken:
        number += 1
        name = f"{wanted[: _NAME_MAX - len(str(number)) - 1].rstrip('-.')}-{number}"
    taken.add(name)
    return name


def own_labels(node: PlannedNode, pool: NodePool) -> Pairs:
    """Return the labels that a node has of its NodePool, not of its offering or its name."""
    given = dict(pool.labels)
    return tuple(
        (key, value)
        for key, value in node.labels
        if key in given or (key not in names.WELL_KNOWN and key not in names.BETA_ALIASES)
    )


def _fill(taints: Iterable[Taint]) -> int:
    return sum(taint in FILL_ORDER for taint in taints)


def _fill_word(taints: Iterable[Taint]) -> str:
    last = max(FILL_ORDER.index(taint) for taint in taints if taint in FILL_ORDER)
    return FILL_ORDER[last].key.removeprefix(_FILL_PREFIX)


def _max_pods(node: PlannedNode, pool: NodePool, networking: Networking) -> int | None:
    """Return the pod slots to set on a node: those of its class, or of a CNI set up otherwise."""
    if networking == Networking():
        return pool.node_class.max_pods
    return dict(node.allocatable).get(PODS)


def with_margin(count: int) -> int:
    """Return a count and the margin on top of it, rounded up."""
    return -(-count * (100 + MARGIN_PERCENT) // 100)


def check_names(cluster: Cluster, written: Mapping[str, str], key: str) -> None:
    """Raise HandOverError where pods name a NodePool or node class that gets another name.

    ``written`` are the names of the plan by those written.
    """
    renamed = sorted(name for name, planned in written.items() if name != planned)
    if renamed and key in named_labels(cluster):
        raise HandOverError(
            f"pods name the label {key}, but {written[renamed[0]]!r} is written as {renamed[0]!r}, "
            "which they would not match",
            "let them name a label of their own, which the NodePool's template gives its nodes; or "
            "plan with --no-rehearsal, which needs no second NodePool for the fill order",
        )


def relied_labels(group: Group, used: Container[str]) -> Pairs:
    """Return the labels that nodes must be given, if Karpenter does not launch them.

    They are the pool's own, and those of the offering that pods name and no kubelet sets.
    """
    named = {
        key: value
        for key, value in group.nodes[0].labels
        if key in used and key not in _OF_THEMSELVES
    }
    return tuple(sorted((named | dict(group.labels)).items()))


def check_no_karpenter(used: Container[str]) -> None:
    """Raise HandOverError where pods name a label that only nodes of Karpenter's may carry."""
    for key in (names.NODEPOOL, names.NODE_CLASS):
        if key in used:
            raise HandOverError(
                f"pods name the label {key}, which only nodes that Karpenter launches carry",
                "let them name a label of their own, which the NodePool's template gives its nodes",
            )


def headline(plan: Plan, kind: str) -> list[str]:
    """Return the first lines of everything that is written: what it is, and of which plan."""
    nodes = launched(plan)
    usd = plan.cost_nano_usd_per_hour / 10**9
    pods = sum(not is_headroom(pod) for node in plan.nodes for pod in node.pods)
    return [
        f"{kind} of a plan by kubestow for {plan.region}:",
        f"{len(nodes)} nodes to launch at {usd:.4f} USD/h for {pods} pods.",
    ]
