"""A region's catalog as AWS offers it now.

The result is a whole RegionFile or an InputError. Nothing is written here, so a failure leaves an
older refreshed file as it is. boto3 and botocore are imported inside functions, so that other
commands do not pay for them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kubestow.adapters.aws.clients import access
from kubestow.adapters.aws.ec2_shapes import instance_type_from_ec2
from kubestow.adapters.aws.failures import Errand, aws_failures, known_shape
from kubestow.adapters.aws.pricing import (
    PRICING_REGION,
    OnDemandPrices,
    keep_newest,
    product_pages,
)
from kubestow.adapters.aws.spot import SpotPrices, keep_latest, spot_pages
from kubestow.adapters.catalog_files import embedded_regions, load_catalog
from kubestow.adapters.catalog_offers import SCHEMA_VERSION, CatalogOffer, RegionFile
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import Catalog, InstanceType
from kubestow.model.suggestion import did_you_mean

Progress = Callable[[str, int], None]
"""Called after every page of a response with the step's name and its number of items so far."""

IAM_ACTIONS = (
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeSpotPriceHistory",
    "pricing:GetProducts",
)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]+", re.ASCII)
_ERRAND = Errand(
    "a refresh",
    IAM_ACTIONS,
    again="run the refresh again",
    meanwhile="the old catalog is still in use",
    credentials="set AWS_PROFILE or pass --profile; the embedded catalog needs none",
)


@dataclass(frozen=True, slots=True)
class CatalogClients:
    """The boto3 clients of a refresh."""

    ec2: Any
    pricing: Any


def make_clients(region: str, profile: str | None = None) -> CatalogClients:
    """Return clients for a region; raise InputError for an invalid region or profile."""
    _refuse_region(region)
    own = access(region, _ERRAND, profile)
    return CatalogClients(
        ec2=own.client("ec2", read_seconds=60, patient=True),
        pricing=own.client("pricing", region=PRICING_REGION, read_seconds=60, patient=True),
    )


def refresh(
    region: str, clients: CatalogClients, progress: Progress, *, at: datetime
) -> RegionFile:
    """Return the region's catalog as of an instant."""
    with aws_failures(region, _ERRAND):
        zones = _zones(clients.ec2, progress)
        types = _instance_types(clients.ec2, progress)
        sold_in = _offerings(clients.ec2, progress)
        on_demand = _on_demand(clients.pricing, region, progress)
        spot = _spot(clients.ec2, at, progress)
    if not (zones and sold_in and on_demand):
        raise InputError(
            f"AWS returned {len(zones)} zones, {len(sold_in)} instance types on offer and "
            f"{len(on_demand)} prices for {region}: not enough for a catalog",
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
    with known_shape("DescribeAvailabilityZones", _ERRAND):
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
        with known_shape("DescribeInstanceTypes", _ERRAND):
            for answer in page["InstanceTypes"]:
                item = instance_type_from_ec2(answer)
                if item is not None:
                    types[item.name] = item
        progress("instance types", len(types))
    return types


def _offerings(ec2: Any, progress: Progress) -> dict[str, set[str]]:
    sold_in: dict[str, set[str]] = {}
    pages = ec2.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone"
    )
    for page in pages:
        with known_shape("DescribeInstanceTypeOfferings", _ERRAND):
            for answer in page["InstanceTypeOfferings"]:
                sold_in.setdefault(answer["InstanceType"], set()).add(answer["Location"])
        progress("instance types on offer", len(sold_in))
    return sold_in


def _on_demand(pricing: Any, region: str, progress: Progress) -> OnDemandPrices:
    prices: OnDemandPrices = {}
    for page in product_pages(pricing, region):
        with known_shape("GetProducts", _ERRAND):
            keep_newest(prices, page)
        progress("on-demand prices", len(prices))
    return prices


def _spot(ec2: Any, at: datetime, progress: Progress) -> SpotPrices:
    prices: SpotPrices = {}
    for page in spot_pages(ec2, at):
        with known_shape("DescribeSpotPriceHistory", _ERRAND):
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
        sources.append("service prices and interruption bands: the embedded catalog")
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
) -> CatalogOffer:
    positions = [i for i, (zone, _) in enumerate(zones) if zone in sales.sold_in[name]]
    quoted = sales.on_demand.get(name)
    spot = [sales.spot.get((name, zones[position][0])) for position in positions]
    has_spot = any(price is not None for price in spot)
    return CatalogOffer(
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
            f"invalid region name {region!r}",
            hint=did_you_mean(region, embedded_regions())
            or "use a region name such as 'eu-west-1'",
        )
    if region.startswith("cn-"):
        raise InputError(
            f"{region}: AWS Pricing has no USD prices for regions in China",
            hint="plan with the prices of another region, such as ap-northeast-1",
        )
