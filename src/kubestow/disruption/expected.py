"""Expected: the cluster as it will be when what was asked for is there and what goes is gone.

Law: a node that is coming counts as there, with its DaemonSets' pods; a node that drains, or that
EC2 takes back, does not, and its pods wait for a place. Source: kubernetes-sigs/karpenter v1.14
pkg/controllers/provisioning/provisioner.go (pods of deleting nodes are scheduled with the pending).
"""

from collections.abc import Collection
from dataclasses import replace

from kubestow.catalog.usage import capacity_type, node_price
from kubestow.model import labels as names
from kubestow.model.instance_type import ON_DEMAND
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot

_NODE_BOUND = ("DaemonSet", "Node")  # owners


def claims_of(snapshot: Snapshot) -> tuple[NodeClaim, ...]:
    """Return a claim for every node: the snapshot's, and one for each node that has none.

    A node whose price the catalog does not know has no claim: nothing can be said of its worth.
    """
    known = {claim.name for claim in snapshot.nodeclaims}
    others = [node for node in snapshot.cluster.nodes if node.name not in known]
    if not others:
        return snapshot.nodeclaims
    prices = snapshot.catalog.prices()
    found = list(snapshot.nodeclaims)
    for node in others:
        labels = dict(node.labels)
        price = node_price(labels, prices)
        if price is None:
            continue
        found.append(
            NodeClaim(
                node.name,
                labels.get(names.NODEPOOL, ""),
                labels.get(names.INSTANCE_TYPE, ""),
                labels.get(names.ZONE, ""),
                capacity_type(labels) or ON_DEMAND,
                price,
                node,
                phase=Phase.READY,
            )
        )
    return tuple(found)


def is_going(claim: NodeClaim) -> bool:
    """Tell whether a node is on its way out."""
    return claim.phase in (Phase.DRAINING, Phase.GONE) or claim.notice_at is not None


def is_node_bound(pod: Pod) -> bool:
    """Tell whether a pod lives and dies with its node: a DaemonSet's, or a static one."""
    owner = pod.lifecycle.owner
    return bool(pod.daemonset) or (owner is not None and owner[0] in _NODE_BOUND)


def moves(pod: Pod) -> bool:
    """Tell whether a pod of a node that goes needs a place elsewhere."""
    return not pod.terminating and not is_node_bound(pod)


def expected(snapshot: Snapshot, without: Collection[str] = ()) -> Snapshot:
    """Return the snapshot of what is expected; ``without`` are more nodes that are to go."""
    going = {claim.name for claim in snapshot.nodeclaims if is_going(claim)} | set(without)
    there = {node.name for node in snapshot.cluster.nodes}
    coming = [c for c in snapshot.nodeclaims if c.is_coming and c.name not in there | going]
    if not going and not coming:
        return snapshot
    nodes = [node for node in snapshot.cluster.nodes if node.name not in going]
    pods: list[Pod] = []
    for pod in snapshot.cluster.pods:
        if pod.node_name not in going:
            pods.append(pod)
        elif moves(pod):
            pods.append(pod.on(""))
    for claim in coming:
        nodes.append(claim.node)
        pods += claim.daemonset_pods
    cluster = replace(snapshot.cluster, nodes=tuple(nodes), pods=tuple(pods))
    return replace(snapshot, cluster=cluster)
