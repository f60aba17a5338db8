"""Where the pods of nodes that go end up, and what has to be launched for them.

kube-scheduler places the evicted pods in open room, as it chooses; nodes are launched for those it
leaves pending, and held until these have landed on them.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from kubestow.disruption.arrival import arrive
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.scheduling.pod_kinds import PodKindsCache
from kubestow.scheduling.rehearsal import launched_node, launched_pods

_LOOKS_MAX = 3  # at what is left, with the nodes launched for it


@dataclass(frozen=True, slots=True)
class RehearsedMoves:
    """What is launched, and the (pod, node) of each pod: first those that kube-scheduler places."""

    launch: tuple[PlannedNode, ...] = ()
    moves: tuple[tuple[str, str], ...] = ()


def rehearse_moves(
    snapshot: Snapshot,
    drop: Sequence[str],
    leaving: Collection[str],
    plan_of: Callable[[Snapshot], Plan] | None,
    pod_kinds: PodKindsCache,
    seed: int = 0,
) -> RehearsedMoves | None:
    """Return where pods end up if nodes are dropped in an order; None if some find no place.

    ``leaving`` are nodes that are avoided. ``plan_of`` plans nodes for pods that are left; without
    it nothing may be launched. kube-scheduler sees the held nodes, which can close others to pods
    that are spread: what it leaves is looked at again with them there.
    """
    dropped = set(drop)
    cluster = snapshot.cluster
    pods = tuple(
        pod.on("") if pod.node_name in dropped else pod
        for pod in cluster.pods
        if not (pod.daemonset and pod.node_name in dropped)
    )
    nodes = tuple(
        node.avoided(on=node.name in leaving) for node in cluster.nodes if node.name not in dropped
    )
    there = replace(cluster, nodes=nodes, pods=pods)
    movers = _in_order(cluster.pods, drop)
    launch: tuple[PlannedNode, ...] = ()
    planned: dict[str, str] = {}
    for _ in range(_LOOKS_MAX):
        arrived = arrive(_with_held(snapshot, there, launch), movers, seed, pod_kinds)
        if set(arrived.left) == planned.keys():
            return RehearsedMoves(launch, (*arrived.placed, *planned.items()))
        if plan_of is None:
            return None
        placed = arrived.snapshot.cluster.pods[: len(pods)]  # without held nodes' DaemonSets
        plan = plan_of(_with_held(snapshot, replace(there, pods=placed), ()))
        if plan.unschedulable:
            return None
        launch = tuple(node for node in plan.nodes if not node.existing)
        left = set(arrived.left)
        planned = {pod: node.name for node in plan.nodes for pod in node.pods if pod in left}
    return None


def _in_order(pods: Iterable[Pod], nodes: Sequence[str]) -> list[str]:
    """Return the keys of the pods that wait, then of those of some nodes as these go."""
    order = {name: number for number, name in enumerate(nodes)} | {"": -1}
    movers = [pod for pod in pods if pod.node_name in order and not pod.daemonset]
    return [pod.key for pod in sorted(movers, key=lambda pod: order[pod.node_name])]


def _with_held(snapshot: Snapshot, cluster: Cluster, launch: Sequence[PlannedNode]) -> Snapshot:
    """Return a snapshot of a cluster with further nodes that are held."""
    held = (replace(launched_node(node), unschedulable=True) for node in launch)
    daemons = (pod for node in launch for pod in launched_pods(node, cluster.daemonsets))
    cluster = replace(cluster, nodes=(*cluster.nodes, *held), pods=(*cluster.pods, *daemons))
    return replace(snapshot, cluster=cluster, nodeclaims=())
