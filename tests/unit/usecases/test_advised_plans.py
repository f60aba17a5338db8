"""Advice with the reservations and Savings Plans of --costs: worked out by hand.

An m5.xlarge costs 0.192 USD an hour on demand, an m5.large 0.096; reserved ones here 0.1. An
m5.xlarge has room for three pods of 1 cpu, an m5.large for one.
"""

import random

import pytest
from tests.unit.live.objects import M5_XLARGE, Object, node, observed, pod, reservation

from kubestow.model.advice import EMPTY_NODES, HELD, KINDS, RESERVED, ROOM, Advice
from kubestow.model.costs import Costs, Override, Reservation
from kubestow.model.instance_type import NANO_USD
from kubestow.model.labels import CAPACITY_TYPE
from kubestow.model.reporter import SilentReporter
from kubestow.usecases.advise import PAID, AdviseRequest, advise

PROTECTED = {"annotations": {"karpenter.sh/do-not-disrupt": "true"}}
SPOT = {"eks.amazonaws.com__capacityType": "SPOT"}


def advice(
    *objects: Object,
    reserved: tuple[Reservation, ...] = (),
    policies: tuple[str, ...] = (),
    overrides: tuple[Override, ...] = (),
) -> Advice:
    costs = Costs("costs.yaml", overrides=overrides, reservations=reserved)
    request = AdviseRequest(observed=observed(*objects, costs=costs), policies=policies)
    return advise(request, SilentReporter())


def usd(nano: int) -> float:
    return round(nano / NANO_USD, 6)


def figures(found: Advice) -> tuple[float, float, float, float]:
    """Return the cost now, the cheapest plan, the minimum and what could be saved."""
    sizes = found.survey.cost, found.cheapest.nano_usd_per_hour
    return (*map(usd, sizes), usd(found.minimum.nano_usd_per_hour), usd(found.saving))


def wastes(found: Advice) -> dict[str, float]:
    return {item.cause: usd(item.nano_usd_per_hour) for item in found.wastes}


def test_a_node_of_each_kind_is_counted_at_what_is_paid_for_it() -> None:
    nodes = [node("a"), node("b", "m5.large"), node("c", group="batch", **SPOT)]
    pods = [pod(f"web-{on}", on, cpu) for on, cpu in (("a", "3"), ("b", "1500m"), ("c", "3"))]
    found = advice(*nodes, *pods, reserved=(reservation(1),))
    spot = usd(observed().snapshot.catalog.prices()["m5.xlarge", "us-east-1a", "spot"])
    assert usd(found.survey.cost) == round(0.1 + 0.096 + spot, 6)
    kinds = {(kind, capacity) for kind, capacity, _ in found.cheapest.kinds}
    assert ("m5.xlarge", "on-demand") in kinds, "the reserved node is one of the cheapest fleet"
    assert found.minimum.nano_usd_per_hour >= 0.1 * NANO_USD
    assert found.survey.cost - sum(
        item.nano_usd_per_hour for item in found.wastes
    ) == found.cheapest.nano_usd_per_hour  # fmt: skip


def test_nothing_is_saved_by_leaving_a_reserved_node() -> None:
    found = advice(node("a"), pod("web-0", "a", "100m"), reserved=(reservation(1),))
    assert figures(found) == (0.1, 0.1, 0.1, 0.0)
    assert found.wastes == ()
    assert found.cheapest.kinds == (("m5.xlarge", "on-demand", 1),)


def test_a_reservation_larger_than_what_runs_is_paid_in_every_plan() -> None:
    pods = [pod(f"web-{n}", "a") for n in range(3)]
    found = advice(node("a"), *pods, reserved=(reservation(3),))
    assert figures(found) == (0.3, 0.3, 0.3, 0.0)
    assert usd(found.survey.unused_cost) == 0.2
    assert found.cheapest.nodes == 1
    assert found.minimum.rung != ""
    assert found.gap == 0.0


def test_a_reservation_smaller_than_what_runs_leaves_the_others_to_be_saved() -> None:
    pods = [pod(f"web-{n}", "abc"[n]) for n in range(3)]
    found = advice(node("a"), node("b"), node("c"), *pods, reserved=(reservation(2),))
    assert figures(found) == (round(0.2 + M5_XLARGE, 6), 0.2, 0.2, M5_XLARGE)
    assert wastes(found) == {ROOM: M5_XLARGE}


def test_pods_move_to_reserved_nodes_that_do_not_run() -> None:
    found = advice(node("a", "m5.large"), pod("web-0", "a"), reserved=(reservation(1),))
    assert figures(found) == (0.196, 0.1, 0.1, 0.096)
    assert wastes(found) == {RESERVED: 0.096}
    assert found.cheapest.kinds == (("m5.xlarge", "on-demand", 1),)


def test_an_empty_reserved_node_is_no_waste_that_could_be_saved() -> None:
    pods = [pod(f"web-{n}", "a") for n in range(3)]
    paid = advice(node("a"), node("b"), *pods, reserved=(reservation(2),))
    assert figures(paid) == (0.2, 0.2, 0.2, 0.0)
    assert paid.wastes == ()
    half = advice(node("a"), node("b"), *pods, reserved=(reservation(1),))
    assert figures(half) == (round(0.1 + M5_XLARGE, 6), 0.1, 0.1, M5_XLARGE)
    assert wastes(half) == {EMPTY_NODES: M5_XLARGE}


def test_what_must_stay_uses_a_reservation_first() -> None:
    stays = pod("web-1", "b", **PROTECTED)
    found = advice(node("a"), node("b"), pod("web-0", "a"), stays, reserved=(reservation(1),))
    assert figures(found) == (round(0.1 + M5_XLARGE, 6), 0.1, 0.1, M5_XLARGE)
    assert HELD not in wastes(found)
    assert found.reachable.nodes == 1


def test_reserved_nodes_of_a_group_with_a_taint_stay_what_they_are() -> None:
    own = node("a", group="own", team="x")
    own["spec"]["taints"] = [{"key": "team", "value": "x", "effect": "NoSchedule"}]
    tied = pod("tied", "a", "3")
    tied["spec"]["tolerations"] = [{"key": "team", "operator": "Exists"}]
    tied["spec"]["nodeSelector"] = {"team": "x"}
    found = advice(own, node("b", "m5.large"), tied, pod("web-0", "b"), reserved=(reservation(1),))
    assert found.minimum.nano_usd_per_hour <= found.cheapest.nano_usd_per_hour
    assert usd(found.survey.cost) == 0.196
    assert wastes(found).keys() <= {KINDS}


def test_a_cordoned_reserved_node_is_opened_in_plans() -> None:
    shut = node("a")
    shut["spec"]["unschedulable"] = True
    found = advice(shut, pod("web-0", "a"), reserved=(reservation(1),))
    assert figures(found) == (0.1, 0.1, 0.1, 0.0)


def test_surplus_credits_of_a_reserved_node_are_paid_in_plans_too() -> None:
    """A t3.large sustains 600 millicpu; half of 1800 are used; 300 cost 0.00005 USD each."""
    own = reservation(1, 0.05, instance_type="t3.large")
    found = advice(node("a", "t3.large"), pod("web-0", "a", "1800m"), reserved=(own,))
    assert figures(found) == (0.065, 0.065, 0.05, 0.0)


def test_the_fee_of_auto_mode_is_paid_for_reserved_nodes_that_run() -> None:
    auto = {"eks.amazonaws.com__compute-type": "auto", "karpenter.sh__nodepool": "general-purpose"}
    own = node("a", **auto)
    for key in ("eks.amazonaws.com/nodegroup", "eks.amazonaws.com/capacityType"):
        del own["metadata"]["labels"][key]
    found = advice(own, pod("web-0", "a", "3"), reserved=(reservation(1),))
    cost = round(0.1 + 0.12 * M5_XLARGE, 6)
    assert figures(found) == (cost, cost, 0.1, 0.0)


def test_a_savings_plan_is_in_every_price() -> None:
    plan = Override("plan", None, "bill", ((CAPACITY_TYPE, ("on-demand",)),), 280_000_000)
    pods = [pod(f"web-{n}", "a") for n in range(3)]
    found = advice(node("a"), node("b"), *pods, overrides=(plan,), policies=("optimal",))
    each = 0.72 * M5_XLARGE
    assert usd(found.survey.cost) == round(2 * each, 6)
    assert wastes(found)[EMPTY_NODES] == round(each, 6)
    assert usd(found.decisions[0].saving) == round(each, 6)
    listed = advice(node("a"), node("b"), *pods)
    assert found.cheapest.nano_usd_per_hour == pytest.approx(
        0.72 * listed.cheapest.nano_usd_per_hour, rel=1e-6
    )
    assert found.minimum.nano_usd_per_hour == pytest.approx(
        0.72 * listed.minimum.nano_usd_per_hour, rel=0.02
    )


@pytest.mark.parametrize(
    ("name", "count", "saving"),
    [
        ("optimal", 1, M5_XLARGE),
        ("karpenter", 1, M5_XLARGE),
        ("karpenter", 2, 0.0),
        ("cluster-autoscaler", 1, M5_XLARGE),
        ("cluster-autoscaler", 2, 0.0),
    ],
)
def test_an_empty_node_saves_what_is_no_longer_paid(
    name: str, count: int, saving: float
) -> None:  # fmt: skip
    pods = [pod(f"web-{n}", "a", "1200m") for n in range(3)]
    found = advice(node("a"), node("b"), *pods, reserved=(reservation(count),), policies=(name,))
    (decision,) = found.decisions
    assert decision.removes == ("b",)
    assert usd(decision.saving) == saving


def test_kubestow_keeps_an_empty_node_that_is_paid_for_and_looks_further() -> None:
    objects = [node("a"), node("b", "m5.large"), pod("web-0", "b", "500m")]
    (decision,) = advice(*objects, policies=("optimal",), reserved=(reservation(1),)).decisions
    assert decision.removes == ("b",), "its pod goes to the empty node, which costs nothing more"
    assert usd(decision.saving) == 0.096
    (decision,) = advice(node("a"), policies=("optimal",), reserved=(reservation(1),)).decisions
    assert decision.removes == ()
    assert [(kept.node, kept.reason) for kept in decision.kept] == [("a", PAID)]


def of_pool(name: str) -> Object:
    own = node(name, "m5.large", **{"karpenter.sh__nodepool": "p"})
    labels = own["metadata"]["labels"]
    del labels["eks.amazonaws.com/nodegroup"], labels["eks.amazonaws.com/capacityType"]
    labels["karpenter.sh/capacity-type"] = "on-demand"
    return own


def limited_pool(cpu: str) -> list[Object]:
    allowed = {
        "node.kubernetes.io/instance-type": ["m5.xlarge", "m5.2xlarge"],
        "karpenter.sh/capacity-type": ["on-demand"],
        "topology.kubernetes.io/zone": ["us-east-1a"],
    }
    asked = [{"key": k, "operator": "In", "values": own} for k, own in allowed.items()]
    ref = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "d"}
    terms = [{"tags": {"a": "b"}}]
    of_class = {
        "amiSelectorTerms": [{"alias": "al2023@latest"}],
        "subnetSelectorTerms": terms,
        "securityGroupSelectorTerms": terms,
    }
    template = {"spec": {"requirements": asked, "nodeClassRef": ref}}
    return [
        {
            "apiVersion": "karpenter.sh/v1",
            "kind": "NodePool",
            "metadata": {"name": "p"},
            "spec": {"limits": {"cpu": cpu}, "template": template},
        },
        {
            "apiVersion": "karpenter.k8s.aws/v1",
            "kind": "EC2NodeClass",
            "metadata": {"name": "d"},
            "spec": of_class,
        },
    ]


def test_as_many_reserved_nodes_are_planned_as_limits_allow() -> None:
    running = [of_pool("a"), of_pool("b"), pod("web-0", "a"), pod("web-1", "b")]
    found = advice(
        *limited_pool("8"), *running, reserved=(reservation(5),), policies=("optimal",)
    )  # fmt: skip
    assert figures(found) == (0.692, 0.5, 0.5, 0.192)
    assert found.decisions[0].saving <= found.saving
    (note,) = [note for note in found.notes if "cannot launch them all" in note]
    assert "; 2 of those that do not run can be launched" in note


def test_reserved_nodes_leave_the_room_that_pods_need() -> None:
    """Two reserved m5.xlarge would use up a limit of 8 cpu, and web-0 needs an m5.2xlarge."""
    own = of_pool("a")
    own["metadata"]["labels"]["node.kubernetes.io/instance-type"] = "m5.2xlarge"
    own["status"]["allocatable"] |= {"cpu": "7900m", "memory": "30Gi"}
    found = advice(*limited_pool("8"), own, pod("web-0", "a", "6"), reserved=(reservation(2),))
    assert found.immovable == ()
    assert figures(found) == (0.584, 0.584, 0.584, 0.0)


def in_two_zones() -> list[Object]:
    other = node("b")
    other["metadata"]["labels"]["topology.kubernetes.io/zone"] = "us-east-1b"
    tied = pod("web-1", "b")
    tied["spec"]["nodeSelector"] = {"topology.kubernetes.io/zone": "us-east-1b"}
    return [node("a"), other, pod("web-0", "a"), tied]


def test_a_reservation_without_a_zone_is_of_the_node_that_is_needed() -> None:
    found = advice(*in_two_zones(), reserved=(reservation(1),), policies=("optimal",))
    assert figures(found) == (0.292, 0.1, 0.1, 0.192)
    (decision,) = found.decisions
    assert (decision.removes, decision.launches.nodes) == (("a",), 0)
    assert usd(decision.saving) == 0.192


def test_the_minimum_counts_on_a_reservation_for_what_the_plan_launches() -> None:
    """What the four reserved nodes are worth is taken off once, not their list price twice."""
    nodes = [node(f"n{n}") for n in range(6)]
    pods = [pod(f"web-{n}-{m}", f"n{n}", "800m") for n in range(6) for m in range(3)]
    found = advice(*nodes, *pods, reserved=(reservation(4),))
    assert found.minimum.nano_usd_per_hour > 0.4 * NANO_USD, "more than what is paid anyway"
    assert found.cheapest.nano_usd_per_hour < 1.05 * found.minimum.nano_usd_per_hour


def test_kubestow_moves_no_pod_off_a_reserved_node() -> None:
    objects = [node("a"), node("b"), pod("web-0", "a"), pod("web-1", "b")]
    (free,) = advice(*objects, policies=("optimal",)).decisions
    assert free.removes
    assert free.saving > 0
    (paid,) = advice(*objects, policies=("optimal",), reserved=(reservation(2),)).decisions
    assert (paid.removes, paid.saving) == ((), 0)


def test_a_launch_on_an_unused_reservation_costs_nothing_more() -> None:
    objects = [node("a"), pod("web-0", "a", "3500m"), pod("waits", cpu="3")]
    found = advice(*objects, policies=("cluster-autoscaler",), reserved=(reservation(2),))
    assert found.decisions[0].launches.kinds == (("m5.xlarge", "on-demand", 1),)
    assert found.decisions[0].launches.nano_usd_per_hour == 0
    assert found.decisions[0].saving == 0
    assert any("know" in note and "no reservation" in note for note in found.notes)


def test_what_cannot_be_launched_is_told_and_paid() -> None:
    own = reservation(2, nodepool="gone")
    found = advice(node("a", "m5.large"), pod("web-0", "a", "1500m", "5Gi"), reserved=(own,))
    assert found.minimum.nano_usd_per_hour >= 0.2 * NANO_USD
    (note,) = [note for note in found.notes if "gone" in note]
    assert note.startswith("costs.yaml: Costs: reservations[0].nodePool: there is no NodePool")
    assert "the NodePools are workers" in note


@pytest.mark.parametrize("seed", range(8))
def test_figures_add_up_whatever_is_reserved(seed: int) -> None:
    chance = random.Random(seed)
    kinds = ["m5.large", "m5.xlarge"]
    nodes = [node(f"n{n}", chance.choice(kinds)) for n in range(4)]
    pods = []
    for number in range(chance.randrange(1, 7)):
        own = chance.choice(["n0", "n1", "n2"])
        more = PROTECTED if chance.random() < 0.2 else {}
        pods.append(pod(f"web-{number}", own, chance.choice(["200m", "500m"]), "1Gi", **more))
    reserved = tuple(
        reservation(chance.randrange(1, 4), 0.06, instance_type=kind, name=kind.replace(".", "-"))
        for kind in chance.sample(kinds, chance.randrange(1, 3))
    )
    found = advice(*nodes, *pods, reserved=reserved, policies=("optimal",))
    parts = sum(item.nano_usd_per_hour for item in found.wastes if item.cause != HELD)
    held = -sum(item.nano_usd_per_hour for item in found.wastes if item.cause == HELD)
    committed = sum(item.count * (item.nano_usd_per_hour or 0) for item in reserved)
    assert found.survey.cost - parts == found.cheapest.nano_usd_per_hour
    assert found.cheapest.nano_usd_per_hour + held == found.reachable.nano_usd_per_hour
    assert found.saving == found.survey.cost - found.reachable.nano_usd_per_hour
    assert committed <= found.minimum.nano_usd_per_hour <= found.cheapest.nano_usd_per_hour
    assert all(item.saving >= 0 for item in found.decisions)


ZONES = ["us-east-1a", "us-east-1b"]


@pytest.mark.parametrize("seed", range(8))
def test_no_decision_ends_below_the_minimum(seed: int) -> None:
    chance = random.Random(seed)
    kinds, objects = ["m5.large", "m5.xlarge", "t3.large"], []
    for number in range(chance.randrange(1, 5)):
        there = node(f"n{number}", chance.choice(kinds), chance.choice(["workers", "others"]))
        there["metadata"]["labels"]["topology.kubernetes.io/zone"] = chance.choice(ZONES)
        objects.append(there)
        for more in range(chance.randrange(4)):
            name, cpu = f"web-{number}-{more}", chance.choice(["200m", "500m"])
            objects.append(pod(name, f"n{number}", cpu, "1Gi"))
            if chance.random() < 0.2:
                zone = there["metadata"]["labels"]["topology.kubernetes.io/zone"]
                objects[-1]["spec"]["nodeSelector"] = {"topology.kubernetes.io/zone": zone}
    reserved = tuple(
        reservation(
            chance.randrange(1, 4), chance.choice([0.03, 0.09]), instance_type=chance.choice(kinds),
            name=f"r{number}", zone=chance.choice(["", *ZONES]),
        )
        for number in range(chance.randrange(1, 3))
    )  # fmt: skip
    found = advice(*objects, reserved=reserved, policies=("optimal", "cluster-autoscaler"))
    least = found.minimum.nano_usd_per_hour
    assert all(least <= found.survey.cost - item.saving for item in found.decisions)
    assert least <= found.cheapest.nano_usd_per_hour <= found.reachable.nano_usd_per_hour
    assert found.spot.nano_usd_per_hour <= found.cheapest.nano_usd_per_hour
    own = [item for item in found.decisions if item.policy == "optimal" and item.removes]
    assert all(item.saving > 0 for item in own)
