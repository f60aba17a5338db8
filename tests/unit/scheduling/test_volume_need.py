"""What a pod's claims ask of nodes that do not exist yet."""

from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from kubestow.scheduling.volume_need import NO_VOLUMES, VolumeNeed, resolve_class, volume_need

IN_A = (NodeSelectorTerm((SelectorRequirement(names.ZONE, "In", ("zone-a",)),)),)
CLASSES = {
    item.name: item
    for item in (
        StorageClass("wait"),
        StorageClass("in-a", allowed_topologies=IN_A),
        StorageClass("now", waits_for_first_consumer=False),
        StorageClass("static", "kubernetes.io/no-provisioner"),
        StorageClass("nfs", "nfs.example.com"),
    )
}
ONE_USER, TWO_USERS = {"default/c": 1}, {"default/c": 2}


def claim(storage_class: str | None = "wait", **facts: Any) -> PersistentVolumeClaim:
    return PersistentVolumeClaim("default", "c", storage_class, **facts)


def need(
    item: PersistentVolumeClaim | None, users: dict[str, int] = ONE_USER, **volume: Any
) -> VolumeNeed:
    volumes = {"v": PersistentVolume("v", **volume)} if volume else {}
    cluster = Cluster(
        claims={("default", "c"): item} if item else {}, volumes=volumes, storage_classes=CLASSES
    )
    return volume_need("default", ("c",), cluster, users)


def test_a_pod_without_claims_needs_nothing() -> None:
    assert volume_need("default", (), Cluster(), {}) is NO_VOLUMES


PROBLEMS = [
    ("a claim that is not in the input", need(None),
     "PersistentVolumeClaim default/c is not in the input"),
    ("a volume that is not in the input", need(claim(volume_name="v")),
     "PersistentVolume v of claim default/c is not in the input"),
    ("a claim that should be bound by now", need(claim("now")),
     "claim default/c is unbound and its class now binds immediately"),
    ("a claim of no class", need(claim("")),
     "claim default/c asks for a static volume; matching static volumes is not supported yet"),
    ("a class that provisions nothing", need(claim("static")),
     "claim default/c needs a static volume of class static; matching static volumes is not "
     "supported yet"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "needed", "problem"), PROBLEMS)
def test_no_node_will_do_for(sentence: str, needed: VolumeNeed, problem: str) -> None:
    assert needed == VolumeNeed(problem=problem), sentence


NEEDS = [
    ("a volume to be made takes a slot", need(claim()), VolumeNeed(ebs_slots=1)),
    ("it is made where its class allows", need(claim("in-a")),
     VolumeNeed(terms=(IN_A,), ebs_slots=1)),
    ("a volume that is no EBS volume takes no slot", need(claim("nfs")), VolumeNeed()),
    ("an EBS volume takes a slot where it is",
     need(claim(volume_name="v"), is_ebs=True, node_affinity=IN_A),
     VolumeNeed(terms=(IN_A,), ebs_slots=1)),
    ("a volume that two pods share takes slots that are held everywhere",
     need(claim(volume_name="v"), TWO_USERS, is_ebs=True),
     VolumeNeed(shared_ebs=("default/c",))),
    ("a volume to be made for two pods keeps them in one zone", need(claim(), TWO_USERS),
     VolumeNeed(colocated=("default/c",), shared_ebs=("default/c",))),
    ("ReadWriteOncePod is for one of two pods",
     need(claim(access_modes=("ReadWriteOncePod",), volume_name="v"), TWO_USERS, is_ebs=False),
     VolumeNeed(exclusive=("default/c",))),
    ("ReadWriteOncePod is no matter for one pod",
     need(claim(access_modes=("ReadWriteOncePod",), volume_name="v"), is_ebs=False),
     VolumeNeed()),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "needed", "expected"), NEEDS)
def test_what_is_needed(sentence: str, needed: VolumeNeed, expected: VolumeNeed) -> None:
    assert needed == expected, sentence


def test_a_volume_of_a_zone_needs_that_zone_or_a_node_without_one() -> None:
    found = need(claim(volume_name="v"), labels=((names.ZONE, "zone-a__zone-b"),))
    ((inside, absent),) = found.terms
    assert inside.matches("n", {names.ZONE: "zone-b"})
    assert not inside.matches("n", {names.ZONE: "zone-c"})
    assert absent.matches("n", {})


RESOLVED = [
    ("the class it names", claim("nfs"), CLASSES, CLASSES["nfs"]),
    ("no class if it says so", claim(""), CLASSES, None),
    ("a class that is not in the input is taken as EBS", claim("gp9"), CLASSES,
     StorageClass("gp9", is_assumed=True)),
    ("the default class", claim(None), {"d": StorageClass("d", is_default=True)},
     StorageClass("d", is_default=True)),
    ("no default class is taken as EBS", claim(None), CLASSES,
     StorageClass("(default)", is_assumed=True)),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "item", "classes", "expected"), RESOLVED)
def test_a_claim_is_of(
    sentence: str,
    item: PersistentVolumeClaim,
    classes: dict[str, StorageClass],
    expected: StorageClass | None,
) -> None:
    assert resolve_class(item, Cluster(storage_classes=classes)) == expected, sentence
