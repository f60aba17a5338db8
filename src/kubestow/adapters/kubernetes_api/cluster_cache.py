"""A cluster's objects as they are now, kept by watching every kind that an input may have.

What is kept is given as the same sources as lists and files are, so that a cluster that is watched,
one that is listed and a dump of it are one input.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from kubestow.adapters.documents import KeptDocument
from kubestow.adapters.kubernetes_api.api_server import ApiServer
from kubestow.adapters.kubernetes_api.cluster_sources import (
    LISTED,
    ClusterSources,
    ListedKind,
    left_out,
    refusal,
)
from kubestow.adapters.kubernetes_api.reflector import FORBIDDEN, NOT_SERVED, Hearing, Reflector
from kubestow.adapters.kubernetes_api.shelf import Bell, Shelf
from kubestow.adapters.kubernetes_api.usage import UsagePoller
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputError
from kubestow.model.observed import Usage

EVENTS = ListedKind("v1", "events", "Event")
_EVENTS_MOST = 10_000
_VERBS = "list and watch"
_PATIENCE_SECONDS = 6.0  # with a server that cannot be reached at the start
WATCHED = (*LISTED, EVENTS)


@dataclass(frozen=True, slots=True)
class Lag:
    """Since how many seconds a kind has not been heard of, and why."""

    resource: str
    seconds: float
    message: str


class ClusterCache:
    """Watches a cluster from ``start`` to ``stop``; each kind in a thread.

    One thread at a time may ask for ``documents``.
    """

    def __init__(self, server: ApiServer, kinds: tuple[ListedKind, ...] = WATCHED) -> None:
        self._server, self._kinds = server, kinds
        self._stopped, self._bell, self._heard = threading.Event(), Bell(), Bell()
        self._reflectors = {
            kind: Reflector(
                server,
                kind.path,
                Shelf(kind.resource, self._bell, _EVENTS_MOST if kind is EVENTS else None),
                stopped=self._stopped,
                noticed=self._ring,
            )
            for kind in kinds
        }
        self._documents: dict[str, Mapping[str, KeptDocument]] = {}
        self._usage = UsagePoller(server, self._stopped)
        self._threads = [
            threading.Thread(target=reflector.run, name=f"watch {kind.resource}", daemon=True)
            for kind, reflector in self._reflectors.items()
        ]
        self._threads.append(threading.Thread(target=self._usage.run, name="usage", daemon=True))

    def _ring(self) -> None:
        """Wake who waits to hear, and who waits for a change: what is missing has changed."""
        self._heard.ring()
        self._bell.ring()

    @property
    def name(self) -> str:
        """What people call the cluster."""
        return self._server.name

    @property
    def address(self) -> str:
        """Where the API server is."""
        return self._server.address

    def start(self) -> Self:
        """Begin to watch."""
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Watch no longer; what is kept stays as it is."""
        self._stopped.set()
        self._server.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_until_listed(self, seconds: float) -> None:
        """Wait until every kind has been listed, or cannot be.

        Raise InputError where pods or nodes may not be listed, the server cannot be reached again
        and again, or the time is over.
        """
        deadline = time.monotonic() + seconds
        while True:
            count = self._heard.count
            waiting = [r for r in self._reflectors.values() if not _is_settled(r.hearing)]
            self.check()
            if not waiting:
                return
            left = deadline - time.monotonic()
            self._check_reached(is_over=left <= 0)
            self._heard.wait(count, max(0.01, min(left, _PATIENCE_SECONDS)))

    def _check_reached(self, *, is_over: bool) -> None:
        """Raise InputError where a kind that is required is not heard of for some time."""
        now = time.monotonic()
        for kind, reflector in self._reflectors.items():
            hearing = reflector.hearing
            if hearing.is_listed or not (kind.required or is_over):
                continue
            silent = hearing.since is not None and now - hearing.since > _PATIENCE_SECONDS
            if hearing.message and (silent or is_over):
                raise InputError(hearing.message, hint=hearing.hint or self._hint())
        if is_over:
            raise InputError(f"{self.name}: not listed in time", hint=self._hint())

    def _hint(self) -> str:
        return (
            "check the network and the VPN; "
            f"'kubectl --context {self.name} get nodes' asks the same server"
        )

    @property
    def changes(self) -> int:
        """How many changes there have been; of events, too."""
        return self._bell.count

    def wait_for_change(self, since: int, seconds: float) -> int:
        """Wait until there are more ``changes``, or for so long; return how many there are."""
        return self._bell.wait(since, seconds)

    def changes_of(self, *, events: bool) -> tuple[object, ...]:
        """Return what tells whether objects, or what is missing of them, changed.

        That is of events, or of all others.
        """
        return tuple(
            (reflector.shelf.changes, reflector.hearing.trouble)
            for kind, reflector in self._reflectors.items()
            if (kind is EVENTS) == events
        )

    def contents(self, resource: str) -> Mapping[str, bytes]:
        """Return the objects of a resource by namespace/name, as JSON."""
        for kind, reflector in self._reflectors.items():
            if kind.resource == resource:
                return reflector.shelf.contents()
        return {}

    def content(self, resource: str, key: str) -> bytes | None:
        """Return an object by its namespace/name, as JSON; None where there is none."""
        for kind, reflector in self._reflectors.items():
            if kind.resource == resource:
                return reflector.shelf.content(key)
        return None

    def count(self, resource: str) -> int:
        """Return how many objects of a resource there are."""
        return sum(
            len(r.shelf) for kind, r in self._reflectors.items() if kind.resource == resource
        )

    @property
    def usage(self) -> Usage | None:
        """What nodes and pods really use; None where no metrics-server tells."""
        return self._usage.usage

    def sources(self) -> ClusterSources:
        """Return everything that a plan depends on, as lists; and what is missing of it."""
        self.check()
        sources = tuple(
            Source(self._source(kind), _list_of(kind, shelf.contents()))
            for kind, shelf in self._listed()
        )
        return ClusterSources(sources, self.missing())

    def documents(self) -> dict[str, Mapping[str, KeptDocument]]:
        """Return the objects of ``sources``, by resource and namespace/name.

        Those that have not changed are the same documents as before.
        """
        self.check()
        found: dict[str, Mapping[str, KeptDocument]] = {}
        for kind, shelf in self._listed():
            name, before = self._source(kind), self._documents.get(kind.resource, {})
            found[kind.resource] = {
                key: old
                if (old := before.get(key)) is not None and old.json == json
                else KeptDocument(name, kind.kind, kind.group, json)
                for key, json in shelf.contents().items()
            }
        self._documents = found
        return found

    def missing(self) -> tuple[str, ...]:
        """Return notes on what may not be watched, or is not served."""
        notes: list[str] = []
        for kind, reflector in self._reflectors.items():
            if kind is not EVENTS and reflector.hearing.trouble == FORBIDDEN:
                notes.append(refusal(self.name, kind, _VERBS))
            elif kind is not EVENTS and reflector.hearing.trouble == NOT_SERVED:
                notes += left_out(self.name, kind)
        return tuple(notes)

    def _listed(self) -> list[tuple[ListedKind, Shelf]]:
        """Return the kinds that a plan depends on and that may be watched, with their objects."""
        return [
            (kind, reflector.shelf)
            for kind, reflector in self._reflectors.items()
            if kind is not EVENTS and reflector.hearing.trouble not in (FORBIDDEN, NOT_SERVED)
        ]

    def _source(self, kind: ListedKind) -> str:
        return f"{self.name}: {kind.resource}"

    def lags(self) -> tuple[Lag, ...]:
        """Return the kinds that are not heard of now; what may not be read lags if it must be."""
        now = time.monotonic()
        return tuple(
            Lag(kind.resource, now - hearing.since, hearing.message)
            for kind, reflector in self._reflectors.items()
            if (hearing := reflector.hearing).since is not None
            and (kind.required or hearing.trouble not in (FORBIDDEN, NOT_SERVED))
        )

    def refused(self) -> tuple[str, ...]:
        """Return the resources that may not be listed, or not watched."""
        return tuple(
            kind.resource
            for kind, reflector in self._reflectors.items()
            if reflector.hearing.trouble == FORBIDDEN
        )

    def check(self) -> None:
        """Raise InputError where what must be read may not be read any more."""
        for kind, reflector in self._reflectors.items():
            if kind.required and reflector.hearing.trouble == FORBIDDEN:
                refusal(self.name, kind, _VERBS)


def _is_settled(hearing: Hearing) -> bool:
    return hearing.is_listed or hearing.trouble in (FORBIDDEN, NOT_SERVED)


def _list_of(kind: ListedKind, contents: Mapping[str, bytes]) -> bytes:
    """Return a list as an API server writes it, of objects without kind and apiVersion."""
    head = b'{"kind":"%sList","apiVersion":"%s","items":[' % (
        kind.kind.encode(),
        kind.group.encode(),
    )
    return head + b",\n".join(contents.values()) + b"]}\n"
