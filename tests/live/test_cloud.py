"""The cloud's facts and faults do what they say, to a boto3 client."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from kubestow.adapters.aws.instance_status import (
    SYSTEM,
    FailedCheck,
    InstanceTrouble,
    StatusChecks,
)
from kubestow.model.instance_type import NANO_USD, ON_DEMAND, SPOT

from .cloud import LiveCloud

A, B = "ap-northeast-2a", "ap-northeast-2b"
LARGE, XLARGE = "m5.large", "m5.xlarge"


@pytest.fixture
def ec2(aws: LiveCloud) -> Any:
    aws.exhausted.clear()
    client = aws.client("ec2")
    if not client.describe_launch_templates()["LaunchTemplates"]:
        image = {"ImageId": aws.images["eks", "x86_64"]}
        client.create_launch_template(LaunchTemplateName="template", LaunchTemplateData=image)
    return client


def fleet(
    ec2: Any,
    *choices: tuple[str, str],
    spot: bool = False,
    template: str = "template",
    **more: Any,
) -> Any:
    specification = {"LaunchTemplateName": template, "Version": "$Latest"}
    offered = [{"InstanceType": kind, "AvailabilityZone": zone} for kind, zone in choices]
    return ec2.create_fleet(
        Type="instant",
        LaunchTemplateConfigs=[
            {"LaunchTemplateSpecification": specification, "Overrides": offered}
        ],
        TargetCapacitySpecification={
            "TotalTargetCapacity": 1,
            "DefaultTargetCapacityType": SPOT if spot else ON_DEMAND,
        },
        **more,
    )


def launched(answer: Any) -> list[str]:
    return [name for item in answer["Instances"] for name in item["InstanceIds"]]


def where(ec2: Any, answer: Any) -> tuple[str, str, str]:
    found = ec2.describe_instances(InstanceIds=launched(answer))["Reservations"][0]["Instances"][0]
    zone = found["Placement"]["AvailabilityZone"]
    return found["InstanceType"], zone, found.get("InstanceLifecycle", ON_DEMAND)


def test_a_client_token_launches_once(ec2: Any) -> None:
    first = fleet(ec2, (LARGE, A), ClientToken="claim-1")
    assert launched(fleet(ec2, (LARGE, A), ClientToken="claim-1")) == launched(first)
    assert launched(fleet(ec2, (LARGE, A), ClientToken="claim-2")) != launched(first)
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        fleet(ec2, (LARGE, B), ClientToken="claim-1")


def test_a_fleet_takes_its_cheapest_pool(ec2: Any, aws: LiveCloud) -> None:
    assert where(ec2, fleet(ec2, (XLARGE, A), (LARGE, B))) == (LARGE, B, ON_DEMAND)
    aws.prices[XLARGE, A, SPOT] = 1
    assert where(ec2, fleet(ec2, (LARGE, B), (XLARGE, A), spot=True)) == (XLARGE, A, SPOT)


@pytest.mark.parametrize("spot", [False, True])
@pytest.mark.parametrize("in_interface", [False, True])
def test_instances_of_a_fleet_have_the_security_groups_of_their_template(
    ec2: Any, spot: bool, in_interface: bool
) -> None:
    name = f"grouped-{spot}-{in_interface}"
    groups = [
        ec2.create_security_group(GroupName=f"{name}-{each}", Description="nodes")["GroupId"]
        for each in "ab"
    ]
    said: dict[str, Any] = {"SecurityGroupIds": groups}
    if in_interface:
        said = {"NetworkInterfaces": [{"DeviceIndex": 0, "Groups": groups}]}
    image = ec2.describe_images()["Images"][0]["ImageId"]
    ec2.create_launch_template(
        LaunchTemplateName=name, LaunchTemplateData={"ImageId": image, **said}
    )
    made = launched(fleet(ec2, (LARGE, A), spot=spot, template=name))
    found = ec2.describe_instances(InstanceIds=made)["Reservations"][0]["Instances"][0]
    assert sorted(item["GroupId"] for item in found["SecurityGroups"]) == sorted(groups)


def test_an_exhausted_pool_is_passed_over_and_named(ec2: Any, aws: LiveCloud) -> None:
    aws.exhausted.add((LARGE, A, ON_DEMAND))
    answer = fleet(ec2, (LARGE, A), (XLARGE, B))
    assert where(ec2, answer) == (XLARGE, B, ON_DEMAND)
    (failure,) = answer["Errors"]
    assert failure["ErrorCode"] == "InsufficientInstanceCapacity"
    named = failure["LaunchTemplateAndOverrides"]["Overrides"]
    assert (named["InstanceType"], named["AvailabilityZone"]) == (LARGE, A)
    assert failure["Lifecycle"] == ON_DEMAND
    assert where(ec2, fleet(ec2, (LARGE, A), spot=True)) == (LARGE, A, SPOT)


def test_a_fleet_of_exhausted_pools_launches_nothing_until_one_has_capacity(
    ec2: Any, aws: LiveCloud
) -> None:
    aws.exhausted |= {(LARGE, A, SPOT), (LARGE, B, SPOT)}
    answer = fleet(ec2, (LARGE, A), (LARGE, B), spot=True, ClientToken="claim-3")
    assert not answer["Instances"]
    assert len(answer["Errors"]) == 2
    aws.exhausted.discard((LARGE, B, SPOT))
    answer = fleet(ec2, (LARGE, A), (LARGE, B), spot=True, ClientToken="claim-3")
    assert where(ec2, answer) == (LARGE, B, SPOT)


def test_an_instance_alone_is_refused_where_its_pool_is_exhausted(ec2: Any, aws: LiveCloud) -> None:
    aws.exhausted.add((LARGE, A, ON_DEMAND))
    asked = {"ImageId": aws.images["eks", "x86_64"], "InstanceType": LARGE}
    with pytest.raises(ClientError, match="InsufficientInstanceCapacity"):
        ec2.run_instances(**asked, Placement={"AvailabilityZone": A}, MinCount=1, MaxCount=1)
    ec2.run_instances(**asked, Placement={"AvailabilityZone": B}, MinCount=1, MaxCount=1)


def test_a_type_that_is_not_sold_is_refused(ec2: Any) -> None:
    with pytest.raises(ClientError, match="InvalidFleetConfiguration"):
        fleet(ec2, ("m5.nano", A))


def test_spot_prices_are_those_given(ec2: Any, aws: LiveCloud) -> None:
    aws.prices[LARGE, A, SPOT] = NANO_USD // 25
    answer = ec2.describe_spot_price_history(
        InstanceTypes=[LARGE], Filters=[{"Name": "availability-zone", "Values": [A]}]
    )
    assert [item["SpotPrice"] for item in answer["SpotPriceHistory"]] == ["0.040000"]
    everything = ec2.describe_spot_price_history()["SpotPriceHistory"]
    assert len(everything) == sum(pool[2] == SPOT for pool in aws.prices)


def test_machine_images_are_named_by_parameters(ec2: Any, aws: LiveCloud) -> None:
    ssm = aws.client("ssm")
    path = "/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/arm64/standard/recommended"
    image = ssm.get_parameter(Name=f"{path}/image_id")["Parameter"]["Value"]
    (found,) = ec2.describe_images(ImageIds=[image])["Images"]
    assert "arm64" in found["Name"]
    names = ["/aws/service/bottlerocket/aws-k8s-1.34/x86_64/latest/image_id", "/none"]
    answer = ssm.get_parameters(Names=names)
    assert [item["Name"] for item in answer["Parameters"]] == names[:1]
    assert answer["InvalidParameters"] == ["/none"]


def test_everything_else_is_motos(ec2: Any) -> None:
    zones = {item["AvailabilityZone"] for item in ec2.describe_subnets()["Subnets"]}
    assert {A, B} <= zones


def test_instances_that_run_fail_status_checks_and_have_events(ec2: Any, aws: LiveCloud) -> None:
    since = datetime(2026, 11, 1, tzinfo=UTC)
    failing, retired, gone, _ = (launched(fleet(ec2, (LARGE, A)))[0] for _ in range(4))
    aws.statuses.impaired |= {failing: since, gone: since}
    aws.statuses.scheduled[retired] = "instance-retirement"
    ec2.terminate_instances(InstanceIds=[gone])
    assert StatusChecks(ec2, aws.region).troubled() == {
        failing: InstanceTrouble((FailedCheck(SYSTEM, int(since.timestamp())),)),
        retired: InstanceTrouble(events=("instance-retirement",)),
    }
    aws.statuses.impaired.clear()
    aws.statuses.scheduled.clear()
    assert StatusChecks(ec2, aws.region).troubled() == {}
