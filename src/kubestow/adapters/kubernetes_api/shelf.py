"""The objects of one kind, kept while a cluster is watched, and whether they have changed.

Sorted by namespace and name they are in the order in which an API server lists them, so that a
cache and a dump of the same objects are one input.
"""

import threading
from collections.abc import Mapping

import msgspec

from kubestow.adapters.kubernetes.slim import happened_at, key_of, slim

_SLACK = 1.1  # how many times as many there may be before the oldest go


class Bell:
    """Wakes those who wait for a change of any shelf; it counts the changes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    @property
    def count(self) -> int:
        """How many changes there have been."""
        with self._changed:
            return self._count

    def ring(self) -> None:
        """Count a change and wake everybody."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait(self, since: int, seconds: float) -> int:
        """Wait until there are more changes than ``since``, or for so long; return the count."""
        with self._changed:
            self._changed.wait_for(lambda: self._count > since, seconds)
            return self._count


class Shelf:
    """The objects of a resource, slim, by namespace/name.

    One thread writes; any may read. ``most`` keeps the newest objects only, by when they happened.
    """

    def __init__(self, resource: str, bell: Bell, most: int | None = None) -> None:
        self.resource = resource
        self._bell, self._most = bell, most
        self._lock = threading.Lock()
        self._objects: dict[str, bytes] = {}
        self._changes = 0

    @property
    def changes(self) -> int:
        """How often the content has changed."""
        return self._changes

    def __len__(self) -> int:
        return len(self._objects)

    def contents(self) -> dict[str, bytes]:
        """Return the objects by namespace/name, in the order of an API server's list."""
        with self._lock:
            return {key: self._objects[key] for key in sorted(self._objects)}

    def content(self, key: str) -> bytes | None:
        """Return an object by its namespace/name."""
        with self._lock:
            return self._objects.get(key)

    def replace(self, objects: Mapping[str, bytes]) -> None:
        """Have exactly these objects, which are slim."""
        with self._lock:
            kept = self._newest(dict(objects))
            if kept == self._objects:
                return
            self._objects = kept
            self._changes += 1
        self._bell.ring()

    def put(self, json: msgspec.Raw | bytes) -> None:
        """Add an object, or have it as it is now."""
        key, kept = key_of(json), slim(self.resource, json)
        with self._lock:
            if self._objects.get(key) == kept:
                return
            self._objects[key] = kept
            if self._most is not None and len(self._objects) > _SLACK * self._most:
                self._objects = self._newest(self._objects)
            self._changes += 1
        self._bell.ring()

    def remove(self, json: msgspec.Raw | bytes) -> None:
        """Remove an object that is deleted."""
        with self._lock:
            if self._objects.pop(key_of(json), None) is None:
                return
            self._changes += 1
        self._bell.ring()

    def _newest(self, objects: dict[str, bytes]) -> dict[str, bytes]:
        """Return no more objects than are kept: those that happened last."""
        if self._most is None or len(objects) <= self._most:
            return objects
        ordered = sorted(objects, key=lambda key: happened_at(objects[key]))
        return {key: objects[key] for key in ordered[-self._most :]}
