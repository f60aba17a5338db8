"""Wire shapes of storage: volumes, claims and CSI objects, by their names in the API."""

from typing import Any

import msgspec

from kubestow.adapters.kubernetes import storage_wire


def decode(text: str, shape: type[Any]) -> Any:
    return msgspec.json.decode(text.encode(), type=shape)


def test_a_volume_has_a_csi_source_or_an_in_tree_one() -> None:
    csi = decode(
        '{"csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"}}', storage_wire.VolumeSpec
    )
    in_tree = decode('{"awsElasticBlockStore": {"volumeID": "vol-1"}}', storage_wire.VolumeSpec)
    assert (csi.csi.driver, csi.csi.volume_handle) == ("ebs.csi.aws.com", "vol-1")
    assert in_tree.aws_elastic_block_store.volume_id == "vol-1"
    assert (csi.aws_elastic_block_store, in_tree.csi) == (None, None)


def test_a_reserved_volume_names_its_claim_without_a_uid() -> None:
    spec = decode('{"claimRef": {"namespace": "a", "name": "b"}}', storage_wire.VolumeSpec)
    assert spec.claim_ref == storage_wire.ClaimReference("a", "b", None)


def test_an_empty_storage_class_differs_from_none() -> None:
    empty = decode('{"storageClassName": ""}', storage_wire.VolumeSpec)
    absent = decode("{}", storage_wire.VolumeSpec)
    assert (empty.storage_class_name, absent.storage_class_name) == ("", None)


def test_a_driver_without_a_count_has_no_limit_and_zero_is_one() -> None:
    spec = decode(
        '{"drivers": [{"name": "a", "allocatable": {"count": 0}}, {"name": "b",'
        ' "allocatable": {}}, {"name": "c"}]}',
        storage_wire.CsiNodeSpec,
    )
    zero, uncounted, unlimited = spec.drivers
    assert (zero.allocatable.count, uncounted.allocatable.count) == (0, None)
    assert unlimited.allocatable is None


def test_a_storage_capacity_has_its_fields_beside_the_metadata() -> None:
    item = decode(
        '{"metadata": {"name": "c"}, "storageClassName": "gp3", "maximumVolumeSize": "1Ti"}',
        storage_wire.StorageCapacityWire,
    )
    assert (item.storage_class_name, item.maximum_volume_size) == ("gp3", "1Ti")
