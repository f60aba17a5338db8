"""Expected: the cluster as it will be once launches are ready and leaving nodes are gone.

A node that is coming counts as there, with its DaemonSet pods, and one that is held counts as open.
A node that drains, or that EC2 takes back, does not, and its pods are pending. Source:
kubernetes-sigs/karpenter v1.14 pkg/controllers/provisioning/provisioner.go (pods of deleting nodes
are scheduled with the pending).
"""

from collections.abc import Collection
from dataclasses import replace

from kubestow.catalog.usage import capacity_type, node_price
from kubestow.model import labels as names
from kubestow.model.instance_type import ON_DEMAND
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import owner_of
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot

_NODE_BOUND = ("DaemonSet", "Node")  # owners


def claims_of(snapshot: Snapshot) -> tuple[NodeClaim, ...]:
    """Return a claim for every node: the snapshot's, and one for each node that has none.

    A node without a price in the catalog gets no claim: its worth is unknown.
    """
    claimed = {claim.name for claim in snapshot.nodeclaims}
    others = [node for node in snapshot.cluster.nodes if node.name not in claimed]
    if not others:
        return snapshot.nodeclaims
    prices = snapshot.catalog.prices()
    claims = list(snapshot.nodeclaims)
    for node in others:
        labels = dict(node.labels)
        price = node_price(labels, prices)
        if price is None:
            continue
        claims.append(
            NodeClaim(
                node.name,
                owner_of(labels, snapshot.cluster.nodepools) or labels.get(names.NODEPOOL, ""),
                labels.get(names.INSTANCE_TYPE, ""),
                labels.get(names.ZONE, ""),
                capacity_type(labels) or ON_DEMAND,
                price,
                node,
                phase=Phase.READY,
            )
        )
    return tuple(claims)


def is_going(claim: NodeClaim) -> bool:
    """Return whether a node drains, is gone, or has an interruption notice."""
    return claim.phase in (Phase.DRAINING, Phase.GONE) or claim.notice_at is not None


def is_node_bound(pod: Pod) -> bool:
    """Return whether a pod lives and dies with its node: a DaemonSet or static pod."""
    owner = pod.lifecycle.owner
    return bool(pod.daemonset) or (owner is not None and owner[0] in _NODE_BOUND)


def moves(pod: Pod) -> bool:
    """Return whether a pod needs a place elsewhere when its node goes."""
    return not pod.terminating and not is_node_bound(pod)


def expected(snapshot: Snapshot, without: Collection[str] = ()) -> Snapshot:
    """Return the expected snapshot; ``without`` are further nodes that are to go."""
    going = {claim.name for claim in snapshot.nodeclaims if is_going(claim)} | set(without)
    there = {node.name for node in snapshot.cluster.nodes}
    coming = [c for c in snapshot.nodeclaims if c.is_coming and c.name not in there | going]
    held = {claim.name for claim in snapshot.nodeclaims if claim.phase is Phase.HELD}
    if not going and not coming and not held:
        return snapshot
    nodes = [
        node.opened if node.name in held else node
        for node in snapshot.cluster.nodes
        if node.name not in going
    ]
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
