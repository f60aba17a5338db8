"""What advice says is what plans say: each step is a plan, and their difference is the waste."""

import random

import pytest
from tests.unit.live.objects import M5_XLARGE, Object, node, observed, pod

from kubestow.model.advice import EMPTY_NODES, HELD, KINDS, ROOM, Advice
from kubestow.model.instance_type import NANO_USD
from kubestow.model.reporter import SilentReporter
from kubestow.usecases.advise import AdviseRequest, advise
from kubestow.usecases.replay import NAMES

PROTECTED = {"annotations": {"karpenter.sh/do-not-disrupt": "true"}}


def advice(*objects: Object, policies: tuple[str, ...] = ()) -> Advice:
    request = AdviseRequest(observed=observed(*objects), policies=policies)
    return advise(request, SilentReporter())


def usd(nano: int) -> float:
    return round(nano / NANO_USD, 4)


def wastes(found: Advice) -> dict[str, float]:
    return {item.cause: usd(item.nano_usd_per_hour) for item in found.wastes}


def test_an_empty_node_is_waste_of_its_price() -> None:
    found = advice(node("a"), node("b"), *(pod(f"web-{n}", "a") for n in range(3)))
    assert wastes(found)[EMPTY_NODES] == M5_XLARGE


def test_room_is_what_the_same_kinds_of_nodes_packed_anew_save() -> None:
    pods = [pod(f"web-{n}", "abc"[n]) for n in range(3)]
    found = advice(node("a"), node("b"), node("c"), *pods)
    assert wastes(found)[ROOM] == round(2 * M5_XLARGE, 4), "three pods of 1 cpu fit on one node"


def test_the_steps_lead_from_the_cost_to_the_cheapest_plan() -> None:
    pods = [pod(f"web-{n}", "abc"[n % 3], cpu="900m") for n in range(5)]
    found = advice(node("a"), node("b"), node("c"), node("d"), *pods)
    steps = sum(item.nano_usd_per_hour for item in found.wastes if item.cause != HELD)
    assert found.survey.cost - steps == found.cheapest.nano_usd_per_hour
    assert found.minimum.nano_usd_per_hour <= found.cheapest.nano_usd_per_hour
    assert set(wastes(found)) >= {EMPTY_NODES, KINDS}


def test_nothing_is_wasted_on_the_cheapest_fleet() -> None:
    found = advice(node("a", "m5.large"), pod("web-0", "a", "1500m", "5Gi"))
    kinds = wastes(found).get(KINDS, 0.0)
    assert wastes(found) in ({}, {KINDS: kinds})
    assert usd(found.saving) == kinds


def test_pods_that_must_stay_hold_their_nodes() -> None:
    free = advice(node("a"), node("b"), pod("web-0", "a"), pod("web-1", "b"))
    held = advice(node("a"), node("b"), pod("web-0", "a", **PROTECTED), pod("web-1", "b"))
    assert HELD not in wastes(free)
    assert wastes(held)[HELD] < 0
    assert held.saving < free.saving
    assert held.reachable.nano_usd_per_hour >= held.survey.cost - held.saving


def test_a_bare_pod_holds_its_node_too() -> None:
    bare = pod("alone", "a")
    del bare["metadata"]["ownerReferences"]
    found = advice(node("a"), node("b"), bare, pod("web-1", "b"))
    assert HELD in wastes(found)


def test_what_spot_would_save_is_told_apart() -> None:
    found = advice(node("a"), pod("web-0", "a"))
    assert found.spot.nano_usd_per_hour < found.cheapest.nano_usd_per_hour
    assert {capacity for _, capacity, _ in found.cheapest.kinds} == {"on-demand"}


def test_pods_on_demand_stay_on_demand_and_those_on_spot_may_go_anywhere() -> None:
    spot = {"eks.amazonaws.com__capacityType": "SPOT"}
    nodes = [node("a"), node("b", group="batch", **spot)]
    found = advice(*nodes, pod("web-0", "a", "3"), pod("web-1", "b", "3"))
    assert sorted(capacity for _, capacity, _ in found.cheapest.kinds) == ["on-demand", "spot"]
    assert {capacity for _, capacity, _ in found.spot.kinds} == {"spot"}


def test_a_node_without_a_price_is_kept_and_not_counted() -> None:
    unknown = node("x")
    unknown["metadata"]["labels"]["node.kubernetes.io/instance-type"] = "zz9.large"
    found = advice(unknown, node("a"), pod("web-0", "x"), pod("web-1", "a"))
    assert found.survey.unpriced == 1
    assert usd(found.survey.cost) == M5_XLARGE


def test_a_cluster_of_no_group_is_planned_with_the_built_in_pools_and_says_so() -> None:
    own = node("a")
    for key in ("eks.amazonaws.com/nodegroup", "eks.amazonaws.com/capacityType"):
        del own["metadata"]["labels"][key]
    found = advice(own, pod("web-0", "a"))
    assert "built-in" in " ".join(found.notes)


def test_nothing_at_all_is_advised_of_an_empty_cluster() -> None:
    found = advice()
    assert (found.survey.cost, found.saving, found.gap, found.wastes) == (0, 0, None, ())


@pytest.mark.parametrize("name", NAMES)
def test_every_policy_removes_an_empty_node(name: str) -> None:
    pods = [pod(f"web-{n}", "a", "1200m") for n in range(3)]
    (decision,) = advice(node("a"), node("b"), *pods, policies=(name,)).decisions
    assert decision.removes == ("b",)
    assert usd(decision.saving) == M5_XLARGE
    assert decision.evicted == ()


def test_a_decision_names_whom_it_evicts_and_why_other_nodes_stay() -> None:
    pods = [pod("web-0", "a", "2", "3Gi"), pod("web-1", "b", "1")]
    stays = pod("web-2", "c", "2", **PROTECTED)
    (decision,) = advice(
        node("a"), node("b"), node("c"), *pods, stays, policies=("optimal",)
    ).decisions  # fmt: skip
    assert set(decision.removes) <= {"a", "b"} != set()
    assert {pod.partition("/")[2] for pod in decision.evicted} <= {"web-0", "web-1"}
    assert ("c", "a pod must not be disrupted", "shop/web-2") in {
        (kept.node, kept.reason, kept.subject) for kept in decision.kept
    }


def test_nodes_for_pending_pods_come_first_and_then_what_else_would_be_done() -> None:
    pods = [pod("web-0", "a"), pod("web-1", "b"), pod("waits", cpu="3")]
    found = advice(node("a"), node("b"), *pods, policies=("optimal",)).decisions
    assert [bool(item.launches.nodes) for item in found][:1] == [True] or found[0].removes


def test_cluster_autoscaler_launches_only_what_its_groups_are_of() -> None:
    pods = [pod("web-0", "a", "3500m"), pod("waits", cpu="3")]
    found = advice(node("a"), *pods, policies=("cluster-autoscaler",)).decisions
    assert found[0].launches.kinds == (("m5.xlarge", "on-demand", 1),)


def test_nodes_of_pods_that_no_pool_could_run_stay_in_every_plan() -> None:
    special = node("a", special="yes")
    tied = pod("web-0", "a")
    tied["spec"]["nodeSelector"] = {"special": "yes"}
    found = advice(special, node("b"), tied, pod("web-1", "b", "500m", "1Gi"))
    assert found.immovable == ("shop/web-0",)
    assert found.cheapest.nano_usd_per_hour >= round(M5_XLARGE * NANO_USD)
    assert found.minimum.nano_usd_per_hour >= round(M5_XLARGE * NANO_USD)
    assert found.saving == found.survey.cost - round(M5_XLARGE * NANO_USD), "b fits beside it"


def test_the_fee_of_auto_mode_is_in_the_cost_and_in_the_plan() -> None:
    auto = {"eks.amazonaws.com__compute-type": "auto", "karpenter.sh__nodepool": "general-purpose"}
    own = node("a", **auto)
    for key in ("eks.amazonaws.com/nodegroup", "eks.amazonaws.com/capacityType"):
        del own["metadata"]["labels"][key]
    found = advice(own, pod("web-0", "a"))
    assert usd(found.survey.cost) == round(1.12 * M5_XLARGE, 4)


def test_a_group_of_an_older_generation_is_packed_on_what_it_has() -> None:
    old = [node(name, "t2.xlarge") for name in "ab"]
    found = advice(*old, pod("web-0", "a"), pod("web-1", "b"))
    assert found.survey.unpriced == 0
    assert found.cheapest.nano_usd_per_hour <= found.survey.cost
    assert all(item.nano_usd_per_hour < found.survey.cost for item in found.wastes)


def test_a_node_of_an_unknown_price_takes_no_pods_from_others() -> None:
    unknown = node("x")
    unknown["metadata"]["labels"]["node.kubernetes.io/instance-type"] = "zz9.large"
    found = advice(unknown, node("a"), pod("web-0", "a"), pod("web-1", "x"))
    assert found.cheapest.nano_usd_per_hour > 0
    assert found.minimum.nano_usd_per_hour > 0


def test_pods_stay_on_the_architecture_they_run_on() -> None:
    arm = node("b", "m6g.xlarge", group="arm")
    arm["metadata"]["labels"]["kubernetes.io/arch"] = "arm64"
    found = advice(node("a"), arm, pod("web-0", "a", "3"), pod("web-1", "b", "3"))
    families = {kind.partition(".")[0] for kind, _, _ in found.cheapest.kinds}
    assert any("g" in family for family in families)
    assert any("g" not in family for family in families)


@pytest.mark.parametrize("seed", range(6))
def test_steps_add_up_whatever_the_cluster(seed: int) -> None:
    chance = random.Random(seed)
    nodes = [node(f"n{n}", chance.choice(["m5.large", "m5.xlarge"])) for n in range(4)]
    pods = []
    for number in range(chance.randrange(1, 9)):
        own = chance.choice(["n0", "n1", "n2"])
        more = PROTECTED if chance.random() < 0.2 else {}
        pods.append(pod(f"web-{number}", own, chance.choice(["200m", "500m"]), "1Gi", **more))
    found = advice(*nodes, *pods)
    parts = sum(item.nano_usd_per_hour for item in found.wastes if item.cause != HELD)
    held = -sum(item.nano_usd_per_hour for item in found.wastes if item.cause == HELD)
    assert all(item.nano_usd_per_hour > 0 for item in found.wastes if item.cause != HELD)
    assert found.survey.cost - parts == found.cheapest.nano_usd_per_hour
    assert found.cheapest.nano_usd_per_hour + held == found.reachable.nano_usd_per_hour
    assert found.saving == found.survey.cost - found.reachable.nano_usd_per_hour
    assert found.minimum.nano_usd_per_hour <= found.cheapest.nano_usd_per_hour
