"""EBS classes that bind at once."""

from kubestow.model.setup import StorageClassFacts
from kubestow.preflight import storage_class_immediate as check

from .builders import found, one, setup, subject

OWN = subject("StorageClass", "fast", "")


def test_an_ebs_class_that_binds_at_once() -> None:
    item = StorageClassFacts(OWN, "ebs.csi.aws.com", "gp3", waits_for_first_consumer=False)
    finding = one(check, setup(storage=(item,)))
    assert (finding.severity, finding.field) == ("warning", "volumeBindingMode")


def test_one_that_waits_and_one_of_efs_pass() -> None:
    kept = (
        StorageClassFacts(OWN, "ebs.csi.aws.com"),
        StorageClassFacts(OWN, "efs.csi.aws.com", "", False),
    )
    assert found(check, setup(storage=kept)) == []
