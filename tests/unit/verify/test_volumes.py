from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.pod import InlineVolume
from kubestow.model.resources import EBS_VOLUMES
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.volume import (
    PersistentVolume,
    PersistentVolumeClaim,
    StorageClass,
    VolumeAttachment,
)


def claim(scene: Any, name: str, **facts: Any) -> None:
    item = PersistentVolumeClaim("default", name, **facts)
    scene.cluster["claims"]["default", name] = item


def volume(scene: Any, name: str, **facts: Any) -> None:
    scene.cluster["volumes"][name] = PersistentVolume(name, **facts)


def storage_class(scene: Any, name: str, **facts: Any) -> None:
    scene.cluster["storage_classes"][name] = StorageClass(name, **facts)


def zone_is(zone: str) -> tuple[NodeSelectorTerm, ...]:
    return (NodeSelectorTerm((SelectorRequirement(names.ZONE, "In", (zone,)),)),)


def test_an_unbound_claim_that_waits_for_its_pod_is_legal(scene: Any) -> None:
    storage_class(scene, "gp3", allowed_topologies=zone_is("a"))
    claim(scene, "data", storage_class="gp3")
    claim(scene, "more", storage_class="not in the input")
    claim(scene, "rest")
    scene.new("one")
    scene.pod("p", "one", volume_claims=("data", "more", "rest"))
    assert scene.found() == ()


def test_a_pod_without_its_claim_must_not_be_placed(scene: Any) -> None:
    scene.new("one")
    scene.pod("p", "one", volume_claims=("data",))
    assert scene.rules() == ["VolumeBinding"]


def test_a_pod_without_its_volume_must_not_be_placed(scene: Any) -> None:
    claim(scene, "data", volume_name="pv")
    scene.new("one")
    scene.pod("p", "one", volume_claims=("data",))
    assert scene.rules() == ["VolumeBinding"]


def test_a_pod_follows_its_volumes_node_affinity(scene: Any) -> None:
    claim(scene, "data", volume_name="pv")
    volume(scene, "pv", node_affinity=zone_is("b"))
    scene.new("one", "b")
    scene.pod("p", "one", volume_claims=("data",))
    assert scene.found() == ()
    scene.new("two", "a")
    scene.pod("q", "two", volume_claims=("data",))
    assert scene.rules() == ["VolumeBinding"]
    assert scene.subjects() == ["default/q"]


@pytest.mark.parametrize("key", [names.ZONE, "failure-domain.beta.kubernetes.io/zone"])
def test_a_pod_follows_its_volumes_zone_label(scene: Any, key: str) -> None:
    claim(scene, "data", volume_name="pv")
    volume(scene, "pv", labels=((key, "b__c"),))
    scene.new("one", "c")
    scene.pod("p", "one", volume_claims=("data",))
    assert scene.found() == ()
    scene.new("two", "a")
    scene.pod("q", "two", volume_claims=("data",))
    assert scene.rules() == ["VolumeZone"]


@pytest.mark.parametrize(
    ("wanted", "facts"),
    [
        ("slow", {"waits_for_first_consumer": False}),
        ("local", {"provisioner": "kubernetes.io/no-provisioner"}),
        ("elsewhere", {"allowed_topologies": zone_is("c")}),
        ("", {}),
    ],
)
def test_an_unbound_claim_that_nothing_can_bind_here_keeps_its_pod_away(
    scene: Any, wanted: str, facts: dict[str, Any]
) -> None:
    storage_class(scene, wanted, **facts)
    claim(scene, "data", storage_class=wanted)
    scene.new("one")
    scene.pod("p", "one", volume_claims=("data",))
    assert scene.rules() == ["VolumeBinding"]


def test_a_claim_without_a_class_takes_the_default_one(scene: Any) -> None:
    storage_class(scene, "usual", is_default=True, waits_for_first_consumer=False)
    claim(scene, "data")
    scene.new("one")
    scene.pod("p", "one", volume_claims=("data",))
    assert scene.rules() == ["VolumeBinding"]


def test_one_pod_of_a_read_write_once_pod_claim_is_legal_and_two_are_found(scene: Any) -> None:
    claim(scene, "data", access_modes=("ReadWriteOncePod",))
    scene.new("one")
    scene.pod("p", "one", volume_claims=("data",))
    scene.pod("waits", volume_claims=("data",))
    scene.unschedulable = ["default/waits"]
    assert scene.found() == ()
    scene.pod("q", "one", volume_claims=("data",))
    assert scene.rules() == ["VolumeRestrictions"]
    assert scene.subjects() == ["default/q"]


def test_a_read_write_once_pod_claim_of_a_bound_pod_is_taken(scene: Any) -> None:
    claim(scene, "data", access_modes=("ReadWriteOncePod",), volume_name="pv")
    volume(scene, "pv")
    scene.old("old")
    scene.new("one")
    scene.pod("p", "old", bound=True, volume_claims=("data",))
    scene.pod("q", "one", volume_claims=("data",))
    assert scene.subjects() == ["default/q"]


def test_pods_that_share_an_unbound_ebs_claim_share_a_zone(scene: Any) -> None:
    claim(scene, "data")
    scene.new("one", "a")
    scene.new("two", "a")
    scene.pod("p", "one", volume_claims=("data",))
    scene.pod("q", "two", volume_claims=("data",))
    assert scene.found() == ()
    scene.new("far", "b")
    scene.pod("r", "far", volume_claims=("data",))
    assert scene.rules() == ["VolumeBinding"]
    assert scene.subjects() == ["default/data"]


def test_pods_that_share_an_unbound_claim_of_a_file_system_may_be_anywhere(scene: Any) -> None:
    storage_class(scene, "efs", provisioner="efs.csi.aws.com")
    claim(scene, "data", storage_class="efs")
    scene.new("one", "a")
    scene.new("two", "b")
    scene.pod("p", "one", volume_claims=("data",))
    scene.pod("q", "two", volume_claims=("data",))
    assert scene.found() == ()


def test_distinct_ebs_volumes_must_have_slots_on_a_new_node(scene: Any) -> None:
    volume(scene, "pv", is_ebs=True)
    claim(scene, "bound", volume_name="pv")
    for number in range(4):
        claim(scene, f"data-{number}")
    scene.new("one")  # six attachments, one of them the root volume's
    claims = ("bound", *(f"data-{number}" for number in range(4)))
    scene.pod("p", "one", volume_claims=claims)
    scene.pod("shares", "one", volume_claims=("bound",))
    assert scene.found() == ()
    scene.pod("q", "one", inline_volumes=(InlineVolume("ebs", "vol-1"),))
    assert scene.rules() == ["NodeVolumeLimits"]
    assert scene.subjects() == ["one"]


def test_volumes_that_are_not_ebs_need_no_slot(scene: Any) -> None:
    storage_class(scene, "efs", provisioner="efs.csi.aws.com")
    scene.new("one")
    for number in range(7):
        claim(scene, f"data-{number}", storage_class="efs")
    scene.pod("p", "one", volume_claims=tuple(f"data-{number}" for number in range(7)))
    assert scene.found() == ()


def test_an_existing_node_without_the_entry_has_no_volume_limit(scene: Any) -> None:
    scene.old("old")
    for number in range(60):
        claim(scene, f"data-{number}")
    scene.pod("p", "old", volume_claims=tuple(f"data-{number}" for number in range(60)))
    assert scene.found() == ()


def limited(scene: Any, name: str, count: int, **facts: Any) -> None:
    facts.setdefault("migrated_plugins", ())
    scene.old(name, attach_limits=(("ebs.csi.aws.com", count),), **facts)


def test_an_existing_node_with_a_csi_node_counts_volumes_already_attached(scene: Any) -> None:
    limited(scene, "old", 1)
    claim(scene, "data-0")
    claim(scene, "data-1")
    scene.pod("p", "old", bound=True, volume_claims=("data-0",))
    scene.pod("q", "old")
    scene.pod("shares", "old", volume_claims=("data-0",))
    assert scene.found() == ()
    scene.pod("r", "old", volume_claims=("data-1",))
    assert scene.rules() == ["NodeVolumeLimits"]


def test_an_existing_nodes_allocatable_says_nothing_of_volumes(scene: Any) -> None:
    scene.old("old", allocatable={"cpu": 4000, "pods": 9, EBS_VOLUMES: 1})
    claim(scene, "data-0")
    claim(scene, "data-1")
    scene.pod("p", "old", volume_claims=("data-0", "data-1"))
    assert scene.found() == ()


def test_other_drivers_volumes_take_none_of_an_existing_nodes_slots(scene: Any) -> None:
    storage_class(scene, "efs", provisioner="efs.csi.aws.com")
    limited(scene, "old", 1)
    claim(scene, "data-0", storage_class="efs")
    claim(scene, "data-1")
    scene.pod("p", "old", volume_claims=("data-0", "data-1"))
    assert scene.found() == ()


def test_in_tree_disks_take_slots_of_the_csi_driver_that_attaches_them(scene: Any) -> None:
    disks = (InlineVolume("ebs", "aws://a/vol-1"), InlineVolume("ebs", "vol-2"))
    limited(scene, "two", 2, migrated_plugins=())
    scene.pod("p", "two", inline_volumes=disks)
    assert scene.found() == ()
    limited(scene, "one", 1, migrated_plugins=())
    scene.pod("q", "one", inline_volumes=disks)
    assert scene.subjects() == ["one"]


def test_an_inline_disk_that_csi_cannot_name_takes_no_slot(scene: Any) -> None:
    limited(scene, "old", 0, migrated_plugins=("kubernetes.io/aws-ebs",))
    scene.pod("p", "old", inline_volumes=(InlineVolume("ebs", "aws://vol-1"),))
    assert scene.found() == ()


def test_what_is_attached_without_a_pod_takes_a_slot(scene: Any) -> None:
    volume(scene, "left-over", driver="ebs.csi.aws.com", handle="vol-1", is_ebs=True)
    scene.cluster["attachments"] = (VolumeAttachment("old", "ebs.csi.aws.com", "left-over"),)
    limited(scene, "old", 2)
    claim(scene, "data-0")
    scene.pod("p", "old", volume_claims=("data-0",))
    assert scene.found() == ()
    claim(scene, "data-1")
    scene.pod("q", "old", volume_claims=("data-1",))
    assert scene.rules() == ["NodeVolumeLimits"]


def test_a_pod_whose_volume_is_still_attached_needs_a_slot_more_and_comes_first(
    scene: Any,
) -> None:
    volume(scene, "left-over", driver="ebs.csi.aws.com", handle="vol-1", is_ebs=True)
    scene.cluster["attachments"] = (VolumeAttachment("old", "ebs.csi.aws.com", "left-over"),)
    limited(scene, "old", 2)
    claim(scene, "data-0")
    claim(scene, "data-1", volume_name="left-over")
    scene.pod("other", "old", volume_claims=("data-0",))
    scene.pod("back", "old", volume_claims=("data-1",))
    assert scene.found() == ()
    limited(scene, "tight", 1)
    scene.cluster["attachments"] += (VolumeAttachment("tight", "ebs.csi.aws.com", "left-over"),)
    scene.pod("late", "tight", volume_claims=("data-1",))
    assert scene.subjects() == ["tight"]


def test_a_claim_that_only_names_its_volume_counts_as_bound(scene: Any) -> None:
    claim(scene, "data", volume_name="pv", bind_completed=False)
    volume(scene, "pv", node_affinity=zone_is("b"))
    scene.new("one", "b")
    scene.pod("p", "one", volume_claims=("data",))
    assert scene.found() == ()


def test_a_volume_that_csi_took_over_is_reached_by_the_drivers_own_zone_label(scene: Any) -> None:
    claim(scene, "data", volume_name="pv")
    volume(scene, "pv", plugin="kubernetes.io/aws-ebs", node_affinity=zone_is("a"))
    taken_over = ("kubernetes.io/aws-ebs",)
    zone_label = {"topology.ebs.csi.aws.com/zone": "a"}
    scene.old("right", migrated_plugins=taken_over, labels=zone_label)
    scene.pod("p", "right", volume_claims=("data",))
    assert scene.found() == ()
    scene.old("wrong", migrated_plugins=taken_over)
    scene.pod("q", "wrong", volume_claims=("data",))
    assert scene.subjects() == ["default/q"]


def test_a_deprecated_zone_label_of_a_volume_is_held_against_the_nodes_current_one(
    scene: Any,
) -> None:
    claim(scene, "data", volume_name="pv")
    volume(scene, "pv", labels=(("failure-domain.beta.kubernetes.io/zone", "b"),))
    scene.old("right", "b")
    scene.pod("p", "right", volume_claims=("data",))
    assert scene.found() == ()
    scene.old("wrong", "a")
    scene.pod("q", "wrong", volume_claims=("data",))
    assert scene.subjects() == ["default/q"]
