"""A node, and what is found of it once."""

from dataclasses import replace

from kubestow.model.node import Node


def test_what_is_found_of_a_node_is_found_once_and_not_kept_by_a_copy() -> None:
    node = Node("n", (), (("cpu", 2),))
    asked: list[str] = []

    def name_of(found: Node) -> str:
        asked.append(found.name)
        return found.name

    def cpu_of(found: Node) -> int:
        return dict(found.allocatable)["cpu"]

    assert (node.once(name_of), node.once(cpu_of), node.once(name_of)) == ("n", 2, "n")
    assert asked == ["n"]
    assert replace(node, name="m").once(name_of) == "m"
