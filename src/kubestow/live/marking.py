"""Marking Nodes to leave: what is told of it is what was sent, as what is seen may lag."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from kubestow.adapters.kubernetes_api.api_hand import Answer, Body
from kubestow.live import stewardship
from kubestow.live.repair import is_still, said
from kubestow.live.witness import AVOID, DRAIN, NODE, Deed, Hearing
from kubestow.model.node import Node
from kubestow.model.observed import NodeCondition


class NodeHand(Protocol):
    """Who changes Nodes."""

    def change_node(self, name: str, change: Callable[[Body], Body | None]) -> Answer:
        """Change a node as it is now."""


def change(
    hand: NodeHand, name: str, changed: Callable[[Body], Body | None]
) -> tuple[Answer, bool]:
    """Change a Node; return the answer, and whether it is worth telling.

    It is not where nothing had to be sent, or where the Node is gone.
    """
    sent = False

    def noting(body: Body) -> Body | None:
        nonlocal sent
        patch = changed(body)
        sent = patch is not None
        return patch

    answer = hand.change_node(name, noting)
    return answer, (sent and answer is Answer.DONE) or not answer.is_over


@dataclass(frozen=True, slots=True)
class AvoidMark:
    """The name of a Node, and whether kube-scheduler is to avoid it; if not, it does no longer."""

    node: str
    is_on: bool

    def put_on(self, hand: NodeHand, hear: Hearing) -> None:
        """Mark the Node, or take its mark away."""
        answer, is_told = change(
            hand, self.node, lambda body: stewardship.avoided(body, on=self.is_on)
        )
        if is_told:
            detail = "" if self.is_on else "no longer"
            hear(Deed(AVOID, NODE, self.node, result=answer.value, detail=detail))


def avoid_marks(own: Mapping[str, Node], avoided: Collection[str]) -> list[AvoidMark]:
    """Return the marks to put on some nodes of one's own, and to take from the others.

    ``own`` are the Nodes by the names that ``avoided`` has them by.
    """
    wanted = {name: name in avoided for name in own}
    return [
        AvoidMark(node.name, wanted[name])
        for name, node in own.items()
        if node.is_avoided != wanted[name]
    ]


@dataclass(frozen=True, slots=True)
class LeavingMark:
    """Why a Node leaves, whether whatever budgets say, and when its instance ends at the latest.

    With a ``condition`` it is marked only if it still is as that was seen.
    """

    reason: str
    force: bool = False
    ends_at: int | None = None
    condition: NodeCondition | None = None

    def put_on(self, hand: NodeHand, name: str, hear: Hearing) -> None:
        """Mark a Node."""

        def changed(body: Body) -> Body | None:
            if self.condition is not None and not is_still(self.condition, body):
                return None
            return stewardship.leaving(body, self.reason, force=self.force, ends_at=self.ends_at)

        answer, is_told = change(hand, name, changed)
        if is_told:
            detail = "" if self.condition is None else said(self.condition)
            hear(Deed(DRAIN, NODE, name, self.reason, result=answer.value, detail=detail))
