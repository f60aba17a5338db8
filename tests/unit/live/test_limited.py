"""What is beyond a limit is not begun, and told once with what would be needed."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from kubestow.live.hourly_count import HourlyCount
from kubestow.live.limited import HELD_BACK, ActionLimits, Limited
from kubestow.live.witness import Deed
from kubestow.model.decision import Cordon, Decision, Drain, Land, Launch, Outcome
from kubestow.model.instance_type import NANO_USD
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.testing import nodeclaim, pod, snapshot

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
    asked: list[Any] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)

    def observe(self) -> Snapshot:
        return replace(snapshot(self.pods), at=AT, nodeclaims=self.claims)

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

    def does(self, world: Limited, *actions: Any) -> list[str]:
        """Return the subjects of what was held back."""
        world.observe()
        outcomes = world.execute(Decision(actions))
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
    assert scene.does(world, Drain("a", "Expired"), Drain("b", "Empty")) == ["a"]
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
