"""VolumeRestrictions: disks that two pods of one node cannot share, and claims of one pod alone."""

from dataclasses import replace

import pytest
from tests.verdicts import PASSES, context_of, unschedulable, verdict, verdicts

from kubestow.model.pod import InlineVolume
from kubestow.model.volume import PersistentVolumeClaim
from kubestow.scheduling.filters import volume_restrictions
from kubestow.scheduling.filters.volume_restrictions import DISK, IN_USE
from kubestow.testing import node, pod

CONFLICT = unschedulable(DISK)


def disk(kind: str, name: str = "d", *monitors: str, read_only: bool = False) -> InlineVolume:
    return InlineVolume(kind, name, read_only, monitors)


DISKS = [
    ("no disk", None, disk("ebs"), PASSES),
    ("the same EBS volume", disk("ebs"), disk("ebs"), CONFLICT),
    ("another EBS volume", disk("ebs"), disk("ebs", "other"), PASSES),
    ("an EBS volume that both only read",
     disk("ebs", read_only=True), disk("ebs", read_only=True), CONFLICT),
    ("the same persistent disk of GCE", disk("gce"), disk("gce"), CONFLICT),
    ("one that both only read",
     disk("gce", read_only=True), disk("gce", read_only=True), PASSES),
    ("one that the pod there writes", disk("gce", read_only=True), disk("gce"), CONFLICT),
    ("the same iSCSI disk", disk("iscsi"), disk("iscsi"), CONFLICT),
    ("an iSCSI disk that both only read",
     disk("iscsi", read_only=True), disk("iscsi", read_only=True), PASSES),
    ("the same RBD image by a common monitor",
     disk("rbd", "pool/image", "m1", "m2"), disk("rbd", "pool/image", "m2", "m3"), CONFLICT),
    ("an RBD image of that name of other monitors",
     disk("rbd", "pool/image", "m1"), disk("rbd", "pool/image", "m2"), PASSES),
    ("the same RBD image that both only read",
     disk("rbd", "p/i", "m1", read_only=True), disk("rbd", "p/i", "m1", read_only=True), PASSES),
    ("disks of two kinds", disk("ebs"), disk("gce"), PASSES),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "wanted", "held", "expected"), DISKS)
def test_disks_named_in_the_pods(
    sentence: str, wanted: InlineVolume | None, held: InlineVolume, expected: str
) -> None:
    there = pod("there", node="n", inline_volumes=(held,))
    item = pod("p", inline_volumes=(wanted,) if wanted else ())
    assert verdict(volume_restrictions, item, node("n"), there) == expected, sentence


def test_a_disk_is_in_use_on_the_node_of_its_pod_alone() -> None:
    there = pod("there", node="b", inline_volumes=(disk("ebs"),))
    item = pod("p", inline_volumes=(disk("ebs"),))
    found = verdicts(volume_restrictions, item, (node("a"), node("b")), there)
    assert found == [PASSES, CONFLICT]


MODES = [
    ("ReadWriteOncePod in use by a pod", "ReadWriteOncePod", "c", unschedulable(IN_USE)),
    ("ReadWriteOncePod that nobody uses", "ReadWriteOncePod", "", PASSES),
    ("ReadWriteOnce in use by a pod", "ReadWriteOnce", "c", PASSES),
]


@pytest.mark.parametrize(("sentence", "mode", "held", "expected"), MODES)
def test_a_claim_in_use_refuses_every_node(
    sentence: str, mode: str, held: str, expected: str
) -> None:
    claims = {("default", "c"): PersistentVolumeClaim("default", "c", "wait", access_modes=(mode,))}
    there = pod("there", node="b", claims=(held,) if held else ())
    found = verdicts(
        volume_restrictions, pod("p", claims=("c",)), (node("a"), node("b")), there, claims=claims
    )
    assert found == [expected, expected], sentence


def test_a_node_has_one_reason_where_a_disk_and_a_claim_are_in_use() -> None:
    own = {"claims": ("c",), "inline_volumes": (disk("ebs"),)}
    claims = {
        ("default", "c"): PersistentVolumeClaim(
            "default", "c", "wait", access_modes=("ReadWriteOncePod",)
        )
    }
    there = pod("there", node="b", **own)  # type: ignore[arg-type] # the fields of a pod
    item = pod("p", **own)  # type: ignore[arg-type] # the fields of a pod
    found = verdicts(volume_restrictions, item, (node("a"), node("b")), there, claims=claims)
    assert found == [unschedulable(IN_USE), CONFLICT]


def test_a_claim_that_does_not_exist_refuses_all_nodes_but_not_one_to_be_made_for_the_pod() -> None:
    item = pod("p", claims=("none",))
    missing = 'persistentvolumeclaim "none" not found'
    assert volume_restrictions.unsolvable(context_of(item, (node("n"),), ())) == missing
    ephemeral = replace(item, ephemeral_claims=("none",))
    assert volume_restrictions.unsolvable(context_of(ephemeral, (node("n"),), ())) == ""
