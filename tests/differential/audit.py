"""The audit log of an API server: who asked for what.

Law: it is read, never judged, here; a request that the server refused is in it too.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata"}],
}


_MOST_MEGABYTES = 20_000
"""Beyond it the server would go on in a new file; nothing of a run of hours may be missing."""


@dataclass(frozen=True)
class AuditedRequest:
    """One request. ``resource`` is as in apps/deployments or pods/eviction, or a path.

    ``at`` is when it was received, in seconds since 1970. ``namespace`` and ``name`` are those in
    its path, or empty. ``agent`` is what the client calls itself.
    """

    verb: str
    resource: str
    user: str
    status: int
    at: float = 0.0
    namespace: str = ""
    name: str = ""
    agent: str = ""


def flags(log: Path) -> list[str]:
    """Return the flags that let an API server record every request's metadata in a file."""
    policy = log.with_suffix(".policy.json")
    policy.write_text(json.dumps(_POLICY), encoding="utf-8")
    return [
        f"--audit-policy-file={policy}",
        f"--audit-log-path={log}",
        f"--audit-log-maxsize={_MOST_MEGABYTES}",
    ]


def read(log: Path, user: str = "") -> list[AuditedRequest]:
    """Return the requests of everybody, or of one user, in their order.

    A watch is recorded when it starts and when it ends, and is one request. A line that is still
    being written is left for the next time.
    """
    requests: dict[str, AuditedRequest] = {}
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            if not line.endswith("\n"):
                break
            if user and user not in line:
                continue
            event = json.loads(line)
            who = event["user"]["username"]
            if user in ("", who):
                status = event.get("responseStatus", {}).get("code", 0)
                reference = event.get("objectRef") or {}
                requests[event["auditID"]] = AuditedRequest(
                    event["verb"],
                    _resource(event),
                    who,
                    status,
                    _at(event),
                    reference.get("namespace", ""),
                    reference.get("name", ""),
                    event.get("userAgent", ""),
                )
    return list(requests.values())


def _resource(event: dict) -> str:
    reference = event.get("objectRef")
    if reference is None:
        return event["requestURI"].partition("?")[0]
    parts = (reference.get("apiGroup"), reference["resource"], reference.get("subresource"))
    return "/".join(part for part in parts if part)


def _at(event: dict) -> float:
    received = event["requestReceivedTimestamp"].replace("Z", "+00:00")
    return datetime.fromisoformat(received).timestamp()
