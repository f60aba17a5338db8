from typing import Any

import pytest

from kubestow.adapters.aws.ec2_shapes import instance_type_from_ec2
from kubestow.model.instance_type import Device, InstanceType


def answer(**changes: Any) -> dict[str, Any]:
    """Return DescribeInstanceTypes' entry of a plain type, with parts replaced."""
    plain = {
        "InstanceType": "m9i.large",
        "CurrentGeneration": True,
        "SupportedUsageClasses": ["on-demand", "spot"],
        "BareMetal": False,
        "Hypervisor": "nitro",
        "ProcessorInfo": {
            "SupportedArchitectures": ["x86_64"],
            "SustainedClockSpeedInGhz": 3.2,
            "Manufacturer": "Intel",
        },
        "VCpuInfo": {"DefaultVCpus": 2},
        "MemoryInfo": {"SizeInMiB": 8192},
        "EbsInfo": {
            "EbsOptimizedSupport": "default",
            "EbsOptimizedInfo": {"MaximumBandwidthInMbps": 10000},
            "MaximumEbsAttachments": 32,
            "AttachmentLimitType": "dedicated",
        },
        "NetworkInfo": network(),
        "BurstablePerformanceSupported": False,
    }
    return plain | changes


def network(performance: str = "Up to 12.5 Gigabit", **changes: Any) -> dict[str, Any]:
    """Return the network part: one card of 3 interfaces with 10 addresses each."""
    plain = {
        "NetworkPerformance": performance,
        "MaximumNetworkInterfaces": 3,
        "DefaultNetworkCardIndex": 0,
        "NetworkCards": [card()],
        "Ipv4AddressesPerInterface": 10,
        "EncryptionInTransitSupported": True,
    }
    return plain | changes


def card(index: int = 0, baseline: float = 0.781, peak: float = 12.5, interfaces: int = 3) -> Any:
    """Return one network card."""
    return {
        "NetworkCardIndex": index,
        "MaximumNetworkInterfaces": interfaces,
        "BaselineBandwidthInGbps": baseline,
        "PeakBandwidthInGbps": peak,
    }


def read(**changes: Any) -> InstanceType:
    found = instance_type_from_ec2(answer(**changes))
    assert found is not None
    return found


def test_a_plain_type_is_read_whole() -> None:
    assert read() == InstanceType(
        name="m9i.large",
        vcpu=2,
        memory_mib=8192,
        architecture="amd64",
        cpu_manufacturer="intel",
        cpu_sustained_mhz=3200,
        hypervisor="nitro",
        encryption_in_transit=True,
        network_mbps=781,
        ebs_mbps=10000,
        network_interfaces=3,
        ipv4_per_interface=10,
        ebs_attachments=32,
        ebs_attachments_shared=False,
    )


@pytest.mark.parametrize(
    ("sentence", "architectures", "expected"),
    [
        ("x86_64 is amd64", ["x86_64"], ("amd64", False)),
        ("i386 beside it is overlooked", ["i386", "x86_64"], ("amd64", False)),
        ("arm64 is arm64", ["arm64"], ("arm64", False)),
        ("a Mac is told apart", ["arm64_mac"], ("arm64", True)),
        ("an Intel Mac too", ["x86_64_mac"], ("amd64", True)),
    ],
)
def test_architecture(sentence: str, architectures: list[str], expected: tuple[str, bool]) -> None:
    found = read(ProcessorInfo={"SupportedArchitectures": architectures})
    assert (found.architecture, found.macos) == expected, sentence


def test_a_type_no_node_can_run_on_is_none() -> None:
    only_32_bit = answer(ProcessorInfo={"SupportedArchitectures": ["i386"]})
    assert instance_type_from_ec2(only_32_bit) is None


@pytest.mark.parametrize(
    ("sentence", "info", "mbps"),
    [
        ("a fixed figure is the figure", network("10 Gigabit"), 10000),
        ("a fraction is a figure too", network("12.5 Gigabit"), 12500),
        ("'up to' means the baseline", network("Up to 12.5 Gigabit"), 781),
        ("words have no figure", network("Moderate"), 0),
        ("no word has none either", network(""), 0),
        (
            "several cards are added",
            network("8x 100 Gigabit", NetworkCards=[card(i, 100, 100) for i in range(8)]),
            800000,
        ),
        (
            "a baseline that is the peak is cut to 10 Mbps",
            network("Up to 3.125 Gigabit", NetworkCards=[card(0, 3.125, 3.125)]),
            3120,
        ),
        (
            "a card without figures counts as nothing",
            network("Up to 5 Gigabit", NetworkCards=[{"NetworkCardIndex": 0,
                                                      "MaximumNetworkInterfaces": 2}]),
            0,
        ),
    ],
)  # fmt: skip
def test_network_bandwidth(sentence: str, info: dict[str, Any], mbps: int) -> None:
    assert read(NetworkInfo=info).network_mbps == mbps, sentence


@pytest.mark.parametrize(
    ("sentence", "info", "interfaces"),
    [
        (
            "only the default card's interfaces count",
            network(
                MaximumNetworkInterfaces=32,
                DefaultNetworkCardIndex=1,
                NetworkCards=[card(0, interfaces=1), card(1, interfaces=2)],
            ),
            2,
        ),
        ("without cards the total counts", network(NetworkCards=[]), 3),
    ],
)
def test_network_interfaces(sentence: str, info: dict[str, Any], interfaces: int) -> None:
    assert read(NetworkInfo=info).network_interfaces == interfaces, sentence


@pytest.mark.parametrize(
    ("sentence", "changes", "field", "expected"),
    [
        ("no spot in the usage classes", {"SupportedUsageClasses": ["on-demand"]},
         "spot_supported", False),
        ("EBS optimisation at a price has no bandwidth",
         {"EbsInfo": {"EbsOptimizedSupport": "supported"}}, "ebs_mbps", 0),
        ("attachments are shared where EC2 does not say", {"EbsInfo": {}},
         "ebs_attachments_shared", True),
        ("an NVMe store counts",
         {"InstanceStorageInfo": {"TotalSizeInGB": 118, "NvmeSupport": "required"}},
         "nvme_gb", 118),
        ("an old store that is not NVMe does not",
         {"InstanceStorageInfo": {"TotalSizeInGB": 80, "NvmeSupport": "unsupported"}},
         "nvme_gb", 0),
        ("bare metal is Nitro without a hypervisor", {"BareMetal": True, "Hypervisor": ""},
         "nitro", True),
        ("Xen is not Nitro", {"Hypervisor": "xen"}, "nitro", False),
        ("EFA interfaces are counted",
         {"NetworkInfo": network(EfaInfo={"MaximumEfaInterfaces": 4})}, "efa_interfaces", 4),
        ("no clock speed is zero",
         {"ProcessorInfo": {"SupportedArchitectures": ["arm64"]}}, "cpu_sustained_mhz", 0),
    ],
)  # fmt: skip
def test_a_fact(sentence: str, changes: dict[str, Any], field: str, expected: object) -> None:
    assert getattr(read(**changes), field) == expected, sentence


GPU = {"Name": "L40S", "Manufacturer": "NVIDIA", "Count": 4, "MemoryInfo": {"SizeInMiB": 45776}}


def test_a_gpu_is_named_as_its_label() -> None:
    gpu = GPU | {"Name": "Radeon Pro V520", "Manufacturer": "AMD"}
    found = read(GpuInfo={"Gpus": [gpu]})
    assert found.gpu == Device("radeon-pro-v520", "amd", 4, memory_mib=45776)


def test_gpus_of_several_kinds_are_none_as_karpenter_labels_none() -> None:
    assert read(GpuInfo={"Gpus": [GPU, GPU]}).gpu is None


def test_a_neuron_device_is_an_accelerator_of_aws() -> None:
    neuron = {
        "Name": "Trainium2",
        "Count": 16,
        "CoreInfo": {"Count": 8},
        "MemoryInfo": {"SizeInMiB": 98304},
    }
    found = read(NeuronInfo={"NeuronDevices": [neuron]})
    assert found.accelerator == Device("trainium2", "aws", 16, memory_mib=98304, cores=8)


def test_an_inference_accelerator_is_read_where_there_is_no_neuron_device() -> None:
    gaudi = {"Name": "Gaudi HL-205", "Manufacturer": "Habana", "Count": 8}
    found = read(InferenceAcceleratorInfo={"Accelerators": [gaudi]})
    assert found.accelerator == Device("gaudi-hl-205", "habana", 8)
