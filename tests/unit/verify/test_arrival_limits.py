"""NodeVolumeLimits of an arriving pod, rule by rule and edge by edge."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.node import Node
from kubestow.model.pod import InlineVolume, Pod
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import (
    PersistentVolume,
    PersistentVolumeClaim,
    StorageClass,
    VolumeAttachment,
)
from kubestow.testing import node, pod
from kubestow.verify.arrival import Arrivals, arrival

CLASSES = (
    StorageClass("wait"),
    StorageClass("in-tree", "kubernetes.io/aws-ebs"),
    StorageClass("file", "kubernetes.io/azure-file"),
)
A, B = node("a", zone="a"), node("b", zone="b")
EBS, AWS, GCE = "ebs.csi.aws.com", "kubernetes.io/aws-ebs", "kubernetes.io/gce-pd"
PD = "pd.csi.storage.gke.io"


def claim(
    name: str = "c", storage_class: str | None = "wait", **facts: Any
) -> PersistentVolumeClaim:
    facts.setdefault("bind_completed", bool(facts.get("volume_name")))
    return PersistentVolumeClaim("default", name, storage_class, **facts)


def bound(name: str = "c", volume: str = "v", **facts: Any) -> PersistentVolumeClaim:
    return claim(name, volume_name=volume, **facts)


def volume(name: str = "v", **facts: Any) -> PersistentVolume:
    return PersistentVolume(name, **facts)


def wants(*names_: str, **facts: Any) -> Pod:
    return pod("p", claims=names_, **facts)


def owned(incoming: Pod) -> Pod:
    return replace(incoming, ephemeral_claims=incoming.volume_claims)


def disk(kind: str, name: str = "x", *monitors: str, ro: bool = False) -> InlineVolume:
    return InlineVolume(kind, name, ro, monitors)


def taken_over(name: str, *plugins: str, limit: int | None = None, driver: str = EBS,
               **labels: str) -> Node:  # fmt: skip
    """Return a node in zone a with a CSINode."""
    limits = () if limit is None else ((driver, limit),)
    plain = node(name, zone="a", labels=labels)
    return replace(plain, migrated_plugins=plugins, attach_limits=limits)


def cluster(*objects: Any, **facts: Any) -> Arrivals:
    """Return arrivals at a cluster of claims, volumes, classes and whatever is named."""
    facts.setdefault("nodes", (A, B))
    classes = (*CLASSES, *(o for o in objects if isinstance(o, StorageClass)))
    claims = [o for o in objects if isinstance(o, PersistentVolumeClaim)]
    volumes = [o for o in objects if isinstance(o, PersistentVolume)]
    return arrival(
        Cluster(
            claims={(c.namespace, c.name): c for c in claims},
            volumes={v.name: v for v in volumes},
            storage_classes={c.name: c for c in classes},
            **facts,
        )
    )


def where(incoming: Pod, *objects: Any, **facts: Any) -> str:
    """Return the nodes the pod may go to, in a word."""
    found = cluster(*objects, **facts).feasible(incoming)
    assert found is not None
    return " ".join(sorted(found))


def disk_volume(name: str, handle: str = "", driver: str = EBS, **facts: Any) -> PersistentVolume:
    return PersistentVolume(name, driver=driver, handle=handle or name, **facts)


def full(limit: int = 1, *plugins: str, driver: str = EBS) -> tuple[Node, ...]:
    return (taken_over("a", *plugins, limit=limit, driver=driver),)


HOLDS = pod("there", node="a", claims=("h",))
HELD = (bound("h", "vh"), disk_volume("vh"))
LEFT = VolumeAttachment("a", EBS, "left")
AWS_DISK = pod("there", node="a", inline_volumes=(disk("ebs", "aws://z/vol-1"),))
LIMITS: list[tuple[str, Pod, tuple[Any, ...], tuple[Node, ...], dict[str, Any], bool]] = [
    ("a slot takes a volume", wants("c"), (claim(),), full(1), {}, True),
    ("two need two", wants("c", "d"), (claim(), claim("d")), full(1), {}, False),
    ("those of other pods count", wants("c"), (claim(), *HELD), full(1), {"pods": (HOLDS,)}, False),
    ("a shared volume counts once", wants("h"), HELD, full(1), {"pods": (HOLDS,)}, True),
    ("also while it has no volume yet", wants("h"), (claim("h"),), full(1), {"pods": (HOLDS,)},
     True),
    ("a pod without volumes needs no slot", wants(), HELD, full(0), {"pods": (HOLDS,)}, True),
    ("a pod that brings nothing new needs none", wants("h"), HELD, full(0), {"pods": (HOLDS,)},
     True),
    ("no CSINode, no limit", wants("c"), (claim(),), (A,), {}, True),
    ("no count, no limit", wants("c"), (claim(),), (taken_over("a"),), {}, True),
    ("another driver's limit is not its own", wants("c"), (claim(),),
     full(0, driver="efs.csi.aws.com"), {}, True),
    ("a class that is not there is not counted, but refused elsewhere", wants("c"),
     (claim(storage_class="gone"), *HELD), full(0), {}, True),
    ("a volume that is not there counts by its class", wants("c"),
     (bound("c", "gone"),), full(0), {}, False),
    ("one handle is one volume", wants("c", "d"),
     (bound("c", "v"), bound("d", "w"), disk_volume("v", "same"), disk_volume("w", "same")),
     full(1), {}, True),
    ("a volume of no CSI driver is not counted", wants("c"), (bound("c", "v"), volume("v")),
     full(0), {}, True),
    ("a missing claim of another pod is not counted", wants("c"), (claim(),), full(1),
     {"pods": (HOLDS,)}, True),
    ("what is attached without a pod counts", wants("c"), (claim(), disk_volume("left")), full(1),
     {"attachments": (LEFT,)}, False),
    ("not on other nodes", wants("c"), (claim(), disk_volume("left")), full(1),
     {"attachments": (replace(LEFT, node="b"),)}, True),
    ("not if its volume is gone", wants("c"), (claim(),), full(1), {"attachments": (LEFT,)}, True),
    ("not if it is of an in-tree plugin", wants("c"),
     (claim(), disk_volume("left", plugin=AWS)), full(1, AWS), {"attachments": (LEFT,)}, True),
    ("once, if a pod there has it", wants("c"), (claim(), *HELD), full(2),
     {"pods": (HOLDS,), "attachments": (replace(LEFT, volume="vh"),)}, True),
    ("twice, if the arriving pod wants it", wants("c"), (bound("c", "left"), disk_volume("left")),
     full(1), {"attachments": (LEFT,)}, False),
    ("which two slots allow", wants("c"), (bound("c", "left"), disk_volume("left")), full(2),
     {"attachments": (LEFT,)}, True),
    ("an in-tree class counts for the driver that took over", wants("c"),
     (claim(storage_class="in-tree"),), full(0, AWS), {}, False),
    ("whatever the CSINode says of it", wants("c"), (claim(storage_class="in-tree"),), full(0),
     {}, False),
    ("some plugins are never counted", wants("c"), (claim(storage_class="file"),),
     full(0, "kubernetes.io/azure-file", driver="kubernetes.io/azure-file"), {}, True),
    ("an in-tree volume counts for the driver", wants("c"),
     (bound("c", "v"), disk_volume("v", plugin=AWS)), full(0, AWS), {}, False),
    ("whatever the CSINode says of that", wants("c"),
     (bound("c", "v"), disk_volume("v", plugin=AWS)), full(0), {}, False),
    ("an inline EBS volume counts", pod("p", inline_volumes=(disk("ebs", "vol-1"),)), (),
     full(0, AWS), {}, False),
    ("wherever there is a CSINode", pod("p", inline_volumes=(disk("ebs", "vol-1"),)), (),
     full(0, GCE), {}, False),
    ("by the volume's own name", pod("p", inline_volumes=(disk("ebs", "vol-1"),)), (),
     full(1, AWS), {"pods": (AWS_DISK,)}, True),
    ("which a claim's volume may have too", wants("c"),
     (bound("c", "v"), disk_volume("v", "vol-1")), full(1, AWS), {"pods": (AWS_DISK,)}, True),
    ("an inline GCE disk counts", pod("p", inline_volumes=(disk("gce"),)), (),
     full(0, GCE, driver=PD), {}, False),
    ("iSCSI does not", pod("p", inline_volumes=(disk("iscsi"),)), (), full(0, GCE), {}, True),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "incoming", "objects", "nodes", "facts", "fits"), LIMITS)
def test_volume_limits(
    sentence: str,
    incoming: Pod,
    objects: tuple[Any, ...],
    nodes: tuple[Node, ...],
    facts: dict[str, Any],
    fits: bool,
) -> None:
    found = cluster(*objects, nodes=nodes, **facts).refusals(incoming, "a")
    assert ("NodeVolumeLimits" not in found) == fits, sentence


ERRORS = [
    ("a bound pod's ephemeral claim that is not its own", owned(HOLDS), (claim("h"),)),
    (
        "a bound pod's inline volume that CSI cannot name",
        pod("there", node="a", inline_volumes=(disk("ebs", "aws://vol-1"),)),
        (),
    ),
]


@pytest.mark.parametrize(("sentence", "there", "objects"), ERRORS)
def test_an_error_on_one_node_ends_the_attempt_for_all(
    sentence: str, there: Pod, objects: tuple[Any, ...]
) -> None:
    nodes = (*full(9, AWS), B)
    arrivals = cluster(claim(), *objects, nodes=nodes, pods=(there,))
    assert arrivals.feasible(wants("c")) == frozenset(), sentence
    assert arrivals.refusals(wants("c"), "b") == ("NodeVolumeLimits",)
    assert arrivals.refusals(wants("c"), "a") == ("NodeVolumeLimits",)
    elsewhere = wants("c", node_selector=((names.HOSTNAME, "b"),))
    assert arrivals.feasible(elsewhere) == {"b"}, "a node refused before is not looked at"


def test_a_pod_whose_own_inline_volume_csi_cannot_name_goes_nowhere() -> None:
    incoming = pod("p", inline_volumes=(disk("ebs", "aws://vol-1"),))
    assert where(incoming, nodes=(*full(9, AWS), B)) == ""
    assert where(incoming, nodes=(A, B)) == "a b"
