"""A small client of the API server: JSON over kept-alive connections, many at once.

Law: knows paths and verbs, nothing of scheduling.
"""

import http.client
import json
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, TypeVar

from .model import NAMESPACED, Object, RefusedError, key, namespace_of

T = TypeVar("T")

PLURALS = {
    "Namespace": ("/api/v1", "namespaces"),
    "Node": ("/api/v1", "nodes"),
    "PersistentVolume": ("/api/v1", "persistentvolumes"),
    "PersistentVolumeClaim": ("/api/v1", "persistentvolumeclaims"),
    "Pod": ("/api/v1", "pods"),
    "Service": ("/api/v1", "services"),
    "CSIDriver": ("/apis/storage.k8s.io/v1", "csidrivers"),
    "CSINode": ("/apis/storage.k8s.io/v1", "csinodes"),
    "CSIStorageCapacity": ("/apis/storage.k8s.io/v1", "csistoragecapacities"),
    "StorageClass": ("/apis/storage.k8s.io/v1", "storageclasses"),
    "VolumeAttachment": ("/apis/storage.k8s.io/v1", "volumeattachments"),
    "VolumeAttributesClass": ("/apis/storage.k8s.io/v1", "volumeattributesclasses"),
    "PriorityClass": ("/apis/scheduling.k8s.io/v1", "priorityclasses"),
    "RuntimeClass": ("/apis/node.k8s.io/v1", "runtimeclasses"),
    "PodDisruptionBudget": ("/apis/policy/v1", "poddisruptionbudgets"),
}

_BRIEF = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_BRIEF_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_AT_ONCE = {"gracePeriodSeconds": 0, "propagationPolicy": "Background"}


class NotFoundError(Exception):
    """There is no such object."""


def path(kind: str, namespace: str | None = None, name: str | None = None) -> str:
    """Return the path of a kind, of all namespaces unless one is named, or of one object."""
    root, plural = PLURALS[kind]
    if kind in NAMESPACED and namespace:
        root = f"{root}/namespaces/{namespace}"
    return f"{root}/{plural}" + (f"/{name}" if name else "")


def path_of(item: Object, *, name: bool = True) -> str:
    """Return the path of an object, or of what it is created under."""
    return path(item["kind"], namespace_of(item), item["metadata"]["name"] if name else None)


class Client:
    """Requests to one API server, from any thread."""

    def __init__(self, port: int, token: str, connections: int = 8) -> None:
        self._port = port
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._context = ssl.create_default_context()
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE  # loopback, and a certificate made just now
        self._local = threading.local()
        self._open: list[http.client.HTTPSConnection] = []
        self._pool = ThreadPoolExecutor(connections, "api")

    def close(self) -> None:
        """Close every connection."""
        self._pool.shutdown()
        for connection in self._open:
            connection.close()

    def request(
        self, method: str, where: str, body: Any = None, *, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send one request; return the status and the body."""
        data = None if body is None else json.dumps(body, separators=(",", ":"))
        for attempt in (1, 2):
            connection = self._connection()
            try:
                connection.request(method, where, data, self._headers | (headers or {}))
                response = connection.getresponse()
                return response.status, response.read()
            except (ConnectionError, http.client.HTTPException, ssl.SSLError):
                connection.close()  # an idle connection that the server had closed
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def call(self, method: str, where: str, body: Any = None, *, brief: str = "") -> bytes:
        """Send one request that must succeed; return the body."""
        headers = {"Accept": brief} if brief else None
        status, answer = self.request(method, where, body, headers=headers)
        if status == 404:
            raise NotFoundError(where)
        if status >= 300:
            raise RefusedError(f"{method} {where}: {status} {_message(answer)}")
        return answer

    def create(self, item: Object) -> None:
        """Create an object; a field that does not exist is an error, not ignored."""
        where = path_of(item, name=False) + "?fieldValidation=Strict"
        self.call("POST", where, item, brief=_BRIEF)

    def get(self, kind: str, namespace: str | None, name: str) -> Object:
        """Return one object."""
        answer: Object = json.loads(self.call("GET", path(kind, namespace, name)))
        return answer

    def objects(self, kind: str, query: str = "") -> list[Object]:
        """Return the objects of a kind in all namespaces, as they are now."""
        where = path(kind) + query
        # A list does not repeat the kind for each item.
        return [{"kind": kind, **item} for item in json.loads(self.call("GET", where))["items"]]

    def patch(self, item: Object, change: Object, subresource: str = "") -> None:
        """Merge a change into an object, or into its status."""
        headers = {"Content-Type": "application/merge-patch+json", "Accept": _BRIEF}
        where = path_of(item) + (f"/{subresource}" if subresource else "")
        where += "?fieldValidation=Strict"
        status, answer = self.request("PATCH", where, change, headers=headers)
        if status >= 300:
            raise RefusedError(f"PATCH {where} of {key(item)}: {status} {_message(answer)}")

    def delete(self, item: Object) -> None:
        """Delete an object at once; it may be gone already."""
        self.request("DELETE", path_of(item), _AT_ONCE, headers={"Accept": _BRIEF})

    def delete_all(self, kind: str, namespace: str | None = None, query: str = "") -> None:
        """Delete every object of a kind, in one namespace if it has namespaces."""
        self.call("DELETE", path(kind, namespace) + query, _AT_ONCE, brief=_BRIEF_LIST)

    def watch(self, kind: str, version: str, query: str = "") -> Iterator[Object]:
        """Yield a kind's events after a version, until the connection is closed."""
        connection = self._connect()
        try:
            where = f"{path(kind)}?watch=1&resourceVersion={version}{query}"
            connection.request("GET", where, headers=self._headers)
            for line in connection.getresponse():
                yield json.loads(line)
        finally:
            connection.close()

    def each(self, work: Callable[[Any], T], items: Iterable[Any]) -> list[T]:
        """Do something with each item, many at once; raise the first failure when all are done."""
        doing = [self._pool.submit(work, item) for item in items]
        wait(doing)
        return [each.result() for each in doing]

    def _connection(self) -> http.client.HTTPSConnection:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
            self._open.append(connection)
        return connection

    def _connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("127.0.0.1", self._port, context=self._context)


def _message(answer: bytes) -> str:
    try:
        return str(json.loads(answer).get("message"))
    except ValueError:
        return answer.decode(errors="replace")
