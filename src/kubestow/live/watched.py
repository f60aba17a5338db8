"""A world whose turns are told to a witness."""

import time
from collections.abc import Callable

from kubestow.live.witness import SeenTurn, Witness
from kubestow.model.decision import Decision, Outcome
from kubestow.model.snapshot import Snapshot
from kubestow.ports import World


class WatchedWorld:
    """A World (kubestow.ports) in front of another one."""

    def __init__(
        self, world: World, witness: Witness, decided_at: Callable[[], float] = time.monotonic
    ) -> None:
        """``decided_at`` returns when a decision was there: it may wait before it is executed."""
        self._world, self._witness, self._decided_at = world, witness, decided_at
        self._seen: Snapshot | None = None
        self._began = self._observed = 0.0

    def observe(self) -> Snapshot:
        """Observe the other world."""
        self._began = time.monotonic()
        self._seen = self._world.observe()
        self._observed = time.monotonic()
        return self._seen

    def execute(self, decision: Decision) -> tuple[Outcome, ...]:
        """Let the other world carry out a decision, and tell of the turn."""
        assert self._seen is not None, "a world is observed first"
        decided, begins = self._decided_at(), time.monotonic()
        outcomes = self._world.execute(decision)
        self._witness.turned(
            SeenTurn(
                self._seen,
                decision,
                self._observed - self._began,
                decided - self._observed,
                time.monotonic() - begins,
            )
        )
        return outcomes
