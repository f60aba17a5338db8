"""The log of a controller: lines of JSON on standard error, each with an instant and a message.

A deed has fields of its own: what was done to which object, why, and what became of it. What was
not done is told where that has changed. Nothing that is told holds credentials: messages are those
of deeds, of this program, and of servers that refused something.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec

from kubestow.cli.console import say
from kubestow.live.witness import Deed, SeenTurn
from kubestow.model.decision import Action, Avoid, DeletionOrder, Launch

_KEPT_MOST = 10_000  # of what was not done


def tell(text: str, **fields: str) -> None:
    """Write a line; fields that are empty are left out."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    line: dict[str, Any] = {"at": at, "message": text}
    line |= {key: value for key, value in fields.items() if value}
    say(msgspec.json.encode(line).decode())


class DeedLog:
    """A Witness (kubestow.live.witness) that writes a line for each deed."""

    def __init__(self) -> None:
        self._not_done: dict[tuple[str, str, str], str] = {}

    def did(self, deed: Deed) -> None:
        """Write a line, unless it is told otherwise, or the same was not done before."""
        if deed.is_quiet:
            return
        key = (deed.what, deed.kind, deed.name)
        if deed.is_done:
            self._not_done.pop(key, None)
        else:
            if self._not_done.get(key) == deed.result:
                return
            if len(self._not_done) >= _KEPT_MOST:
                self._not_done.clear()
            self._not_done[key] = deed.result
        tell(
            described(deed),
            action=deed.what,
            object=f"{deed.kind}/{deed.name}",
            node=deed.node,
            reason=deed.reason,
            result=deed.result,
        )

    def turned(self, turn: SeenTurn) -> None:
        """Write nothing: a turn that did something is told by its deeds."""


def described(deed: Deed) -> str:
    """Return a deed as a sentence."""
    where = f" ({deed.node})" if deed.node and deed.node != deed.name else ""
    why = ", ".join(text for text in (deed.reason, deed.detail) if text)
    became = "" if deed.is_done else f", {deed.result}"
    return f"{deed.what} {deed.name}{where}{became}" + (f": {why}" if why else "")


def tell_action(action: Action) -> None:
    """Tell what would be done."""
    name = type(action).__name__.lower()
    if isinstance(action, Launch):
        kind, zone, capacity = action.claim.offering
        tell(
            f"would launch {kind} {capacity} in {zone} of {action.claim.nodepool}: {action.reason}"
        )
        return
    parts = [str(getattr(action, key)) for key in ("pod", "node", "reason") if hasattr(action, key)]
    if isinstance(action, Avoid | DeletionOrder):
        parts = [", ".join(action.nodes) or "no node"]
    tell(f"would {name} {' '.join(parts)}")
