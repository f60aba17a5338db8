"""Pods that cannot run, as text; pods with the same reasons share a paragraph."""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import UNSET, UnsetType

from kubestow.model.counted import counted
from kubestow.report.table import heading
from kubestow.views.plan_view import NearestMissView, UnschedulablePodView
from kubestow.views.reason_view import ReasonView, detail_text

_PODS_NAMED = 4


def unschedulable_lines(pods: Sequence[UnschedulablePodView]) -> Iterator[Any]:
    """Yield the pods that cannot run, and why."""
    if not pods:
        return
    yield heading(f"{counted(len(pods), 'pod')} cannot run")
    for items in alike(pods):
        named = ", ".join(item.pod for item in items[:_PODS_NAMED])
        more = f" and {len(items) - _PODS_NAMED} more" if len(items) > _PODS_NAMED else ""
        yield f"  {named}{more}"
        yield from (f"  {line}" for line in reason_lines(items[0].reasons))
        yield from (f"  {line}" for line in nearest_lines(items[0].nearest))
    yield ""


def alike(pods: Sequence[UnschedulablePodView]) -> list[list[UnschedulablePodView]]:
    """Group the pods that cannot run for the same reasons."""
    groups: dict[str, list[UnschedulablePodView]] = {}
    for item in pods:
        groups.setdefault(repr((item.reasons, item.nearest)), []).append(item)
    return list(groups.values())


def reason_lines(reasons: Sequence[ReasonView]) -> Iterator[str]:
    """Yield each reason, with its hint."""
    for reason in reasons:
        where = counted(reason.offerings, "offering")
        yield f"  - {reason.constraint}: {where}: {detail_text(reason.detail)}".rstrip(": ")
        if reason.detail.hint:
            yield f"    hint: {reason.detail.hint}"


def nearest_lines(nearest: NearestMissView | UnsetType) -> Iterator[str]:
    """Yield where a pod comes closest to fitting."""
    if not nearest or nearest.node is UNSET:
        return
    place = nearest.node or f"{nearest.instance_type} in {nearest.zone}"
    missing = nearest.short or {}
    short = ", ".join(f"{amount} {name} short" for name, amount in missing.items())
    refused = ", ".join(nearest.refused_by or ())
    why = "; ".join(part for part in (short, f"refused by {refused}" if refused else "") if part)
    yield f"  nearest: {place}" + (f": {why}" if why else "")
