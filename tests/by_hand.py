"""What a comparison costs, worked out by hand.

Law: prices and shapes come from the rows of the embedded catalog's files, and the rest is
arithmetic on what AWS publishes; nothing here asks kubestow for a sum. Of a plan it looks at which
pods lie on which node, and no more.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

from kubestow.model.plan import PlannedNode
from kubestow.model.pod import Pod

ROOT = Path(__file__).parents[1]
DATA = ROOT / "src" / "kubestow" / "data"
REGION, HOURS = "ap-northeast-2", 730
MIB, GIB, NANO = 2**20, 2**30, 10**9
GP3_MONTH, VCPU_HOUR, GB_HOUR = Fraction("0.0912"), Fraction("0.04656"), Fraction("0.00511")
Row = dict[str, Any]
Sizes = dict[tuple[int, int], list[dict[str, int]]]


def rows(file: str) -> Any:
    """Return what a file of the embedded catalog holds, as it is written."""
    return json.loads(gzip.decompress((DATA / file).read_bytes()))


SEOUL: Row = rows(f"regions/{REGION}.json.gz")
OFFERS: dict[str, Row] = {row["type"]: row for row in SEOUL["offers"]}
SHAPES: dict[str, Row] = {row["name"]: row for row in rows("instance_types.json.gz")}
SOURCES = {row["item"]: row["source"] for row in SEOUL["service_prices"]}


def by_hand(name: str, *, cap: tuple[int, int] | None = None, bottlerocket: bool = False) -> Row:
    """Return what a type has for pods: 6 % of the first core and so on, 11 MiB a pod and so on.

    ``cap`` is the most pods on up to 30 vCPU and on more; Bottlerocket reserves memory for the
    pods it may run, Amazon Linux for those the network interfaces could have.
    """
    row = SHAPES[name]
    cores, first = row["vcpu"], {1: 60, 2: 70, 3: 75, 4: 80}
    reserved = first[cores] if cores <= 4 else 80 + floor(Fraction(5, 2) * (cores - 4))
    density = row["network_interfaces"] * (row["ipv4_per_interface"] - 1) + 2
    slots = min(density, cap[0] if cores <= 30 else cap[1]) if cap else density
    mib = row["memory_mib"] - (64 if row["architecture"] == "arm64" else 0)
    mib -= ceil(Fraction(75, 1000) * mib) + 255 + 11 * (slots if bottlerocket else density) + 100
    return {"cpu": 1000 * cores - reserved, "memory": mib * MIB, "pods": slots}


def size_by_hand(requests: dict[str, int]) -> tuple[int, int]:
    """Return the millicpu and MiB that Fargate bills: 256 MiB more, rounded up to what is sold."""
    mib = ceil(Fraction(requests.get("memory", 0), MIB)) + 256
    sold = ((250, 512, 512, 2048), (500, 1024, 1024, 4096), (1000, 2048, 1024, 8192),
            (2000, 4096, 1024, 16384), (4000, 8192, 1024, 30720), (8000, 16384, 4096, 61440),
            (16000, 32768, 8192, 122880))  # fmt: skip
    for cpu, least, step, most in sold:
        if cpu < requests.get("cpu", 0) or mib > most:
            continue
        found = max(least, ceil(Fraction(mib, step)) * step)
        return cpu, 2048 if cpu == 250 and found > 1024 else found
    raise AssertionError("no mix has a pod that Fargate is too small for")


def size_nano(size: tuple[int, int]) -> int:
    """Return what a size costs an hour."""
    return round((Fraction(size[0], 1000) * VCPU_HOUR + Fraction(size[1], 1024) * GB_HOUR) * NANO)


def zones(offer: Row) -> list[str]:
    """Return where a row of the catalog is sold."""
    return [SEOUL["zones"][position][0] for position in offer["zones"]]


def part(kind: str, name: str, nano: int, source: str, estimate: bool = False) -> Row:
    """Return a part of an option's cost as JSON has it."""
    return {"part": kind, "name": name, "usdPerHour": nano / NANO, "source": source,
            "isEstimate": estimate, "inMinimum": False}  # fmt: skip


def priced(kind: str, name: str, nano: int, source: str, estimate: bool = False) -> Row:
    """Return a part of an option's cost that is in the price of nodes, as the minimum is."""
    return part(kind, name, nano, source, estimate) | {"inMinimum": True}


def part_of_pods(sizes: Sizes) -> Row:
    """Return what pods on Fargate cost."""
    nano = sum(len(pods) * size_nano(size) for size, pods in sizes.items())
    return part("instances", "pods by size", nano, SOURCES["fargate_x86_vcpu_hour"])


def parts_of_nodes(nodes: Iterable[PlannedNode], auto: bool = False) -> list[Row]:
    """Return what nodes cost: the rows' prices, Auto Mode's 12 % of each, 20 or 80 GiB of gp3."""
    offers = [OFFERS[node.instance_type] for node in nodes]
    listed = [offer["on_demand"] for offer in offers]
    sources = sorted({offer["on_demand_source"] for offer in offers})
    estimated = any(offer.get("on_demand_is_estimate", False) for offer in offers)
    found = [priced("instances", "instances", sum(listed), "; ".join(sources), estimated)]
    if auto:
        source = "about 12 % of the on-demand price, also for spot instances (estimate)"
        fee = sum(nano * 12 // 100 for nano in listed)
        found.append(part("fees", "Auto Mode", fee, source, True))
    gib = len(listed) * (80 if auto else 20)
    nano = round(gib * GP3_MONTH / HOURS * NANO)
    gp3 = SOURCES["ebs_gp3_gb_month"]
    return [*found, part("storage", f"root volumes, gp3, {gib} GiB", nano, gp3)]


def parts_of_machines(count: int) -> list[Row]:
    """Return what machines of 32 vCPU cost; of a month's vCPU-hours 576,000 cost 0.020 USD each."""
    hours = 32 * count * HOURS
    usd = min(hours, 576_000) * Fraction("0.020") + max(0, hours - 576_000) * Fraction("0.014")
    source = "0.020 USD per vCPU-hour, less by volume, as published 2024-12 (unverified)"
    return [
        part("instances", "own machines", count * 350_000_000, "finance"),
        part("fees", f"{32 * count} vCPU attached", round(usd / HOURS * NANO), source, True),
    ]


def sizes_of(pods: Iterable[Pod]) -> Sizes:
    """Return the requests of pods by the sizes they are billed by."""
    found: Sizes = {}
    for pod in pods:
        requests = dict(pod.template.requests)
        found.setdefault(size_by_hand(requests), []).append(requests)
    return found


def line(unit: str, count: int, pods: int, most: int, nano: int) -> Row:
    """Return a line of a fleet as JSON has it, in no zone and with nothing spare."""
    return {"unit": unit, "zone": "", "capacityType": "on-demand", "count": count, "pods": pods,
            "podsMost": most, "usdPerHourEach": nano / NANO, "spareCpu": 0.0,
            "spareMemory": 0.0}  # fmt: skip


def on(node: PlannedNode) -> Iterator[str]:
    """Yield the pods of a node, and the DaemonSets that have one there."""
    yield from node.pods
    for pod in node.daemonset_pods:
        yield pod.removesuffix(f"-{node.name}")


def lines_of_sizes(sizes: Sizes) -> list[Row]:
    """Return the lines of Fargate: a pod of a size each."""
    lines = []
    for cpu, mib in sorted(sizes):
        pods, unit = sizes[cpu, mib], f"{cpu / 1000:g} vCPU, {mib / 1024:g} GB"
        count = len(pods)
        asked = sum(pod.get("cpu", 0) for pod in pods)
        held = sum(pod.get("memory", 0) // MIB + 256 for pod in pods)  # whole MiB in these mixes
        lines.append(
            line(unit, count, count, 1, size_nano((cpu, mib)))
            | {"spareCpu": round(1 - asked / (cpu * count), 4)}
            | {"spareMemory": round(1 - held / (mib * count), 4)}
        )
    return lines
