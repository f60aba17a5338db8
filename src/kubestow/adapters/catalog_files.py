"""Catalog files: the embedded ones, and those in the user's cache folder after a refresh.

A region is one gzipped JSON file, which is written atomically. A refreshed file has its own
instance types; embedded regions share one file of them.
"""

import gzip
import os
import tempfile
import zlib
from importlib import resources
from pathlib import Path

import msgspec

from kubestow.model.input_error import InputError
from kubestow.model.instance_type import (
    ON_DEMAND,
    SPOT,
    Catalog,
    InstanceType,
    Offering,
    Price,
    ServicePrice,
    Zone,
)
from kubestow.model.suggestion import did_you_mean_one_of

SCHEMA_VERSION = 1
_DATA = "kubestow.data"


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


def cache_folder() -> Path:
    """Return the cache folder (KUBESTOW_CACHE, else XDG's)."""
    chosen = os.environ.get("KUBESTOW_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "kubestow"


def refreshed_path(region: str) -> Path:
    """Return the path of a region's refreshed catalog."""
    return cache_folder() / "catalog" / f"{region}.json.gz"


def embedded_regions() -> list[str]:
    """Return the embedded regions, sorted."""
    folder = resources.files(_DATA) / "regions"
    return sorted(f.name.removesuffix(".json.gz") for f in folder.iterdir())


def has_catalog(region: str) -> bool:
    """Return whether a region's catalog is embedded or was refreshed."""
    return region in embedded_regions() or ("/" not in region and refreshed_path(region).is_file())


def load_catalog(region: str, *, embedded_only: bool = False) -> Catalog:
    """Load a region's catalog: the refreshed one if there is one, else the embedded one.

    Raise InputError for an unknown region, or a refreshed file that cannot be read.
    """
    path = refreshed_path(region)
    if not embedded_only and "/" not in region and path.is_file():
        return _catalog(_read_refreshed(path))
    regions = embedded_regions()
    if region not in regions:
        raise InputError(
            f"region {region!r} is not in the catalog",
            hint=did_you_mean_one_of(region, regions)
            or f"known regions: {', '.join(regions)}; for any other, run "
            f"'kubestow catalog refresh --region {region or 'REGION'}' with AWS credentials",
        )
    data = (resources.files(_DATA) / "regions" / f"{region}.json.gz").read_bytes()
    return _catalog(msgspec.json.decode(gzip.decompress(data), type=RegionFile))


def _read_refreshed(path: Path) -> RegionFile:
    try:
        content = msgspec.json.decode(gzip.decompress(path.read_bytes()), type=RegionFile)
        if content.schema_version != SCHEMA_VERSION:
            raise ValueError(f"schema version {content.schema_version}")
    except (OSError, EOFError, zlib.error, ValueError) as problem:
        raise InputError(
            f"{path}: the refreshed catalog cannot be read: {problem}",
            hint="run 'kubestow catalog refresh' again, or delete the file",
        ) from problem
    return content


def load_instance_types() -> dict[str, InstanceType]:
    """Load the embedded instance types, by name."""
    data = (resources.files(_DATA) / "instance_types.json.gz").read_bytes()
    types = msgspec.json.decode(gzip.decompress(data), type=list[InstanceType])
    return {item.name: item for item in types}


def _catalog(content: RegionFile) -> Catalog:
    zones = tuple(Zone(name, zone_id) for name, zone_id in content.zones)
    facts = {t.name: t for t in content.instance_types} or load_instance_types()
    offerings: list[Offering] = []
    for offer in content.offers:
        on_demand = _price(offer.on_demand, offer.on_demand_source, offer.on_demand_is_estimate)
        for position, zone in enumerate(offer.zones):
            name = zones[zone].name
            offerings.append(Offering(offer.type, name, ON_DEMAND, on_demand))
            if offer.spot:
                nano = offer.spot[position] if len(offer.spot) > 1 else offer.spot[0]
                spot = _price(nano, offer.spot_source, offer.spot_is_estimate)
                offerings.append(Offering(offer.type, name, SPOT, spot))
    return Catalog(
        region=content.region,
        zones=zones,
        instance_types={o.type: facts[o.type] for o in content.offers},
        offerings=tuple(offerings),
        service_prices=tuple(content.service_prices),
        sources=tuple(content.sources),
        interruption={o.type: o.interruption for o in content.offers if o.interruption},
    )


def _price(nano: int | None, source: str, is_estimate: bool) -> Price | None:
    return None if nano is None else Price(nano, source, is_estimate)


def encode(content: object) -> bytes:
    """Return gzipped JSON that depends on the content alone."""
    return gzip.compress(msgspec.json.encode(content), compresslevel=9, mtime=0)


def save_refreshed(content: RegionFile) -> Path:
    """Write a refreshed catalog atomically: the old file stays until the new one is complete."""
    path = refreshed_path(content.region)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{content.region}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(encode(content))
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path
