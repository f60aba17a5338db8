"""VolumeZone: a bound volume's zone and region labels against the node's."""

from dataclasses import replace

import pytest
from tests.verdicts import PASSES, context_of, unresolvable, verdict

from kubestow.model import labels as names
from kubestow.model.node import Node
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from kubestow.scheduling.filters import volume_zone
from kubestow.scheduling.filters.volume_zone import NO_CLASS, NO_NAME, REASON
from kubestow.testing import node, pod

BETA_ZONE = "failure-domain.beta.kubernetes.io/zone"
BETA_REGION = "failure-domain.beta.kubernetes.io/region"
REFUSED = unresolvable(REASON)
A = node("a", zone="zone-a", labels={names.REGION: "r1"})
NOWHERE = replace(A, labels=((names.HOSTNAME, "a"),))
OF_REGION = replace(A, labels=((names.REGION, "r1"),))
CASES = [
    ("the node's zone", {names.ZONE: "zone-a"}, A, PASSES),
    ("another zone", {names.ZONE: "zone-b"}, A, REFUSED),
    ("one of several zones", {names.ZONE: "zone-b__zone-a"}, A, PASSES),
    ("none of several zones", {names.ZONE: "zone-b__zone-c"}, A, REFUSED),
    ("a set with an empty zone is passed over", {names.ZONE: "zone-b__"}, A, PASSES),
    ("another region", {names.REGION: "r2"}, A, REFUSED),
    ("the zone but another region", {names.ZONE: "zone-a", names.REGION: "r2"}, A, REFUSED),
    ("the old label for the zone", {BETA_ZONE: "zone-a"}, A, PASSES),
    ("the old label for another zone", {BETA_ZONE: "zone-b"}, A, REFUSED),
    ("the old label for another region", {BETA_REGION: "r2"}, A, REFUSED),
    (
        "the old label, which the node has with another value",
        {BETA_ZONE: "zone-a"},
        node("a", zone="zone-a", labels={BETA_ZONE: "zone-b"}),
        REFUSED,
    ),
    ("labels that are not of a place", {"app": "db"}, A, PASSES),
    ("a node without labels of a place", {names.ZONE: "zone-b"}, NOWHERE, PASSES),
    ("a node that has a region and no zone", {names.ZONE: "zone-b"}, OF_REGION, REFUSED),
]


@pytest.mark.parametrize(("sentence", "labels", "on", "expected"), CASES)
def test_a_volume_of(sentence: str, labels: dict[str, str], on: Node, expected: str) -> None:
    volume = PersistentVolume("v", labels=tuple(labels.items()))
    claim = PersistentVolumeClaim("default", "c", "wait", "v")
    found = verdict(
        volume_zone, pod("p", claims=("c",)), on,
        claims={("default", "c"): claim}, volumes={"v": volume},
    )  # fmt: skip
    assert found == expected, sentence


CLASSES = {
    "wait": StorageClass("wait"),
    "now": StorageClass("now", waits_for_first_consumer=False),
}
UNSOLVABLE = [
    ("a claim that waits for the pod", PersistentVolumeClaim("default", "c", "wait"), ""),
    ("a claim that does not exist", None, 'persistentvolumeclaim "c" not found'),
    ("a volume that does not exist", PersistentVolumeClaim("default", "c", "wait", "v"),
     'persistentvolume "v" not found'),
    ("a claim without volume and class", PersistentVolumeClaim("default", "c", ""), NO_CLASS),
    ("a class that does not exist", PersistentVolumeClaim("default", "c", "none"),
     'storageclass.storage.k8s.io "none" not found'),
    ("a claim that should be bound by now", PersistentVolumeClaim("default", "c", "now"), NO_NAME),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "claim", "expected"), UNSOLVABLE)
def test_before_any_node_is_looked_at(
    sentence: str, claim: PersistentVolumeClaim | None, expected: str
) -> None:
    claims = {("default", "c"): claim} if claim else {}
    context = context_of(pod("p", claims=("c",)), (A,), (), claims=claims, storage_classes=CLASSES)
    assert volume_zone.unsolvable(context) == expected, sentence


def test_claims_that_are_made_for_the_pod_are_not_looked_at() -> None:
    item = replace(pod("p", claims=("c",)), ephemeral_claims=("c",))
    assert volume_zone.unsolvable(context_of(item, (A,), ())) == ""
