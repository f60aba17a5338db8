"""The content of a region's catalog file."""

import msgspec

from kubestow.model.instance_type import InstanceType, ServicePrice

SCHEMA_VERSION = 1


class CatalogOffer(msgspec.Struct, omit_defaults=True, gc=False):
    """One instance type's prices in a region, in nano-USD per hour.

    ``zones`` are indexes into the file's zones; ``spot`` holds one price per listed zone, or a
    single price for all of them.
    """

    type: str
    zones: list[int]
    on_demand: int | None = None
    on_demand_source: str = ""
    on_demand_is_estimate: bool = False
    spot: list[int | None] = msgspec.field(default_factory=list)
    spot_source: str = ""
    spot_is_estimate: bool = False
    interruption: str = ""


class RegionFile(msgspec.Struct):
    """The content of a region's catalog file."""

    schema_version: int
    region: str
    sources: list[str]
    zones: list[tuple[str, str]]  # name, id
    offers: list[CatalogOffer]
    service_prices: list[ServicePrice]
    instance_types: list[InstanceType] = msgspec.field(default_factory=list)
