"""EKS Auto Mode: what its NodePools launch, and what AWS runs on the nodes itself.

Sources: EKS user guide, "Enable or disable built-in NodePools", "Create a NodePool for EKS Auto
Mode" (supported labels), "Learn about Amazon EKS Auto Mode managed instances" (no nano, micro or
small, more than one vCPU) and "Create a Node Class for Amazon EKS" (80 GiB by default).
"""

from dataclasses import replace

from kubestow.model import labels as names
from kubestow.model.nodepool import GIB, Launcher, NodeClass, NodePool
from kubestow.model.requirements import Requirement, Requirements, requirement
from kubestow.model.taints import Taint

PODS_AT_MOST = (110, 110)
VOLUME_BYTES = 80 * GIB
BUILT_IN_DAEMONSETS = ("aws-node", "kube-proxy", "ebs-csi-node", "eks-pod-identity-agent",
                       "node-local-dns", "eks-node-monitoring-agent")  # fmt: skip
"""DaemonSets of kube-system whose work AWS does on the node itself."""
_SOURCE = "built into EKS Auto Mode"


def runnable(prefix: str) -> tuple[Requirement, ...]:
    """Return what EKS Auto Mode requires of every type, on the labels with this prefix."""
    return (
        requirement(prefix + "instance-size", "NotIn", ("nano", "micro", "small")),
        requirement(prefix + "instance-cpu", "Gt", ("1",)),
        requirement(prefix + "instance-hypervisor", "In", ("nitro",)),
    )


def node_class(own: NodeClass) -> NodeClass:
    """Return a node class on Bottlerocket, as Auto Mode's AMI is, with its cap on pods."""
    return replace(
        own,
        ami_family="Bottlerocket",
        max_pods=None,
        pods_at_most=PODS_AT_MOST,
        block_devices=2,
    )


_NODE_CLASS = node_class(NodeClass(root_volume_bytes=VOLUME_BYTES))
_BUILT_IN = (
    requirement(names.AUTO_MODE_PREFIX + "instance-category", "In", ("c", "m", "r")),
    requirement(names.AUTO_MODE_PREFIX + "instance-generation", "Gt", ("4",)),
    requirement(names.CAPACITY_TYPE, "In", ("on-demand",)),
    requirement(names.OS, "In", ("linux",)),
    *runnable(names.AUTO_MODE_PREFIX),
)
BUILT_IN_POOLS = (
    NodePool(
        "general-purpose",
        Requirements.of([*_BUILT_IN, requirement(names.ARCH, "In", ("amd64",))]),
        node_class=_NODE_CLASS,
        source=_SOURCE,
        launched_by=Launcher.AUTO_MODE,
    ),
    NodePool(
        "system",
        Requirements.of(_BUILT_IN),
        taints=(Taint("CriticalAddonsOnly", "", "NoSchedule"),),
        node_class=_NODE_CLASS,
        opt_in_keys=(names.ARCH,),
        source=_SOURCE,
        launched_by=Launcher.AUTO_MODE,
    ),
)
