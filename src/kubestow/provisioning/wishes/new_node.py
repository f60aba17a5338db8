"""The node that an offering of a pool becomes, with the pods of DaemonSets that come with it.

It is for who finds an instance and was not there when it was planned.
"""

from dataclasses import replace

from kubestow.model.node import Node
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.preparation.prepared_snapshot import prepare
from kubestow.provisioning.wishes.reservations import launched_candidate

Offered = tuple[str, str, str]
"""Instance type, zone and capacity type."""


def new_node(
    snapshot: Snapshot, pool: NodePool, offering: Offered, name: str
) -> tuple[Node, tuple[Pod, ...]] | None:
    """Return the node and its DaemonSets' pods; None where the pool has no such offering.

    Where the pool leaves a choice of custom labels they are those of its first variant.
    """
    catalog = snapshot.catalog.narrowed(
        lambda o: (o.instance_type, o.zone, o.capacity_type) == offering
    )
    cluster = replace(snapshot.cluster, pods=(), nodes=(), nodepools=(pool,))
    prepared = prepare(replace(snapshot, cluster=cluster, catalog=catalog, nodeclaims=()), (pool,))
    if not prepared.candidates:
        return None
    node = launched_candidate(prepared.candidates[0], name)
    pods = tuple(
        Pod(
            daemonset.namespace, f"{daemonset.name}-{name}", daemonset.template, daemonset.labels,
            name, daemonset=daemonset.key,
        )
        for daemonset, row in zip(prepared.daemonsets, prepared.daemonsets_on, strict=True)
        if row[0]
    )  # fmt: skip
    return node, pods
