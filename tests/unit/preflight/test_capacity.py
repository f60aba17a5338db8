"""The nodes of groups, NodePools and of the input, as pods see them."""

from kubestow.model import labels as names
from kubestow.preflight.capacity import one_node_holds
from kubestow.preflight.check_context import CheckContext
from kubestow.testing import node, nodepool

from .builders import config, group, setup, workload


def test_a_managed_group_has_the_labels_of_eks_eksctl_and_its_own() -> None:
    context = CheckContext(setup(config_of=config(group(labels=(("tier", "web"),), spot=True))))
    (capacity,) = context.capacities
    first = capacity.candidates[0].labels
    assert first["eks.amazonaws.com/nodegroup"] == "workers"
    assert first["eks.amazonaws.com/capacityType"] == "SPOT"
    assert first["alpha.eksctl.io/cluster-name"] == "demo"
    assert first["tier"] == "web"
    assert first[names.ZONE] == "zone-a"
    assert not any(key.startswith("karpenter.") for key in first)
    assert (capacity.zones, capacity.most) == (("zone-a", "zone-b"), 10)


def test_existing_nodes_are_of_their_group_and_not_counted_beside_it() -> None:
    nodes = (
        node("a", labels={"eks.amazonaws.com/nodegroup": "workers"}),
        node("b", labels={"eks.amazonaws.com/nodegroup": "old"}),
        node("c"),
    )
    context = CheckContext(setup(config_of=config(group()), cluster={"nodes": nodes}))
    assert [c.subject.describe() for c in context.capacities] == [
        "managed node group workers", "nodes of the input", "nodes of old",
    ]  # fmt: skip


def test_what_is_not_known_of_a_group_leaves_capacity_unknown() -> None:
    chosen = config(group())
    assert CheckContext(setup(config_of=chosen)).unknown_capacity == ""
    windows = config(group(ami_family="WindowsServer2022CoreContainer"))
    assert "run Windows" in CheckContext(setup(config_of=windows)).unknown_capacity


def test_a_nodepool_and_a_node_hold_pods_by_their_requests() -> None:
    context = CheckContext(setup(pools=[nodepool("p", (names.INSTANCE_TYPE, "In", ["m5.large"]))]))
    (capacity,) = context.capacities
    assert capacity.subject.describe() == "NodePool p"
    assert one_node_holds(workload(cpu="500m").template, capacity.candidates[0]) == 3
    assert one_node_holds(workload(cpu="1m", memory="1Mi").template, capacity.candidates[0]) == 58
