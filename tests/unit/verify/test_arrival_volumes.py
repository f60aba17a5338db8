"""VolumeRestrictions, VolumeBinding and VolumeZone of an arriving pod, edge by edge."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.node import Node
from kubestow.model.pod import InlineVolume, Pod
from kubestow.model.selectors import LabelSelector, NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import (
    PersistentVolume,
    PersistentVolumeClaim,
    StorageCapacity,
    StorageClass,
)
from kubestow.testing import node, pod, selector
from kubestow.verify.arrival import Arrivals, arrival

A, B = node("a", zone="a"), node("b", zone="b")
EBS, AWS, GCE = "ebs.csi.aws.com", "kubernetes.io/aws-ebs", "kubernetes.io/gce-pd"
PD = "pd.csi.storage.gke.io"
MIB = 2**20
CLASSES = (
    StorageClass("wait"),
    StorageClass("now", waits_for_first_consumer=False),
    StorageClass("local", "kubernetes.io/no-provisioner"),
    StorageClass("in-tree", AWS),
    StorageClass("file", "kubernetes.io/azure-file"),
    StorageClass("capped", "capped.example.com"),
    StorageClass("in-a", allowed_topologies=(NodeSelectorTerm(
        (SelectorRequirement(names.ZONE, "In", ("a",)),)),)),
    StorageClass("nobody", ""),
)  # fmt: skip


def zoned(*zones: str, key: str = names.ZONE) -> tuple[NodeSelectorTerm, ...]:
    """Return an affinity to zones."""
    return (NodeSelectorTerm((SelectorRequirement(key, "In", zones),)),)


def claim(
    name: str = "c", storage_class: str | None = "wait", **facts: Any
) -> PersistentVolumeClaim:
    facts.setdefault("bind_completed", bool(facts.get("volume_name")))
    return PersistentVolumeClaim("default", name, storage_class, **facts)


def bound(name: str = "c", volume: str = "v", **facts: Any) -> PersistentVolumeClaim:
    return claim(name, volume_name=volume, **facts)


def volume(name: str = "v", **facts: Any) -> PersistentVolume:
    return PersistentVolume(name, **facts)


def static(name: str, mib: int = 1, **facts: Any) -> PersistentVolume:
    """Return a volume of class local that is free."""
    standard = {
        "storage_class": "local", "capacity": mib * MIB, "access_modes": ("ReadWriteOnce",),
        "is_available": True,
    }  # fmt: skip
    return PersistentVolume(name, **standard | facts)


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


def wants(*names_: str, **facts: Any) -> Pod:
    return pod("p", claims=names_, **facts)


# --- VolumeRestrictions -----------------------------------------------------------------------


def disk(kind: str, name: str = "x", *monitors: str, ro: bool = False) -> InlineVolume:
    return InlineVolume(kind, name, ro, monitors)


DISKS = [
    ("an EBS volume is used once a node", disk("ebs"), disk("ebs"), False),
    ("even read-only", disk("ebs", ro=True), disk("ebs", ro=True), False),
    ("another EBS volume is free", disk("ebs"), disk("ebs", "y"), True),
    ("names are compared as they are written", disk("ebs", "vol-1"), disk("ebs", "aws://z/vol-1"),
     True),
    ("kinds do not meet", disk("ebs"), disk("gce"), True),
    ("a GCE disk is used once", disk("gce"), disk("gce"), False),
    ("or by readers", disk("gce", ro=True), disk("gce", ro=True), True),
    ("a reader does not join a writer", disk("gce", ro=True), disk("gce"), False),
    ("nor a writer a reader", disk("gce"), disk("gce", ro=True), False),
    ("an iSCSI target is used once", disk("iscsi"), disk("iscsi"), False),
    ("or by readers too", disk("iscsi", ro=True), disk("iscsi", ro=True), True),
    ("an RBD image is used once", disk("rbd", "p/i", "m1"), disk("rbd", "p/i", "m1"), False),
    ("one monitor in common is enough", disk("rbd", "p/i", "m1", "m2"),
     disk("rbd", "p/i", "m2", "m3"), False),
    ("other monitors have another image", disk("rbd", "p/i", "m1"), disk("rbd", "p/i", "m2"),
     True),
    ("another image is free", disk("rbd", "p/i", "m1"), disk("rbd", "p/j", "m1"), True),
    ("readers share an image", disk("rbd", "p/i", "m1", ro=True),
     disk("rbd", "p/i", "m1", ro=True), True),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "asked", "taken", "fits"), DISKS)
def test_inline_volumes(
    sentence: str, asked: InlineVolume, taken: InlineVolume, fits: bool
) -> None:
    there = pod("there", node="a", inline_volumes=(taken,))
    found = where(pod("p", inline_volumes=(asked,)), pods=(there,))
    assert found == ("a b" if fits else "b"), sentence


ALONE = claim(access_modes=("ReadWriteOncePod",))
OTHER = pod("q", node="a", claims=("c",))


def owned(incoming: Pod) -> Pod:
    return replace(incoming, ephemeral_claims=incoming.volume_claims)


EXCLUSIVE: list[tuple[str, Pod, PersistentVolumeClaim, tuple[Pod, ...], str]] = [
    ("a ReadWriteOncePod claim is free until a pod has it", wants("c"), ALONE, (), "a b"),
    ("then it is taken on every node", wants("c"), ALONE, (OTHER,), ""),
    ("even by a terminating pod", wants("c"), ALONE, (replace(OTHER, terminating=True),), ""),
    ("not by one of another namespace", wants("c"), ALONE, (replace(OTHER, namespace="x"),),
     "a b"),
    ("nor by one that is not bound", wants("c"), ALONE, (replace(OTHER, node_name=""),), "a b"),
    ("nor by one on a node that is not there", wants("c"), ALONE, (replace(OTHER, node_name="x"),),
     "a b"),
    ("other modes are shared", wants("c"), claim(access_modes=("ReadWriteOnce",)), (OTHER,),
     "a b"),
    ("an ephemeral volume's claim is no ReadWriteOncePod claim", owned(wants("c")),
     replace(ALONE, owner_pods=("p", "q")), (OTHER,), "a b"),
    ("nor is it in use for others", wants("c"), replace(ALONE, owner_pods=("q",)), (owned(OTHER),),
     "a b"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "incoming", "item", "pods", "expected"), EXCLUSIVE)
def test_read_write_once_pod(
    sentence: str, incoming: Pod, item: PersistentVolumeClaim, pods: tuple[Pod, ...], expected: str
) -> None:
    assert where(incoming, item, pods=pods) == expected, sentence


# --- VolumeBinding ----------------------------------------------------------------------------

IN_A = volume(node_affinity=zoned("a"))
NAMED = NodeSelectorTerm((), (SelectorRequirement("metadata.name", "In", ("b",)),))
BINDING: list[tuple[str, Pod, tuple[Any, ...], str]] = [
    ("a claim must exist", wants("c"), (), ""),
    ("in the pod's namespace", wants("c", namespace="x"), (claim(),), ""),
    ("a lost claim is no claim", wants("c"), (claim(is_lost=True),), ""),
    ("nor is one being deleted", wants("c"), (claim(terminating=True),), ""),
    ("an ephemeral volume's claim must be the pod's own", owned(wants("c")), (claim(),), ""),
    ("then it serves", owned(wants("c")), (claim(owner_pods=("p",)),), "a b"),
    ("a bound volume without affinity is everywhere", wants("c"), (bound(), volume()), "a b"),
    ("a bound volume must exist", wants("c"), (bound(),), ""),
    ("a pod follows its volume", wants("c"), (bound(), IN_A), "a"),
    ("and all of them", wants("c", "d"),
     (bound(), IN_A, bound("d", "w"), volume("w", node_affinity=zoned("b"))), ""),
    ("a volume's terms are OR-ed", wants("c"),
     (bound(), volume(node_affinity=(*zoned("a"), *zoned("b")))), "a b"),
    ("a volume's empty term matches nothing", wants("c"),
     (bound(), volume(node_affinity=(NodeSelectorTerm(),))), ""),
    ("a volume's matchFields are not looked at", wants("c"),
     (bound(), volume(node_affinity=(NAMED,))), "a b"),
    ("a promised claim is unbound until its binding is completed", wants("c"),
     (bound(bind_completed=False), volume()), ""),
    ("an unbound claim that does not wait is bound before its pod comes", wants("c"),
     (claim(storage_class="now"),), ""),
    ("so is one without a class", wants("c"), (claim(storage_class=""),), ""),
    ("and one of a class that is not there", wants("c"), (claim(storage_class="gone"),), ""),
    ("no class and no default is no class", wants("c"), (claim(storage_class=None),), ""),
    ("no class takes the default", wants("c"),
     (claim(storage_class=None), StorageClass("usual", is_default=True)), "a b"),
    ("whatever that is", wants("c"),
     (claim(storage_class=None),
      StorageClass("usual", is_default=True, waits_for_first_consumer=False)), ""),
    ("the empty class is not the default", wants("c"),
     (claim(storage_class=""), StorageClass("usual", is_default=True)), ""),
    ("a claim that waits is provisioned", wants("c"), (claim(),), "a b"),
    ("where the topologies allow it", wants("c"), (claim(storage_class="in-a"),), "a"),
    ("not without a provisioner", wants("c"), (claim(storage_class="local"),), ""),
    ("nor by nobody", wants("c"), (claim(storage_class="nobody"),), ""),
    ("a topology without expressions allows nothing", wants("c"),
     (claim(storage_class="odd"), StorageClass("odd", allowed_topologies=(NodeSelectorTerm(),))),
     ""),
    ("a volume in the making is where it is made", wants("c"), (claim(selected_node="b"),), "b"),
    ("even if that node is gone", wants("c"), (claim(selected_node="x"),), ""),
    ("a selected node must be allowed still", wants("c"),
     (claim(storage_class="in-a", selected_node="b"),), ""),
    ("a volume in the making takes no static one", wants("c"),
     (claim(storage_class="local", selected_node="a"), static("s")), ""),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "incoming", "objects", "expected"), BINDING)
def test_binding(sentence: str, incoming: Pod, objects: tuple[Any, ...], expected: str) -> None:
    assert where(incoming, *objects) == expected, sentence


def local(name: str = "c", mib: int | None = 1, **facts: Any) -> Any:
    return claim(name, "local", requested=None if mib is None else mib * MIB, **facts)


MINE = ("default", "c", "")
STATIC: list[tuple[str, Pod, tuple[Any, ...], str]] = [
    ("a free volume of the class is taken", wants("c"), (local(), static("s")), "a b"),
    ("where it is", wants("c"), (local(), static("s", node_affinity=zoned("b"))), "b"),
    ("one on each node is one for each", wants("c"),
     (local(), static("s", node_affinity=zoned("b")), static("t", node_affinity=zoned("a"))),
     "a b"),
    ("it may be larger", wants("c"), (local(), static("s", 9)), "a b"),
    ("not smaller", wants("c"), (local(mib=2), static("s")), ""),
    ("a claim without a size takes any", wants("c"), (local(mib=None), static("s", 0)), "a b"),
    ("of its class", wants("c"), (local(), static("s", storage_class="wait")), ""),
    ("of its mode", wants("c"), (local(), static("s", volume_mode="Block")), ""),
    ("with its attributes", wants("c"), (local(), static("s", attributes_class="fast")), ""),
    ("and no fewer", wants("c"), (local(attributes_class="fast"), static("s")), ""),
    ("with its labels", wants("c"),
     (local(selector=selector(tier="x")), static("s", labels=(("tier", "x"),))), "a b"),
    ("and no others", wants("c"), (local(selector=selector(tier="x")), static("s")), ""),
    ("with all its access modes", wants("c"),
     (local(access_modes=("ReadWriteOnce", "ReadOnlyMany")), static("s")), ""),
    ("more do no harm", wants("c"),
     (local(), static("s", access_modes=("ReadOnlyMany", "ReadWriteOnce"))), "a b"),
    ("if it is available", wants("c"), (local(), static("s", is_available=False)), ""),
    ("and not being deleted", wants("c"), (local(), static("s", terminating=True)), ""),
    ("and promised to nobody else", wants("c"),
     (local(), static("s", claim=("default", "d", ""))), ""),
    ("nor to a namesake elsewhere", wants("c"), (local(), static("s", claim=("x", "c", ""))), ""),
    ("nor to a claim that was", wants("c"),
     (local(uid="new"), static("s", claim=("default", "c", "old"))), ""),
    ("one promised to it needs no phase, labels or access modes", wants("c"),
     (local(selector=selector(tier="x")),
      static("s", claim=MINE, is_available=False, access_modes=())), "a b"),
    ("only size and mode", wants("c"), (local(mib=2), static("s", claim=MINE)), ""),
    ("and class", wants("c"), (local(), static("s", claim=MINE, storage_class="wait")), ""),
    ("a promised volume bars all others where it cannot be reached", wants("c"),
     (local(), static("p", 9, claim=MINE, node_affinity=zoned("b")), static("s")), "b"),
    ("but not provisioning", wants("c"),
     (claim(), static("p", claim=MINE, storage_class="wait", node_affinity=zoned("b"))), "a b"),
    ("two claims need two volumes", wants("c", "d"), (local(), local("d"), static("s")), ""),
    ("and find them", wants("c", "d"), (local(), local("d"), static("s"), static("t")), "a b"),
    ("the smaller claim takes the smaller volume", wants("c", "d"),
     (local(mib=5), local("d", 2), static("s", 2), static("t", 5)), "a b"),
    ("the smallest that suits, though a larger one is promised", wants("c", "d"),
     (local(mib=5), local("d", 2), static("s", 9), static("t", 3)), "a b"),
    ("the smaller claim comes first even if it robs the larger", wants("c", "d"),
     (local(mib=5), local("d", 2, selector=selector(tier="x")),
      static("s", 9, labels=(("tier", "x"),)), static("t", 3)), ""),
    ("what is left over is provisioned", wants("c", "d"),
     (claim(), claim("d"), static("s", storage_class="wait")), "a b"),
    ("static where it is, else provisioned", wants("c"),
     (claim(storage_class="in-a"),
      static("s", storage_class="in-a", node_affinity=zoned("b"))), "a b"),
    ("a default class has static volumes too", wants("c"),
     (claim(storage_class=None), static("s", storage_class="own"),
      StorageClass("own", "kubernetes.io/no-provisioner", is_default=True)), "a b"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "incoming", "objects", "expected"), STATIC)
def test_static_volumes(
    sentence: str, incoming: Pod, objects: tuple[Any, ...], expected: str
) -> None:
    assert where(incoming, *objects) == expected, sentence


def capacity(mib: int | None, topology: LabelSelector | None = None, of: str = "capped") -> Any:
    return StorageCapacity(of, topology, None if mib is None else mib * MIB)


EVERYWHERE = LabelSelector()
CAPPED = claim(storage_class="capped", requested=5 * MIB)
CAPACITIES: list[tuple[str, tuple[StorageCapacity, ...], str]] = [
    ("without a report there is no room", (), ""),
    ("room enough is enough", (capacity(5, EVERYWHERE),), "a b"),
    ("less is not", (capacity(4, EVERYWHERE),), ""),
    ("nor two halves", (capacity(4, EVERYWHERE), capacity(4, EVERYWHERE)), ""),
    ("an unknown size is none", (capacity(None, EVERYWHERE),), ""),
    ("room counts where it is", (capacity(5, selector(**{names.ZONE: "a"})),), "a"),
    ("room without a topology is nowhere", (capacity(5),), ""),
    ("room of another class does not count", (capacity(5, EVERYWHERE, "wait"),), ""),
]


@pytest.mark.parametrize(("sentence", "capacities", "expected"), CAPACITIES)
def test_storage_capacity(
    sentence: str, capacities: tuple[StorageCapacity, ...], expected: str
) -> None:
    facts = {"storage_capacities": capacities, "capacity_drivers": ("capped.example.com",)}
    assert where(wants("c"), CAPPED, **facts) == expected, sentence


def test_capacity_is_asked_only_of_drivers_that_tell_and_of_claims_with_a_size() -> None:
    assert where(wants("c"), CAPPED) == "a b"
    unsized = claim(storage_class="capped")
    assert where(wants("c"), unsized, capacity_drivers=("capped.example.com",)) == "a b"


def taken_over(name: str, *plugins: str, limit: int | None = None, driver: str = EBS,
               **labels: str) -> Node:  # fmt: skip
    """Return a node in zone a with a CSINode."""
    limits = () if limit is None else ((driver, limit),)
    plain = node(name, zone="a", labels=labels)
    return replace(plain, migrated_plugins=plugins, attach_limits=limits)


CSI_LABELS = {"topology.ebs.csi.aws.com/zone": "a", names.REGION: "r"}
BETA = "failure-domain.beta.kubernetes.io/"
IN_TREE: list[tuple[str, PersistentVolume, str]] = [
    ("its zone is asked of the driver's own label", volume(node_affinity=zoned("a")),
     "labelled own"),
    ("the zone in its labels is asked where its affinity has none",
     volume(labels=((names.ZONE, "a__b"),)), "labelled own"),
    ("the deprecated zone is the zone", volume(node_affinity=zoned("a", key=BETA + "zone")),
     "labelled"),
    ("a deprecated region becomes the current one", volume(
        node_affinity=(NodeSelectorTerm((*zoned("a", key=BETA + "zone")[0].expressions,
                                         *zoned("r", key=BETA + "region")[0].expressions)),)),
     "labelled"),
    ("without a zone nothing changes", volume(), "bare labelled own"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "item", "expected"), IN_TREE)
def test_volumes_of_in_tree_plugins_that_csi_took_over(
    sentence: str, item: PersistentVolume, expected: str
) -> None:
    nodes = (taken_over("own"), taken_over("labelled", AWS, **CSI_LABELS), taken_over("bare", AWS))
    assert where(wants("c"), bound(), replace(item, plugin=AWS), nodes=nodes) == expected, sentence


# --- VolumeZone -------------------------------------------------------------------------------


def labelled(**labels: str) -> PersistentVolume:
    keys = {"zone": names.ZONE, "region": names.REGION}
    keys |= {"old_zone": BETA + "zone", "old_region": BETA + "region"}
    return volume(labels=tuple((keys[name], text) for name, text in labels.items()))


NOWHERE = Node("nowhere", ((names.HOSTNAME, "nowhere"),), A.allocatable)
OLD = Node("old", ((BETA + "zone", "a"),), A.allocatable)
ZONES: list[tuple[str, Pod, PersistentVolume, str]] = [
    ("a pod follows its volume's zone", wants("c"), labelled(zone="a"), "a nowhere"),
    ("or zones", wants("c"), labelled(zone="a__b"), "a b nowhere"),
    ("a node without zone and region takes all", wants("c"), labelled(zone="x"), "nowhere"),
    ("a deprecated label is held against the current one", wants("c"), labelled(old_zone="b"),
     "b nowhere"),
    ("and the deprecated one", wants("c"), labelled(old_zone="a"), "a nowhere old"),
    ("a current label is not held against the deprecated one", wants("c"), labelled(zone="a"),
     "a nowhere"),
    ("a region must be there too", wants("c"), labelled(region="r"), "nowhere"),
    ("an unreadable list is passed over", wants("c"), labelled(zone="x__"), "a b nowhere old"),
    ("a volume without labels is everywhere", wants("c"), volume(), "a b nowhere old"),
    ("ephemeral claims are not looked at", owned(wants("c")), labelled(zone="x"),
     "a b nowhere old"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "incoming", "item", "expected"), ZONES)
def test_zones(sentence: str, incoming: Pod, item: PersistentVolume, expected: str) -> None:
    nodes = (A, B, NOWHERE, OLD)
    found = where(incoming, bound(owner_pods=("p",)), item, nodes=nodes)
    assert found == expected, sentence


UNBOUND = [
    ("an unbound claim that waits has no zone", claim(), False),
    ("one that does not wait is refused", claim(storage_class="now"), True),
    ("so is one without a class", claim(storage_class=""), True),
    ("and one whose volume is gone", bound(), True),
]


@pytest.mark.parametrize(("sentence", "item", "refused"), UNBOUND)
def test_zones_of_claims_that_are_not_bound(
    sentence: str, item: PersistentVolumeClaim, refused: bool
) -> None:
    assert ("VolumeZone" in cluster(item).refusals(wants("c"), "a")) == refused, sentence
