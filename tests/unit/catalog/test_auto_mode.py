"""What EKS Auto Mode launches."""

import pytest

from kubestow.catalog.auto_mode import BUILT_IN_POOLS, node_class, runnable
from kubestow.model import labels as names
from kubestow.model.nodepool import GIB, Launcher, NodeClass

GENERAL, SYSTEM = BUILT_IN_POOLS


@pytest.mark.parametrize(
    ("key", "value", "may"),
    [
        ("instance-size", "small", False),
        ("instance-size", "medium", True),
        ("instance-cpu", "1", False),
        ("instance-cpu", "2", True),
        ("instance-hypervisor", "xen", False),
        ("instance-hypervisor", "nitro", True),
    ],
)
def test_small_and_old_types_are_not_launched(key: str, value: str, may: bool) -> None:
    wanted = {item.key: item for item in runnable(names.AUTO_MODE_PREFIX)}
    assert wanted[names.AUTO_MODE_PREFIX + key].has(value) is may


def test_its_nodes_run_110_pods_at_most_whatever_their_class_says() -> None:
    own = node_class(NodeClass("c", max_pods=200, root_volume_bytes=160 * GIB))
    assert (own.max_pods, own.pods_at_most, own.ami_family) == (None, (110, 110), "Bottlerocket")
    assert own.root_volume_bytes == 160 * GIB


def test_the_built_in_pools_are_for_amd64_and_for_what_tolerates_the_addons_taint() -> None:
    assert {pool.launched_by for pool in BUILT_IN_POOLS} == {Launcher.AUTO_MODE}
    general, system = (pool.requirements.get(names.ARCH) for pool in BUILT_IN_POOLS)
    assert general is not None
    assert general.values == {"amd64"}
    assert system is None
    assert [taint.key for taint in SYSTEM.taints] == ["CriticalAddonsOnly"]
    assert not GENERAL.taints
