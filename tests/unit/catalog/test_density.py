import pytest

from kubestow.adapters.catalog_files import load_instance_types
from kubestow.catalog.density import ebs_volume_slots, eni_limited_pods, max_pods
from kubestow.model.instance_type import InstanceType
from kubestow.model.nodepool import Networking, NodeClass

PREFIXES = Networking(prefix_delegation=True)
CUSTOM = Networking(custom_networking=True)
BOTH = Networking(prefix_delegation=True, custom_networking=True)


@pytest.fixture(scope="module")
def types() -> dict[str, InstanceType]:
    return load_instance_types()


@pytest.mark.parametrize(
    ("sentence", "name", "node_class", "networking", "pods"),
    [
        ("a t3.xlarge has 4 x (15 - 1) + 2 slots", "t3.xlarge", NodeClass(), Networking(), 58),
        ("a t2.medium has 3 x (6 - 1) + 2 slots", "t2.medium", NodeClass(), Networking(), 17),
        ("a t3.nano has 2 x (2 - 1) + 2 slots", "t3.nano", NodeClass(), Networking(), 4),
        ("custom networking keeps one interface", "t3.xlarge", NodeClass(), CUSTOM, 44),
        ("prefixes lift a small type to 110", "t3.xlarge", NodeClass(), PREFIXES, 110),
        ("prefixes lift a large type to 250", "m5.12xlarge", NodeClass(), PREFIXES, 250),
        ("30 vCPU is the border of the small cap", "m5.8xlarge", NodeClass(), PREFIXES, 250),
        ("prefixes may allow less than the cap", "t3.nano", NodeClass(), PREFIXES, 34),
        ("prefixes and custom networking combine", "t3.nano", NodeClass(), BOTH, 18),
        ("Xen types get no prefixes", "t2.medium", NodeClass(), PREFIXES, 17),
        ("maxPods overrides the density", "t3.xlarge", NodeClass(max_pods=20), Networking(), 20),
        ("maxPods overrides prefixes too", "t3.xlarge", NodeClass(max_pods=200), PREFIXES, 200),
        ("podsPerCore caps", "t3.xlarge", NodeClass(pods_per_core=10), Networking(), 40),
        ("podsPerCore never raises", "t3.xlarge", NodeClass(pods_per_core=99), Networking(), 58),
        (
            "podsPerCore caps maxPods",
            "t3.xlarge",
            NodeClass(max_pods=50, pods_per_core=4),
            Networking(),
            16,
        ),
        (
            "Bottlerocket knows no podsPerCore",
            "t3.xlarge",
            NodeClass(ami_family="Bottlerocket", pods_per_core=10),
            Networking(),
            58,
        ),
    ],
)
def test_max_pods(
    types: dict[str, InstanceType],
    sentence: str,
    name: str,
    node_class: NodeClass,
    networking: Networking,
    pods: int,
) -> None:
    assert max_pods(types[name], node_class, networking) == pods, sentence


def test_custom_networking_on_a_single_interface_leaves_no_pods() -> None:
    single = InstanceType("x1.one", 2, 4096, "amd64", network_interfaces=1, ipv4_per_interface=4)
    assert eni_limited_pods(single, reserved_interfaces=1) == 0
    assert max_pods(single, NodeClass(), CUSTOM) == 0
    assert max_pods(single, NodeClass(), BOTH) == 0


@pytest.mark.parametrize(
    ("sentence", "instance_type", "block_devices", "slots"),
    [
        (
            "a type not on Nitro takes 39 volumes",
            InstanceType("t9.old", 2, 4096, "amd64", nitro=False, network_interfaces=3),
            1,
            39,
        ),
        (
            "where EC2 names no limit, 27 attachments are shared with the interfaces",
            InstanceType("m9.std", 2, 4096, "amd64", network_interfaces=3),
            1,
            24,
        ),
        (
            "an own EBS limit is not shared with the interfaces",
            InstanceType(
                "m9.own",
                2,
                4096,
                "amd64",
                network_interfaces=3,
                ebs_attachments=32,
                ebs_attachments_shared=False,
            ),
            1,
            31,
        ),
        (
            "every block device of the node takes a slot",
            InstanceType("m9.std", 2, 4096, "amd64", network_interfaces=3),
            2,
            23,
        ),
        (
            "one slot is always left",
            InstanceType("m9.few", 2, 4096, "amd64", network_interfaces=8, ebs_attachments=4),
            1,
            1,
        ),
    ],
)
def test_ebs_volume_slots(
    sentence: str, instance_type: InstanceType, block_devices: int, slots: int
) -> None:
    node_class = NodeClass(block_devices=block_devices)
    assert ebs_volume_slots(instance_type, node_class) == slots, sentence
