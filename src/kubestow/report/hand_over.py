"""A plan's new nodes in groups, each set up by one NodePool, node group or command.

karpenter_yaml, eksctl_yaml and kubectl_script decide how a group is written. Every launched node is
in exactly one group. What cannot be written raises HandOverError; nothing is dropped silently.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from kubestow.model import labels as names
from kubestow.model.counted import counted
from kubestow.model.headroom import is_headroom
from kubestow.model.named_labels import named_labels
from kubestow.model.nodepool import Launcher, Networking, NodePool
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.resources import PODS
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.model.taints import FILL_ORDER, HELD_TAINT, Taint

MARGIN_PERCENT = 20
"""How far a NodePool or a node group may grow beyond what the plan needs."""
_NAME_MAX = 63
_FILL_PREFIX = "kubestow.dev/"
_AUTOMATIC = frozenset(
    {
        names.ARCH, names.OS, names.HOSTNAME, names.INSTANCE_TYPE, names.ZONE, names.ZONE_ID,
        names.REGION,
    }
)  # fmt: skip
"""Labels that every node gets automatically."""
_OF_GROUPS = (
    *names.NODE_GROUPS,
    names.EKSCTL_CLUSTER,
    names.EKS_NODE_GROUP_IMAGE,
    names.SOURCE_LAUNCH_TEMPLATE,
    names.SOURCE_TEMPLATE_VERSION,
)
_OF_LAUNCHERS = frozenset({*_OF_GROUPS, names.MANAGED_CAPACITY_TYPE, *names.AUTO_MODE_OWN})
"""Labels that the launcher sets by itself."""
Pairs = tuple[tuple[str, str], ...]


class HandOverError(ValueError):
    """The requested configuration cannot express a part of the plan; carries a hint."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes of one NodePool with the same custom labels, taints and pod slots.

    ``max_pods`` is None where the nodes compute it themselves.
    """

    name: str
    pool: NodePool
    labels: Pairs
    taints: tuple[Taint, ...]
    max_pods: int | None
    nodes: tuple[PlannedNode, ...]

    def values(self, field: str) -> list[str]:
        """Return the distinct values of one field of the nodes, sorted."""
        return sorted({getattr(node, field) for node in self.nodes})


def launched(plan: Plan) -> tuple[PlannedNode, ...]:
    """Return the nodes to launch: new ones, and reserved ones that have pods."""
    return tuple(
        node for node in plan.nodes if not node.existing or (node.reservation and node.pods)
    )


def groups(
    plan: Plan, snapshot: Snapshot, pools: Iterable[NodePool], *, by_offering: bool
) -> tuple[Group, ...]:
    """Return the groups in a fixed order; ``by_offering`` splits them by offering.

    The first group of a NodePool has its name, unless its nodes are to be filled later.
    """
    pool_by_name = {pool.name: pool for pool in pools}
    _check_no_auto_mode(plan, pool_by_name)
    nodes_by_key: dict[tuple[object, ...], list[PlannedNode]] = {}
    for node in launched(plan):
        key: tuple[object, ...] = (
            node.nodepool,
            _fill(node.taints),
            own_labels(node, pool_by_name[node.nodepool]),
            tuple(sorted(node.taints)),
            _max_pods(node, pool_by_name[node.nodepool], snapshot.networking) or 0,
        )
        if by_offering:
            key += (node.instance_type, node.zone, node.capacity_type)
        nodes_by_key.setdefault(key, []).append(node)
    taken: set[str] = set()
    result = []
    for key in sorted(nodes_by_key):
        nodes = nodes_by_key[key]
        first, pool = nodes[0], pool_by_name[nodes[0].nodepool]
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


def _check_no_auto_mode(plan: Plan, pools: Mapping[str, NodePool]) -> None:
    for node in launched(plan):
        if pools[node.nodepool].launched_by is Launcher.AUTO_MODE:
            raise HandOverError(
                f"the plan launches nodes from NodePool {node.nodepool} of EKS Auto Mode, which "
                "AWS launches as pods need them",
                "omit --emit, or plan with NodePools of Karpenter or node groups",
            )


def unique_name(wanted: str, taken: set[str]) -> str:
    """Return an unused name of at most 63 characters, and add it to those taken."""
    number, name = 1, wanted[:_NAME_MAX].rstrip("-.")
    while name in taken:
        number += 1
        name = f"{wanted[: _NAME_MAX - len(str(number)) - 1].rstrip('-.')}-{number}"
    taken.add(name)
    return name


def own_labels(node: PlannedNode, pool: NodePool) -> Pairs:
    """Return the labels that a node gets from its NodePool, not from its offering or launcher."""
    given = dict(pool.labels)
    return tuple(
        (key, value)
        for key, value in node.labels
        if key not in _OF_LAUNCHERS
        and (key in given or (key not in names.WELL_KNOWN and key not in names.BETA_ALIASES))
    )


def _fill(taints: Iterable[Taint]) -> int:
    return sum(taint in FILL_ORDER for taint in taints)


def _fill_word(taints: Iterable[Taint]) -> str:
    last = max(FILL_ORDER.index(taint) for taint in taints if taint in FILL_ORDER)
    return FILL_ORDER[last].key.removeprefix(_FILL_PREFIX)


def _max_pods(node: PlannedNode, pool: NodePool, networking: Networking) -> int | None:
    """Return the pod slots to set on a node: its class's, or those of a customised CNI."""
    if networking == Networking():
        return pool.node_class.max_pods
    return dict(node.allocatable).get(PODS)


def with_margin(count: int) -> int:
    """Return a count plus the margin, rounded up."""
    return -(-count * (100 + MARGIN_PERCENT) // 100)


def check_names(cluster: Cluster, written: Mapping[str, str], key: str) -> None:
    """Raise HandOverError if pods select a NodePool or node class that is written under a new name.

    ``written`` maps written names to those in the plan.
    """
    renamed = sorted(name for name, planned in written.items() if name != planned)
    if renamed and key in named_labels(cluster):
        raise HandOverError(
            f"pods select on the label {key}, but {written[renamed[0]]!r} is written as "
            f"{renamed[0]!r}, which they do not match",
            "select on a custom label from the NodePool's template instead, or plan with "
            "--no-rehearsal, which needs no second NodePool for the fill order",
        )


def required_labels(group: Group, selected: Container[str]) -> Pairs:
    """Return the labels that must be set on nodes that Karpenter does not launch.

    They are the pool's own, and those of the offering that pods select and no kubelet sets.
    """
    named = {
        key: value
        for key, value in group.nodes[0].labels
        if key in selected and key not in _AUTOMATIC
    }
    return tuple(sorted((named | dict(group.labels)).items()))


def check_no_karpenter(selected: Container[str]) -> None:
    """Raise HandOverError if pods select on a label that only Karpenter sets."""
    for key in (names.NODEPOOL, names.NODE_CLASS):
        if key in selected:
            raise HandOverError(
                f"pods select on the label {key}, which only nodes launched by Karpenter have",
                "select on a custom label from the NodePool's template instead",
            )


def check_no_groups(selected: Container[str]) -> None:
    """Raise HandOverError if pods select on a node group, whose name is written anew or not."""
    for key in _OF_GROUPS:
        if key in selected:
            raise HandOverError(
                f"pods select on the label {key}, and the written nodes would have another value",
                "select on a custom label from the node group's labels instead",
            )


def held_labels(group: Group) -> dict[str, str]:
    """Return the label by which 'kubestow land' knows the nodes of a group."""
    return {names.PLANNED_POOL: group.pool.name}


def held_lines(after: str) -> list[str]:
    """Return the comment of a configuration whose nodes are held; ``after`` is what to do then."""
    return [
        f"Nodes are held by the taint {HELD_TAINT.describe()}: no pod starts on them until",
        "'kubestow land plan.json' has bound the planned pods and opened them.",
        after,
    ]


def headline(plan: Plan, kind: str) -> list[str]:
    """Return the first lines of a written configuration: its kind and a summary of the plan."""
    nodes = launched(plan)
    usd = plan.cost_nano_usd_per_hour / 10**9
    pods = sum(not is_headroom(pod) for node in plan.nodes for pod in node.pods)
    return [
        f"{kind} for a kubestow plan in {plan.region}:",
        f"{counted(len(nodes), 'node')} to launch at {usd:.4f} USD/h for {counted(pods, 'pod')}.",
    ]
