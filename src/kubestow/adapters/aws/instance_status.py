"""What EC2's status checks say of instances, and what EC2 has scheduled for them.

Only troubled instances are asked for, by filters of EC2: three requests for each thousand of them,
however many there are. Checks of attached volumes are left out: they may be those of pods. Sources:
EC2 API reference, DescribeInstanceStatus (filters, 1,000 a page; events that are over are told of
for a week, with [Completed] or [Canceled] before their descriptions); EC2 user guide, "Status
checks for Amazon EC2 instances" (made each minute); karpenter-provider-aws,
pkg/providers/instancestatus of August 2026 (the same filters and codes of events).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from kubestow.adapters.aws.failures import Errand, aws_failures, known_shape

ACTING_IAM_ACTIONS = ("ec2:DescribeInstanceStatus",)
SYSTEM, INSTANCE = "SystemStatusCheck", "InstanceStatusCheck"
"""The checks, as conditions of a node."""
IMPAIRED = "Impaired"
_ERRAND = Errand(
    "asking for status checks",
    ACTING_IAM_ACTIONS,
    again="they are asked for again",
    meanwhile="without them nodes are judged by their conditions alone",
    credentials="give the pod a role, or set AWS_PROFILE",
)
_PAGE = 1_000
_CHECKS = {SYSTEM: "SystemStatus", INSTANCE: "InstanceStatus"}
_FAILED, _IMPAIRED = "failed", "impaired"
_EVENTS = (
    "instance-reboot", "instance-retirement", "instance-stop", "system-maintenance",
    "system-reboot",
)  # fmt: skip
_OVER = ("[Completed]", "[Canceled]")
_FILTERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("instance-status.status", (_IMPAIRED,)),
    ("system-status.status", (_IMPAIRED,)),
    ("event.code", _EVENTS),
)


class FailedCheck(NamedTuple):
    """A check that fails; ``since`` is in seconds since 1970, None where EC2 does not say."""

    check: str
    since: int | None


@dataclass(frozen=True, slots=True)
class InstanceTrouble:
    """What is wrong with an instance; ``events`` are the codes of what is scheduled for it."""

    failed: tuple[FailedCheck, ...] = ()
    events: tuple[str, ...] = ()


class StatusChecks:
    """Asks EC2 for the instances of a region that are troubled."""

    def __init__(self, ec2: Any, region: str) -> None:
        self._ec2, self._region = ec2, region

    def troubled(self) -> dict[str, InstanceTrouble]:
        """Return what is wrong by the ids of instances, also of those that are not the cluster's.

        Raise InputError where EC2 cannot be asked.
        """
        found: dict[str, InstanceTrouble] = {}
        with aws_failures(self._region, _ERRAND):
            for item in self._told():
                with known_shape("DescribeInstanceStatus", _ERRAND):
                    trouble = InstanceTrouble(tuple(_failed(item)), tuple(_events(item)))
                    if trouble != InstanceTrouble():
                        found[item["InstanceId"]] = trouble
        return found

    def _told(self) -> Iterator[Mapping[str, Any]]:
        """Yield what EC2 tells of each instance that any of the filters lets through.

        Filters of one request must all hold, so each is a request of its own.
        """
        pages = self._ec2.get_paginator("describe_instance_status")
        for name, values in _FILTERS:
            asked = [{"Name": name, "Values": list(values)}]
            for page in pages.paginate(Filters=asked, PaginationConfig={"PageSize": _PAGE}):
                yield from page.get("InstanceStatuses", ())


def _failed(item: Mapping[str, Any]) -> Iterator[FailedCheck]:
    """Yield each check that fails; an instance that starts or has no data has none."""
    for check, key in _CHECKS.items():
        summary = item.get(key) or {}
        if summary.get("Status") == _IMPAIRED:
            details = [d for d in summary.get("Details") or () if d.get("Status") == _FAILED]
            yield FailedCheck(check, _first(d.get("ImpairedSince") for d in details))


def _first(instants: Iterable[Any]) -> int | None:
    known = [int(instant.timestamp()) for instant in instants if instant is not None]
    return min(known, default=None)


def _events(item: Mapping[str, Any]) -> Iterator[str]:
    """Yield the codes of events that are not over."""
    for event in item.get("Events") or ():
        is_over = str(event.get("Description", "")).startswith(_OVER)
        if event.get("Code") in _EVENTS and not is_over:
            yield str(event["Code"])
