"""AMI families against versions."""

from dataclasses import replace
from datetime import date

from kubestow.model.setup import MachineSettings
from kubestow.preflight import ami_family_version as check

from .builders import config, found, group, one, setup, subject, unjudged

AL2 = group(ami_family="AmazonLinux2")


def test_al2_is_not_made_for_1_33() -> None:
    finding = one(check, setup(config_of=config(AL2, version="1.33")))
    assert finding.severity == "error"
    assert finding.field == "managedNodeGroups[0].amiFamily"
    assert finding.reason == (
        "AL2 AMIs exist up to Kubernetes 1.32, but the cluster runs 1.33: nodes cannot be launched"
    )


def test_al2_for_1_32_is_no_longer_published() -> None:
    of = setup(config_of=config(AL2, version="1.32"))
    assert one(check, of).severity == "warning"
    assert found(check, replace(of, today=date(2025, 11, 26))) == []


def test_a_node_class_is_judged_as_well() -> None:
    machine = MachineSettings(subject("EC2NodeClass", "old", ""), "AL2")
    assert one(check, setup(machines=(machine,), config_of=config(version="1.34")))


def test_al2023_and_images_of_ones_own_pass() -> None:
    assert found(check, setup(config_of=config(group(), version="1.33"))) == []
    own = group(ami_family="AmazonLinux2", has_own_image=True)
    assert found(check, setup(config_of=config(own, version="1.33"))) == []
    assert unjudged(check, setup(config_of=config(group()))) == [
        "metadata.version of the ClusterConfig is not set"
    ]
