"""An instance is one Node, whatever others say."""

from dataclasses import replace

from kubestow.live.sight import Nodes, names_by_instance
from kubestow.model.observed import NodeCondition, NodeDetails, Observed
from kubestow.testing import nodeclaim, snapshot


def details(
    created_at: int, instance: str = "i-00000000000000001", ready: str = "True"
) -> NodeDetails:
    provider = f"aws:///us-east-1a/{instance}" if instance else ""
    return NodeDetails(created_at, (NodeCondition("Ready", ready),), provider_id=provider)


def test_nodes_are_known_by_their_instances_in_their_order() -> None:
    nodes = {"b": details(2, "i-00000000000000002"), "c": details(3, ""), "a": details(1)}
    assert list(names_by_instance(nodes).items()) == [
        ("i-00000000000000002", "b"), ("c", "c"), ("i-00000000000000001", "a"),
    ]  # fmt: skip


def test_of_several_nodes_of_an_instance_the_one_that_is_ready_counts_else_the_newest() -> None:
    def found(**nodes: NodeDetails) -> list[str]:
        return list(names_by_instance(nodes).values())

    assert found(old=details(1), new=details(2)) == ["new"]
    assert found(new=details(2), old=details(1)) == ["new"]
    assert found(old=details(1), new=details(2, ready="Unknown")) == ["old"]
    assert found(old=details(1, ready="Unknown"), new=details(2, ready="False")) == ["new"]


def test_what_runs_on_the_other_node_of_an_instance_does_not_count() -> None:
    bare = nodeclaim("n").node
    both = {"old": details(1, ready="Unknown"), "new": details(2)}
    seen = snapshot((), nodes=tuple(replace(bare, name=name) for name in both))
    (only,) = Nodes.of(Observed("c", seen, both)).by_instance.values()
    assert only.node.name == "new"
