"""EKS Auto Mode: Karpenter run by AWS on its own AMI, with a fee for every instance.

Its two built-in NodePools (C, M and R of generation 5 and newer, on demand; general-purpose on
amd64, system on both architectures behind the taint CriticalAddonsOnly) are used unless the user
has NodePools. A node runs at most 110 pods. What AWS runs on the node itself needs no DaemonSet.
 Sources: EKS user guide, "Enable or disable built-in NodePools" and "Learn how EKS Auto
Mode works".
"""

from collections.abc import Collection
from dataclasses import replace

from kubestow.compute.case import ComparisonCase
from kubestow.compute.node_option import option_of
from kubestow.model import labels as names
from kubestow.model.instance_type import SPOT, Price
from kubestow.model.nodepool import GIB, NodeClass, NodePool
from kubestow.model.option import (
    FEES,
    ComputeOption,
    CostPart,
    Operation,
    OptionDescription,
    PlanWithInput,
)
from kubestow.model.requirements import Requirements, requirement
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.model.taints import Taint
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
        "no Windows, custom AMIs, user data or changes to the host; this is the first fleet, "
        "before any consolidation",
        "nodes are labelled eks.amazonaws.com/instance-*, not karpenter.k8s.aws/instance-*: "
        "rewrite selectors on the latter",
    ),
)
PODS_AT_MOST = (110, 110)
_FEE_SHARE = 12  # percent of the instance's on-demand price
_FEE_SOURCE = "about 12 % of the on-demand price, also for spot instances (estimate)"
_VOLUME_BYTES = 80 * GIB  # ephemeralStorage.size of the default NodeClass
_BUILT_IN_DAEMONSETS = ("aws-node", "kube-proxy", "ebs-csi-node", "eks-pod-identity-agent",
                        "node-local-dns", "eks-node-monitoring-agent")  # fmt: skip
_RUNNABLE = (
    requirement(names.AWS_PREFIX + "instance-size", "NotIn", ("nano", "micro", "small")),
    requirement(names.AWS_PREFIX + "instance-hypervisor", "In", ["nitro"]),
)
_BUILT_IN = (
    requirement(names.AWS_PREFIX + "instance-category", "In", ["c", "m", "r"]),
    requirement(names.AWS_PREFIX + "instance-generation", "Gt", ["4"]),
    requirement(names.CAPACITY_TYPE, "In", ["on-demand"]),
    requirement(names.OS, "In", ["linux"]),
    *_RUNNABLE,
)
_AMD64 = requirement(names.ARCH, "In", ["amd64"])


def option(case: ComparisonCase) -> ComputeOption:
    """Return the option."""
    cluster = case.snapshot.cluster
    built_in = _built_in_daemonsets(cluster)
    daemonsets = tuple(d for d in cluster.daemonsets if d.key not in built_in)
    snapshot = replace(case.snapshot, cluster=replace(cluster, daemonsets=daemonsets))
    launchable = pools(snapshot)
    planned = case.planned(launchable, KarpenterPacking(launchable), snapshot)
    return option_of(
        case,
        AUTO_MODE.noting(*_daemonset_note(built_in)),
        planned,
        stranded=case.stranded(planned),
        fees=(_fee(planned),),
    )


def pools(snapshot: Snapshot) -> tuple[NodePool, ...]:
    """Return the user's NodePools as Auto Mode runs them, or its two built-in ones."""
    own = tuple(
        replace(
            pool,
            node_class=_node_class(pool.node_class),
            requirements=pool.requirements.merged(_RUNNABLE),
        )
        for pool in snapshot.cluster.nodepools
    )
    return own or (
        NodePool(
            "general-purpose",
            Requirements.of([*_BUILT_IN, _AMD64]),
            node_class=_node_class(NodeClass()),
            source="built into EKS Auto Mode",
        ),
        NodePool(
            "system",
            Requirements.of(_BUILT_IN),
            taints=(Taint("CriticalAddonsOnly", "", "NoSchedule"),),
            node_class=_node_class(NodeClass()),
            opt_in_keys=(names.ARCH,),
            source="built into EKS Auto Mode",
        ),
    )


def _node_class(own: NodeClass) -> NodeClass:
    """Return a node class on Bottlerocket, as Auto Mode's AMI is, with its cap on pods."""
    return replace(
        own,
        ami_family="Bottlerocket",
        max_pods=None,
        pods_at_most=PODS_AT_MOST,
        root_volume_bytes=_VOLUME_BYTES,
        block_devices=2,
    )


def _built_in_daemonsets(cluster: Cluster) -> list[str]:
    """Return the cluster's DaemonSets that AWS runs on the node itself."""
    return [
        d.key
        for d in cluster.daemonsets
        if d.namespace == "kube-system" and d.name in _BUILT_IN_DAEMONSETS
    ]


def _daemonset_note(built_in: Collection[str]) -> tuple[str, ...]:
    return (f"does not need {', '.join(built_in)}: AWS runs them on the node",) if built_in else ()


def _fee(planned: PlanWithInput) -> CostPart:
    """Return the fee: a share of each instance's on-demand list price."""
    listed: dict[tuple[str, str], Price] = {}
    for offering in planned.snapshot.catalog.offerings:
        if offering.capacity_type != SPOT and offering.price is not None:
            listed[offering.instance_type, offering.zone] = offering.price
    nano = 0
    for node in planned.plan.nodes:
        price = listed.get((node.instance_type, node.zone), node.price)
        nano += 0 if node.existing else price.list_nano_usd_per_hour * _FEE_SHARE // 100
    return CostPart(FEES, "Auto Mode", nano, _FEE_SOURCE, True)
