"""A bug report: the snapshot, the rejected plan and its violations.

It holds everything a maintainer needs to replay the plan, and nothing else from the user's files.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import msgspec

from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot


def bug_report(snapshot: Snapshot, plan: Plan, violations: Sequence[object]) -> bytes:
    """Return the report as JSON."""
    cluster = snapshot.cluster
    plain: dict[str, Any] = asdict(replace(cluster, claims={}))
    plain["claims"] = [asdict(claim) for claim in cluster.claims.values()]
    document = {
        "kind": "BugReport",
        "violations": [str(v) for v in violations],
        "region": snapshot.catalog.region,
        "sources": snapshot.catalog.sources,
        "costs": snapshot.catalog.costs,
        "networking": snapshot.networking,
        "cluster": plain,
        "plan": plan,
    }
    return msgspec.json.format(msgspec.json.encode(document, enc_hook=_plain), indent=1)


def _plain(value: object) -> object:
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise NotImplementedError(f"cannot write {type(value).__name__}")
