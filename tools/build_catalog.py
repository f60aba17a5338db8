"""Build the embedded catalog from its sources.

    python tools/build_catalog.py --catalog catalog.csv.gz --service-prices service_prices.csv \
        --instance-types instance_types.json.gz [--instance-types ...]

``--instance-types`` are DescribeInstanceTypes responses by type name, as moto's package contains
them; if several name a type, the first wins. ``--catalog`` has one row per region and instance type
with prices. The result in src/kubestow/data depends on the inputs alone.
"""

import argparse
import csv
import gzip
import json
from collections import Counter, defaultdict
from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

from kubestow.adapters.aws.ec2_shapes import instance_type_from_ec2
from kubestow.adapters.catalog_files import encode
from kubestow.adapters.catalog_offers import SCHEMA_VERSION, CatalogOffer, RegionFile
from kubestow.model.instance_type import InstanceType, ServicePrice

ROOT = Path(__file__).parent.parent
DATA = ROOT / "src" / "kubestow" / "data"
SOURCES = {
    "ec2instances.info-2025-05": "ec2instances.info 2025-05-28",
    "karpenter-2026-07": "Karpenter 1.15.1 price list 2026-07-20",
}


def main() -> None:
    """Read the sources and write the data folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--catalog", type=Path, required=True)
    parser.add_argument("--service-prices", type=Path, required=True)
    parser.add_argument("--instance-types", type=Path, action="append", required=True)
    arguments = parser.parse_args()
    types = read_types(arguments.instance_types)
    (DATA / "regions").mkdir(parents=True, exist_ok=True)
    ordered = [types[name] for name in sorted(types)]
    (DATA / "instance_types.json.gz").write_bytes(encode(ordered))
    services = read_services(arguments.service_prices)
    by_region = defaultdict(list)
    with gzip.open(arguments.catalog, "rt") as file:
        for row in csv.DictReader(file):
            by_region[row["region"]].append(row)
    for region, rows in sorted(by_region.items()):
        content = region_file(region, rows, services[region])
        (DATA / "regions" / f"{region}.json.gz").write_bytes(encode(content))


def read_types(paths: list[Path]) -> dict[str, InstanceType]:
    """Return instance types by name, corrected where Karpenter's labels differ from EC2's."""
    answers: dict[str, Any] = {}
    for path in paths:
        with gzip.open(path) as file:
            answers = json.load(file) | answers
    types = {name: instance_type_from_ec2(answer) for name, answer in answers.items()}
    corrections: dict[str, dict[str, int]] = defaultdict(dict)
    with (ROOT / "tools" / "label_corrections.csv").open() as file:
        for row in csv.DictReader(file):
            corrections[row["instance_type_or_family"]][row["field"]] = int(row["value"])
    return {
        name: replace(item, **corrections[item.family], **corrections[name])
        for name, item in types.items()
        if item is not None
    }


def read_services(path: Path) -> dict[str, list[ServicePrice]]:
    """Return service prices by region, with their sources verbatim."""
    by_region: dict[str, list[ServicePrice]] = defaultdict(list)
    with path.open() as file:
        for row in csv.DictReader(file):
            by_region[row["region"]].append(
                ServicePrice(row["item"], float(row["usd"]), row["unit"], row["provenance"])
            )
    return by_region


def region_file(
    region: str, rows: list[dict[str, str]], services: list[ServicePrice]
) -> RegionFile:
    """Return one region's content."""
    zones = zone_ids(rows)
    index = {name: position for position, (name, _) in enumerate(zones)}
    return RegionFile(
        schema_version=SCHEMA_VERSION,
        region=region,
        sources=[*SOURCES.values(), "EC2 instance facts: moto 5.2.3 and 5.2.5 (2026-10)"],
        zones=zones,
        offers=[offer(row, index) for row in sorted(rows, key=lambda r: r["instance_type"])],
        service_prices=services,
    )


def zone_ids(rows: list[dict[str, str]]) -> list[tuple[str, str]]:
    """Return (zone name, zone id) pairs of a region.

    Each row lists names and IDs in sorted order, so that their positions do not correspond. The
    mapping is the one under which the most rows' names and IDs are the same zones.
    """
    names = sorted({name for row in rows for name in row["azs"].split("|")})
    ids = sorted({zone_id for row in rows for zone_id in row["az_ids"].split("|")})
    combinations = Counter(
        (frozenset(row["azs"].split("|")), frozenset(row["az_ids"].split("|"))) for row in rows
    )

    def agreeing(order: tuple[str, ...]) -> int:
        meaning = dict(zip(names, order, strict=True))
        return sum(
            count
            for (named, identified), count in combinations.items()
            if {meaning[name] for name in named} == identified
        )

    best = max(permutations(ids), key=agreeing)  # the first of equals: sorted order if it fits
    return list(zip(names, best, strict=True))


def offer(row: dict[str, str], zone_index: dict[str, int]) -> CatalogOffer:
    """Return one instance type's offer; its spot price is a mean over zones."""
    is_estimate = row["od_source"] == "estimate"
    source = (
        f"estimate: {row['od_estimate_from']}" if is_estimate else SOURCES.get(row["od_source"], "")
    )
    spot = nano(row["spot_mean_az_usd_h"])
    return CatalogOffer(
        type=row["instance_type"],
        zones=[zone_index[name] for name in row["azs"].split("|")],
        on_demand=nano(row["od_usd_h"]),
        on_demand_source=source,
        on_demand_is_estimate=is_estimate,
        spot=[spot] if spot is not None else [],
        spot_source="mean over zones, ec2instances.info 2025-05-28" if spot is not None else "",
        spot_is_estimate=spot is not None,
        interruption=row["interrupt_band"],
    )


def nano(usd: str) -> int | None:
    """Return nano-USD of a decimal text."""
    return int(Decimal(usd) * 10**9) if usd else None


if __name__ == "__main__":
    main()
