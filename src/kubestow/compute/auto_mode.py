"""EKS Auto Mode: Karpenter run by AWS on its own AMI, with a fee for every instance.

Law: its two built-in NodePools (C, M and R of generation 5 and newer, on demand; general-purpose on
amd64, system on both architectures behind the taint CriticalAddonsOnly) unless the user has
NodePools of his own; at most 110 pods a node; what AWS runs on the node itself needs no DaemonSet.
Sources: EKS user guide, "Enable or disable built-in NodePools" and "Learn how EKS Auto Mode works".
"""

from dataclasses import replace

from kubestow.compute import case as common
from kubestow.model import labels as names
from kubestow.model.instance_type import SPOT, Price
from kubestow.model.nodepool import GIB, NodeClass, NodePool
from kubestow.model.option import FEES, ComputeOption, CostPart, Operation
from kubestow.model.plan import Plan
from kubestow.model.requirements import Requirements, requirement
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Taint
from kubestow.policies.karpenter_packing import KarpenterPacking

ID = "auto-mode"
PODS_AT_MOST = (110, 110)
_FEE_SHARE = 12  # percent of the instance's on-demand price
_FEE_SOURCE = "about 12 % of the on-demand price, whatever is paid for the instance (estimate)"
_VOLUME_BYTES = 80 * GIB  # ephemeralStorage.size of the default NodeClass
_BUILT_IN_DAEMONSETS = ("aws-node", "kube-proxy", "ebs-csi-node", "eks-pod-identity-agent",
                        "node-local-dns", "eks-node-monitoring-agent")  # fmt: skip
_TOO_SMALL = ("nano", "micro", "small")


def pools(snapshot: Snapshot) -> tuple[NodePool, ...]:
    """Return the user's NodePools as Auto Mode runs them, or its two built-in ones."""
    own = snapshot.cluster.nodepools
    sizes = requirement(names.AWS_PREFIX + "instance-size", "NotIn", _TOO_SMALL)
    metal = requirement(names.AWS_PREFIX + "instance-hypervisor", "In", ["nitro"])
    if own:
        return tuple(
            replace(
                pool,
                node_class=_node_class(pool.node_class),
                requirements=pool.requirements.merged([sizes, metal]),
            )
            for pool in own
        )
    base = [
        requirement(names.AWS_PREFIX + "instance-category", "In", ["c", "m", "r"]),
        requirement(names.AWS_PREFIX + "instance-generation", "Gt", ["4"]),
        requirement(names.CAPACITY_TYPE, "In", ["on-demand"]),
        requirement(names.OS, "In", ["linux"]),
        sizes,
        metal,
    ]
    amd64 = requirement(names.ARCH, "In", ["amd64"])
    taint = Taint("CriticalAddonsOnly", "", "NoSchedule")
    return (
        NodePool(
            "general-purpose",
            Requirements.of([*base, amd64]),
            node_class=_node_class(NodeClass()),
            source="built into EKS Auto Mode",
        ),
        NodePool(
            "system",
            Requirements.of(base),
            taints=(taint,),
            node_class=_node_class(NodeClass()),
            opt_in_keys=(names.ARCH,),
            source="built into EKS Auto Mode",
        ),
    )


def option(case: common.ComparisonCase) -> ComputeOption:
    """Return the option."""
    cluster = case.snapshot.cluster
    dropped = [
        d.key
        for d in cluster.daemonsets
        if d.namespace == "kube-system" and d.name in _BUILT_IN_DAEMONSETS
    ]
    kept = tuple(d for d in cluster.daemonsets if d.key not in dropped)
    snapshot = replace(case.snapshot, cluster=replace(cluster, daemonsets=kept))
    used = pools(snapshot)
    plan = case.planned(used, KarpenterPacking(used), snapshot)
    without = (f"needs no {', '.join(dropped)}: AWS runs them on the node",) if dropped else ()
    return common.option_of(
        case,
        plan,
        (snapshot, used),
        identity=ID,
        title="EKS Auto Mode",
        operation=Operation(
            "AWS: an immutable AMI, no SSH or SSM; updates replace nodes",
            "about a minute",
            "at most 21 days, 14 by default",
        ),
        pending=common.stranded(case, plan, snapshot),
        notes=(
            "no Windows, no AMI or user data of your own, nothing that changes the host; its first "
            "fleet, as Karpenter's",
            "its nodes carry eks.amazonaws.com/instance-* where Karpenter's have "
            "karpenter.k8s.aws/instance-*: selectors on those must be rewritten",
            *without,
        ),
        fees=(_fee(plan, snapshot),),
        root_volume=_VOLUME_BYTES,
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


def _fee(plan: Plan, snapshot: Snapshot) -> CostPart:
    """Return the fee: a share of each instance's on-demand list price."""
    listed: dict[tuple[str, str], Price] = {}
    for offering in snapshot.catalog.offerings:
        if offering.capacity_type != SPOT and offering.price is not None:
            listed[offering.instance_type, offering.zone] = offering.price
    nano = 0
    for node in plan.nodes:
        price = listed.get((node.instance_type, node.zone), node.price)
        nano += 0 if node.existing else price.list_nano_usd_per_hour * _FEE_SHARE // 100
    return CostPart(FEES, "Auto Mode", nano, _FEE_SOURCE, True)
