"""What EC2 tells of instances and spot prices, asked of moto."""

from typing import Any

import boto3
import pytest
from moto import mock_aws

from kubestow.adapters.aws.instances import current_spot_prices, running_instances
from kubestow.adapters.catalog_files import load_catalog
from kubestow.catalog.current_spot import with_current_spot
from kubestow.live.cloud import Ec2Cloud
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import SPOT

REGION = "ap-northeast-2"


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("ec2", region_name=REGION)


def launch(ec2: Any, count: int, **more: Any) -> list[str]:
    image = ec2.describe_images()["Images"][0]["ImageId"]
    answer = ec2.run_instances(
        ImageId=image, InstanceType="m5.large", MinCount=count, MaxCount=count, **more
    )
    return [item["InstanceId"] for item in answer["Instances"]]


def test_instances_are_told_by_their_ids(ec2: Any) -> None:
    ids = launch(ec2, 2)
    found = running_instances(ec2, REGION, [*ids, "i-0123456789abcdef0"])
    assert sorted(found) == sorted(ids), "one that is gone is no error"
    assert {item.instance_type for item in found.values()} == {"m5.large"}
    assert {item.capacity_type for item in found.values()} == {"on-demand"}
    assert all(item.zone.startswith(REGION) and item.launched_at for item in found.values())


def test_spot_instances_are_told_as_such(ec2: Any) -> None:
    (own,) = launch(ec2, 1, InstanceMarketOptions={"MarketType": "spot"})
    assert running_instances(ec2, REGION, [own])[own].capacity_type == SPOT


def test_more_than_a_filter_takes_are_asked_in_parts(ec2: Any) -> None:
    ids = launch(ec2, 5)
    unknown = [f"i-{number:017x}" for number in range(450)]
    assert sorted(running_instances(ec2, REGION, [*unknown, *ids])) == sorted(ids)


class Answering:
    """A client whose paginators answer what they are told."""

    def __init__(self, **pages: list[dict[str, Any]]) -> None:
        self._pages = pages

    def get_paginator(self, name: str) -> Any:
        pages = self._pages[name]
        return type("Pages", (), {"paginate": staticmethod(lambda **_: iter(pages))})


def test_an_answer_of_another_shape_is_told() -> None:
    odd = Answering(describe_instances=[{"Reservations": [{"Instances": [{"odd": 1}]}]}])
    with pytest.raises(InputError, match="DescribeInstances"):
        running_instances(odd, REGION, ["i-1"])


def test_current_spot_prices_become_the_catalogs() -> None:
    from datetime import UTC, datetime

    record = {
        "InstanceType": "m5.large",
        "AvailabilityZone": "ap-northeast-2a",
        "SpotPrice": "0.0123",
        "Timestamp": datetime(2026, 11, 29, tzinfo=UTC),
    }
    ec2 = Answering(describe_spot_price_history=[{"SpotPriceHistory": [record]}])
    prices = current_spot_prices(ec2, REGION)
    assert prices == {("m5.large", "ap-northeast-2a"): 12_300_000}
    before = load_catalog(REGION)
    after = with_current_spot(before, prices, "now")
    here = ("m5.large", "ap-northeast-2a", SPOT)
    assert after.prices()[here] == 12_300_000
    same = {key: nano for key, nano in after.prices().items() if key != here}
    assert same == {key: nano for key, nano in before.prices().items() if key != here}
    assert after.sources[-1] == "now"


def test_what_cannot_be_asked_at_first_is_an_error() -> None:
    class Refusing:
        def get_paginator(self, name: str) -> Any:
            from botocore.exceptions import ClientError

            raise ClientError(
                {"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, "DescribeX"
            )

    cloud = Ec2Cloud(Refusing(), REGION, lambda: 0)
    with pytest.raises(InputError):
        cloud.start()


def test_instances_are_asked_for_when_nodes_tell_of_them(ec2: Any) -> None:
    ids = launch(ec2, 1)
    cloud = Ec2Cloud(ec2, REGION, lambda: 1_795_000_000)
    cloud._ask()
    assert cloud.state(ids).instances == {}
    cloud._ask()
    assert list(cloud.state(ids).instances) == ids
