"""How a NodePool's nodes are disrupted: spec.disruption, expireAfter and terminationGracePeriod.

Reads v1 and v1beta1, fills in the API server's defaults and rejects what it or Karpenter would
reject. v1beta1 has expireAfter in spec.disruption; Balanced is read as WhenEmptyOrUnderutilized.
Source: kubernetes-sigs/karpenter v1.14 pkg/apis/v1/nodepool.go, whose schedules are robfig/cron's
standard ones.
"""

import re
from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import karpenter_wire as wire
from kubestow.model.decision import DRIFTED, EMPTY, UNDERUTILIZED
from kubestow.model.nodepool import Disruption, NodeBudget
from kubestow.model.suggestion import did_you_mean

_WHEN_EMPTY = "WhenEmpty"
_POLICIES = {
    _WHEN_EMPTY: False,
    "WhenEmptyOrUnderutilized": True,
    "Balanced": True,
    "WhenUnderutilized": True,  # v1beta1
}
_REASONS = (UNDERUTILIZED, EMPTY, DRIFTED)
_NEVER = "Never"
_EXPIRE_AFTER = "720h"
_DURATION = re.compile(r"(\d+[smh])+", re.ASCII)
_WINDOW = re.compile(r"(\d+h\d+m|\d+[hm])(0s)?", re.ASCII)
_PART = re.compile(r"(\d+)([smh])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_NODES = re.compile(r"(100|\d{1,2})%|\d+", re.ASCII)
_NODES_MOST = 2**31 - 1
_CRON_FIELDS = 5
_MACROS = {
    "@annually": "0 0 1 1 *",
    "@yearly": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_NOT_STANDARD = re.compile(r"[L#W]|\s\S*(?<![\d/])7\S*$", re.ASCII)
"""Extensions of other cron programs: the last day, the nth weekday, Sunday as 7."""


def read_disruption(spec: wire.NodePoolSpec) -> Disruption:
    """Read a NodePool's disruption settings; raise FieldError for an invalid one."""
    disruption = spec.disruption or wire.DisruptionWire()
    policy = disruption.consolidation_policy or "WhenEmptyOrUnderutilized"
    if policy not in _POLICIES:
        raise FieldError(
            "spec.disruption.consolidationPolicy",
            f"unknown consolidation policy {policy!r}",
            did_you_mean(policy, _POLICIES) or "use WhenEmpty or WhenEmptyOrUnderutilized",
        )
    template = spec.template.spec if spec.template is not None else None
    field = "spec.template.spec.expireAfter"
    expire = None if template is None else template.expire_after
    if expire is None and disruption.expire_after is not None:
        field, expire = "spec.disruption.expireAfter", disruption.expire_after
    after = "0s" if disruption.consolidate_after is None else disruption.consolidate_after
    drain = None if template is None else template.termination_grace_period
    budgets = [wire.NodeBudgetWire()] if disruption.budgets is None else disruption.budgets
    return Disruption(
        _POLICIES[policy],
        seconds_or_never(after, "spec.disruption.consolidateAfter"),
        seconds_or_never(_EXPIRE_AFTER if expire is None else expire, field),
        tuple(_budget(b, f"spec.disruption.budgets[{n}]") for n, b in enumerate(budgets)),
        None if drain is None else _duration(drain, "spec.template.spec.terminationGracePeriod"),
    )


def seconds_or_never(text: str, field: str) -> int | None:
    """Read a duration in seconds, None for Never; raise FieldError for anything else."""
    if text == _NEVER:
        return None
    return _duration(text, field, ", or Never")


def _duration(text: str, field: str, otherwise: str = "") -> int:
    if not _DURATION.fullmatch(text):
        raise FieldError(
            field, f"{text!r} is not a duration",
            f"use hours, minutes and seconds, such as 1h30m{otherwise}",
        )  # fmt: skip
    return _seconds(text)


def _seconds(text: str) -> int:
    return sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))


def _budget(item: wire.NodeBudgetWire, field: str) -> NodeBudget:
    nodes = "10%" if item.nodes is None else item.nodes
    if not _NODES.fullmatch(nodes):
        raise FieldError(
            f"{field}.nodes", f"{nodes!r} is neither a number nor a percentage of nodes",
            "use a whole number, or 0% to 100%",
        )  # fmt: skip
    for reason in item.reasons or ():
        if reason not in _REASONS:
            raise FieldError(
                f"{field}.reasons", f"unknown disruption reason {reason!r}",
                did_you_mean(reason, _REASONS) or f"use {', '.join(_REASONS)}",
            )  # fmt: skip
    return NodeBudget(
        nodes if nodes.endswith("%") else min(int(nodes), _NODES_MOST),
        tuple(item.reasons or ()),
        *_window(item, field),
    )


def _window(item: wire.NodeBudgetWire, field: str) -> tuple[str, int]:
    """Return a budget's schedule and how many seconds each window lasts."""
    if item.schedule is None and item.duration is None:
        return "", 0
    if item.schedule is None or item.duration is None:
        there, lacks = ("duration", "schedule") if item.schedule is None else (
            "schedule", "duration",
        )  # fmt: skip
        raise FieldError(
            f"{field}.{there}", f"is set without a {lacks}",
            f"add a {lacks}, or remove the {there} so that the budget always applies",
        )  # fmt: skip
    if not _WINDOW.fullmatch(item.duration):
        raise FieldError(
            f"{field}.duration", f"{item.duration!r} is not a duration in hours and minutes",
            "use hours and minutes, such as 8h or 1h30m",
        )  # fmt: skip
    return _schedule(item.schedule, f"{field}.schedule"), _seconds(item.duration)


def _schedule(text: str, field: str) -> str:
    """Return a schedule as five fields."""
    meant = _MACROS.get(text, text).replace("?", "*")
    hint = "use minute, hour, day, month and weekday in UTC, such as '0 9 * * mon-fri'"
    if len(meant.split()) != _CRON_FIELDS:
        macro = did_you_mean(text, _MACROS) if text.startswith("@") else ""
        raise FieldError(
            field, f"{text!r} does not have the five fields of a cron schedule", macro or hint
        )
    if _NOT_STANDARD.search(meant.upper().replace("JUL", "")):
        raise FieldError(field, f"{text!r} is not a schedule that Karpenter supports", hint)
    try:
        first = next(CronSim(meant, datetime(2024, 1, 1, tzinfo=UTC)), None)
    except CronSimError as problem:
        raise FieldError(field, f"{text!r} is not a schedule: {problem}", hint) from problem
    if first is None:
        raise FieldError(field, f"{text!r} matches no date", hint)
    return meant
