"""What annotations and volumes of a pod, or of a pod template, say about its eviction.

What the originals ignore is ignored, and named; values are not repeated. Sources:
kubernetes-sigs/karpenter v1.14 pkg/utils/pod/scheduling.go (IsDoNotDisruptActive: "true" for good,
a positive Go duration from the pod's status.startTime on, anything else as if it were not there);
kubernetes/autoscaler 1.36 cluster-autoscaler/utils/drain/drain.go (HasSafeToEvictAnnotation,
HasBlockingLocalStorage, which splits its list at commas and trims nothing).
"""

import re
from collections.abc import Iterable, Mapping

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import wire
from kubestow.model.eviction_prices import USD_MAX, nano_usd_of
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.labels import (
    DO_NOT_DISRUPT,
    DO_NOT_EVICT,
    EVICTION_COST,
    SAFE_LOCAL_VOLUMES,
    SAFE_TO_EVICT,
)

Odd = list[tuple[str, str]]
"""Fields of valid values that are hardly meant, and what becomes of them."""
_UNITS = {
    "ns": 1, "us": 10**3, "\u00b5s": 10**3, "\u03bcs": 10**3, "ms": 10**6, "s": 10**9,
    "m": 60 * 10**9, "h": 3_600 * 10**9,
}  # fmt: skip
_PART = re.compile(r"(\d{0,20})(?:\.(\d{0,20}))?(ns|us|\u00b5s|\u03bcs|ms|s|m|h)", re.ASCII)
_NANOSECONDS_MAX = 2**63 - 1  # of Go's time.Duration: 292 years
_SECOND = 10**9
_TRUTHS = {"true": True, "false": False}


def eviction_terms(
    annotations: Mapping[str, str] | None,
    volumes: Iterable[wire.Volume] | None,
    path: str,
    odd: Odd,
) -> EvictionTerms | None:
    """Read the terms of a pod whose metadata is at ``path``; None if nothing is said.

    Adds values that have no effect to ``odd``; raises FieldError for a bad eviction-cost.
    """
    notes = annotations or {}
    always, seconds = _do_not_disrupt(notes, path, odd)
    terms = EvictionTerms(
        always or notes.get(DO_NOT_EVICT) == "true",
        seconds,
        _safe_to_evict(notes, path, odd),
        _local_volumes(notes, volumes or (), path, odd),
        _price(notes, path),
    )
    return None if terms == _NOTHING else terms


_NOTHING = EvictionTerms()


def _do_not_disrupt(notes: Mapping[str, str], path: str, odd: Odd) -> tuple[bool, int | None]:
    text = notes.get(DO_NOT_DISRUPT)
    if text is None or text in _TRUTHS:
        return text == "true", None
    seconds = go_seconds(text)
    if seconds is None:
        said = 'is neither "true" nor a duration such as "30m": Karpenter ignores it'
        odd.append((f"{path}.annotations.{DO_NOT_DISRUPT}", said))
    return False, seconds


def go_seconds(text: str) -> int | None:
    """Return a positive Go duration in seconds, rounded up; None for anything else.

    Source: time.ParseDuration (Go 1.24).
    """
    rest, nanoseconds = text.removeprefix("+"), 0
    while rest:
        part = _PART.match(rest)
        if part is None or not (part[1] or part[2]):
            return None
        unit, decimals = _UNITS[part[3]], part[2] or ""
        nanoseconds += int(part[1] or "0") * unit
        nanoseconds += int(decimals or "0") * unit // 10 ** len(decimals)
        rest = rest[part.end() :]
    return -(-nanoseconds // _SECOND) if 0 < nanoseconds <= _NANOSECONDS_MAX else None


def _safe_to_evict(notes: Mapping[str, str], path: str, odd: Odd) -> bool | None:
    text = notes.get(SAFE_TO_EVICT)
    if text is not None and text not in _TRUTHS:
        said = 'is neither "true" nor "false": Cluster Autoscaler ignores it'
        odd.append((f"{path}.annotations.{SAFE_TO_EVICT}", said))
    return None if text is None else _TRUTHS.get(text)


def _local_volumes(
    notes: Mapping[str, str], volumes: Iterable[wire.Volume], path: str, odd: Odd
) -> tuple[str, ...]:
    safe = notes.get(SAFE_LOCAL_VOLUMES, "").split(",")
    for name in safe:
        if name != name.strip():
            said = "has a space beside a name: Cluster Autoscaler finds no volume of that name"
            odd.append((f"{path}.annotations.{SAFE_LOCAL_VOLUMES}", said))
    return tuple(v.name for v in volumes if _is_local(v) and v.name not in safe)


def _is_local(volume: wire.Volume) -> bool:
    if volume.host_path is not None:
        return True
    return volume.empty_dir is not None and volume.empty_dir.get("medium") != "Memory"


def _price(notes: Mapping[str, str], path: str) -> int | None:
    text = notes.get(EVICTION_COST)
    if text is None:
        return None
    nano = nano_usd_of(text)
    if nano is None:
        raise FieldError(
            f"{path}.annotations.{EVICTION_COST}", "is not a price in USD",
            f'write a decimal number from 0 to {USD_MAX}, such as "0.05"',
        )  # fmt: skip
    return nano
