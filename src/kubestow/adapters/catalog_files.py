"""Catalog files: the embedded ones, and those in the user's cache directory after a refresh.

A region is one gzipped JSON file, which is written atomically. A refreshed file has its own
instance types; embedded regions share one file of them.
"""

import gzip
import os
import re
from importlib import resources
from pathlib import Path

import msgspec

from kubestow.adapters.catalog_check import catalog_faults
from kubestow.adapters.catalog_offers import SCHEMA_VERSION, RegionFile
from kubestow.adapters.home import home_file
from kubestow.adapters.input_file import (
    DOCUMENT_BYTES_MAX,
    decoded_json,
    read_file,
    unzipped,
)
from kubestow.adapters.shapes import decoded
from kubestow.adapters.whole_file import write_whole
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import (
    ON_DEMAND,
    SPOT,
    Catalog,
    InstanceType,
    Offering,
    Price,
    Zone,
)
from kubestow.model.suggestion import did_you_mean_one_of

_DATA = "kubestow.data"
_REGION = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)


class _Version(msgspec.Struct):
    schema_version: int


def cache_folder() -> Path | None:
    """Return the cache directory (KUBESTOW_CACHE, else XDG's); None for a user without a home."""
    chosen = os.environ.get("KUBESTOW_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or home_file(".cache")
    return None if base is None else Path(base) / "kubestow"


def refreshed_path(region: str) -> Path | None:
    """Return the path of a region's refreshed catalog; None where there is no cache directory."""
    cache = cache_folder()
    return None if cache is None else cache / "catalog" / f"{region}.json.gz"


def refreshed_regions() -> list[str]:
    """Return the regions that the cache directory has a file of, sorted."""
    cache = cache_folder()
    files = [] if cache is None else (cache / "catalog").glob("[!.]*.json.gz")
    return sorted(file.name.removesuffix(".json.gz") for file in files)


def embedded_regions() -> list[str]:
    """Return the embedded regions, sorted."""
    directory = resources.files(_DATA) / "regions"
    return sorted(f.name.removesuffix(".json.gz") for f in directory.iterdir())


def has_catalog(region: str) -> bool:
    """Return whether a region's catalog is embedded or was refreshed."""
    return region in embedded_regions() or has_refreshed(region)


def has_refreshed(region: str) -> bool:
    """Return whether a region's catalog was refreshed from the user's account."""
    path = refreshed_path(region) if "/" not in region else None
    return path is not None and path.is_file()


def load_catalog(region: str, *, embedded_only: bool = False) -> Catalog:
    """Load a region's catalog: the refreshed one if there is one, else the embedded one.

    Raise InputError for an unknown region, or a refreshed file that cannot be read.
    """
    path = refreshed_path(region) if _REGION.fullmatch(region) else None
    if not embedded_only and path is not None and path.exists():
        return _catalog(_read_refreshed(path, region))
    regions = embedded_regions()
    if region not in regions:
        raise InputError(
            f"region {region!r} is not in the catalog",
            hint=did_you_mean_one_of(region, regions)
            or f"known regions: {', '.join(regions)}; for any other, run "
            f"'kubestow catalog refresh --region {region or 'REGION'}' with AWS credentials",
        )
    data = (resources.files(_DATA) / "regions" / f"{region}.json.gz").read_bytes()
    return _catalog(decoded(gzip.decompress(data), RegionFile))


def _read_refreshed(path: Path, region: str) -> RegionFile:
    hint = f"run 'kubestow catalog refresh --region {region}' again, or delete the file"
    raw = read_file(path, hint=hint)
    content = unzipped(path, raw, limit=DOCUMENT_BYTES_MAX, hint=hint)
    what = "the refreshed catalog cannot be read"
    version: _Version = decoded_json(path, content, _Version, what=what, hint=hint)
    if version.schema_version != SCHEMA_VERSION:
        raise InputError(f"{path}: {what}: schema version {version.schema_version}", hint=hint)
    region_file: RegionFile = decoded_json(path, content, RegionFile, what=what, hint=hint)
    known = () if region_file.instance_types else load_instance_types()
    for fault in catalog_faults(region_file, region, known):
        raise InputError(f"{path}: the refreshed catalog is wrong: {fault}", hint=hint)
    return region_file


def load_instance_types() -> dict[str, InstanceType]:
    """Load the embedded instance types, by name."""
    data = (resources.files(_DATA) / "instance_types.json.gz").read_bytes()
    types = decoded(gzip.decompress(data), list[InstanceType])
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
    """Write a refreshed catalog atomically: the old file stays until the new one is complete.

    Raise InputError where that is not possible.
    """
    path = refreshed_path(content.region)
    hint = "set KUBESTOW_CACHE to a writable directory"
    if path is None:
        raise InputError("there is no home directory for the refreshed catalog", hint=hint)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, encode(content))
    except (OSError, InputError) as problem:
        reason = getattr(problem, "message", None) or problem
        raise InputError(
            f"the refreshed catalog cannot be written: {reason}", hint=hint
        ) from problem
    return path
