"""What a plan with EKS Auto Mode in it says that it does not follow."""

from collections.abc import Mapping

import pytest

from kubestow.model import labels as names
from kubestow.model.nodepool import Launcher, NodePool
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import StorageClass
from kubestow.provisioning.auto_mode_notes import auto_mode_notes
from kubestow.provisioning.preparation.offerings import default_pools
from kubestow.testing import node, nodepool

AUTO = nodepool("auto", launched_by=Launcher.AUTO_MODE)
OWN = nodepool("own")
EBS = {"gp3": StorageClass("gp3", provisioner="ebs.csi.aws.com")}
AUTOS_EBS = {"auto": StorageClass("auto", provisioner="ebs.csi.eks.amazonaws.com")}


@pytest.mark.parametrize(
    ("classes", "pools", "said"),
    [
        (EBS, (AUTO,), ["cannot be mounted on nodes of EKS Auto Mode"]),
        (EBS, (OWN,), []),
        (AUTOS_EBS, (AUTO,), []),
        (AUTOS_EBS, (OWN,), ["on nodes of EKS Auto Mode alone"]),
        (EBS | AUTOS_EBS, (AUTO, OWN), ["cannot be mounted", "on nodes of EKS Auto Mode alone"]),
        ({}, (AUTO, OWN), []),
    ],
)
def test_volumes_of_the_other_driver_are_named(
    classes: Mapping[str, StorageClass], pools: tuple[NodePool, ...], said: list[str]
) -> None:
    notes = list(auto_mode_notes(Cluster(storage_classes=classes), pools))
    assert len(notes) == len(said)
    assert all(text in note for text, note in zip(said, notes, strict=True))


def test_nodes_of_auto_mode_without_its_nodepools_are_named() -> None:
    there = node("n", labels={names.AUTO_MODE_COMPUTE: "auto"})
    (note,) = auto_mode_notes(Cluster(nodes=(there,)), default_pools())
    assert "kubectl get nodepools,nodeclasses" in note
    assert list(auto_mode_notes(Cluster(nodes=(there,)), (AUTO,))) == []
    assert list(auto_mode_notes(Cluster(nodes=(node("m"),)), default_pools())) == []
