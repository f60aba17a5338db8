"""A survey tells what runs, what it costs, and why pods wait."""

from dataclasses import replace

import pytest
from tests.unit.live.objects import M5_XLARGE, node, observed, pod, reservation

from kubestow.model.costs import Costs, Override
from kubestow.model.instance_type import NANO_USD
from kubestow.model.labels import CAPACITY_TYPE
from kubestow.model.observed import Observed, Usage
from kubestow.model.survey import Survey
from kubestow.usecases.survey import NO_NODES, Surveyor, survey


def looked(*objects: dict, **more: object) -> Survey:
    seen = observed(*objects)
    return survey(Observed(seen.name, seen.snapshot, seen.nodes, seen.pods, **more))  # type: ignore[arg-type] # a test's own


def test_nodes_cost_what_their_labels_say() -> None:
    found = looked(node("a"), node("b", "m5.large"), pod("web", "a"))
    assert found.cost == round(1.5 * M5_XLARGE * NANO_USD)
    assert [item.group.name for item in found.nodes] == ["workers", "workers"]


def priced(*objects: dict, costs: Costs) -> tuple[Survey, list[float | None]]:
    found = survey(observed(*objects, costs=costs))
    return found, [None if n.price is None else n.price / NANO_USD for n in found.nodes]


def test_a_reserved_node_costs_its_reservation_one_on_demand_and_one_on_spot_their_own() -> None:
    spot = {"eks.amazonaws.com__capacityType": "SPOT"}
    costs = Costs("costs.yaml", reservations=(reservation(1),))
    found, prices = priced(node("a"), node("b"), node("c", **spot), costs=costs)
    listed = observed().snapshot.catalog.prices()["m5.xlarge", "us-east-1a", "spot"] / NANO_USD
    assert prices == [0.1, M5_XLARGE, listed]
    assert [item.reservation for item in found.nodes] == ["own", "", ""]
    assert found.cost == round((0.1 + M5_XLARGE + listed) * NANO_USD)
    assert found.unused_cost == 0


def test_reserved_nodes_that_do_not_run_are_paid_too() -> None:
    costs = Costs("costs.yaml", reservations=(reservation(3),))
    found, prices = priced(node("a"), costs=costs)
    assert prices == [0.1]
    assert found.cost == 0.3 * NANO_USD
    assert found.unused_cost == 0.2 * NANO_USD
    (own,) = found.reservations
    assert (own.in_use, own.unused) == (1, 2)


def test_a_savings_plan_is_in_the_price_of_what_it_matches() -> None:
    plan = Override("plan", None, "bill", ((CAPACITY_TYPE, ("on-demand",)),), 280_000_000)
    found, prices = priced(node("a"), node("b"), costs=Costs("costs.yaml", overrides=(plan,)))
    assert prices == [pytest.approx(0.72 * M5_XLARGE)] * 2
    assert found.cost == 2 * 0.72 * M5_XLARGE * NANO_USD


def test_a_node_that_is_the_same_is_surveyed_again_where_it_loses_its_reservation() -> None:
    costs, surveyor = Costs("costs.yaml", reservations=(reservation(1),)), Surveyor()
    seen = observed(node("a"), node("b"), costs=costs)
    assert [item.reservation for item in surveyor.survey(seen).nodes] == ["own", ""]
    cluster = seen.snapshot.cluster
    rest = replace(seen.snapshot, cluster=replace(cluster, nodes=cluster.nodes[1:]))
    assert [item.reservation for item in surveyor.survey(replace(seen, snapshot=rest)).nodes] == [
        "own"
    ]


def test_no_reservation_pays_for_a_node_of_windows() -> None:
    own = node("a")
    own["metadata"]["labels"]["kubernetes.io/os"] = "windows"
    found, prices = priced(own, costs=Costs("costs.yaml", reservations=(reservation(1),)))
    assert prices == [None]
    assert found.cost == 0.1 * NANO_USD


def test_what_a_reserved_node_charges_beside_its_price_is_paid_as_well() -> None:
    """A t3.large sustains 600 millicpu; half of 1800 are used; 300 cost 0.00005 USD each."""
    costs = Costs("costs.yaml", reservations=(reservation(1, 0.05, instance_type="t3.large"),))
    _, prices = priced(node("a", "t3.large"), pod("web", "a", "1800m"), costs=costs)
    assert prices == [0.05 + 0.015]
    auto = node("a", **{"eks.amazonaws.com__compute-type": "auto"})
    _, prices = priced(auto, costs=Costs("costs.yaml", reservations=(reservation(1),)))
    assert prices == [pytest.approx(0.1 + 0.12 * M5_XLARGE)]


def test_nodes_of_windows_have_no_known_price() -> None:
    own = node("a")
    own["metadata"]["labels"]["kubernetes.io/os"] = "windows"
    assert looked(own, pod("web", "a")).unpriced == 1


def test_requests_and_usage_are_told_side_by_side() -> None:
    usage = Usage({"a": (("cpu", 500), ("memory", 2**30))})
    (found,) = looked(node("a"), pod("web", "a"), usage=usage).nodes
    assert dict(found.requested) == {"cpu": 1000, "memory": 2 * 2**30}
    assert dict(found.used or ()) == {"cpu": 500, "memory": 2**30}
    assert found.share == pytest.approx(1000 / 3920)


def test_pods_of_daemonsets_leave_a_node_empty() -> None:
    owner = {"kind": "DaemonSet", "name": "agent", "uid": "1", "controller": True}
    found = looked(node("a"), pod("agent-x", "a", ownerReferences=[owner]))
    assert found.nodes[0].is_empty
    assert dict(found.nodes[0].daemons)["cpu"] == 1000


def test_pods_that_wait_alike_are_told_once_in_the_schedulers_words() -> None:
    found = looked(node("a"), *(pod(f"big-{n}", cpu="30") for n in range(3)), pod("web", "a"))
    (waits,) = found.pending
    assert waits.pods == ("shop/big-0", "shop/big-1", "shop/big-2")
    assert waits.message == "0/1 nodes are available: 1 Insufficient cpu."
    assert waits.reason == "NodeResourcesFit"
    assert found.waiting == 3


def test_a_pod_that_is_about_to_run_has_no_filter_against_it() -> None:
    (waits,) = looked(node("a"), pod("web")).pending
    assert waits.reason == ""
    assert "about to run" in waits.message


def test_a_pod_that_no_node_is_looked_at_for_is_told_why() -> None:
    own = pod("web")
    own["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    (waits,) = looked(node("a"), own).pending
    assert waits.message == '0/1 nodes are available: persistentvolumeclaim "data" not found.'
    assert waits.reason == "VolumeRestrictions"


def test_without_nodes_that_is_the_reason() -> None:
    (waits,) = looked(pod("web")).pending
    assert waits.message == NO_NODES


def test_a_cordoned_node_is_told_as_such() -> None:
    own = node("a")
    own["spec"]["unschedulable"] = True
    assert looked(own, pod("web", "a")).nodes[0].cordoned
