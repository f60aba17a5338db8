"""Fleets: one request is one launch, and every error says whether it may have been one."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from kubestow.adapters.aws.fence import HeldBackError
from kubestow.adapters.aws.fleets import (
    CLAIM_TAG,
    SETTINGS_TAG,
    FleetRequest,
    Fleets,
    MadeWith,
    UncertainLaunchError,
)
from kubestow.model.input_error import InputError

REQUEST = FleetRequest(("a", "b"), "pool", "m5.large", "us-east-1a", "on-demand", "template", "s-1")


def failure(code: str, status: int, operation: str = "CreateFleet") -> ClientError:
    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, operation)


class Ec2:
    """EC2 that answers as it is told to."""

    def __init__(self, *ids: str, errors: Any = (), fault: Exception | None = None) -> None:
        self.ids, self.errors, self.fault = ids, errors, fault
        self.asked: list[tuple[str, Any]] = []

    def create_fleet(self, **asked: Any) -> Any:
        self.asked.append(("fleet", asked))
        if self.fault is not None:
            raise self.fault
        return {"Instances": [{"InstanceIds": list(self.ids)}], "Errors": list(self.errors)}

    def create_tags(self, **asked: Any) -> None:
        self.asked.append(("tags", asked))
        raise failure("RequestLimitExceeded", 503, "CreateTags")

    def terminate_instances(self, InstanceIds: list[str]) -> None:  # noqa: N803 # boto3's
        self.asked.append(("end", InstanceIds))
        if "i-gone" in InstanceIds:
            raise failure("InvalidInstanceID.NotFound", 400, "TerminateInstances")

    def get_paginator(self, name: str) -> "Ec2":
        return self

    def paginate(self, **asked: Any) -> Any:
        item = {
            "InstanceId": "i-1", "InstanceType": "m5.large", "State": {"Name": "running"},
            "Placement": {"AvailabilityZone": "us-east-1a"}, "InstanceLifecycle": "spot",
            "LaunchTime": datetime(2026, 1, 1, tzinfo=UTC),
            "Tags": [{"Key": SETTINGS_TAG, "Value": "1-abc"}],
            "ImageId": "ami-1", "SubnetId": "subnet-1",
            "SecurityGroups": [{"GroupId": "sg-2"}, {"GroupId": "sg-1"}],
        }  # fmt: skip
        return [{"Reservations": [{"Instances": [item]}]}]


def fleets(ec2: Ec2, *, may_act: bool = True) -> Fleets:
    return Fleets(ec2, "us-east-1", "shop", lambda: may_act)


def test_instances_are_dealt_to_claims_although_tags_fail() -> None:
    ec2 = Ec2("i-2", "i-1")
    assert fleets(ec2).launch(REQUEST).instances == {"a": "i-1", "b": "i-2"}
    asked = ec2.asked[0][1]
    assert asked["ClientToken"] == REQUEST.token
    tags = {tag["Key"]: tag["Value"] for tag in asked["TagSpecifications"][0]["Tags"]}
    assert tags["kubestow.dev/cluster"] == "shop"
    assert CLAIM_TAG not in tags
    assert [name for name, _ in ec2.asked] == ["fleet", "tags", "tags"]


def test_spot_and_on_demand_have_the_strategies_of_karpenter() -> None:
    ec2 = Ec2("i-1", "i-2")
    fleets(ec2).launch(REQUEST)
    fleets(ec2).launch(replace(REQUEST, capacity_type="spot"))
    first, second = (asked for what, asked in ec2.asked if what == "fleet")
    assert first["OnDemandOptions"] == {"AllocationStrategy": "lowest-price"}
    assert second["SpotOptions"] == {"AllocationStrategy": "price-capacity-optimized"}
    assert {first["Type"], second["Type"]} == {"instant"}


def test_a_fleet_that_is_not_whole_tells_whether_it_lacks_capacity() -> None:
    lacking = [{"ErrorCode": "InsufficientInstanceCapacity", "ErrorMessage": "none"}]
    answer = fleets(Ec2("i-1", errors=lacking)).launch(REQUEST)
    assert (dict(answer.instances), answer.lacks_capacity) == ({"a": "i-1"}, True)
    wrong = [{"ErrorCode": "InvalidParameterValue", "ErrorMessage": "no such image"}]
    answer = fleets(Ec2(errors=wrong)).launch(REQUEST)
    assert (answer.lacks_capacity, answer.message) == (
        False, "InvalidParameterValue: no such image"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "is_uncertain"),
    [
        (failure("InternalError", 500), True),
        (ReadTimeoutError(endpoint_url="x"), True),
        (ResponseParserError("a page of a proxy"), True),
        (ConnectTimeoutError(endpoint_url="x"), False),
        (failure("RequestLimitExceeded", 503), False),
        (failure("UnauthorizedOperation", 403), False),
        (failure("InvalidLaunchTemplateName.NotFoundException", 400), False),
    ],
)
def test_an_error_tells_whether_the_launch_may_have_happened(
    fault: Exception, is_uncertain: bool
) -> None:
    with pytest.raises(InputError) as raised:
        fleets(Ec2(fault=fault)).launch(REQUEST)
    assert isinstance(raised.value, UncertainLaunchError) == is_uncertain


def test_what_is_encoded_anew_in_each_answer_is_not_told() -> None:
    said = "You are not authorized. Encoded authorization failure message: abc123"
    ec2 = Ec2(errors=[{"ErrorCode": "UnauthorizedOperation", "ErrorMessage": said}])
    assert fleets(ec2).launch(REQUEST).message == "UnauthorizedOperation: You are not authorized."


def test_nothing_is_sent_by_who_may_not_act() -> None:
    ec2 = Ec2("i-1")
    with pytest.raises(HeldBackError):
        fleets(ec2, may_act=False).launch(REQUEST)
    with pytest.raises(HeldBackError):
        fleets(ec2, may_act=False).end(["i-1"])
    assert ec2.asked == []


def test_instances_that_are_gone_keep_no_other_from_ending() -> None:
    ec2 = Ec2()
    fleets(ec2).end(["i-1", "i-gone"])
    assert [ids for _, ids in ec2.asked] == [["i-1", "i-gone"], ["i-1"], ["i-gone"]]


def test_an_instance_without_a_claim_is_its_own() -> None:
    (own,) = fleets(Ec2()).own()
    assert (own.claim, own.capacity_type, own.is_ending) == ("i-1", "spot", False)
    assert own.made_with == MadeWith("ami-1", "subnet-1", ("sg-1", "sg-2"), "1-abc")


def test_the_same_request_has_the_same_token_and_another_has_another() -> None:
    same = replace(REQUEST)
    assert same.token == REQUEST.token
    assert len(REQUEST.token) <= 64
    other = replace(REQUEST, claims=("a",))
    assert other.token != REQUEST.token


def test_a_launch_that_is_cut_off_between_attempts_may_have_happened() -> None:
    with pytest.raises(UncertainLaunchError):
        fleets(Ec2(fault=HeldBackError("held back", hint=""))).launch(REQUEST)


def test_tags_that_are_held_back_do_not_undo_a_launch(monkeypatch: pytest.MonkeyPatch) -> None:
    def held(self: Ec2, **asked: Any) -> None:
        raise HeldBackError("held back", hint="")

    monkeypatch.setattr(Ec2, "create_tags", held)
    assert fleets(Ec2("i-2", "i-1")).launch(REQUEST).instances == {"a": "i-1", "b": "i-2"}
