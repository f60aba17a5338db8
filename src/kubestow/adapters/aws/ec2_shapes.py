"""EC2's DescribeInstanceTypes response turned into InstanceType values.

No network access; the input is the decoded response. The network bandwidth follows the figures
that AWS publishes: a fixed "N Gigabit" is the figure itself, otherwise it is the sum of the
baselines of all cards (truncated to 10 Mbps where the baseline equals the peak, as AWS prints those
with two decimals). A performance in words ("Moderate") has no figure.
"""

import re
from typing import Any

from kubestow.model.instance_type import Device, InstanceType

_ARCHITECTURES = {"x86_64": "amd64", "x86_64_mac": "amd64", "arm64": "arm64", "arm64_mac": "arm64"}
_FIXED_GIGABIT = re.compile(r"([0-9.]+) Gigabit", re.ASCII)


def instance_type_from_ec2(answer: dict[str, Any]) -> InstanceType | None:
    """Return the InstanceType, or None for an architecture that Kubernetes nodes cannot have."""
    processor = answer["ProcessorInfo"]
    supported = [a for a in processor["SupportedArchitectures"] if a in _ARCHITECTURES]
    if not supported:
        return None
    network = answer["NetworkInfo"]
    cards = network.get("NetworkCards", [])
    default_card = network.get("DefaultNetworkCardIndex", 0)
    ebs = answer.get("EbsInfo", {})
    return InstanceType(
        name=answer["InstanceType"],
        vcpu=answer["VCpuInfo"]["DefaultVCpus"],
        memory_mib=answer["MemoryInfo"]["SizeInMiB"],
        architecture=_ARCHITECTURES[supported[0]],
        cpu_manufacturer=processor.get("Manufacturer", "").lower(),
        cpu_sustained_mhz=round((processor.get("SustainedClockSpeedInGhz") or 0) * 1000),
        current_generation=answer["CurrentGeneration"],
        hypervisor=answer.get("Hypervisor", ""),
        bare_metal=answer["BareMetal"],
        burstable=answer["BurstablePerformanceSupported"],
        macos=supported[0].endswith("_mac"),
        spot_supported="spot" in answer.get("SupportedUsageClasses", ()),
        encryption_in_transit=network.get("EncryptionInTransitSupported", False),
        network_mbps=_network_mbps(network.get("NetworkPerformance", ""), cards),
        ebs_mbps=_ebs_mbps(ebs),
        nvme_gb=_nvme_gb(answer.get("InstanceStorageInfo", {})),
        gpu=_gpu(answer),
        accelerator=_accelerator(answer),
        efa_interfaces=network.get("EfaInfo", {}).get("MaximumEfaInterfaces", 0),
        network_interfaces=_interfaces(network, cards, default_card),
        ipv4_per_interface=network["Ipv4AddressesPerInterface"],
        ebs_attachments=ebs.get("MaximumEbsAttachments", 0),
        ebs_attachments_shared=ebs.get("AttachmentLimitType", "shared") == "shared",
        nitro=answer.get("Hypervisor", "") == "nitro" or answer["BareMetal"],
    )


def _interfaces(network: dict[str, Any], cards: list[dict[str, Any]], default_card: int) -> int:
    for card in cards:
        if card.get("NetworkCardIndex") == default_card:
            return int(card["MaximumNetworkInterfaces"])
    return int(network["MaximumNetworkInterfaces"])


def _network_mbps(performance: str, cards: list[dict[str, Any]]) -> int:
    fixed = _FIXED_GIGABIT.fullmatch(performance)
    if fixed is not None:
        return round(float(fixed[1]) * 1000)
    if not any(character.isdigit() for character in performance):
        return 0
    baseline_gbps = sum(card.get("BaselineBandwidthInGbps") or 0 for card in cards)
    peak_gbps = sum(card.get("PeakBandwidthInGbps") or 0 for card in cards)
    if baseline_gbps == peak_gbps:
        return int(baseline_gbps * 100 + 1e-6) * 10
    return round(baseline_gbps * 1000)


def _ebs_mbps(ebs: dict[str, Any]) -> int:
    if ebs.get("EbsOptimizedSupport") != "default":
        return 0
    return int(ebs.get("EbsOptimizedInfo", {}).get("MaximumBandwidthInMbps", 0))


def _nvme_gb(storage: dict[str, Any]) -> int:
    if storage.get("NvmeSupport", "unsupported") == "unsupported":
        return 0
    return int(storage.get("TotalSizeInGB", 0))


def _gpu(answer: dict[str, Any]) -> Device | None:
    gpus = answer.get("GpuInfo", {}).get("Gpus", [])
    if len(gpus) != 1:
        return None
    (gpu,) = gpus
    return Device(
        name=_label(gpu["Name"]),
        manufacturer=gpu["Manufacturer"].lower(),
        count=gpu["Count"],
        memory_mib=gpu["MemoryInfo"]["SizeInMiB"],
    )


def _accelerator(answer: dict[str, Any]) -> Device | None:
    for device in answer.get("NeuronInfo", {}).get("NeuronDevices", []):
        return Device(
            name=_label(device["Name"]),
            manufacturer="aws",
            count=device["Count"],
            memory_mib=device.get("MemoryInfo", {}).get("SizeInMiB", 0),
            cores=device.get("CoreInfo", {}).get("Count", 0),
        )
    for device in answer.get("InferenceAcceleratorInfo", {}).get("Accelerators", []):
        return Device(
            name=_label(device["Name"]),
            manufacturer=device["Manufacturer"].lower(),
            count=device["Count"],
            memory_mib=device.get("MemoryInfo", {}).get("SizeInMiB", 0),
        )
    return None


def _label(name: str) -> str:
    return name.lower().replace(" ", "-")
