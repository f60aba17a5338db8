"""What is wrong with pods, found once for all that differ in their names alone.

The pods of a list are mostly the replicas of a few workloads. Of a name only matters whether it is
valid: whatever else is found is the same under any other.
"""

import hashlib
from typing import Any

import msgspec

from kubestow.adapters.documents import Document
from kubestow.adapters.kubernetes.known_fields import Findings, findings
from kubestow.adapters.kubernetes.validation.formats import SUBDOMAIN


class PodFindings:
    """The findings of pods, by what they are beside their names."""

    def __init__(self) -> None:
        self._known: dict[bytes, Findings] = {}

    def of(self, document: Document) -> Findings:
        """Return what is wrong with a pod, as ``findings`` does."""
        key = _nameless(document)
        if key is None:
            return findings(document)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = findings(document)
        return known


def _nameless(document: Document) -> bytes | None:
    """Return a digest of a pod without its name; None if that is not a valid one."""
    try:
        value: Any = msgspec.json.decode(document.json)
        name = value["metadata"].pop("name")
        is_valid = isinstance(name, str) and SUBDOMAIN.test(name)
    except (msgspec.DecodeError, RecursionError, LookupError, AttributeError, TypeError):
        return None
    if not is_valid:
        return None
    rest = msgspec.json.encode((document.api_version, value))
    return hashlib.blake2b(rest, digest_size=16).digest()
