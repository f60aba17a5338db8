"""What is beyond a limit is not begun, and told once with what would be needed."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from kubestow.live.hourly_count import HourlyCount
from kubestow.live.limited import ActionLimits, Limited
from kubestow.live.witness import Deed
from kubestow.model.decision import (
    HELD_BACK,
    Cordon,
    Decision,
    Drain,
    Land,
    Launch,
    Outcome,
    Waiting,
)
from kubestow.model.instance_type import NANO_USD
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.pod import Pod
from kubestow.model.snapshot import DisruptionBudget, Snapshot
from kubestow.policies.provisioner import PLANNED
from kubestow.testing import nodeclaim, pod, selector, snapshot

AT = 100_000


def node(name: str, usd: float = 1.0, phase: Phase = Phase.READY, **facts: Any) -> NodeClaim:
    made = nodeclaim(name, phase=phase, **facts)
    return replace(made, nano_usd_per_hour=round(usd * NANO_USD))


def on(node_name: str, count: int, **fields: Any) -> list[Pod]:
    made = (pod(f"{node_name}-{number}").on(node_name) for number in range(count))
    return [replace(item, **fields) for item in made]


@dataclass
class Scene:
    """A world with nodes and pods that notes what it is asked for."""

    claims: tuple[NodeClaim, ...] = ()
    pods: list[Pod] = field(default_factory=list)
    launched: int = 0
    evicted: int = 0
    at: int = AT
    budgets: tuple[DisruptionBudget, ...] = ()
    asked: list[Any] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)

    def observe(self) -> Snapshot:
        seen = replace(snapshot(self.pods), at=self.at, nodeclaims=self.claims)
        cluster = replace(seen.cluster, disruption_budgets=self.budgets)
        return replace(seen, cluster=cluster)

    def execute(self, decision: Decision) -> tuple[Outcome, ...]:
        self.asked = list(decision.actions)
        return (Outcome("asked", "done"),)

    def limited(self, **limits: int) -> Limited:
        evictions = HourlyCount()
        for _ in range(self.evicted):
            evictions.add(AT)
        if "usd" in limits:
            limits["nano_usd_per_hour"] = limits.pop("usd") * NANO_USD
        return Limited(
            self, ActionLimits(**limits), lambda at: self.launched, evictions, self.heard.append,
            hear=self.deeds.append,
        )  # fmt: skip

    def does(self, world: Limited, *actions: Any, **planned: str) -> list[str]:
        """Return the subjects of what was held back; ``planned`` is the claim of each pod."""
        world.observe()
        waiting = tuple(
            Waiting(f"default/{name.replace('_', '-')}", PLANNED, claim)
            for name, claim in planned.items()
        )
        outcomes = world.execute(Decision(actions, waiting=waiting))
        assert outcomes[-1] == Outcome("asked", "done")
        assert {item.event for item in outcomes[:-1]} <= {HELD_BACK}
        assert len(self.asked) + len(outcomes) - 1 == len(actions)
        return [item.subject for item in outcomes[:-1]]


def launch(name: str, usd: float = 1.0, reason: str = "Provisioning") -> Launch:
    return Launch(node(name, usd, Phase.LAUNCHING), reason)


def test_without_limits_everything_is_done() -> None:
    scene = Scene((node("a"),), on("a", 50), launched=500, evicted=500)
    assert scene.does(scene.limited(), launch("b"), Drain("a", "Empty")) == []
    assert scene.heard == []


def test_nodes_are_launched_as_far_as_the_money_goes() -> None:
    scene = Scene((node("a", 3.0), replace(node("theirs", 99.0), nodepool="")))
    world = scene.limited(usd=5)
    wanted = (launch("b", 1.5), launch("c", 1.5), launch("d", 0.5), Land("default/web", "a"))
    assert scene.does(world, *wanted) == ["c"]
    assert [type(action) for action in scene.asked] == [Launch, Launch, Land]
    (text,) = scene.heard
    assert text.startswith("--max-usd-per-hour 5.00: the nodes cost 5.00 USD/h, and 1 more (pool)")
    assert text.endswith("for 1.50; 6.50 would be needed")
    scene.does(world, *wanted)
    assert len(scene.heard) == 1, "told once"


def test_launches_of_the_last_hour_count_and_those_without_an_answer() -> None:
    scene = Scene((node("coming", phase=Phase.LAUNCHING),), launched=7)
    world = scene.limited(launches_per_hour=9)
    assert scene.does(world, launch("b"), launch("c")) == ["c"]
    assert "9 nodes were launched in the last hour, and 1 more (pool) are not" in scene.heard[0]


@pytest.mark.parametrize("limits", [
    {"usd": 2}, {"launches_per_hour": 1}, {"evictions_per_hour": 19},
])  # fmt: skip
def test_a_replacement_is_begun_as_a_whole_or_not_at_all(limits: dict[str, int]) -> None:
    scene = Scene((node("a"),), on("a", 20))
    actions = (
        launch("b", 0.9, "Drifted"), launch("c", 0.9, "Drifted"), Cordon("a", "Drifted"),
    )  # fmt: skip
    assert sorted(scene.does(scene.limited(**limits), *actions)) == ["a", "b", "c"]
    assert scene.asked == []
    assert {deed.detail for deed in scene.deeds} == {scene.heard[0].partition(":")[0]}
    held = [(deed.what, deed.name, deed.result) for deed in scene.deeds]
    assert sorted(held) == [("cordon", "a", HELD_BACK), *2 * [("launch", "pool", HELD_BACK)]]
    more = {key: number + 1 for key, number in limits.items()}
    assert scene.does(scene.limited(**more), *actions) == []


def test_a_node_is_drained_if_all_of_its_pods_may_be_evicted() -> None:
    claims = (node("a"), node("b"), node("leaving", phase=Phase.DRAINING))
    pods = [*on("a", 4), *on("b", 3), *on("leaving", 2), *on("a", 5, daemonset="default/agent")]
    scene = Scene(claims, pods, evicted=10)
    world = scene.limited(evictions_per_hour=15)
    assert scene.does(world, Drain("a", "Underutilized"), Drain("b", "Empty")) == ["a"]
    assert (
        "15 pods were evicted in the last hour, or are about to be; 4 more on a" in scene.heard[0]
    )
    assert scene.heard[0].endswith("19 would be needed")


def test_what_was_begun_is_not_counted_twice() -> None:
    waiting = replace(node("a"), reason="Drifted")  # cordoned until its successor is there
    scene = Scene((waiting,), on("a", 10))
    assert scene.does(scene.limited(evictions_per_hour=10), Drain("a", "Drifted")) == []
    other = Scene((waiting, node("b")), [*on("a", 10), *on("b", 1)])
    assert other.does(other.limited(evictions_per_hour=10), Drain("b", "Drifted")) == ["b"]


def test_a_node_that_ec2_takes_back_is_drained_whatever_the_limit() -> None:
    noticed = replace(node("b"), notice_at=AT + 100)
    scene = Scene((node("a"), noticed), [*on("a", 4), *on("b", 4)])
    world = scene.limited(evictions_per_hour=0)
    assert scene.does(world, Drain("a", "Interrupted"), Drain("b", "Expired")) == []


@pytest.mark.parametrize("reason", ["Expired", "NotRegistered"])
def test_a_node_that_must_go_waits_for_no_evictions(reason: str) -> None:
    scene = Scene((node("a"), node("b")), [*on("a", 4), *on("b", 1)])
    actions = (Drain("a", reason), launch("new"), Drain("b", "Underutilized"))
    assert scene.does(scene.limited(evictions_per_hour=2), *actions, a_0="new") == ["b"]


def test_where_no_pod_may_be_evicted_nothing_is_launched_for_one_that_expires() -> None:
    scene = Scene((node("a"),), on("a", 4))
    world = scene.limited(evictions_per_hour=0)
    assert scene.does(world, Drain("a", "Expired"), launch("new"), a_0="new") == ["a", "new"]
    assert scene.does(world, Drain("a", "NotRegistered"), launch("new"), a_0="new") == []


@pytest.mark.parametrize("limits", [{"usd": 2}, {"launches_per_hour": 0}])
def test_a_drain_waits_for_a_launch_that_its_pods_count_on(limits: dict[str, int]) -> None:
    scene = Scene((node("a"), node("b")), [*on("a", 2), *on("b", 2)])
    actions = (Drain("a", "Expired"), Drain("b", "Interrupted"), launch("new"))
    assert scene.does(scene.limited(**limits), *actions, a_0="new", b_0="new") == ["new", "a"]
    assert len(scene.heard) == 1
    assert ", and what is on a stays there; " in scene.heard[0]
    assert scene.does(scene.limited(**limits), *actions, b_0="new") == ["new"]


def test_what_is_launched_for_pods_that_stay_alone_is_held_as_well() -> None:
    scene = Scene((node("a"), node("b")), [*on("a", 2), *on("b", 1)])
    actions = (
        Drain("a", "Expired"), Drain("b", "Expired"), launch("one"), launch("two"),
        launch("three"),
    )  # fmt: skip
    world = scene.limited(launches_per_hour=2)
    places = {"a_0": "one", "a_1": "three", "b_0": "two"}
    assert scene.does(world, *actions, **places) == ["three", "a", "one"]
    places = {"a_0": "one", "a_1": "two", "b_0": "two", "waits": "three"}
    assert scene.does(world, *actions, **places) == ["two", "a", "b", "one"], "who waits is first"


def test_a_drain_that_was_promised_is_not_held() -> None:
    waiting = replace(node("a"), reason="Drifted")  # cordoned, and its successor is there
    scene = Scene((waiting,), on("a", 10), evicted=60)
    assert scene.does(scene.limited(evictions_per_hour=5), Drain("a", "Drifted")) == []


def test_pods_that_cannot_be_evicted_are_not_promised() -> None:
    budget = DisruptionBudget("default", "app", selector(app="x"), min_available=5)
    stuck = [replace(item, labels=(("app", "x"),)) for item in on("leaving", 5)]
    claims = (node("leaving", phase=Phase.DRAINING), node("a"))
    world = Scene(claims, [*stuck, *on("a", 2)], budgets=(budget,))
    assert world.does(world.limited(evictions_per_hour=4), Drain("a", "Underutilized")) == []
    assert world.does(world.limited(evictions_per_hour=1), Drain("a", "Underutilized")) == ["a"]
    free = Scene(claims, [*stuck, *on("a", 2)])
    assert free.does(free.limited(evictions_per_hour=4), Drain("a", "Underutilized")) == ["a"]


def test_what_is_held_is_heard_once_as_long_as_it_is() -> None:
    scene = Scene((node("a"),), on("a", 3))
    world = scene.limited(usd=1, evictions_per_hour=2)
    for number in range(3):  # other nodes are asked for, or none
        scene.does(world, launch(f"b{number}", 1.0 + number))
        scene.does(world)
    assert [len(scene.heard), len(scene.deeds)] == [1, 1]
    assert scene.deeds[0].detail == "--max-usd-per-hour 1.00"
    scene.does(world, launch("b", 0.0))
    scene.does(world, launch("b"), Drain("a", "Underutilized"))
    assert [deed.name for deed in scene.deeds] == ["pool", "a", "pool"]
    assert scene.deeds[1].detail == "--max-evictions-per-hour 2"
    scene.at += 3_601
    scene.evicted = 0
    scene.does(world, launch("b"))
    assert len(scene.deeds) == 4, "after an hour it is told again"
