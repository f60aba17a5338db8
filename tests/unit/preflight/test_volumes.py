"""Which driver makes a volume, and from where it is reached."""

from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.setup import PodVolume
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from kubestow.preflight.volumes import bound_volume, is_ebs, provisioner, zones_of_volume

from .builders import setup, workload


def test_a_claim_of_a_class_is_made_by_its_provisioner() -> None:
    classes = {"shared": StorageClass("shared", "efs.csi.aws.com")}
    of = setup(cluster={"storage_classes": classes})
    assert provisioner(of, workload(), PodVolume("v", "ephemeral", "", "shared")) == (
        "efs.csi.aws.com"
    )
    assert is_ebs(of, workload(), PodVolume("v", "ephemeral", "", "gp3"))
    assert not is_ebs(of, workload(), PodVolume("v", "emptyDir"))


def test_a_claim_without_a_class_is_of_the_default() -> None:
    classes = {"fast": StorageClass("fast", is_default=True)}
    of = setup(cluster={"storage_classes": classes})
    assert is_ebs(of, workload(), PodVolume("v", "volumeClaimTemplate"))
    assert not is_ebs(of, workload(), PodVolume("v", "persistentVolumeClaim", "not-in-the-input"))


def test_a_bound_claim_leads_to_its_volume_and_its_zones() -> None:
    terms = (NodeSelectorTerm((SelectorRequirement(
        "topology.ebs.csi.aws.com/zone", "In", ("zone-b",)),)),)  # fmt: skip
    volume = PersistentVolume("pv", terms, is_ebs=True)
    claim = PersistentVolumeClaim("shop", "data", volume_name="pv")
    of = setup(cluster={"volumes": {"pv": volume}, "claims": {("shop", "data"): claim}})
    used = PodVolume("v", "persistentVolumeClaim", "data")
    assert bound_volume(of, workload(), used) is volume
    assert is_ebs(of, workload(), used)
    assert zones_of_volume(volume) == ("zone-b",)
    labelled = PersistentVolume("pv", labels=(("topology.kubernetes.io/zone", "a__b"),))
    assert zones_of_volume(labelled) == ("a", "b")
