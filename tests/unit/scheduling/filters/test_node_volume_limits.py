"""NodeVolumeLimits: how many volumes of a CSI driver a node can attach."""

from dataclasses import replace
from typing import Any

import pytest
from tests.verdicts import PASSES, unschedulable, verdict

from kubestow.model.node import Node
from kubestow.model.pod import InlineVolume, Pod
from kubestow.model.volume import (
    EBS_DRIVER,
    PersistentVolume,
    PersistentVolumeClaim,
    StorageClass,
    VolumeAttachment,
)
from kubestow.scheduling.filters import node_volume_limits
from kubestow.scheduling.filters.node_volume_limits import REASON
from kubestow.testing import node, pod

FULL = unschedulable(REASON)
PLAIN = node("n")
TWO = replace(PLAIN, attach_limits=((EBS_DRIVER, 2),), migrated_plugins=())
OTHER = replace(PLAIN, attach_limits=(("efs.csi.aws.com", 0),), migrated_plugins=())
VOLUMES = {name: PersistentVolume(name, driver=EBS_DRIVER, handle=f"vol-{name}") for name in "abcd"}
CLAIMS = {
    ("default", name): PersistentVolumeClaim("default", name, "wait", name) for name in VOLUMES
} | {
    ("default", "new"): PersistentVolumeClaim("default", "new", "wait"),
    ("default", "newer"): PersistentVolumeClaim("default", "newer", "wait"),
    ("default", "unknown"): PersistentVolumeClaim("default", "unknown", "nothing"),
}
CLASSES = {"wait": StorageClass("wait")}
DISK = (InlineVolume("ebs", "vol-a"),)


def using(*claims: str, name: str = "p", on: str = "", **template: Any) -> Pod:
    return pod(name, claims=claims, node=on, **template)


CASES: list[tuple[str, Pod, Node, tuple[Pod, ...], str]] = [
    ("a node whose driver says no limit", using("a", "b", "c"), PLAIN, (), PASSES),
    ("as many volumes as it takes", using("a", "b"), TWO, (), PASSES),
    ("one too many", using("a", "b", "c"), TWO, (), FULL),
    ("one beside those of another pod", using("c"), TWO, (using("a", name="q", on="n"),), PASSES),
    ("one too many beside those", using("c"), TWO, (using("a", "b", name="q", on="n"),), FULL),
    ("a volume that is attached already", using("a"), TWO, (using("a", "b", name="q", on="n"),),
     PASSES),
    ("a volume that two pods there share counts once", using("b"), TWO,
     (using("a", name="q", on="n"), using("a", name="r", on="n")), PASSES),
    ("the pods of another node do not count", using("c"), TWO, (using("a", "b", name="q", on="m"),),
     PASSES),
    ("claims that have no volume yet count one each", using("new", "newer", "a"), TWO, (), FULL),
    ("a claim of no known class does not count", using("a", "b", "unknown"), TWO, (), PASSES),
    ("the limit of another driver", using("a", "b", "c"), OTHER, (), PASSES),
    ("a pod without volumes", using(), TWO, (using("a", "b", "c", name="q", on="n"),), PASSES),
    ("an EBS volume named in the pod", using("b", "c", inline_volumes=DISK), TWO, (), FULL),
    ("the same volume named and claimed counts once", using("a", "b", inline_volumes=DISK), TWO,
     (), PASSES),
    ("no volume named in the pod where there is no CSINode",
     using("b", "c", inline_volumes=DISK), replace(TWO, migrated_plugins=None), (), PASSES),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "item", "on", "there", "expected"), CASES)
def test_volumes_to_attach(
    sentence: str, item: Pod, on: Node, there: tuple[Pod, ...], expected: str
) -> None:
    found = verdict(
        node_volume_limits, item, on, *there,
        claims=CLAIMS, volumes=VOLUMES, storage_classes=CLASSES,
    )  # fmt: skip
    assert found == expected, sentence


ATTACHED = [
    ("a volume that no pod there explains", ("a",), (), FULL),
    ("a volume that a pod there uses counts once", ("b",), ("b",), PASSES),
    ("a volume that is attached elsewhere", (), (), PASSES),
]


@pytest.mark.parametrize(("sentence", "attached", "used", "expected"), ATTACHED)
def test_attachments_count_too(
    sentence: str, attached: tuple[str, ...], used: tuple[str, ...], expected: str
) -> None:
    on_node = [VolumeAttachment("n", EBS_DRIVER, name) for name in attached]
    there = [using(*used, name="q", on="n")] if used else []
    found = verdict(
        node_volume_limits, using("c", "d") if not used else using("c"), TWO, *there,
        claims=CLAIMS, volumes=VOLUMES, storage_classes=CLASSES,
        attachments=(*on_node, VolumeAttachment("m", EBS_DRIVER, "d")),
    )  # fmt: skip
    assert found == expected, sentence
