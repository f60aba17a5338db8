"""A world that is observed and never changed: what would be done there is told once.

A decision that is not carried out is made again and again; what it would do to a node or for pods
is told when no decision of the last hour said so.
"""

from collections.abc import Callable
from dataclasses import replace

from kubestow.model.decision import Action, Decision, Land, Launch, Outcome
from kubestow.model.snapshot import Snapshot
from kubestow.ports import World

_REMEMBERED_SECONDS = 3_600


class DryRun:
    """A World (kubestow.ports) in the place of another one."""

    def __init__(self, world: World, tell: Callable[[Action], None]) -> None:
        self._world, self._tell = world, tell
        self._told: dict[object, int] = {}  # when it was decided last
        self._at = 0

    def observe(self) -> Snapshot:
        """Observe the other world."""
        seen = self._world.observe()
        self._at = seen.at
        return seen

    def execute(self, decision: Decision) -> tuple[Outcome, ...]:
        """Tell what is new, and do nothing."""
        lately = self._at - _REMEMBERED_SECONDS
        known = {target: at for target, at in self._told.items() if at > lately}
        would = [_target(action) for action in decision.actions]
        for action, target in zip(decision.actions, would, strict=True):
            if target not in known:
                self._tell(action)
        self._told = known | dict.fromkeys(would, self._at)
        return ()


def _target(action: Action) -> object:
    """Return what an action is about, so that the same one is told once."""
    if isinstance(action, Launch):
        claim = action.claim
        return (claim.nodepool, *claim.offering, action.reason)
    if isinstance(action, Land):
        return action.pod
    return replace(action)
