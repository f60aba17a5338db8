"""EKS Auto Mode: Karpenter run by AWS on its own AMI, with a fee for every instance.

Its two built-in NodePools (C, M and R of generation 5 and newer, on demand; general-purpose on
amd64, system on both architectures behind the taint CriticalAddonsOnly) are used unless the user
has NodePools. A node runs at most 110 pods. What AWS runs on the node itself needs no DaemonSet.
 Sources: EKS user guide, "Enable or disable built-in NodePools" and "Learn how EKS Auto
Mode works".
"""

from collections.abc import Collection
from dataclasses import replace

from kubestow.catalog import auto_mode
from kubestow.compute.case import ComparisonCase
from kubestow.compute.node_parts import auto_mode_fee
from kubestow.compute.settlement import settled_option
from kubestow.model import labels as names
from kubestow.model.nodepool import Launcher, NodePool
from kubestow.model.option import (
    ComputeOption,
    CostPart,
    Operation,
    OptionDescription,
)
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.policies.karpenter import Karpenter
from kubestow.policies.karpenter_packing import KarpenterPacking

AUTO_MODE = OptionDescription(
    "auto-mode",
    "EKS Auto Mode",
    Operation(
        "AWS, with an immutable AMI (no SSH or SSM); an update replaces the nodes",
        "about a minute",
        "at most 21 days, 14 by default",
    ),
    (
        "no Windows, custom AMIs, user data or changes to the host",
        "Karpenter is built in: AWS runs it outside the cluster, so that it has no pods on the "
        "nodes",
        "nodes are labelled eks.amazonaws.com/instance-*, not karpenter.k8s.aws/instance-*: "
        "rewrite selectors on the latter",
    ),
)


def option(case: ComparisonCase) -> ComputeOption:
    """Return the option."""
    cluster = case.snapshot.cluster
    built_in = _built_in_daemonsets(cluster)
    daemonsets = tuple(d for d in cluster.daemonsets if d.key not in built_in)
    snapshot = replace(case.snapshot, cluster=replace(cluster, daemonsets=daemonsets))
    launchable = pools(snapshot)
    planned = case.planned(launchable, KarpenterPacking(launchable), snapshot)

    def fees(plan: Plan) -> tuple[CostPart, ...]:
        fresh = [node for node in plan.nodes if not node.existing]
        return (auto_mode_fee(fresh, snapshot.catalog),)

    description = AUTO_MODE.noting(*_daemonset_note(built_in))
    return settled_option(case, description, planned, Karpenter(launchable), fees)


def pools(snapshot: Snapshot) -> tuple[NodePool, ...]:
    """Return the user's NodePools as Auto Mode runs them, or its two built-in ones."""
    own = tuple(_as_run(pool) for pool in snapshot.cluster.nodepools)
    return own or auto_mode.BUILT_IN_POOLS


def _as_run(pool: NodePool) -> NodePool:
    """Return a NodePool on Auto Mode's nodes; one of other labels keeps those that pods select."""
    if pool.launched_by is Launcher.AUTO_MODE:
        return pool
    node_class = auto_mode.node_class(pool.node_class)
    return replace(
        pool,
        node_class=replace(node_class, root_volume_bytes=auto_mode.VOLUME_BYTES),
        requirements=pool.requirements.merged(auto_mode.runnable(names.AWS_PREFIX)),
    )


def _built_in_daemonsets(cluster: Cluster) -> list[str]:
    """Return the cluster's DaemonSets that AWS runs on the node itself."""
    return [
        d.key
        for d in cluster.daemonsets
        if d.namespace == "kube-system" and d.name in auto_mode.BUILT_IN_DAEMONSETS
    ]


def _daemonset_note(built_in: Collection[str]) -> tuple[str, ...]:
    return (f"does not need {', '.join(built_in)}: AWS runs them on the node",) if built_in else ()
