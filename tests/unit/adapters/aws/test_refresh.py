from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from tests.unit.adapters.aws.price_list import REGION, product

from kubestow.adapters.aws.refresh import (
    IAM_ACTIONS,
    CatalogClients,
    make_clients,
    refresh,
)
from kubestow.adapters.catalog_files import load_catalog, refreshed_path, save_refreshed
from kubestow.adapters.catalog_offers import RegionFile
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import ON_DEMAND, SPOT

pytestmark = pytest.mark.usefixtures("aws")

AT = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)


FEW = ["m5.large", "t3.2xlarge", "t3.xlarge", "t3a.2xlarge", "t4g.2xlarge"]
PRICE_LIST = [
    [product("t3.xlarge", "0.2080000000"), product("t3a.2xlarge", "0.3744000000")],
    [product("t4g.2xlarge", "0.3328000000"), product("t3.2xlarge", "0.0000000000")],
]
SPOT_HISTORY = [
    ("t3.xlarge", "ap-northeast-2a", "0.067100", 5),
    ("t3.xlarge", "ap-northeast-2a", "0.067500", 6),
    ("t3.xlarge", "ap-northeast-2c", "0.071200", 4),
    ("t3a.2xlarge", "ap-northeast-2a", "0.115000", 3),
]


class Paginator:
    """Gives pages that were recorded."""

    def __init__(self, pages: list[dict[str, Any]], asked: list[dict[str, Any]]) -> None:
        self.pages, self.asked = pages, asked

    def paginate(self, **question: Any) -> Iterator[dict[str, Any]]:
        self.asked.append(question)
        yield from self.pages


class RecordedEc2:
    """An EC2 client that gives recorded pages, and asks a live one for what was not recorded."""

    def __init__(self, pages: dict[str, list[dict[str, Any]]], live: Any = None) -> None:
        self.pages, self.live = pages, live
        self.asked: list[dict[str, Any]] = []

    def describe_availability_zones(self, **question: Any) -> Any:
        if self.live is not None:
            return self.live.describe_availability_zones(**question)
        return self.pages["describe_availability_zones"][0]

    def get_paginator(self, operation: str) -> Any:
        if operation in self.pages:
            return Paginator(self.pages[operation], self.asked)
        return self.live.get_paginator(operation)


def spot_pages() -> list[dict[str, Any]]:
    records = [
        {
            "InstanceType": name,
            "AvailabilityZone": zone,
            "SpotPrice": price,
            "ProductDescription": "Linux/UNIX",
            "Timestamp": datetime(2026, 11, 22, hour, tzinfo=UTC),
        }
        for name, zone, price, hour in SPOT_HISTORY
    ]
    return [{"SpotPriceHistory": records[:1]}, {"SpotPriceHistory": records[1:]}]


def recorded_pricing(pages: list[list[str]]) -> Any:
    """Return a real pricing client that answers with recorded pages, questions checked."""
    from botocore.stub import Stubber

    client = boto3.client("pricing", region_name="us-east-1")
    stubber = Stubber(client)
    fields = {"regionCode": REGION, "operatingSystem": "Linux", "preInstalledSw": "NA",
              "tenancy": "Shared", "capacitystatus": "Used"}  # fmt: skip
    question = {
        "ServiceCode": "AmazonEC2",
        "FormatVersion": "aws_v1",
        "Filters": [
            {"Type": "TERM_MATCH", "Field": field, "Value": wanted}
            for field, wanted in fields.items()
        ],
    }
    for number, page in enumerate(pages):
        following = {"NextToken": str(number + 1)} if number + 1 < len(pages) else {}
        token = {"NextToken": str(number)} if number else {}
        answer = {"FormatVersion": "aws_v1", "PriceList": page} | following
        stubber.add_response("get_products", answer, question | token)
    stubber.activate()
    return client


@pytest.fixture(scope="module")
def live_ec2(endpoint: str) -> Any:
    return boto3.client(
        "ec2",
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


@pytest.fixture(scope="module")
def few_types(live_ec2: Any) -> dict[str, list[dict[str, Any]]]:
    """Record the server's answers about a few types, two pages each."""
    types = live_ec2.describe_instance_types(InstanceTypes=FEW)["InstanceTypes"]
    sold = live_ec2.describe_instance_type_offerings(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": FEW}]
    )["InstanceTypeOfferings"]
    return {
        "describe_availability_zones": [live_ec2.describe_availability_zones()],
        "describe_instance_types": [{"InstanceTypes": types[:2]}, {"InstanceTypes": types[2:]}],
        "describe_instance_type_offerings": [
            {"InstanceTypeOfferings": sold[:3]},
            {"InstanceTypeOfferings": sold[3:]},
        ],
        "describe_spot_price_history": spot_pages(),
    }


@pytest.fixture
def clients(few_types: dict[str, list[dict[str, Any]]]) -> CatalogClients:
    return CatalogClients(ec2=RecordedEc2(few_types), pricing=recorded_pricing(PRICE_LIST))


def silent(step: str, count: int) -> None:
    """Tell nobody."""


@pytest.fixture
def content(clients: CatalogClients) -> RegionFile:
    return refresh(REGION, clients, silent, at=AT)


def test_a_refreshed_catalog_loads_as_the_embedded_one_does(content: RegionFile) -> None:
    save_refreshed(content)
    catalog = load_catalog(REGION)
    t3 = [offering for offering in catalog.offerings if offering.instance_type == "t3.xlarge"]
    prices = {(o.zone[-1], o.capacity_type): o.price for o in t3}
    assert catalog.instance_types["t3.xlarge"].network_interfaces == 4
    quoted = prices["a", ON_DEMAND]
    assert quoted is not None
    assert (quoted.nano_usd_per_hour, quoted.is_estimate) == (208_000_000, False)
    assert quoted.source == "AWS Pricing GetProducts 2026-11-22"
    spot = prices["a", SPOT]
    assert spot is not None
    assert (spot.nano_usd_per_hour, spot.is_estimate) == (67_500_000, False)
    assert spot.source == "DescribeSpotPriceHistory 2026-11-22"
    assert prices["b", SPOT] is None
    assert content.sources[:3] == [
        "EC2 DescribeInstanceTypes 2026-11-22",
        "AWS Pricing GetProducts 2026-11-22",
        "DescribeSpotPriceHistory 2026-11-22",
    ]


def test_zones_carry_name_and_id(content: RegionFile) -> None:
    assert content.zones == sorted(content.zones)
    assert ("ap-northeast-2a", "apne2-az1") in content.zones


def test_everything_is_in_order_and_types_match_offers(content: RegionFile) -> None:
    names = [offer.type for offer in content.offers]
    assert names == sorted(names)
    assert [found.name for found in content.instance_types] == names
    assert all(offer.zones == sorted(set(offer.zones)) for offer in content.offers)


def test_a_type_without_a_price_stays_in_without_one(content: RegionFile) -> None:
    offers = {offer.type: offer for offer in content.offers}
    assert offers["t3.2xlarge"].on_demand is None
    assert offers["t3.2xlarge"].on_demand_source == ""
    assert offers["m5.large"].on_demand is None
    assert offers["m5.large"].spot == []


def test_service_prices_keep_their_provenance(content: RegionFile) -> None:
    embedded = load_catalog(REGION, embedded_only=True)
    assert tuple(content.service_prices) == embedded.service_prices
    assert any(
        "embedded" in source or "the embedded catalog" in source for source in content.sources
    )


def test_progress_is_told_step_by_step(clients: CatalogClients) -> None:
    told: list[tuple[str, int]] = []
    refresh(REGION, clients, lambda step, count: told.append((step, count)), at=AT)
    assert list(dict(told)) == [
        "availability zones",
        "instance types",
        "instance types on offer",
        "on-demand prices",
        "spot prices",
    ]
    assert dict(told)["on-demand prices"] == 3
    assert dict(told)["spot prices"] == 3


def test_only_current_linux_spot_prices_are_asked_for(clients: CatalogClients) -> None:
    refresh(REGION, clients, silent, at=AT)
    assert clients.ec2.asked[-1] == {"ProductDescriptions": ["Linux/UNIX"], "StartTime": AT}


def denied(operation: str, code: str) -> Exception:
    from botocore.exceptions import ClientError

    problem: Exception = ClientError({"Error": {"Code": code, "Message": "no,\n never"}}, operation)
    return problem


def failing(clients: CatalogClients, operation: str, problem: Exception) -> CatalogClients:
    """Return the clients with one operation failing after its first page."""

    class Failing:
        def __init__(self, client: Any) -> None:
            self.client = client

        def describe_availability_zones(self, **question: Any) -> Any:
            if operation == "describe_availability_zones":
                raise problem
            return self.client.describe_availability_zones(**question)

        def get_paginator(self, name: str) -> Any:
            paginator = self.client.get_paginator(name)
            if name != operation:
                return paginator

            class FirstPageOnly:
                def paginate(self, **question: Any) -> Iterator[Any]:
                    yield next(iter(paginator.paginate(**question)))
                    raise problem

            return FirstPageOnly()

    return CatalogClients(ec2=Failing(clients.ec2), pricing=Failing(clients.pricing))


@pytest.mark.parametrize(
    ("operation", "action", "code"),
    [
        ("describe_availability_zones", "ec2:DescribeAvailabilityZones", "UnauthorizedOperation"),
        ("describe_instance_types", "ec2:DescribeInstanceTypes", "UnauthorizedOperation"),
        (
            "describe_instance_type_offerings",
            "ec2:DescribeInstanceTypeOfferings",
            "UnauthorizedOperation",
        ),
        ("describe_spot_price_history", "ec2:DescribeSpotPriceHistory", "UnauthorizedOperation"),
        ("get_products", "pricing:GetProducts", "AccessDeniedException"),
    ],
)
def test_a_denied_call_names_the_missing_action(
    clients: CatalogClients, operation: str, action: str, code: str
) -> None:
    problem = denied(action.split(":")[1], code)
    with pytest.raises(InputError) as refusal:
        refresh(REGION, failing(clients, operation, problem), silent, at=AT)
    assert action in refusal.value.message
    assert all(needed in refusal.value.hint for needed in IAM_ACTIONS)


def test_a_failure_half_way_leaves_the_old_file_untouched(
    clients: CatalogClients, content: RegionFile
) -> None:
    path = save_refreshed(content)
    before = path.read_bytes()
    broken = CatalogClients(clients.ec2, recorded_pricing(PRICE_LIST))
    problem = denied("DescribeSpotPriceHistory", "RequestLimitExceeded")
    with pytest.raises(InputError, match="throttled ec2:DescribeSpotPriceHistory"):
        refresh(REGION, failing(broken, "describe_spot_price_history", problem), silent, at=AT)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("code", "message", "hint"),
    [
        ("ExpiredTokenException", "have expired", "aws sso login"),
        ("RequestExpired", "have expired", "sign in again"),
        ("AuthFailure", "rejected the credentials", "region is enabled"),
        ("InvalidClientTokenId", "rejected the credentials", "AWS_PROFILE"),
        ("Throttling", "throttled", "wait a minute"),
        ("InternalError", "with InternalError: no, never", "again later"),
    ],
)
def test_an_error_answer_of_aws_is_explained(
    clients: CatalogClients, code: str, message: str, hint: str
) -> None:
    problem = denied("DescribeAvailabilityZones", code)
    with pytest.raises(InputError) as refusal:
        refresh(REGION, failing(clients, "describe_availability_zones", problem), silent, at=AT)
    assert message in refusal.value.message
    assert hint in refusal.value.hint


def botocore_problems() -> list[tuple[Exception, str, str]]:
    from botocore import exceptions as aws

    return [
        (aws.NoCredentialsError(), "no usable AWS credentials", "aws sso login"),
        (aws.UnauthorizedSSOTokenError(), "sign-in is missing or has expired", "aws sso login"),
        (
            aws.CredentialRetrievalError(provider="process", error_msg="exit 1"),
            "configuration cannot be used",
            "list-profiles",
        ),
        (
            aws.EndpointConnectionError(endpoint_url="https://ec2.example"),
            "no AWS endpoint responds",
            "network",
        ),
        (
            aws.ReadTimeoutError(endpoint_url="https://ec2.example"),
            "connection to AWS failed",
            "network",
        ),
        (
            aws.ConnectTimeoutError(endpoint_url="https://ec2.example"),
            "connection to AWS failed",
            "network",
        ),
        (aws.DataNotFoundError(data_path="ec2"), "the AWS request failed", "AWS configuration"),
    ]


@pytest.mark.parametrize(("problem", "message", "hint"), botocore_problems())
def test_a_call_that_gets_no_answer_is_explained(
    clients: CatalogClients, problem: Exception, message: str, hint: str
) -> None:
    with pytest.raises(InputError) as refusal:
        refresh(REGION, failing(clients, "get_products", problem), silent, at=AT)
    assert message in refusal.value.message
    assert hint in refusal.value.hint


def test_an_endpoint_that_does_not_answer_suggests_the_region_meant(
    clients: CatalogClients,
) -> None:
    from botocore.exceptions import EndpointConnectionError

    problem = EndpointConnectionError(endpoint_url="https://ec2.ap-northest-2.amazonaws.com")
    broken = failing(clients, "describe_availability_zones", problem)
    with pytest.raises(InputError) as refusal:
        refresh("ap-northest-2", broken, silent, at=AT)
    assert refusal.value.hint == "did you mean 'ap-northeast-2'?"


def test_an_answer_without_prices_is_refused(clients: CatalogClients) -> None:
    priceless = replace(clients, pricing=recorded_pricing([[]]))
    with pytest.raises(InputError, match="not enough for a catalog"):
        refresh(REGION, priceless, silent, at=AT)


@pytest.mark.parametrize("item", ["not json", "{}", '{"product": {"attributes": []}}', "[]", "7"])
def test_a_price_list_in_an_unknown_shape_is_refused(clients: CatalogClients, item: str) -> None:
    odd = replace(clients, pricing=recorded_pricing([[item]]))
    with pytest.raises(InputError, match="unexpected response to GetProducts"):
        refresh(REGION, odd, silent, at=AT)


def test_real_clients_reach_the_server_without_credentials_of_the_user(endpoint: str) -> None:
    clients = make_clients(REGION)
    assert clients.ec2.meta.endpoint_url == endpoint
    assert clients.ec2.meta.region_name == REGION
    assert clients.pricing.meta.region_name == "us-east-1"
    assert clients.ec2.meta.config.retries["mode"] == "adaptive"
    assert clients.ec2.meta.config.connect_timeout <= 10


def test_no_credentials_at_all_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(InputError, match="no usable AWS credentials"):
        refresh(REGION, make_clients(REGION), silent, at=AT)


def test_an_unknown_profile_is_explained() -> None:
    with pytest.raises(InputError, match="nobody") as refusal:
        make_clients(REGION, "nobody")
    assert "list-profiles" in refusal.value.hint


@pytest.mark.parametrize(
    ("region", "hint"),
    [
        ("us-east-1a", "did you mean 'us-east-1'?"),
        ("Seoul", "use a region name such as"),
        ("", "use a region name such as"),
        ("../x", "use a region name such as"),
        ("cn-north-1", "another region"),
    ],
)
def test_a_region_that_cannot_be_is_refused_before_any_call(region: str, hint: str) -> None:
    with pytest.raises(InputError) as refusal:
        make_clients(region)
    assert hint in refusal.value.hint


def test_a_whole_region_is_fetched_from_a_server(live_ec2: Any) -> None:
    ec2 = RecordedEc2({"describe_spot_price_history": spot_pages()}, live_ec2)
    content = refresh(REGION, CatalogClients(ec2, recorded_pricing(PRICE_LIST)), silent, at=AT)
    embedded = load_catalog(REGION, embedded_only=True)
    assert len(content.offers) > 500
    assert content.zones[0] == ("ap-northeast-2a", "apne2-az1")
    types = {found.name: found for found in content.instance_types}
    assert types["t3.xlarge"] == embedded.instance_types["t3.xlarge"]
    assert not refreshed_path(REGION).exists()
