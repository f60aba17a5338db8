"""A region's catalog as AWS sells it now.

Law: the answer is a whole RegionFile or an InputError; nothing is written here, so a failure
leaves an older refreshed file as it was. Every botocore failure becomes an InputError that says
what to do. boto3 and botocore are imported inside functions: no other command pays for them.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kubestow.adapters.aws.ec2_shapes import instance_type_from_ec2
from kubestow.adapters.aws.pricing import (
    PRICING_REGION,
    OnDemandPrices,
    keep_newest,
    product_pages,
)
from kubestow.adapters.aws.spot import SpotPrices, keep_latest, spot_pages
from kubestow.adapters.catalog_files import (
    SCHEMA_VERSION,
    Offer,
    RegionFile,
    embedded_regions,
    load_catalog,
)
from kubestow.adapters.errors import InputError, did_you_mean
from kubestow.model.instance_type import Catalog, InstanceType

Progress = Callable[[str, int], None]
"""Told after every page of an answer: the step's name, and how many items it has so far."""

IAM_ACTIONS = (
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeSpotPriceHistory",
    "pricing:GetProducts",
)
_MESSAGE_CHARACTERS_MAX = 200
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]+", re.ASCII)
_DENIED = {"UnauthorizedOperation", "AccessDenied", "AccessDeniedException"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_REJECTED = {
    "AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException", "OptInRequired",
    "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature",
}  # fmt: skip
_THROTTLED = {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests",
              "TooManyRequestsException", "SlowDown"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clients:
    """The boto3 clients a refresh talks through."""

    ec2: Any
    pricing: Any


def make_clients(region: str, profile: str | None = None) -> Clients:
    """Return clients for a region; raise InputError for a region or profile that cannot be."""
    _refuse_region(region)
    with _aws_failures(region):
        import boto3
        from botocore.config import Config

        settings = Config(
            connect_timeout=10,
            read_timeout=60,
            retries={"mode": "adaptive", "max_attempts": 8},
        )
        session = boto3.Session(profile_name=profile, region_name=region)
        return Clients(
            ec2=session.client("ec2", region_name=region, config=settings),
            pricing=session.client("pricing", region_name=PRICING_REGION, config=settings),
        )


def refresh(region: str, clients: Clients, progress: Progress, *, at: datetime) -> RegionFile:
    """Return the region's catalog as AWS answers at that time."""
    with _aws_failures(region):
        zones = _zones(clients.ec2, progress)
        types = _instance_types(clients.ec2, progress)
        sold_in = _offerings(clients.ec2, progress)
        on_demand = _on_demand(clients.pricing, region, progress)
        spot = _spot(clients.ec2, at, progress)
    if not (zones and sold_in and on_demand):
        raise InputError(
            f"AWS answered with {len(zones)} zones, {len(sold_in)} instance types on offer and "
            f"{len(on_demand)} prices for {region}: too little for a catalog",
            hint="check the region; AWS Pricing has no USD prices for some partitions",
        )
    return _region_file(region, at, zones, types, _Sales(sold_in, on_demand, spot))


@dataclass(frozen=True, slots=True)
class _Sales:
    sold_in: dict[str, set[str]]
    on_demand: OnDemandPrices
    spot: SpotPrices


def _zones(ec2: Any, progress: Progress) -> list[tuple[str, str]]:
    answer = ec2.describe_availability_zones(
        Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}]
    )
    with _known_shape("DescribeAvailabilityZones"):
        zones = sorted(
            (zone["ZoneName"], zone["ZoneId"])
            for zone in answer["AvailabilityZones"]
            if zone.get("OptInStatus", "opt-in-not-required") != "not-opted-in"
            and zone.get("ZoneType", "availability-zone") == "availability-zone"
        )
    progress("availability zones", len(zones))
    return zones


def _instance_types(ec2: Any, progress: Progress) -> dict[str, InstanceType]:
    types: dict[str, InstanceType] = {}
    for page in ec2.get_paginator("describe_instance_types").paginate():
        with _known_shape("DescribeInstanceTypes"):
            for answer in page["InstanceTypes"]:
                found = instance_type_from_ec2(answer)
                if found is not None:
                    types[found.name] = found
        progress("instance types", len(types))
    return types


def _offerings(ec2: Any, progress: Progress) -> dict[str, set[str]]:
    sold_in: dict[str, set[str]] = {}
    pages = ec2.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone"
    )
    for page in pages:
        with _known_shape("DescribeInstanceTypeOfferings"):
            for answer in page["InstanceTypeOfferings"]:
                sold_in.setdefault(answer["InstanceType"], set()).add(answer["Location"])
        progress("instance types on offer", len(sold_in))
    return sold_in


def _on_demand(pricing: Any, region: str, progress: Progress) -> OnDemandPrices:
    prices: OnDemandPrices = {}
    for page in product_pages(pricing, region):
        with _known_shape("GetProducts"):
            keep_newest(prices, page)
        progress("on-demand prices", len(prices))
    return prices


def _spot(ec2: Any, at: datetime, progress: Progress) -> SpotPrices:
    prices: SpotPrices = {}
    for page in spot_pages(ec2, at):
        with _known_shape("DescribeSpotPriceHistory"):
            keep_latest(prices, page)
        progress("spot prices", len(prices))
    return prices


def _region_file(
    region: str,
    at: datetime,
    zones: list[tuple[str, str]],
    types: dict[str, InstanceType],
    sales: _Sales,
) -> RegionFile:
    date = at.date().isoformat()
    embedded = load_catalog(region, embedded_only=True) if region in embedded_regions() else None
    offers = [
        _offer(name, zones, sales, date, embedded)
        for name in sorted(types.keys() & sales.sold_in.keys())
        if any(zone in sales.sold_in[name] for zone, _ in zones)
    ]
    sources = [
        f"EC2 DescribeInstanceTypes {date}",
        f"AWS Pricing GetProducts {date}",
        f"DescribeSpotPriceHistory {date}",
    ]
    if embedded is not None:
        sources.append("service prices and interruption bands: the catalog kubestow comes with")
    return RegionFile(
        schema_version=SCHEMA_VERSION,
        region=region,
        sources=sources,
        zones=zones,
        offers=offers,
        service_prices=list(embedded.service_prices) if embedded else [],
        instance_types=[types[offer.type] for offer in offers],
    )


def _offer(
    name: str,
    zones: list[tuple[str, str]],
    sales: _Sales,
    date: str,
    embedded: Catalog | None,
) -> Offer:
    positions = [i for i, (zone, _) in enumerate(zones) if zone in sales.sold_in[name]]
    quoted = sales.on_demand.get(name)
    spot = [sales.spot.get((name, zones[position][0])) for position in positions]
    has_spot = any(price is not None for price in spot)
    return Offer(
        type=name,
        zones=positions,
        on_demand=quoted[1] if quoted else None,
        on_demand_source=f"AWS Pricing GetProducts {date}" if quoted else "",
        spot=[price[1] if price else None for price in spot] if has_spot else [],
        spot_source=f"DescribeSpotPriceHistory {date}" if has_spot else "",
        interruption=embedded.interruption.get(name, "") if embedded else "",
    )


def _refuse_region(region: str) -> None:
    if _REGION.fullmatch(region) is None:
        raise InputError(
            f"{region!r} is not the name of a region",
            hint=did_you_mean(region, embedded_regions()) or "a region is like 'eu-west-1'",
        )
    if region.startswith("cn-"):
        raise InputError(
            f"{region}: AWS Pricing has no USD prices for the regions in China",
            hint="plan with the prices of another region, such as ap-northeast-1",
        )


@contextmanager
def _known_shape(operation: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as problem:
        raise InputError(
            f"AWS answered {operation} in a shape this version does not know "
            f"({type(problem).__name__}: {problem})",
            hint="run the refresh again; if it stays so, a newer kubestow is needed",
        ) from problem


@contextmanager
def _aws_failures(region: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as problem:
        raise _refused(problem, region) from problem
    except BotoCoreError as problem:
        raise _unreached(problem, region) from problem


def _refused(problem: Any, region: str) -> InputError:
    """Say why AWS refused a call, by the error code of its answer."""
    error = problem.response.get("Error", {})
    code, operation = error.get("Code", "Unknown"), problem.operation_name
    service = "pricing" if operation == "GetProducts" else "ec2"
    if code in _DENIED:
        return InputError(
            f"AWS denied {service}:{operation} to these credentials",
            hint=f"a refresh needs the IAM actions {', '.join(IAM_ACTIONS)}",
        )
    if code in _EXPIRED:
        return InputError(
            f"the AWS credentials have expired ({operation}: {code})",
            hint="sign in again, for example with 'aws sso login', and run the refresh again",
        )
    if code in _REJECTED:
        return InputError(
            f"AWS did not accept the credentials in {region} ({operation}: {code})",
            hint="check AWS_PROFILE or --profile, that the clock is right, and that the account "
            "has the region enabled",
        )
    if code in _THROTTLED:
        return InputError(
            f"AWS throttled {service}:{operation}, and went on doing so after several retries",
            hint="wait a minute and run the refresh again; the old catalog is still in use",
        )
    said = " ".join(str(error.get("Message", "")).split())[:_MESSAGE_CHARACTERS_MAX]
    return InputError(
        f"AWS answered {service}:{operation} with {code}: {said}",
        hint="the old catalog is still in use; run the refresh again later",
    )


def _unreached(problem: Any, region: str) -> InputError:
    """Say why a call did not get as far as an answer, by the kind of failure."""
    from botocore import exceptions as aws

    sign_in = (aws.SSOError, aws.TokenRetrievalError, getattr(aws, "LoginError", aws.SSOError))
    if isinstance(problem, aws.NoCredentialsError | aws.PartialCredentialsError):
        return InputError(
            f"no usable AWS credentials: {problem}",
            hint="sign in (aws sso login), set AWS_PROFILE or pass --profile; the embedded "
            "catalog needs none",
        )
    if isinstance(problem, sign_in):
        return InputError(
            f"the AWS sign-in is missing or has expired: {problem}",
            hint="run 'aws sso login' or 'aws login' for the profile and refresh again",
        )
    if isinstance(
        problem, aws.ProfileNotFound | aws.ConfigParseError | aws.CredentialRetrievalError
    ):
        return InputError(
            f"the AWS configuration cannot be used: {problem}",
            hint="see 'aws configure list-profiles' and ~/.aws/config",
        )
    if isinstance(problem, aws.EndpointConnectionError | aws.BaseEndpointResolverError):
        return InputError(
            f"no AWS endpoint answers for region {region}: {problem}",
            hint=_other_region(region) or "check the region's name and the network or proxy",
        )
    if isinstance(problem, aws.ConnectionError | aws.HTTPClientError):
        return InputError(
            f"the connection to AWS failed: {problem}",
            hint="check the network or proxy and run the refresh again; the old catalog is "
            "still in use",
        )
    return InputError(
        f"AWS could not be asked: {problem}",
        hint="check the AWS configuration and run the refresh again",
    )


def _other_region(region: str) -> str:
    known = embedded_regions()
    return "" if region in known else did_you_mean(region, known)
