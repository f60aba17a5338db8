"""A node group is a pool of its types, zones and sizes."""

from dataclasses import replace

from kubestow.live.group_pools import hidden, pool_of, remarks, with_groups
from kubestow.model import labels as names
from kubestow.model.managed_group import ManagedGroup
from kubestow.model.nodepool import GIB, Disruption, Launcher, NodeBudget
from kubestow.model.observed import Observed
from kubestow.model.taints import Taint
from kubestow.testing import GENERAL, ZONES, nodepool, observed

TYPES = {facts.name: facts for facts, _ in GENERAL}
GROUP = ManagedGroup(
    "web", "eks-web", 2, 9, ("m5.large", "c5.xlarge"), ZONES[:2], "on-demand", "Bottlerocket",
    (("team", "a"),), (Taint("only", "web", "NoSchedule"),),
    (Taint("starts", "", "NoSchedule"),), 50 * GIB,
)  # fmt: skip


def test_a_group_on_demand_launches_its_first_type_and_one_of_spot_any() -> None:
    pool = pool_of(GROUP, TYPES)
    assert (pool.name, pool.launched_by) == ("web", Launcher.MANAGED_NODE_GROUP)
    assert (pool.labels, pool.taints) == (GROUP.labels, GROUP.taints)
    assert (pool.limits, pool.least_nodes) == ((("nodes", 9),), 2)
    assert (pool.taints, pool.startup_taints) == (GROUP.taints, GROUP.startup_taints)
    assert pool.disruption == Disruption(consolidate_after=600)
    updating = pool_of(replace(GROUP, is_updating=True), TYPES)
    assert updating.disruption.budgets == (NodeBudget(0),)
    assert (pool.node_class.ami_family, pool.node_class.root_volume_bytes) == (
        "Bottlerocket",
        50 * GIB,
    )
    assert [shape.name for shape in pool.node_class.pods_as] == ["m5.large", "c5.xlarge"]
    wanted = pool.requirements.by_key
    assert wanted[names.INSTANCE_TYPE].values == {"m5.large"}
    assert wanted[names.ZONE].values == set(ZONES[:2])
    spot = pool_of(replace(GROUP, capacity_type="spot"), TYPES).requirements.by_key
    assert spot[names.INSTANCE_TYPE].values == {"m5.large", "c5.xlarge"}


def test_a_group_that_cannot_launch_keeps_what_it_must_have() -> None:
    assert pool_of(replace(GROUP, trouble="DELETING"), TYPES).limits == (("nodes", 2),)


def test_the_pool_of_a_group_counts_in_place_of_another_of_its_name() -> None:
    seen = observed((), ())
    cluster = replace(seen.cluster, nodepools=(nodepool("web"), nodepool("other")))
    told = Observed("c", replace(seen, cluster=cluster))
    pools = with_groups(told, [pool_of(GROUP, TYPES)]).snapshot.cluster.nodepools
    assert [(pool.name, pool.least_nodes) for pool in pools] == [("other", 0), ("web", 2)]
    assert with_groups(told, []) is told
    assert hidden(told, [pool_of(GROUP, TYPES)]) == (
        "NodePool web: no node is launched from it, since --node-group web has its name "
        "(hint: rename it, or leave the node group out)"
    )
    group = replace(nodepool("web"), launched_by=Launcher.MANAGED_NODE_GROUP)
    same = replace(told.snapshot.cluster, nodepools=(group, nodepool("other")))
    read = replace(told, snapshot=replace(told.snapshot, cluster=same))
    assert hidden(read, [pool_of(GROUP, TYPES)]) == ""  # the group itself, as files tell of it


def test_what_may_surprise_is_said() -> None:
    assert remarks(replace(GROUP, zones=ZONES[:1]), TYPES) == []
    (zones,) = remarks(GROUP, TYPES)
    assert "a group of its own" in zones
    odd = replace(GROUP, zones=ZONES[:1], trouble="EKS says that it is DELETING")
    said = remarks(replace(odd, instance_types=("m9.large",)), TYPES)
    assert ["DELETING" in said[0], "m9.large" in said[1]] == [True, True]
