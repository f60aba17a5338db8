"""VolumeBinding: where a pod's volumes are, could be found, or could be made."""

from dataclasses import replace
from typing import Any

import pytest
from tests.verdicts import PASSES, context_of, unresolvable, verdicts

from kubestow.model import labels as names
from kubestow.model.pod import Pod
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.volume import (
    PersistentVolume,
    PersistentVolumeClaim,
    StorageCapacity,
    StorageClass,
)
from kubestow.scheduling.filters import volume_binding
from kubestow.scheduling.filters.volume_binding import (
    BIND_CONFLICT,
    IMMEDIATE,
    NO_SPACE,
    NO_VOLUME,
    NODE_CONFLICT,
)
from kubestow.scheduling.pod_context import PodContext
from kubestow.testing import node, pod, selector

GI = 2**30
NODES = (node("a", zone="zone-a"), node("b", zone="zone-b"))
DRIVER = "ebs.csi.aws.com"
IN_A = (NodeSelectorTerm((SelectorRequirement(names.ZONE, "In", ("zone-a",)),)),)
CLASSES = {
    item.name: item
    for item in (
        StorageClass("wait"),
        StorageClass("now", waits_for_first_consumer=False),
        StorageClass("static", "kubernetes.io/no-provisioner"),
        StorageClass("in-a", allowed_topologies=IN_A),
        StorageClass("nowhere", allowed_topologies=(NodeSelectorTerm(),)),
    )
}


def claim(name: str = "c", storage_class: str | None = "wait", **facts: Any) -> Any:
    """Return a claim; one with a volume is bound unless it is said not to be."""
    facts.setdefault("bind_completed", bool(facts.get("volume_name")))
    return PersistentVolumeClaim("default", name, storage_class, **facts)


def volume(name: str = "v", storage_class: str = "static", **facts: Any) -> PersistentVolume:
    """Return a volume of 10 GiB that a claim may take."""
    usable = {"capacity": 10 * GI, "access_modes": ("ReadWriteOnce",), "is_available": True}
    return PersistentVolume(name, storage_class=storage_class, **(usable | facts))


def context(item: Pod, *objects: Any, **more: Any) -> PodContext:
    return context_of(item, NODES, (), **cluster(*objects), **more)


def cluster(*objects: Any) -> dict[str, Any]:
    claims = [item for item in objects if isinstance(item, PersistentVolumeClaim)]
    volumes = [item for item in objects if isinstance(item, PersistentVolume)]
    return {
        "claims": {(c.namespace, c.name): c for c in claims},
        "volumes": {v.name: v for v in volumes},
        "storage_classes": CLASSES,
    }


# --- before any node is looked at ---------------------------------------------------------------

UNSOLVABLE = [
    ("a claim that waits for the pod", claim(), ""),
    ("a bound claim", claim(volume_name="v"), ""),
    ("a claim that does not exist", None, 'persistentvolumeclaim "c" not found'),
    ("a claim whose volume is gone", claim(volume_name="v", is_lost=True),
     'persistentvolumeclaim "c" bound to non-existent persistentvolume "v"'),
    ("a claim that goes away", claim(terminating=True),
     'persistentvolumeclaim "c" is being deleted'),
    ("a claim that should be bound by now", claim(storage_class="now"), IMMEDIATE),
    ("a claim whose binding is not completed", claim(volume_name="v", bind_completed=False),
     IMMEDIATE),
    ("a claim of a class that does not exist", claim(storage_class="none"), IMMEDIATE),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "item", "expected"), UNSOLVABLE)
def test_all_nodes_are_refused_for(
    sentence: str, item: PersistentVolumeClaim | None, expected: str
) -> None:
    found = context(pod("p", claims=("c",)), *([item] if item else []))
    assert volume_binding.unsolvable(found) == expected, sentence


EPHEMERAL = [
    ("it is there and the pod's", claim(owner_pods=("p",)), ""),
    ("it is not made yet", None,
     'waiting for ephemeral volume controller to create the persistentvolumeclaim "c"'),
    ("it is another pod's", claim(owner_pods=("q",)),
     'PVC "default/c" was not created for pod "p"'),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "item", "expected"), EPHEMERAL)
def test_a_claim_that_is_made_for_the_pod(
    sentence: str, item: PersistentVolumeClaim | None, expected: str
) -> None:
    own = replace(pod("p", claims=("c",)), ephemeral_claims=("c",))
    found = context(own, *([item] if item else []))
    assert volume_binding.unsolvable(found) == expected, sentence


# --- node by node -------------------------------------------------------------------------------

OUT_OF_REACH, NOTHING = unresolvable(NODE_CONFLICT), unresolvable(BIND_CONFLICT)
BOUND = claim(volume_name="v")
WANTS = claim(storage_class="static", requested=5 * GI)
BY_NODE: list[tuple[str, list[Any], list[str]]] = [
    ("a bound volume that all nodes reach", [BOUND, volume()], [PASSES, PASSES]),
    ("a bound volume of one zone", [BOUND, volume(node_affinity=IN_A)], [PASSES, OUT_OF_REACH]),
    ("a bound volume whose terms are none", [BOUND, volume(node_affinity=())],
     [OUT_OF_REACH, OUT_OF_REACH]),
    ("a bound volume that does not exist", [BOUND], [unresolvable(NO_VOLUME)] * 2),
    ("a volume can be made anywhere", [claim()], [PASSES, PASSES]),
    ("a volume can be made in the topologies of the class", [claim(storage_class="in-a")],
     [PASSES, NOTHING]),
    ("an empty topology allows nothing", [claim(storage_class="nowhere")], [NOTHING, NOTHING]),
    ("a volume is being made for another node", [claim(selected_node="b")], [NOTHING, PASSES]),
    ("a node is chosen where the class allows no volume",
     [claim(storage_class="in-a", selected_node="b")], [NOTHING, NOTHING]),
    ("a bound volume whose term names a node, which it is not shown", [BOUND, volume(
        node_affinity=(NodeSelectorTerm((), (SelectorRequirement("metadata.name", "In", ("a",)),)),)
    )], [OUT_OF_REACH, OUT_OF_REACH]),
    ("no volume and none can be made", [WANTS], [NOTHING, NOTHING]),
    ("an existing volume that will do", [WANTS, volume()], [PASSES, PASSES]),
    ("an existing volume of one zone", [WANTS, volume(node_affinity=IN_A)], [PASSES, NOTHING]),
    ("a volume that is too small", [WANTS, volume(capacity=4 * GI)], [NOTHING, NOTHING]),
    ("a volume of another class", [WANTS, volume(storage_class="wait")], [NOTHING, NOTHING]),
    ("a volume of another mode", [WANTS, volume(volume_mode="Block")], [NOTHING, NOTHING]),
    ("a volume of other attributes", [WANTS, volume(attributes_class="gold")], [NOTHING, NOTHING]),
    ("a volume of fewer access modes", [WANTS, volume(access_modes=("ReadOnlyMany",))],
     [NOTHING, NOTHING]),
    ("a volume that is not available", [WANTS, volume(is_available=False)], [NOTHING, NOTHING]),
    ("a volume that goes away", [WANTS, volume(terminating=True)], [NOTHING, NOTHING]),
    ("a volume that the selector does not match",
     [replace(WANTS, selector=selector(tier="db")), volume()], [NOTHING, NOTHING]),
    ("a volume that the selector matches",
     [replace(WANTS, selector=selector(tier="db")), volume(labels=(("tier", "db"),))],
     [PASSES, PASSES]),
    ("a volume that another claim has", [WANTS, volume(claim=("default", "d", ""))],
     [NOTHING, NOTHING]),
    ("a volume that is promised to the claim, available or not",
     [WANTS, volume(claim=("default", "c", ""), is_available=False)], [PASSES, PASSES]),
    ("a volume that was promised to a claim of that name before",
     [replace(WANTS, uid="new"), volume(claim=("default", "c", "old"))], [NOTHING, NOTHING]),
    ("a volume that is promised out of reach keeps the claim from all others",
     [WANTS, volume(claim=("default", "c", ""), node_affinity=IN_A), volume("w")],
     [PASSES, NOTHING]),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "objects", "expected"), BY_NODE)
def test_a_claim_and(sentence: str, objects: list[Any], expected: list[str]) -> None:
    found = verdicts(volume_binding, pod("p", claims=("c",)), NODES, **cluster(*objects))
    assert found == expected, sentence


TWO = [
    ("a volume each", [volume("small", capacity=5 * GI), volume("large")], [PASSES, PASSES]),
    ("one volume for both", [volume("large")], [NOTHING, NOTHING]),
    (
        "the smaller claim takes the smaller volume",
        [volume("large"), volume("small", capacity=5 * GI)],
        [PASSES, PASSES],
    ),
]


@pytest.mark.parametrize(("sentence", "volumes", "expected"), TWO)
def test_two_claims_and(sentence: str, volumes: list[Any], expected: list[str]) -> None:
    claims = [WANTS, replace(WANTS, name="d", requested=8 * GI)]
    item = pod("p", claims=("d", "c"))
    found = verdicts(volume_binding, item, NODES, **cluster(*claims, *volumes))
    assert found == expected, sentence


def test_each_claim_takes_the_smallest_volume_that_a_node_reaches() -> None:
    item = pod("p", claims=("c",))
    small = volume("small", capacity=5 * GI, node_affinity=IN_A)
    found = context(item, WANTS, volume("large"), small)
    assert volume_binding.matches(found, [WANTS]) == [{"c": "small"}, {"c": "large"}]
    assert volume_binding.waiting(found) == [WANTS]


# --- space --------------------------------------------------------------------------------------

SMALL_IN_A = StorageCapacity("wait", selector(**{names.ZONE: "zone-a"}), 4 * GI)
LARGE_IN_A = StorageCapacity("wait", selector(**{names.ZONE: "zone-a"}), 9 * GI)
CAPACITIES: list[tuple[str, tuple[str, ...], tuple[StorageCapacity, ...], list[str]]] = [
    ("a driver that does not tell its capacity", (), (), [PASSES, PASSES]),
    ("a driver that tells of none", (DRIVER,), (), [unresolvable(NO_SPACE)] * 2),
    ("space in one zone", (DRIVER,), (LARGE_IN_A,), [PASSES, unresolvable(NO_SPACE)]),
    ("exactly enough space", (DRIVER,), (replace(LARGE_IN_A, largest=5 * GI),),
     [PASSES, unresolvable(NO_SPACE)]),
    ("too little space", (DRIVER,), (SMALL_IN_A,), [unresolvable(NO_SPACE)] * 2),
    ("space for another class", (DRIVER,), (replace(LARGE_IN_A, storage_class="in-a"),),
     [unresolvable(NO_SPACE)] * 2),
    ("space of unknown size", (DRIVER,), (replace(LARGE_IN_A, largest=None),),
     [unresolvable(NO_SPACE)] * 2),
    ("space nobody reaches", (DRIVER,), (replace(LARGE_IN_A, topology=None),),
     [unresolvable(NO_SPACE)] * 2),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "drivers", "capacities", "expected"), CAPACITIES)
def test_a_volume_of_five_gib_and(
    sentence: str,
    drivers: tuple[str, ...],
    capacities: tuple[StorageCapacity, ...],
    expected: list[str],
) -> None:
    found = verdicts(
        volume_binding, pod("p", claims=("c",)), NODES, **cluster(claim(requested=5 * GI)),
        capacity_drivers=drivers, storage_capacities=capacities,
    )  # fmt: skip
    assert found == expected, sentence
