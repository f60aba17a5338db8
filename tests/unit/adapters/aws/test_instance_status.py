"""What DescribeInstanceStatus answers, and how it is asked."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from kubestow.adapters.aws.instance_status import (
    INSTANCE,
    SYSTEM,
    FailedCheck,
    InstanceTrouble,
    StatusChecks,
)
from kubestow.model.input_error import InputError

REGION = "eu-west-1"
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
FAILED = {"Name": "reachability", "Status": "failed", "ImpairedSince": SINCE}
IMPAIRED = {"Status": "impaired", "Details": [FAILED]}
OK = {"Status": "ok", "Details": [{"Name": "reachability", "Status": "passed"}]}
FILTERS = {
    "instance-status.status": ["impaired"],
    "system-status.status": ["impaired"],
    "event.code": [
        "instance-reboot", "instance-retirement", "instance-stop", "system-maintenance",
        "system-reboot",
    ],
}  # fmt: skip


@pytest.fixture
def stub() -> Iterator[Stubber]:
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    with Stubber(boto3.client("ec2", region_name=REGION, **keys)) as made:
        yield made


def status(name: str, **parts: Any) -> dict[str, Any]:
    return {"InstanceId": name, "SystemStatus": OK, "InstanceStatus": OK, **parts}


def answer(stub: Stubber, *pages: dict[str, Any]) -> dict[str, InstanceTrouble]:
    """Return what is told where the filters are answered with these, one after the other.

    The stub refuses any request but those.
    """
    for (name, values), page in zip(FILTERS.items(), pages, strict=True):
        asked = {"Filters": [{"Name": name, "Values": values}], "MaxResults": 1_000}
        stub.add_response("describe_instance_status", page, asked)
    found = StatusChecks(stub.client, REGION).troubled()
    stub.assert_no_pending_responses()
    return found


def only(*found: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    empty: dict[str, Any] = {"InstanceStatuses": []}
    return {"InstanceStatuses": list(found)}, empty, empty


def test_three_requests_tell_of_all_that_are_troubled(stub: Stubber) -> None:
    found = answer(
        stub,
        {"InstanceStatuses": [status("i-1", InstanceStatus=IMPAIRED)]},
        {"InstanceStatuses": [status("i-2", SystemStatus=IMPAIRED)]},
        {"InstanceStatuses": [status("i-3", Events=[{"Code": "instance-retirement"}])]},
    )
    since = int(SINCE.timestamp())
    assert found == {
        "i-1": InstanceTrouble((FailedCheck(INSTANCE, since),)),
        "i-2": InstanceTrouble((FailedCheck(SYSTEM, since),)),
        "i-3": InstanceTrouble(events=("instance-retirement",)),
    }


def test_pages_are_followed(stub: Stubber) -> None:
    first = {"Filters": [{"Name": "instance-status.status", "Values": ["impaired"]}],
             "MaxResults": 1_000}  # fmt: skip
    bad = {"InstanceStatuses": [status("i-1", InstanceStatus=IMPAIRED)], "NextToken": "more"}
    stub.add_response("describe_instance_status", bad, first)
    more = {"InstanceStatuses": [status("i-2", InstanceStatus=IMPAIRED)]}
    stub.add_response("describe_instance_status", more, {**first, "NextToken": "more"})
    for _ in range(2):
        stub.add_response("describe_instance_status", {"InstanceStatuses": []})
    assert sorted(StatusChecks(stub.client, REGION).troubled()) == ["i-1", "i-2"]


@pytest.mark.parametrize("said", ["[Completed] it ran", "[Canceled] it will not"])
def test_what_is_over_is_not_at_risk(stub: Stubber, said: str) -> None:
    events = [{"Code": "system-reboot", "Description": said}]
    assert answer(stub, *only(status("i-1", Events=events))) == {}


@pytest.mark.parametrize("summary", ["initializing", "insufficient-data", "not-applicable"])
def test_an_instance_that_starts_or_has_no_data_is_not_troubled(
    stub: Stubber, summary: str
) -> None:
    assert answer(stub, *only(status("i-1", SystemStatus={"Status": summary}))) == {}


def test_disks_are_not_judged(stub: Stubber) -> None:
    assert answer(stub, *only(status("i-1", AttachedEbsStatus={"Status": "impaired"}))) == {}


def test_a_check_without_an_instant_has_none(stub: Stubber) -> None:
    bad = {"Status": "impaired", "Details": [{"Name": "reachability", "Status": "failed"}]}
    found = answer(stub, *only(status("i-1", SystemStatus=bad)))
    assert found["i-1"].failed == (FailedCheck(SYSTEM, None),)


def test_without_the_right_it_says_which_is_needed(stub: Stubber) -> None:
    stub.add_client_error("describe_instance_status", "UnauthorizedOperation")
    with pytest.raises(InputError, match="not allowed to call ec2:DescribeInstanceStatus") as error:
        StatusChecks(stub.client, REGION).troubled()
    assert "needs the IAM actions ec2:DescribeInstanceStatus" in error.value.hint
