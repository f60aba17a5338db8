"""What a controller may launch from: NodePools that are not static, and the groups it was given."""

from dataclasses import replace

from kubestow.controller.following import launched_from
from kubestow.model.nodepool import Launcher
from kubestow.model.snapshot import Cluster
from kubestow.testing import nodepool


def test_it_launches_from_nodepools_and_from_the_groups_that_it_was_given() -> None:
    group = replace(nodepool("web"), launched_by=Launcher.MANAGED_NODE_GROUP)
    pools = (
        nodepool("general"),
        replace(nodepool("static"), replicas=3),
        replace(nodepool("auto"), launched_by=Launcher.AUTO_MODE),
        group,
        replace(group, name="batch"),
    )
    cluster = Cluster(nodepools=pools)
    assert [pool.name for pool in launched_from(cluster)] == ["general"]
    assert [pool.name for pool in launched_from(cluster, ["web"])] == ["general", "web"]
