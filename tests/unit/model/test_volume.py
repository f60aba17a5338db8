import pytest

from kubestow.model.volume import (
    EBS_DRIVER,
    EBS_PROVISIONERS,
    PersistentVolume,
    StorageClass,
    is_ebs_class_name,
)


@pytest.mark.parametrize(
    ("name", "is_ebs"),
    [
        ("gp2", True),
        ("gp3-encrypted", True),
        ("fast-io2", True),
        ("ebs-sc", True),
        ("efs-sc", False),
        ("standard", False),
        ("", False),
    ],
)
def test_a_storage_class_that_is_not_given_is_told_by_its_name(name: str, is_ebs: bool) -> None:
    assert is_ebs_class_name(name) is is_ebs


def test_a_storage_class_provisions_ebs_volumes_where_nothing_is_said() -> None:
    assert StorageClass("any").provisioner == EBS_DRIVER
    assert EBS_DRIVER in EBS_PROVISIONERS


def test_a_volume_without_node_affinity_is_reachable_from_every_node() -> None:
    assert PersistentVolume("pv").node_affinity is None
