"""NodePools made from what node groups have: types, zones, capacity types, labels, taints, image.

What a cluster does not show (subnets, security groups, the node role) is not here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kubestow.catalog.observed_pools import observed_pools
from kubestow.model.adoption import ManagedNodes, OfferedPool
from kubestow.model.instance_type import InstanceType
from kubestow.model.nodepool import Launcher, NodeClass
from kubestow.model.observed import NodeDetails, Observed
from kubestow.model.snapshot import Cluster

_OPERATING_SYSTEM = "operating system"
_IMAGES = (
    ("Amazon Linux 2023", "AL2023", "al2023@latest"),
    ("Amazon Linux 2", "AL2", "al2@latest"),
    ("Bottlerocket", "Bottlerocket", "bottlerocket@latest"),
)
"""What kubelet reports as osImage begins so (nodeInfo.osImage), the AMI family, and its alias."""
SOURCE = "made from a node group"


def offered_pools(
    observed: Observed, moved: Iterable[ManagedNodes], types: Mapping[str, InstanceType]
) -> tuple[OfferedPool, ...]:
    """Return a NodePool for each group that is moved, with its zones and instance types.

    A group that a ClusterConfig of the input declares has those of the ClusterConfig.
    """
    declared = {
        pool.name: replace(pool, desired=())
        for pool in observed.snapshot.cluster.nodepools
        if pool.launched_by.is_node_group
    }
    groups = {item.group.name: item for item in moved if item.group.name}
    cluster: Cluster = replace(observed.snapshot.cluster, nodepools=())
    found = []
    for pool in observed_pools(cluster, types):
        if pool.name not in groups or not pool.launched_by.is_node_group:
            continue
        family, alias = _image(observed.nodes, groups[pool.name].nodes)
        own = declared.get(pool.name)
        if own is not None:
            family = own.node_class.ami_family
            alias = next((name for _, other, name in _IMAGES if other == family), "")
        made = replace(
            own or pool,
            launched_by=Launcher.KARPENTER,
            source=SOURCE,
            node_class=NodeClass(pool.name, family),
        )
        found.append(OfferedPool(made, groups[pool.name].group, alias))
    return tuple(found)


def _image(details: Mapping[str, NodeDetails], nodes: Iterable[str]) -> tuple[str, str]:
    """Return the AMI family of nodes and its alias; AL2023 without one where it is not known."""
    told = {dict(details[name].system).get(_OPERATING_SYSTEM, "")
            for name in nodes if name in details}  # fmt: skip
    for start, family, alias in _IMAGES:
        if told and all(text.startswith(start) for text in told):
            return family, alias
    return "AL2023", ""
