"""The instances the optimiser is measured on, by name; each is the same for all time.

openb and dlrm are read from a shared/data/workloads folder beside the checkout where there is one
(Alibaba, for research and study, not part of this project). The others are made here by seed.
"""

import csv
import gzip
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from benchmarks import karpenter_mix, service_mix
from benchmarks.measure import SHARED
from kubestow.adapters.catalog_files import load_catalog
from kubestow.model import labels as names
from kubestow.model.instance_type import ON_DEMAND
from kubestow.model.nodepool import NodeClass, NodePool
from kubestow.model.pod import Pod, PodTemplate, SpreadConstraint
from kubestow.model.requirements import Requirements, requirement
from kubestow.model.resources import amounts
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.snapshot import Cluster, Snapshot

_MIB, _GIB = 2**20, 2**30
_ROOT_VOLUME = 2048 * _GIB  # of a dlrm node: its pods ask for 240 to 996 GiB of disk
MIXES = {f"mix-{i}": (pods, i) for i, pods in enumerate(
    (3000, 4000, 5000, 6000, 7000, 8000, 8500, 9000, 9500, 10000), start=1)}  # fmt: skip
NAMES = ("openb", "dlrm", *MIXES, "classes-500", "classes-5000", "karpenter-20000")
KARPENTER = {"openb": 5303.69}
"""What Karpenter v1.14's first fleet costs on the same prices, where it was measured (USD/h)."""


class MissingError(Exception):
    """The input is not at hand."""


def snapshot(name: str) -> Snapshot:
    """Return an instance; raise MissingError where its trace is not at hand."""
    if name.startswith("karpenter-"):
        pods = karpenter_mix.pods(int(name.partition("-")[2]), seed=1)
        return Snapshot(Cluster(pods=pods, nodepools=(NodePool("mix"),)), karpenter_mix.catalog())
    catalog = load_catalog("us-east-1")
    pool = _pool()
    if name == "openb":
        return Snapshot(Cluster(pods=tuple(_openb()), nodepools=(pool,)), catalog)
    if name == "dlrm":
        roomy = replace(pool, node_class=NodeClass(root_volume_bytes=_ROOT_VOLUME))
        return Snapshot(Cluster(pods=tuple(_dlrm()), nodepools=(roomy,)), catalog)
    if name in MIXES:
        cluster = service_mix.cluster(*MIXES[name])
        return Snapshot(replace(cluster, nodepools=(pool,)), catalog)
    kind, _, classes = name.partition("-")
    assert kind == "classes", f"{name} is not one of {', '.join(NAMES)}"
    pods = tuple(_many(100_000, int(classes)))
    return Snapshot(Cluster(pods=pods, nodepools=(pool,)), catalog)


def _pool() -> NodePool:
    """Return the NodePool of every instance: c, m and r types after generation 4, three zones."""
    zones = ("us-east-1a", "us-east-1b", "us-east-1c")
    return NodePool(
        "bench",
        Requirements.of(
            (
                requirement("karpenter.k8s.aws/instance-category", "In", ("c", "m", "r")),
                requirement("karpenter.k8s.aws/instance-generation", "Gt", ("4",)),
                requirement("karpenter.k8s.aws/instance-hypervisor", "In", ("nitro",)),
                requirement(names.ARCH, "In", ("amd64",)),
                requirement(names.CAPACITY_TYPE, "In", (ON_DEMAND,)),
                requirement(names.ZONE, "In", zones),
            )
        ),
    )


def _rows(file: str) -> Iterable[dict[str, str]]:
    path = SHARED / "workloads" / file
    if not path.is_file():
        raise MissingError(f"{file} is not at hand")
    with gzip.open(path, "rt") as text:
        yield from csv.DictReader(text)


def _openb() -> Iterator[Pod]:
    for row in _rows("openb_pod_list_default.csv.gz"):
        asked = {"cpu": int(row["cpu_milli"]), "memory": int(row["memory_mib"]) * _MIB}
        yield Pod("default", row["name"], PodTemplate(requests=amounts(asked)))


def _dlrm() -> Iterator[Pod]:
    """Yield the instances without accelerators; their cap a node becomes hostname spread."""
    templates: dict[tuple[str, ...], PodTemplate] = {}
    fields = ("app_name", "cpu_request", "memory_request", "disk_request", "max_instance_per_node")
    for row in _rows("disaggregated_DLRM_trace_2025.csv.gz"):
        if row["role"] != "CN":
            continue
        key = tuple(row[field] for field in fields)
        app = (("app", row["app_name"]),)
        if key not in templates:
            templates[key] = _dlrm_template(row)
        yield Pod("dlrm", row["instance_sn"].replace("_", "-"), templates[key], app)


def _dlrm_template(row: dict[str, str]) -> PodTemplate:
    asked = {
        "cpu": round(float(row["cpu_request"]) * 1000),
        "memory": round(float(row["memory_request"]) * _GIB),
        "ephemeral-storage": round(float(row["disk_request"]) * _GIB),
    }
    most = int(row["max_instance_per_node"])
    selector = LabelSelector((SelectorRequirement("app", "In", (row["app_name"],)),))
    spread = (SpreadConstraint(names.HOSTNAME, most, selector),) if most > 0 else ()
    return PodTemplate(requests=amounts(asked), spread=spread)


def _many(pods: int, classes: int) -> Iterator[Pod]:
    """Yield services of like size; every third is spread over zones."""
    random = np.random.default_rng(classes)
    replicas = pods // classes
    for number in range(classes):
        cpu = int(np.clip(random.lognormal(5.6, 1.0), 50, 4000)) // 10 * 10
        memory = int(np.clip(cpu * random.lognormal(0.9, 0.6), 64, 16384)) // 16 * 16
        name = f"w{number:04d}"
        selector = LabelSelector((SelectorRequirement("app", "In", (name,)),))
        spread = (SpreadConstraint(names.ZONE, 1, selector),) if number % 3 == 0 else ()
        template = PodTemplate(
            requests=amounts({"cpu": cpu, "memory": memory * _MIB}), spread=spread
        )
        for replica in range(replicas):
            yield Pod("many", f"{name}-{replica}", template, (("app", name),))
