"""A cluster's objects as they are now, kept by watching every kind that an input may have.

What is kept is given as the same sources as lists and files are, so that a cluster that is watched,
one that is listed and a dump of it are one input.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

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
WATCHED = (*LISTED, EVENTS)


@dataclass(frozen=True, slots=True)
class Lag:
    """Since how many seconds a kind has not been heard of, and why."""

    resource: str
    seconds: float
    message: str


class ClusterCache:
    """Watches a cluster from ``start`` to ``stop``; each kind in a thread."""

    def __init__(self, server: ApiServer, kinds: tuple[ListedKind, ...] = WATCHED) -> None:
        self._server, self._kinds = server, kinds
        self._stopped, self._bell, self._heard = threading.Event(), Bell(), Bell()
        self._reflectors = {
            kind: Reflector(
                server,
                kind.path,
                Shelf(kind.resource, self._bell, _EVENTS_MOST if kind is EVENTS else None),
                stopped=self._stopped,
                noticed=self._heard.ring,
            )
            for kind in kinds
        }
        self._usage = UsagePoller(server, self._stopped)
        self._threads = [
            threading.Thread(target=reflector.run, name=f"watch {kind.resource}", daemon=True)
            for kind, reflector in self._reflectors.items()
        ]
        self._threads.append(threading.Thread(target=self._usage.run, name="usage", daemon=True))

    @property
    def name(self) -> str:
        """What people call the cluster."""
        return self._server.name

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

        Raise InputError where pods or nodes may not be listed, or the time is over.
        """
        deadline = time.monotonic() + seconds
        while True:
            count = self._heard.count
            waiting = [r for r in self._reflectors.values() if not _is_settled(r.hearing)]
            self._check_required()
            if not waiting:
                return
            left = deadline - time.monotonic()
            if left <= 0:
                said = next((r.hearing.message for r in waiting if r.hearing.message), "")
                raise InputError(
                    said or f"{self.name}: not listed within {seconds:.0f} s",
                    hint="check the network and the VPN; "
                    f"'kubectl --context {self.name} get nodes' asks the same server",
                )
            self._heard.wait(count, left)

    @property
    def changes(self) -> int:
        """How many changes there have been; of events, too."""
        return self._bell.count

    def wait_for_change(self, since: int, seconds: float) -> int:
        """Wait until there are more ``changes``, or for so long; return how many there are."""
        return self._bell.wait(since, seconds)

    def changes_of(self, *, events: bool) -> tuple[int, ...]:
        """Return what tells whether objects changed: of events, or of all others."""
        return tuple(
            reflector.shelf.changes
            for kind, reflector in self._reflectors.items()
            if (kind is EVENTS) == events
        )

    def contents(self, resource: str) -> Mapping[str, bytes]:
        """Return the objects of a resource by namespace/name, as JSON."""
        for kind, reflector in self._reflectors.items():
            if kind.resource == resource:
                return reflector.shelf.contents()
        return {}

    @property
    def usage(self) -> Usage | None:
        """What nodes and pods really use; None where no metrics-server tells."""
        return self._usage.usage

    def sources(self) -> ClusterSources:
        """Return everything that a plan depends on, as lists; and what is missing of it."""
        self._check_required()
        sources: list[Source] = []
        notes: list[str] = []
        for kind, reflector in self._reflectors.items():
            trouble = reflector.hearing.trouble
            if kind is EVENTS:
                continue
            if trouble == FORBIDDEN:
                notes.append(refusal(self.name, kind, _VERBS))
            elif trouble == NOT_SERVED:
                notes += left_out(self.name, kind)
            else:
                content = _list_of(kind, reflector.shelf.contents())
                sources.append(Source(f"{self.name}: {kind.resource}", content))
        return ClusterSources(tuple(sources), tuple(notes))

    def lags(self) -> tuple[Lag, ...]:
        """Return the kinds that are not heard of now."""
        now = time.monotonic()
        return tuple(
            Lag(kind.resource, now - hearing.since, hearing.message)
            for kind, reflector in self._reflectors.items()
            if (hearing := reflector.hearing).since is not None
            and hearing.trouble not in (FORBIDDEN, NOT_SERVED)
        )

    def refused(self) -> tuple[str, ...]:
        """Return the resources that may not be listed, or not watched."""
        return tuple(
            kind.resource
            for kind, reflector in self._reflectors.items()
            if reflector.hearing.trouble == FORBIDDEN
        )

    def _check_required(self) -> None:
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
