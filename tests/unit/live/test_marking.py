"""Marking: which Nodes kube-scheduler is to avoid, and which it is to use again.

Law: what is marked already is not marked again, and only what was sent is told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubestow.adapters.kubernetes_api.api_hand import Answer, Body
from kubestow.live import marks
from kubestow.live.marking import AvoidMark, avoid_marks
from kubestow.live.witness import Deed
from kubestow.model.node import Node
from kubestow.model.taints import AVOIDED_TAINT, Taint

TAINT = {"key": marks.AVOIDED_TAINT.key, "effect": "PreferNoSchedule"}
OTHER = {"key": "team", "value": "data", "effect": "NoSchedule"}


@dataclass
class Hand:
    """Nodes' taints by name, and what was sent."""

    taints: Mapping[str, list[Mapping[str, str]]]
    sent: list[tuple[str, Any]] = field(default_factory=list)

    def change_node(self, name: str, change: Callable[[Body], Body | None]) -> Answer:
        """Change a node as it is now."""
        patch = change({"metadata": {"name": name}, "spec": {"taints": self.taints[name]}})
        if patch is not None:
            self.sent.append((name, patch["spec"]["taints"]))
        return Answer.DONE


def node(name: str, *taints: Taint) -> Node:
    """Return a Node with some taints."""
    return Node(name, {}, (), taints=taints)


def test_only_nodes_that_differ_are_marked() -> None:
    own = {
        "c1": node("n1"), "c2": node("n2", AVOIDED_TAINT), "c3": node("n3", AVOIDED_TAINT),
        "c4": node("n4", Taint("team", "data", "NoSchedule")),
    }  # fmt: skip
    assert avoid_marks(own, ("c1", "c2")) == [AvoidMark("n1", True), AvoidMark("n3", False)]
    assert avoid_marks(own, ("c2", "c3", "gone")) == []


def test_other_taints_stay_and_only_what_was_sent_is_told() -> None:
    heard: list[Deed] = []
    hand = Hand({"n1": [OTHER], "n2": [OTHER, TAINT], "n3": [TAINT]})
    for mark in (AvoidMark("n1", True), AvoidMark("n2", False), AvoidMark("n3", True)):
        mark.put_on(hand, heard.append)
    assert hand.sent == [("n1", [OTHER, TAINT]), ("n2", [OTHER])]
    assert [(deed.what, deed.name, deed.detail) for deed in heard] == [
        ("avoid", "n1", ""), ("avoid", "n2", "no longer"),
    ]  # fmt: skip
