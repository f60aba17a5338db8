"""Volumes of type gp2."""

from kubestow.model.setup import Disk, MachineSettings, StorageClassFacts
from kubestow.preflight import gp2_volume as check

from .builders import config, found, group, one, setup, subject

OWN = subject("StorageClass", "standard", "")


def test_a_storage_class_of_type_gp2_and_one_of_the_in_tree_driver() -> None:
    for item in (
        StorageClassFacts(OWN, "ebs.csi.aws.com", "gp2"),
        StorageClassFacts(OWN, "kubernetes.io/aws-ebs"),
    ):
        finding = one(check, setup(storage=(item,)))
        assert (finding.severity, finding.field) == ("warning", "parameters.type")


def test_node_groups_and_node_classes() -> None:
    assert one(check, setup(config_of=config(group(volume_type="gp2")))).field == (
        "managedNodeGroups[0].volumeType"
    )
    disks = (Disk("spec.blockDeviceMappings[0].ebs", "gp2"),)
    machine = MachineSettings(subject("EC2NodeClass", "default", ""), disks=disks)
    assert one(check, setup(machines=(machine,))).field == (
        "spec.blockDeviceMappings[0].ebs.volumeType"
    )


def test_gp3_and_what_is_not_said_pass() -> None:
    kept = (
        StorageClassFacts(OWN, "ebs.csi.aws.com", "gp3"),
        StorageClassFacts(OWN, "ebs.csi.aws.com"),
    )
    assert found(check, setup(storage=kept, config_of=config(group(volume_type="gp3")))) == []
