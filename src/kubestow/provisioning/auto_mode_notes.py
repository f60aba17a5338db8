"""What a plan with EKS Auto Mode in it does not follow, and says.

Source: EKS user guide, "Migrate from Karpenter to EKS Auto Mode" and "Create an EKS Auto Mode
StorageClass": Auto Mode has an EBS driver of its own, and neither mounts the other's volumes.
"""

from collections.abc import Iterable, Iterator

from kubestow.model import labels as names
from kubestow.model.nodepool import DEFAULT_SOURCE, Launcher, NodePool
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import EBS_DRIVER

AUTO_MODE_DRIVER = "ebs.csi.eks.amazonaws.com"


def auto_mode_notes(cluster: Cluster, pools: Iterable[NodePool]) -> Iterator[str]:
    """Yield what is not followed of volumes, and what is missing of a cluster in Auto Mode."""
    pools = tuple(pools)
    labels = [dict(node.labels) for node in cluster.nodes]
    automatic = any(own.get(names.AUTO_MODE_COMPUTE) == "auto" for own in labels)
    launchers = {pool.launched_by is Launcher.AUTO_MODE for pool in pools}
    drivers = {item.provisioner for item in cluster.storage_classes.values()}
    drivers |= {volume.driver for volume in cluster.volumes.values()}
    if EBS_DRIVER in drivers and (True in launchers or automatic):
        yield (
            f"volumes of {EBS_DRIVER} cannot be mounted on nodes of EKS Auto Mode, whose driver is "
            f"{AUTO_MODE_DRIVER}: the plan does not keep their pods away from those nodes"
        )
    if AUTO_MODE_DRIVER in drivers and False in launchers:
        yield (
            f"volumes of {AUTO_MODE_DRIVER} are mounted on nodes of EKS Auto Mode alone: the plan "
            "does not keep their pods away from other nodes"
        )
    if automatic and True not in launchers and _are_built_in(pools):
        yield (
            "nodes of the input are of EKS Auto Mode, and its NodePools are not in the input: new "
            "nodes are planned from kubestow's own; add 'kubectl get nodepools,nodeclasses -o yaml'"
        )


def _are_built_in(pools: Iterable[NodePool]) -> bool:
    return all(pool.source == DEFAULT_SOURCE for pool in pools)
