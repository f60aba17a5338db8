import gzip
import json
from typing import Any

import pytest

from kubestow.adapters.catalog_files import load_instance_types
from kubestow.catalog.node_labels import instance_type_labels
from kubestow.catalog.overhead import (
    allocatable,
    capacity_for_limits,
    memory_capacity_mib,
    reserved_cpu_milli,
    runs,
)
from kubestow.model.instance_type import Device, InstanceType
from kubestow.model.nodepool import GIB, MIB, Networking, NodeClass
from kubestow.model.resources import format_amount

from ...skips import DATA, PUBLISHED_LABELS

PUBLISHED = DATA / "aws" / "published_node_labels_and_allocatable.jsonl.gz"


def shape(**facts: Any) -> InstanceType:
    standard: dict[str, Any] = {
        "name": "m9.large",
        "vcpu": 4,
        "memory_mib": 16384,
        "architecture": "amd64",
        "network_interfaces": 4,
        "ipv4_per_interface": 15,
    }
    return InstanceType(**standard | facts)


@pytest.mark.parametrize(
    ("vcpu", "milli"),
    [(1, 60), (2, 70), (3, 75), (4, 80), (5, 82), (8, 90), (16, 110), (96, 310), (192, 550)],
)
def test_kube_reserved_cpu_is_six_one_half_half_and_a_quarter_per_cent_of_the_cores(
    vcpu: int, milli: int
) -> None:
    assert reserved_cpu_milli(vcpu) == milli


@pytest.mark.parametrize(
    ("sentence", "instance_type", "mib"),
    [
        ("7.5 % of the memory is the hypervisor's", shape(), 15155),
        ("arm64 holds 64 MiB back before that", shape(architecture="arm64"), 15096),
        ("the share is rounded up", shape(memory_mib=1001), 925),
    ],
)
def test_memory_capacity(sentence: str, instance_type: InstanceType, mib: int) -> None:
    assert memory_capacity_mib(instance_type) == mib, sentence


# 15,155 MiB of capacity - 100 MiB of eviction threshold - (255 + 11 MiB a pod) of kube-reserved
@pytest.mark.parametrize(
    ("sentence", "node_class", "networking", "memory_mib"),
    [
        ("58 pods reserve 893 MiB", NodeClass(), Networking(), 14162),
        (
            "AL2023 reserves for the density whatever maxPods says",
            NodeClass(max_pods=20),
            Networking(),
            14162,
        ),
        (
            "AL2 reserves for the density whatever maxPods says",
            NodeClass(ami_family="AL2", max_pods=110),
            Networking(),
            14162,
        ),
        (
            "AL2023 reserves for the density without prefixes",
            NodeClass(),
            Networking(prefix_delegation=True),
            14162,
        ),
        (
            "AL2023 reserves for all interfaces under custom networking",
            NodeClass(),
            Networking(custom_networking=True),
            14162,
        ),
        (
            "Bottlerocket reserves for maxPods",
            NodeClass(ami_family="Bottlerocket", max_pods=20),
            Networking(),
            14580,
        ),
        (
            "Bottlerocket reserves for the pods that prefixes allow",
            NodeClass(ami_family="Bottlerocket"),
            Networking(prefix_delegation=True),
            13590,
        ),
        (
            "an explicit kube-reserved replaces the AMI's",
            NodeClass(kube_reserved=(("memory", 500 * MIB),)),
            Networking(),
            14555,
        ),
        (
            "system-reserved comes on top",
            NodeClass(system_reserved=(("memory", 100 * MIB),)),
            Networking(),
            14062,
        ),
        (
            "an eviction threshold may be an amount",
            NodeClass(eviction_hard=(("memory.available", "1Gi"),)),
            Networking(),
            13238,
        ),
    ],
)
def test_allocatable_memory(
    sentence: str, node_class: NodeClass, networking: Networking, memory_mib: int
) -> None:
    left = dict(allocatable(shape(), node_class, networking))
    assert left["memory"] == memory_mib * MIB, sentence


def test_an_eviction_threshold_in_per_cent_is_rounded_up() -> None:
    node_class = NodeClass(eviction_hard=(("memory.available", "5%"),))
    left = dict(allocatable(shape(), node_class))
    assert left["memory"] == (15155 - 893) * MIB - -(-15155 * MIB * 5 // 100)


@pytest.mark.parametrize(
    ("sentence", "instance_type", "node_class", "amount"),
    [
        ("20 GiB of root volume leave 17", shape(), NodeClass(), 17 * GIB),
        (
            "a larger root volume leaves more",
            shape(),
            NodeClass(root_volume_bytes=100 * GIB),
            89 * GIB,
        ),
        ("an instance store is not used by itself", shape(nvme_gb=900), NodeClass(), 17 * GIB),
        (
            "a RAID 0 of the instance store is in decimal gigabytes",
            shape(nvme_gb=900),
            NodeClass(raid0_instance_store=True),
            810 * 10**9 - GIB,
        ),
    ],
)
def test_allocatable_ephemeral_storage(
    sentence: str, instance_type: InstanceType, node_class: NodeClass, amount: int
) -> None:
    assert dict(allocatable(instance_type, node_class))["ephemeral-storage"] == amount, sentence


@pytest.mark.parametrize(
    ("sentence", "instance_type", "devices"),
    [
        (
            "an NVIDIA GPU counts whole",
            shape(gpu=Device("l4", "nvidia", 4)),
            {"nvidia.com/gpu": 4},
        ),
        (
            "a part of a GPU is no GPU to the device plugin",
            shape(gpu=Device("l4", "nvidia", 0)),
            {},
        ),
        ("an AMD GPU has its own name", shape(gpu=Device("v520", "amd", 1)), {"amd.com/gpu": 1}),
        (
            "Neuron devices count with their cores",
            shape(accelerator=Device("inferentia2", "aws", 6, cores=2)),
            {"aws.amazon.com/neuron": 6, "aws.amazon.com/neuroncore": 12},
        ),
        ("EFA interfaces count", shape(efa_interfaces=32), {"vpc.amazonaws.com/efa": 32}),
    ],
)
def test_devices_are_allocatable(
    sentence: str, instance_type: InstanceType, devices: dict[str, int]
) -> None:
    found = {name: n for name, n in allocatable(instance_type) if "/" in name}
    assert found == devices, sentence


def test_nothing_is_ever_below_zero() -> None:
    left = dict(allocatable(shape(memory_mib=512)))
    assert "memory" not in left
    assert min(left.values()) > 0


def test_limits_count_capacity_and_one_node() -> None:
    assert capacity_for_limits(shape(gpu=Device("l4", "nvidia", 1))) == {
        "cpu": 4000,
        "memory": 15155 * MIB,
        "nodes": 1,
        "nvidia.com/gpu": 1,
    }


def test_every_published_row_is_reproduced() -> None:
    PUBLISHED_LABELS.skip_unless_met()
    types = load_instance_types()
    with gzip.open(PUBLISHED, "rt") as file:
        rows = [json.loads(line) for line in file]
    assert len(rows) == 1363
    wrong = []
    for row in rows:
        found = types[row["instanceType"]]
        left = dict(allocatable(found))
        ours = {name: format_amount(name, left.get(name, 0)) for name in ("cpu", "memory", "pods")}
        published = {name: row["allocatable"].get(name, "0") for name in ours}
        labels = instance_type_labels(found)
        if ours != published or labels != row["labels"]:
            wrong.append((found.name, ours, published, labels.items() ^ row["labels"].items()))
    assert wrong == []


def test_al2023_does_not_run_on_the_first_graviton() -> None:
    a1 = InstanceType("a1.large", 2, 4096, "arm64")
    assert not runs(a1, NodeClass())
    assert runs(a1, NodeClass(ami_family="AL2"))
    assert runs(InstanceType("m6g.large", 2, 8192, "arm64"), NodeClass())
