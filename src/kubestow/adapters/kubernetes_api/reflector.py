"""A kind of a cluster's objects, kept as they are: listed, then watched, and listed anew when lost.

Law: after every failure, however long, the shelf becomes what a fresh list is. A watch goes on from
the last version heard of; where the server no longer has what came since (410), or closes watches
again and again without a word, the list begins anew. Sources: Kubernetes API concepts, "Efficient
detection of changes"; client-go tools/cache/reflector.go (the same protocol).
"""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from kubestow.adapters.kubernetes.slim import key_of, slim
from kubestow.adapters.kubernetes_api.api_server import (
    ApiServer,
    ExpiredError,
    ForbiddenError,
    NotServedError,
)
from kubestow.adapters.kubernetes_api.shelf import Shelf
from kubestow.adapters.shapes import decoder
from kubestow.model.input_error import InputError

_WATCH_SECONDS = (240, 480)  # until the server closes a watch: at random, not all at once
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds; between them it doubles
_DOUBLINGS_MOST = 10
_FORBIDDEN_PAUSE = 60.0  # until rights are tried again: each time is a list of the kind
_NOT_SERVED_PAUSE = 300.0  # until a definition that is not installed is looked for again
_EMPTY_CLOSES_MOST = 3  # one after another: then the list begins anew
_EMPTY_SECONDS = 5.0  # a watch that closes sooner and without a word
FORBIDDEN, NOT_SERVED, UNREACHABLE = "forbidden", "not served", "unreachable"


class _Meta(msgspec.Struct, rename="camel", gc=False):
    resource_version: str = ""


class _Item(msgspec.Struct, gc=False):
    metadata: _Meta


class _Event(msgspec.Struct, gc=False):
    type: str
    object: msgspec.Raw


class _Listing(msgspec.Struct, gc=False):
    items: list[msgspec.Raw] | None = None


_EVENTS = decoder(_Event)
_ITEMS = decoder(_Item)
_LISTINGS = decoder(_Listing)


@dataclass(frozen=True, slots=True)
class Hearing:
    """How well a kind is heard of: why not, and since when (monotonic seconds), or nothing.

    ``is_listed`` tells whether there has been a whole list; ``hint`` is what to do.
    """

    is_listed: bool = False
    trouble: str = ""
    message: str = ""
    since: float | None = None
    hint: str = ""


class Reflector:
    """Keeps a shelf as a resource of an API server is; run by a thread of its own until stopped."""

    def __init__(
        self,
        server: ApiServer,
        path: str,
        shelf: Shelf,
        *,
        stopped: threading.Event,
        noticed: Callable[[], None],
        seed: int = 0,
    ) -> None:
        self._server, self._path, self.shelf = server, path, shelf
        self._stopped, self._noticed = stopped, noticed
        self._chance = random.Random(f"{seed} {path}")
        self._version = ""  # the last that was heard of; empty where a list is to tell it
        self._failures = self._empty = 0  # one after another
        self.hearing = Hearing()
        self.lists = 0  # whole lists, of which the first is one

    def run(self) -> None:
        """Reflect until stopped; what goes wrong is told by ``hearing``."""
        while not self._stopped.is_set():
            try:
                if not self._version:
                    self._list()
                self._watch()
            except ExpiredError:
                self._version = ""
                self._rest(self._pause(self._empty))
            except NotServedError as problem:
                self._version = ""
                self.shelf.replace({})
                self._tell(NOT_SERVED, str(problem))
                self._rest(_NOT_SERVED_PAUSE)
            except ForbiddenError as problem:
                self._version = ""
                self._tell(FORBIDDEN, str(problem))
                self._rest(_FORBIDDEN_PAUSE)
            except InputError as problem:
                self._fail(problem.message, problem.hint)
            except Exception as problem:  # whatever it is: a thread that ends is not heard of
                self._version = ""
                self._fail(f"{type(problem).__name__}: {problem}")

    def _fail(self, message: str, hint: str = "") -> None:
        """Tell why the server is not heard of, and wait; nothing after it was stopped."""
        if self._stopped.is_set():
            return
        self._tell(UNREACHABLE, message, hint)
        self._rest(self._pause(self._failures))
        self._failures += 1

    def _list(self) -> None:
        """Have the shelf as a fresh list."""
        resource = self.shelf.resource
        listed = self._server.listed(self._path)
        objects = {
            key_of(item): slim(resource, item)
            for page in listed.pages
            for item in _LISTINGS.decode(page).items or ()
        }
        self.shelf.replace(objects)
        self.lists += 1
        self._version = listed.version

    def _watch(self) -> None:
        """Follow changes until stopped; raise ExpiredError where the list must begin anew."""
        while not self._stopped.is_set():
            began, at_first = time.monotonic(), self._version
            seconds = self._chance.randint(*_WATCH_SECONDS)
            with self._server.watched(self._path, at_first, seconds) as lines:
                self._heard()
                for line in lines:
                    self._version = self._follow(line)
                    if self._stopped.is_set():
                        return
            is_empty = self._version == at_first and time.monotonic() - began < _EMPTY_SECONDS
            self._empty = self._empty + 1 if is_empty else 0
            if is_empty and self._empty % _EMPTY_CLOSES_MOST == 0:
                raise ExpiredError
            if is_empty:
                self._rest(self._pause(self._empty))

    def _follow(self, line: bytes) -> str:
        """Take one event into the shelf; return its version."""
        try:
            event = _EVENTS.decode(line)
            if event.type == "ERROR":
                raise ExpiredError  # 410, or what a fresh list finds out
            version = _ITEMS.decode(event.object).metadata.resource_version
            if event.type in ("ADDED", "MODIFIED"):
                self.shelf.put(event.object)
            elif event.type == "DELETED":
                self.shelf.remove(event.object)
        except msgspec.MsgspecError as problem:  # not what an API server writes
            raise ExpiredError from problem
        return version

    def _heard(self) -> None:
        """Note that a watch is open: what may be listed and not watched is not heard of."""
        self._failures = 0
        if self.hearing != Hearing(is_listed=True):
            self.hearing = Hearing(is_listed=True)
            self._noticed()

    def _tell(self, trouble: str, message: str, hint: str = "") -> None:
        before = self.hearing
        since = before.since if before.since is not None else time.monotonic()
        is_listed = before.is_listed and trouble == UNREACHABLE
        self.hearing = Hearing(is_listed, trouble, message, since, hint)
        self._noticed()

    def _pause(self, times: int) -> float:
        """Return how long to wait after something has gone wrong so many times before."""
        pause = min(_FIRST_PAUSE * 2.0 ** min(times, _DOUBLINGS_MOST), _LONGEST_PAUSE)
        return pause * (0.5 + self._chance.random())

    def _rest(self, seconds: float) -> None:
        self._stopped.wait(seconds)
