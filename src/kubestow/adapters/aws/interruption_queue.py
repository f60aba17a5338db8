"""The queue in which EventBridge tells of instances that EC2 is about to take away.

Sources: EC2 user guide, "Spot Instance interruption notices", "EC2 instance rebalance
recommendations" and "Instance state change events"; AWS Health user guide, "Amazon EventBridge
events" (AWS_EC2 scheduledChange); SQS API reference, ReceiveMessage (ten messages and 20 seconds at
most).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from kubestow.adapters.aws.clients import access
from kubestow.adapters.aws.failures import Errand, aws_failures, known_shape
from kubestow.model.input_error import InputError

ACTING_IAM_ACTIONS = ("sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage")
_ERRAND = Errand(
    "--interruption-queue",
    ACTING_IAM_ACTIONS,
    again="it is asked again",
    meanwhile="without it interruptions are noticed when instances are gone",
    credentials="set AWS_PROFILE, or give the pod a role",
)
_MESSAGES, _SECONDS = 10, 20
_NO_QUEUE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
_ENDING = ("stopping", "stopped", "shutting-down", "terminated")


class NoticeKind(StrEnum):
    """What is about to happen to an instance."""

    INTERRUPTED = "interrupted"
    AT_RISK = "at risk"
    SCHEDULED = "scheduled"
    ENDING = "ending"


@dataclass(frozen=True, slots=True)
class InstanceNotice:
    """What a message tells of an instance."""

    kind: NoticeKind
    instance_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """A message: what it tells, which may be nothing, and how it is deleted."""

    notices: tuple[InstanceNotice, ...]
    receipt: str


class InterruptionQueue:
    """A queue of messages by its name."""

    def __init__(self, sqs: Any, region: str, name: str) -> None:
        """Raise InputError where there is no such queue, or it cannot be asked."""
        from botocore.exceptions import ClientError

        self._sqs, self._region = sqs, region
        with aws_failures(region, _ERRAND):
            try:
                self._url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            except ClientError as problem:
                if problem.response.get("Error", {}).get("Code", "") not in _NO_QUEUE:
                    raise
                raise InputError(
                    f"--interruption-queue {name}: there is no such queue in {region}",
                    hint="give the name of the SQS queue that EventBridge sends EC2's events to",
                ) from problem

    def received(self, seconds: int = _SECONDS) -> list[QueueMessage]:
        """Wait for messages, so many seconds at most; raise InputError where it cannot be asked."""
        with aws_failures(self._region, _ERRAND):
            answer = self._sqs.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=_MESSAGES, WaitTimeSeconds=seconds
            )
            with known_shape("ReceiveMessage", _ERRAND):
                return [
                    QueueMessage(tuple(notices(item["Body"])), item["ReceiptHandle"])
                    for item in answer.get("Messages", ())
                ]

    def delete(self, messages: Iterable[QueueMessage]) -> None:
        """Delete messages that were heeded."""
        with aws_failures(self._region, _ERRAND):
            for item in messages:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=item.receipt)


def queue_of(
    region: str, name: str, may_act: Callable[[], bool] = lambda: True
) -> InterruptionQueue:
    """Return a queue; raise InputError where there is none.

    Messages are received and deleted only while that ``may_act``: who receives one hides it from
    others for a while.
    """
    sqs = access(region, _ERRAND).client("sqs", read_seconds=2 * _SECONDS, may_act=may_act)
    return InterruptionQueue(sqs, region, name)


def notices(body: str) -> Iterator[InstanceNotice]:
    """Yield what an event tells of instances; nothing for what is no such event."""
    try:
        event = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return
    if not isinstance(event, Mapping) or not isinstance(event.get("detail"), Mapping):
        return
    detail, kind = event["detail"], event.get("detail-type")
    own = detail.get("instance-id")
    if kind == "AWS Health Event":
        if detail.get("service") == "EC2" and detail.get("eventTypeCategory") == "scheduledChange":
            for entity in detail.get("affectedEntities") or ():
                name = str(entity.get("entityValue", "")) if isinstance(entity, Mapping) else ""
                if name.startswith("i-"):
                    yield InstanceNotice(NoticeKind.SCHEDULED, name, "scheduled change")
        return
    if not isinstance(own, str):
        return
    if kind == "EC2 Spot Instance Interruption Warning":
        yield InstanceNotice(NoticeKind.INTERRUPTED, own, "spot interruption")
    elif kind == "EC2 Capacity Reservation Instance Interruption Warning":
        yield InstanceNotice(NoticeKind.INTERRUPTED, own, "capacity reservation interruption")
    elif kind == "EC2 Instance Rebalance Recommendation":
        yield InstanceNotice(NoticeKind.AT_RISK, own, "rebalance recommendation")
    elif kind == "EC2 Instance State-change Notification" and detail.get("state") in _ENDING:
        yield InstanceNotice(NoticeKind.ENDING, own, str(detail["state"]))
