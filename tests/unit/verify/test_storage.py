"""Names of attached volumes; the other facts of storage are tested through the rules."""

import pytest

from kubestow.model import labels as names
from kubestow.model.pod import InlineVolume
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import PersistentVolume, StorageClass
from kubestow.verify.storage import (
    UnreadableVolumeError,
    default_class,
    ebs_name,
    inline_attachment,
    volume_attachment,
)

GCE, PD = "kubernetes.io/gce-pd", "pd.csi.storage.gke.io"
DISK = "projects/UNSPECIFIED/zones/{}/disks/d"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("vol-1", "vol-1"),
        ("anything", "anything"),
        ("aws://zone-a/vol-1", "vol-1"),
        ("aws:///vol-1", "vol-1"),
        ("aws://zone-a/vol-1/", "vol-1"),
        ("aws://zone-a/vol-1?x=y", "vol-1"),
    ],
)
def test_an_ebs_volumes_own_name(written: str, name: str) -> None:
    assert ebs_name(written) == name


@pytest.mark.parametrize("written", ["aws://vol-1", "aws://zone-a/disk", "aws://a/b/vol-1"])
def test_an_ebs_volume_that_cannot_be_named(written: str) -> None:
    with pytest.raises(UnreadableVolumeError):
        ebs_name(written)


@pytest.mark.parametrize(
    ("labels", "handle"),
    [
        ({}, DISK.format("UNSPECIFIED")),
        ({names.ZONE: "us-a-1"}, DISK.format("us-a-1")),
        ({names.ZONE: "x", "failure-domain.beta.kubernetes.io/zone": "y"}, DISK.format("y")),
        ({names.ZONE: "us-west-a__us-west-b"}, "projects/UNSPECIFIED/regions/us-west/disks/d"),
        ({names.ZONE: "us-west-a__us-east-b"}, None),
        ({names.ZONE: "a__b"}, None),
    ],
)
def test_a_gce_disks_name_holds_its_place(labels: dict[str, str], handle: str | None) -> None:
    disk = PersistentVolume("v", labels=tuple(labels.items()), driver=PD, handle="d", plugin=GCE)
    assert volume_attachment(disk, (GCE,)) == (None if handle is None else (PD, handle))


def test_an_inline_gce_disk_is_the_volume_of_no_zone() -> None:
    assert inline_attachment(InlineVolume("gce", "d"), (GCE,)) == (PD, DISK.format("UNSPECIFIED"))
    assert inline_attachment(InlineVolume("gce", "d"), None) is None


def test_the_first_default_class_by_name_counts() -> None:
    classes = {name: StorageClass(name, is_default=name != "a") for name in "cba"}
    assert default_class(Cluster(storage_classes=classes)) == classes["b"]
    assert default_class(Cluster()) is None
