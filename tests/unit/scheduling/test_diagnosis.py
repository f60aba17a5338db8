"""Why a class can run nowhere, and which candidate comes closest."""

from typing import Any

from kubestow.model import labels as names
from kubestow.model.plan import Reason
from kubestow.model.pod import Pod
from kubestow.model.taints import Taint
from kubestow.provisioning.preparation.prepared_snapshot import prepare
from kubestow.scheduling.diagnosis import VOLUMES_HINT, nearest_miss, reasons
from kubestow.testing import node, pod, quantities, snapshot

NODES = (
    node("small", cpu="1"),
    node("tainted", cpu="8", taints=[Taint("team", "x", "NoSchedule")]),
    node("far", cpu="8", zone="zone-b"),
)


def told(item: Pod, **cluster: Any) -> tuple[list[Reason], dict[str, object]]:
    prepared = prepare(snapshot([item], nodes=NODES, nodepools=(), **cluster), ())
    pod_class = prepared.pod_classes[0]
    given = (
        pod_class, prepared.filters, prepared.requests[0], prepared.free, prepared.axes
    )  # fmt: skip
    return reasons(*given), nearest_miss(*given)


def test_every_constraint_is_counted_by_itself() -> None:
    found, _ = told(pod("p", cpu="4", node_selector=((names.ZONE, "zone-a"),)))
    assert [(item.constraint, item.offerings) for item in found] == [
        ("TaintToleration", 1), ("NodeAffinity", 1), ("NodeResourcesFit", 1)
    ]  # fmt: skip
    taints, affinity, resources = (item.detail for item in found)
    assert taints == {"taints": {"team=x:NoSchedule": 1}}
    assert affinity["requirements"] == [{"requirement": f"{names.ZONE}=zone-a", "refuses": 1}]
    assert resources == {"resource": "cpu", "requested": "4", "largestAvailable": "1"}


def test_the_nearest_miss_has_the_fewest_obstacles_and_then_the_smallest_shortage() -> None:
    _, nearest = told(pod("p", cpu="4", node_selector=((names.ZONE, "zone-b"),)))
    assert (nearest["node"], nearest["refusedBy"], nearest["short"]) == ("far", [], {})
    _, nearest = told(pod("p", cpu="4", node_selector=((names.ZONE, "zone-a"),)))
    assert (nearest["node"], nearest["refusedBy"]) == ("tainted", ["TaintToleration"])
    _, nearest = told(pod("p", cpu="9"))
    assert (nearest["node"], nearest["short"]) == ("far", {"cpu": "1"})


def test_a_label_that_nothing_has_is_named() -> None:
    found, _ = told(pod("p", node_selector=(("gpu", "yes"),)))
    (affinity,) = (item.detail for item in found if item.constraint == "NodeAffinity")
    assert affinity["hint"] == "no NodePool and no node has the label gpu"


def test_a_resource_that_nothing_has_is_named() -> None:
    found, _ = told(pod("p", requests=quantities(**{"nvidia.com/gpu": "1"})))
    (gpu,) = (item.detail for item in found if item.constraint == "NodeResourcesFit")
    assert gpu["hint"] == "no offering has nvidia.com/gpu: add a NodePool that does"


def test_a_claim_that_is_not_in_the_input_comes_with_a_hint() -> None:
    found, _ = told(pod("p", claims=("c",)))
    (volume,) = (item.detail for item in found if item.constraint == "VolumeBinding")
    assert volume == {
        "message": "PersistentVolumeClaim default/c is not in the input", "hint": VOLUMES_HINT
    }  # fmt: skip


def test_without_candidates_nothing_is_near() -> None:
    prepared = prepare(snapshot([pod("p")], nodepools=()), ())
    found = nearest_miss(
        prepared.pod_classes[0], prepared.filters, prepared.requests[0], prepared.free,
        prepared.axes,
    )  # fmt: skip
    assert found == {}


def test_a_zone_that_no_catalog_has_is_named_as_such() -> None:
    found, _ = told(pod("p", node_selector=((names.ZONE, "us-west-2-lax-1a"),)))
    (reason,) = [r for r in found if r.constraint == "NodeAffinity"]
    assert reason.detail["hint"] == (
        "us-west-2-lax-1a: Local Zones, Wavelength Zones and Outposts are not in the catalog"
    )
