"""What pods bind and attach as they are placed; the cluster's own objects stay as they are."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.pod import InlineVolume
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from kubestow.scheduling.volume_state import VolumeState, is_migrated
from kubestow.testing import node, pod

EBS, IN_TREE = "ebs.csi.aws.com", "kubernetes.io/aws-ebs"
A = node("a", zone="zone-a")
MIGRATED = replace(A, migrated_plugins=())
CLASSES = (
    StorageClass("wait"),
    StorageClass("in-tree", IN_TREE),
    StorageClass("lvm", "lvm.example.com"),
)


def claim(name: str = "c", storage_class: str | None = "wait", **facts: Any) -> Any:
    facts.setdefault("bind_completed", bool(facts.get("volume_name")))
    return PersistentVolumeClaim("default", name, storage_class, **facts)


def storage(*objects: Any, classes: tuple[StorageClass, ...] = CLASSES) -> VolumeState:
    claims = [item for item in objects if isinstance(item, PersistentVolumeClaim)]
    volumes = [item for item in objects if isinstance(item, PersistentVolume)]
    return VolumeState(
        Cluster(
            claims={(c.namespace, c.name): c for c in claims},
            volumes={v.name: v for v in volumes},
            storage_classes={c.name: c for c in classes},
        )
    )


# --- classes ------------------------------------------------------------------------------------

DEFAULTS = (StorageClass("z", is_default=True), StorageClass("b", is_default=True), *CLASSES)
CLASS_NAMES = [
    ("the class it names", claim(storage_class="wait"), DEFAULTS, "wait"),
    ("none if it says so", claim(storage_class=""), DEFAULTS, ""),
    ("the first default if it says nothing", claim(storage_class=None), DEFAULTS, "b"),
    ("none where there is no default", claim(storage_class=None), CLASSES, ""),
]


@pytest.mark.parametrize(("sentence", "item", "classes", "expected"), CLASS_NAMES)
def test_a_claim_has(
    sentence: str, item: PersistentVolumeClaim, classes: tuple[StorageClass, ...], expected: str
) -> None:
    found = storage(item, classes=classes)
    assert found.class_name(item) == expected, sentence
    assert found.storage_class(item) == {c.name: c for c in classes}.get(expected)


# --- bind ---------------------------------------------------------------------------------------


def test_a_claim_that_waited_is_bound_to_a_new_volume_in_its_node_s_zone() -> None:
    found = storage(claim())
    found.bind(pod("p", claims=("c",)), A, {})
    bound = found.claim("default", "c")
    assert bound is not None
    assert bound.bind_completed
    volume = found.volume(bound.volume_name)
    assert volume is not None
    assert volume.driver == EBS
    assert volume.node_affinity == (
        NodeSelectorTerm((SelectorRequirement(names.ZONE, "In", ("zone-a",)),)),
    )


def test_a_volume_of_a_driver_that_is_not_known_is_taken_to_be_reachable_from_anywhere() -> None:
    found = storage(claim(storage_class="lvm"))
    found.bind(pod("p", claims=("c",)), A, {})
    bound = found.claim("default", "c")
    assert bound is not None
    volume = found.volume(bound.volume_name)
    assert volume is not None
    assert (volume.driver, volume.node_affinity) == ("lvm.example.com", None)


def test_a_claim_is_bound_to_the_volume_that_was_chosen_for_it() -> None:
    free = PersistentVolume("v", storage_class="wait", is_available=True)
    found = storage(claim(uid="u"), free)
    found.bind(pod("p", claims=("c",)), A, {"c": "v"})
    bound, volume = found.claim("default", "c"), found.volume("v")
    assert bound is not None
    assert volume is not None
    assert (bound.volume_name, volume.claim) == ("v", ("default", "c", "u"))
    assert [v.claim for v in found.of_class("wait")] == [("default", "c", "u")]


def test_what_is_bound_already_stays_and_the_cluster_s_objects_never_change() -> None:
    old = claim("old", volume_name="v")
    found = storage(old, claim(), PersistentVolume("v", driver=EBS, handle="h"))
    found.bind(pod("p", claims=("old", "c", "none")), A, {})
    assert found.claim("default", "old") is old
    assert found.cluster.claims["default", "c"] == claim()
    assert set(found.claims) == {("default", "c")}
    assert found.claim("default", "none") is None


# --- attach -------------------------------------------------------------------------------------


def attached(found: VolumeState, *claims: str, inline: tuple[str, ...] = (), **changes: Any) -> Any:
    there = replace(A, **changes)
    return list(found.attachments("default", claims, inline, there))


VOLUME = PersistentVolume("v", driver=EBS, handle="vol-1")
MOVED = PersistentVolume("v", driver=EBS, handle="vol-1", plugin=IN_TREE)
BOUND = claim(volume_name="v")
ATTACHED: list[tuple[str, VolumeState, tuple[str, ...] | None, list[tuple[str, str]]]] = [
    ("a bound volume by its handle", storage(BOUND, VOLUME), None, [(EBS, "vol-1")]),
    ("a volume to come by its claim", storage(claim()), None, [(EBS, "new default/c")]),
    ("no claim that is not there", storage(), None, []),
    ("no claim without a class", storage(claim(storage_class="none")), None, []),
    ("no volume of no driver", storage(BOUND, PersistentVolume("v")), None, []),
    ("an in-tree volume where a driver took over", storage(BOUND, MOVED), (), [(EBS, "vol-1")]),
    ("not where none has", storage(BOUND, MOVED), None, []),
    ("a volume to come of an in-tree class likewise", storage(claim(storage_class="in-tree")), (),
     [(EBS, "new default/c")]),
    ("nor that", storage(claim(storage_class="in-tree")), None, []),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "found", "migrated", "expected"), ATTACHED)
def test_a_pod_attaches(
    sentence: str,
    found: VolumeState,
    migrated: tuple[str, ...] | None,
    expected: list[tuple[str, str]],
) -> None:
    assert attached(found, "c", migrated_plugins=migrated) == expected, sentence


def test_disks_in_the_pod_are_attached_by_the_driver_that_took_over() -> None:
    inline = ("ebs/aws://zone-a/vol-1", "ebs/vol-2", "gce/disk", "iscsi/target")
    assert attached(storage(), inline=inline, migrated_plugins=()) == [
        (EBS, "vol-1"), (EBS, "vol-2"), ("pd.csi.storage.gke.io", "disk"),
    ]  # fmt: skip
    assert attached(storage(), inline=inline) == []


def test_a_node_without_a_csi_node_has_migrated_nothing_and_no_driver_an_unknown_plugin() -> None:
    assert is_migrated(IN_TREE, MIGRATED)
    assert not is_migrated(IN_TREE, A)
    assert not is_migrated("kubernetes.io/portworx-volume", MIGRATED)


def test_a_claim_s_users_are_counted_as_they_come_and_go() -> None:
    found = storage(claim())
    one, two = pod("one", claims=("c",)), pod("two", claims=("c",))
    found.attach(one, 0)
    found.attach(two, 1)
    assert found.users == {("default", "c"): 2}
    assert {n: [p.name for p in pods] for n, pods in found.on_node.items()} == {
        0: ["one"], 1: ["two"],
    }  # fmt: skip
    found.detach(one, 0)
    assert found.users == {("default", "c"): 1}
    assert not found.on_node[0]


def test_a_claim_that_an_ephemeral_volume_makes_has_no_users() -> None:
    found = storage(claim("p-v"))
    owner = replace(pod("p", claims=("p-v",)), ephemeral_claims=("p-v",))
    found.attach(owner, 0)
    assert found.users.get(("default", "p-v"), 0) == 0
    assert list(found.on_node[0]) == [owner]


def test_a_pod_without_volumes_leaves_no_trace() -> None:
    found = storage()
    found.attach(pod("p"), 0)
    found.detach(pod("p"), 0)
    assert (found.users, found.on_node) == ({}, {})
    found.attach(pod("p", inline_volumes=(InlineVolume("ebs", "v"),)), 0)
    assert list(found.on_node) == [0]
