"""Server-sent events: what changed since the last event of the same reader.

The first event has everything. Source: HTML standard, "Server-sent events".
"""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from kubestow.live.lookout import Lookout, Sight
from kubestow.views.cluster_view import ClusterView, NodeRowView

_ALIVE_SECONDS = 15.0  # until a comment tells a proxy that the stream lives


class Broadcast:
    """Wakes every reader of the event loop when the lookout has seen something."""

    def __init__(self, lookout: Lookout) -> None:
        self._lookout = lookout
        self._loop: asyncio.AbstractEventLoop | None = None
        self._seen = asyncio.Event()
        self.is_over = False
        lookout.on_change(self._wake)

    def begin(self) -> None:
        """Note the event loop that the readers are of."""
        self._loop = asyncio.get_running_loop()

    def end(self) -> None:
        """Let every reader end."""
        self.is_over = True
        self._turn()

    def _wake(self) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._turn)

    def _turn(self) -> None:
        seen, self._seen = self._seen, asyncio.Event()
        seen.set()

    async def events(self) -> AsyncIterator[bytes]:
        """Yield events until the server ends."""
        reader = _Reader()
        while not self.is_over:
            seen = self._seen
            sight = self._lookout.sight
            if sight is not None:
                for content in reader.news(sight):
                    yield content
            try:
                await asyncio.wait_for(seen.wait(), _ALIVE_SECONDS)
            except TimeoutError:
                yield b": alive\n\n"


class _Reader:
    """What a reader has been told."""

    def __init__(self) -> None:
        self._rows: dict[str, NodeRowView] | None = None
        self._view: ClusterView | None = None
        self._advice, self._lag = 0, ""

    def news(self, sight: Sight) -> list[bytes]:
        """Return the events that tell a reader what it does not know yet."""
        found = []
        if sight.view is not self._view:
            found.append(self._cluster(sight.view))
        if sight.advice_number != self._advice:
            self._advice = sight.advice_number
            found.append(event("advice", {}))
        if sight.lag_message != self._lag:
            self._lag = sight.lag_message
            said = {"seconds": round(sight.lag_seconds, 1), "message": sight.lag_message}
            found.append(event("lag", said))
        return found

    def _cluster(self, view: ClusterView) -> bytes:
        before = self._rows
        rows = {node.name: node for node in view.nodes}
        told = before or {}
        changed = [node for name, node in rows.items() if told.get(name) != node]
        self._rows, self._view = rows, view
        return event(
            "cluster",
            {
                "head": msgspec.structs.replace(view, nodes=()),
                "changed": changed,
                "gone": [name for name in told if name not in rows],
                "full": before is None,
            },
        )


def event(name: str, data: object) -> bytes:
    """Return an event; JSON has no line breaks of its own."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
