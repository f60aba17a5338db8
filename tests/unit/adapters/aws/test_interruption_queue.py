"""Events of EC2 and AWS Health, as EventBridge writes them, and what else a queue may hold."""

import json
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from kubestow.adapters.aws.fence import HeldBackError
from kubestow.adapters.aws.interruption_queue import (
    InterruptionQueue,
    NoticeKind,
    QueueMessage,
    notices,
    queue_of,
)
from kubestow.model.input_error import InputError

ID = "i-0123456789abcdef0"


def event(kind: str, **detail: Any) -> str:
    return json.dumps({"version": "0", "detail-type": kind, "source": "aws.ec2", "detail": detail})


HEALTH = {
    "service": "EC2",
    "eventTypeCategory": "scheduledChange",
    "affectedEntities": [{"entityValue": ID}, {"entityValue": "vol-1"}],
}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (event("EC2 Spot Instance Interruption Warning", **{"instance-id": ID}),
         NoticeKind.INTERRUPTED),
        (event("EC2 Capacity Reservation Instance Interruption Warning", **{"instance-id": ID}),
         NoticeKind.INTERRUPTED),
        (event("EC2 Instance Rebalance Recommendation", **{"instance-id": ID}), NoticeKind.AT_RISK),
        (event("AWS Health Event", **HEALTH), NoticeKind.SCHEDULED),
        (event("EC2 Instance State-change Notification",
               **{"instance-id": ID, "state": "stopping"}), NoticeKind.ENDING),
    ],
)  # fmt: skip
def test_each_event_tells_of_its_instance(body: str, kind: NoticeKind) -> None:
    (found,) = notices(body)
    assert (found.kind, found.instance_id) == (kind, ID)


@pytest.mark.parametrize(
    "body",
    [
        "not JSON", "[]", "{}", json.dumps({"detail": None}), json.dumps({"detail": {}}),
        event("EC2 Spot Instance Interruption Warning"),
        event("EC2 Instance State-change Notification", **{"instance-id": ID, "state": "running"}),
        event("AWS Health Event", **{**HEALTH, "service": "RDS"}),
        event("AWS Health Event", **{**HEALTH, "eventTypeCategory": "issue"}),
        event("Object Created", **{"instance-id": ID}),
    ],
)  # fmt: skip
def test_other_messages_tell_nothing(body: str) -> None:
    assert list(notices(body)) == []


class Sqs:
    """A queue with one message."""

    def __init__(self) -> None:
        self.deleted: list[str] = []

    def get_queue_url(self, **asked: str) -> dict[str, str]:
        if asked["QueueName"] != "queue":
            code = {"Error": {"Code": "AWS.SimpleQueueService.NonExistentQueue"}}
            raise ClientError(code, "GetQueueUrl")
        return {"QueueUrl": "url"}

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        assert asked["QueueUrl"] == "url"
        body = event("EC2 Spot Instance Interruption Warning", **{"instance-id": ID})
        return {"Messages": [{"Body": body, "ReceiptHandle": "r1"}]}

    def delete_message(self, **asked: str) -> None:
        self.deleted.append(asked["ReceiptHandle"])


def test_messages_are_received_and_deleted() -> None:
    sqs = Sqs()
    queue = InterruptionQueue(sqs, "us-east-1", "queue")
    (message,) = queue.received(0)
    assert [item.instance_id for item in message.notices] == [ID]
    assert sqs.deleted == []
    queue.delete([message])
    assert sqs.deleted == ["r1"]


def test_a_queue_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="no such queue in us-east-1"):
        InterruptionQueue(Sqs(), "us-east-1", "other")


def test_messages_are_asked_about_before_they_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "testing")
    send = BaseClient._make_api_call

    def sent(client: Any, operation: str, asked: Any) -> Any:
        if operation == "GetQueueUrl":
            return {"QueueUrl": "http://127.0.0.1:9/queue"}
        return send(client, operation, asked)

    monkeypatch.setattr(BaseClient, "_make_api_call", sent)
    queue = queue_of("us-east-1", "queue", lambda: False)
    with pytest.raises(HeldBackError):
        queue.received(0)
    with pytest.raises(HeldBackError):
        queue.delete([QueueMessage((), "r1")])
