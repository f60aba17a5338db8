"""Changes to a cluster: what a controller asks of the API server beside reading.

Law: every request names what it changes by its uid or its version, so that nothing is done to an
object that somebody else has made or changed meanwhile, and doing it twice does it once. What
became of it is an Answer; nothing is raised for what a server or a network does. Sources:
Kubernetes API reference, Binding, Eviction, DeleteOptions; API concepts, "Resource versions".
"""

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Self
from urllib.parse import quote

import msgspec

from kubestow.adapters.kubernetes_api.connection import Connection, connected, shortened

Body = Mapping[str, Any]
_MERGE = {"content-type": "application/merge-patch+json"}
_TRIES = 4  # of a change to an object that others change, too


class Answer(StrEnum):
    """What became of a change."""

    DONE = "done"
    CONFLICT = "conflict"
    GONE = "gone"
    REFUSED = "refused"
    FORBIDDEN = "forbidden"
    FAILED = "failed"
    HELD_BACK = "held back"

    @property
    def is_over(self) -> bool:
        """True where there is nothing left to do: it is done, or its object is gone."""
        return self in (Answer.DONE, Answer.GONE)


_ENDED = ("Succeeded", "Failed")
_ANSWERS = {404: Answer.GONE, 409: Answer.CONFLICT, 429: Answer.REFUSED, 403: Answer.FORBIDDEN}


class ApiHand:
    """Changes objects. ``may_act`` is asked before each request; ``tell`` hears what fails."""

    def __init__(
        self,
        connection: Connection,
        may_act: Callable[[], bool] = lambda: True,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._reach, self._may_act, self._tell = connection, may_act, tell

    @classmethod
    def of(cls, context: str | None, kubeconfig: str | None, **options: Any) -> Self:
        """Return the hand of a context; raise InputError where there is none."""
        return cls(connected(context, kubeconfig), **options)

    def close(self) -> None:
        """Change nothing more."""
        self._reach.client.close()

    def bind(self, pod: str, uid: str, node: str) -> Answer:
        """Bind a pod, by its namespace/name, to a node; CONFLICT where it is bound already."""
        namespace, name = pod.split("/")
        body = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"namespace": namespace, "name": name, "uid": uid},
            "target": {"apiVersion": "v1", "kind": "Node", "name": node},
        }
        return self._send("POST", f"/api/v1/namespaces/{namespace}/pods/{name}/binding", body)

    def evict(self, pod: str, uid: str, grace_seconds: int | None = None) -> Answer:
        """Evict a pod; REFUSED where a PodDisruptionBudget does not let it go now."""
        namespace, name = pod.split("/")
        options: dict[str, Any] = {"preconditions": {"uid": uid}}
        if grace_seconds is not None:
            options["gracePeriodSeconds"] = grace_seconds
        body = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"namespace": namespace, "name": name},
            "deleteOptions": options,
        }
        answer = self._send("POST", f"/api/v1/namespaces/{namespace}/pods/{name}/eviction", body)
        return Answer.GONE if answer is Answer.CONFLICT else answer  # it is another pod by now

    def delete_pod(self, pod: str, uid: str, grace_seconds: int | None = None) -> Answer:
        """Delete a pod whatever its budgets say."""
        namespace, name = pod.split("/")
        body: dict[str, Any] = {"preconditions": {"uid": uid}}
        if grace_seconds is not None:
            body["gracePeriodSeconds"] = grace_seconds
        answer = self._send("DELETE", f"/api/v1/namespaces/{namespace}/pods/{name}", body)
        return Answer.GONE if answer is Answer.CONFLICT else answer

    def annotate_pod(self, pod: str, notes: Mapping[str, str | None]) -> Answer:
        """Set annotations of a pod, or take them away."""
        namespace, name = pod.split("/")
        change = {"metadata": {"annotations": dict(notes)}}
        return self._send("PATCH", f"/api/v1/namespaces/{namespace}/pods/{name}", change)

    def annotate_claim(self, namespace: str, name: str, notes: Mapping[str, str]) -> Answer:
        """Set annotations of a PersistentVolumeClaim."""
        path = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims/{name}"
        return self._send("PATCH", path, {"metadata": {"annotations": dict(notes)}})

    def change_node(self, name: str, change: Callable[[Body], Body | None]) -> Answer:
        """Change a node as it is now; ``change`` returns a merge patch, or None for nothing to do.

        It is asked again with the node as it is then, where others changed it meanwhile.
        """
        path = f"/api/v1/nodes/{name}"
        answer = Answer.CONFLICT
        for _ in range(_TRIES):
            answer, node = self.read(path)
            if node is None:
                return answer
            wanted = change(node)
            if wanted is None:
                return Answer.DONE
            version = node["metadata"]["resourceVersion"]
            metadata = {**wanted.get("metadata", {}), "resourceVersion": version}
            answer = self._send("PATCH", path, {**wanted, "metadata": metadata})
            if answer is not Answer.CONFLICT:
                return answer
        return answer

    def delete_node(self, name: str, uid: str) -> Answer:
        """Delete a node."""
        return self._send("DELETE", f"/api/v1/nodes/{name}", {"preconditions": {"uid": uid}})

    def pods_on(self, node: str) -> frozenset[str] | None:
        """Return the namespace/name of pods on a node that have not ended; None if unknown."""
        _, found = self.read(f"/api/v1/pods?fieldSelector=spec.nodeName%3D{quote(node)}")
        if found is None:
            return None
        return frozenset(
            f"{item['metadata']['namespace']}/{item['metadata']['name']}"
            for item in found.get("items") or ()
            if (item.get("status") or {}).get("phase") not in _ENDED
        )

    def create_event(self, namespace: str, body: Body) -> Answer:
        """Create an Event; CONFLICT where there is one of its name."""
        return self._send("POST", f"/api/v1/namespaces/{namespace}/events", body)

    def patch_event(self, namespace: str, name: str, change: Body) -> Answer:
        """Change an Event; GONE where there is none."""
        return self._send("PATCH", f"/api/v1/namespaces/{namespace}/events/{name}", change)

    def create(self, path: str, body: Body) -> Answer:
        """Create an object; CONFLICT where there is one of its name."""
        return self._send("POST", path, body)

    def replace(self, path: str, body: Body) -> Answer:
        """Replace an object; CONFLICT where somebody changed it since its version."""
        return self._send("PUT", path, body)

    def read(self, path: str) -> tuple[Answer, Any]:
        """Return what became of it, and an object as it is; None where it cannot be read."""
        return self._asked("GET", path, None)

    def _send(self, method: str, path: str, body: Body) -> Answer:
        return self._asked(method, path, body)[0]

    def _asked(self, method: str, path: str, body: Body | None) -> tuple[Answer, Any]:
        """Send a request; return what became of it, and the object that was answered."""
        if not self._may_act():
            return Answer.HELD_BACK, None
        headers = _MERGE if method == "PATCH" else {"content-type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        try:
            answer = self._reach.client.request(
                method, path, content=content, headers=headers, extensions=self._reach.extensions
            )
        except Exception as problem:  # of the network, of a credential plugin, of a closed client
            self._tell(f"{method} {path}: {shortened(str(problem)) or type(problem).__name__}")
            return Answer.FAILED, None
        if answer.is_success:
            return Answer.DONE, _decoded(answer.content) if method == "GET" else None
        became = _ANSWERS.get(answer.status_code, Answer.FAILED)
        if became in (Answer.FAILED, Answer.FORBIDDEN):
            said = shortened(answer.content.decode(errors="replace"))
            self._tell(f"{method} {path}: {answer.status_code} {said}")
        return became, None


def _decoded(content: bytes) -> Any:
    """Return the object of an answer; None for what is not one."""
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
