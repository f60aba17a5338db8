"""Landing by hand: nodes are held, their pods bound and the nodes opened."""

from dataclasses import replace

import pytest

from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.live import marks
from kubestow.live.hand_landing import REFUSED_SECONDS
from kubestow.live.landing_slots import SlotState
from kubestow.model import labels as names
from kubestow.model.input_error import InputError
from kubestow.model.pod import Pod
from kubestow.model.taints import Taint
from kubestow.model.volume import PersistentVolumeClaim
from kubestow.model.workload import Workload
from kubestow.testing import ZONES, owned, pod, spread

from .handed import MINUTE, HandedStand, handed


def web(name: str, cpu: str = "500m", **more: object) -> Pod:
    return owned(pod(name, cpu, "1Gi", **more), "web")


def test_pods_land_where_they_were_planned_and_then_the_nodes_open() -> None:
    stand = HandedStand()
    stand.join("x", "y")
    stand.add(web("web-p"), web("web-q"), web("web-r"))
    lander = stand.lander(handed(a=["web-0", "web-1"], b=["web-2"]))
    sight = lander.run(MINUTE, stand.wait)
    assert {slot.state for slot in sight.slots} == {SlotState.ON_NODE}
    assert sorted(stand.where().values()) == ["x", "x", "y"]
    assert not any(node.taints or node.unschedulable for node in stand.nodes.values())
    opened = [index for index, text in enumerate(stand.asked) if text.startswith("open")]
    bound = [index for index, text in enumerate(stand.asked) if text.startswith("bind")]
    assert len(opened) == 2
    assert min(opened) > max(bound)
    assert not lander.timed_out


def test_it_waits_for_nodes_and_pods_and_opens_all_together() -> None:
    stand = HandedStand()
    stand.join("x")
    stand.add(web("web-p"))
    steps = [lambda: None, lambda: stand.join("y"), lambda: stand.add(web("web-q"))]
    stand.on_turn = lambda: steps.pop(0)() if steps else None
    stand.lander(handed(a=["web-0"], b=["web-1"])).run(MINUTE, stand.wait)
    assert stand.where() == {"web-p": "x", "web-q": "y"}
    assert stand.asked.index("open x") > stand.asked.index("bind default/web-q y")


def test_what_is_held_when_the_time_is_over_is_opened_and_so_is_what_came_instead() -> None:
    stand = HandedStand()
    stand.join("x")
    stand.join("y", zone=ZONES[1])
    stand.nodes["y"] = replace(
        stand.nodes["y"], labels=(*stand.nodes["y"].labels, (names.PLANNED_POOL, "pool"))
    )
    stand.add(web("web-p"))
    lander = stand.lander(handed(a=["web-0"], b=["web-1"]))
    sight = lander.run(MINUTE, stand.wait)
    assert lander.timed_out
    assert lander.stood_in == ("y",)
    assert {name: node.taints for name, node in stand.nodes.items()} == {"x": (), "y": ()}
    assert marks.LANDED_FOR not in stand.notes["y"]
    assert [slot.state.name for slot in sight.slots] == ["ON_NODE", "ABSENT"]


@pytest.mark.parametrize("requests", range(1, 7))
def test_a_landing_that_is_killed_anywhere_is_taken_up_by_the_next(requests: int) -> None:
    stand = HandedStand()
    stand.join("x", "y")
    stand.add(*(web(f"web-{letter}") for letter in "pqrs"))
    plan = handed(a=["web-0", "web-1"], b=["web-2", "web-3"])
    whole = len(stand.asked)

    class KilledError(Exception):
        pass

    bind, change = stand.bind, stand.change_node

    def counted(name: str) -> None:
        if len(stand.asked) - whole >= requests:
            raise KilledError(name)

    def bound(name: str, uid: str, node: str) -> Answer:
        counted(name)
        return bind(name, uid, node)

    def changed(name: str, what: object) -> Answer:
        counted(name)
        return change(name, what)

    stand.bind, stand.change_node = bound, changed  # type: ignore[method-assign] # dies half way
    with pytest.raises(KilledError):
        stand.lander(plan).run(MINUTE, stand.wait)
    stand.bind, stand.change_node = bind, change  # type: ignore[method-assign] # as it was
    sight = stand.lander(plan).run(MINUTE, stand.wait)
    assert {slot.state for slot in sight.slots} == {SlotState.ON_NODE}
    assert sorted(stand.where().values()) == ["x", "x", "y", "y"]
    assert not any(node.taints or node.unschedulable for node in stand.nodes.values())
    asked = len(stand.asked)
    stand.lander(plan).run(MINUTE, stand.wait)
    assert len(stand.asked) == asked


def test_what_the_filters_refuse_is_left_to_the_scheduler_after_a_while() -> None:
    stand = HandedStand()
    stand.join("x")
    stand.add(web("web-p"), web("web-q", "8"))
    began = stand.at
    lander = stand.lander(handed(a=["web-0", "web-1"]))
    sight = lander.run(10 * MINUTE, stand.wait)
    assert stand.where() == {"web-p": "x", "web-q": ""}
    assert not lander.timed_out
    assert REFUSED_SECONDS <= stand.at - began < MINUTE
    assert [slot.state for slot in sight.slots] == [SlotState.ON_NODE, SlotState.WAITING]


def test_a_pod_of_a_statefulset_may_land_where_a_later_one_was_planned() -> None:
    stand = HandedStand()
    stand.join("x", "y")
    stand.join("z", zone=ZONES[1])
    stand.workloads = (Workload("StatefulSet", "default", "web", 3),)
    zonal = {"labels": {"app": "web"}, "spread": (spread(names.ZONE, app="web"),)}

    def come() -> None:
        made = len(stand.pods)
        if made < 3 and all(item.node_name for item in stand.pods.values()):
            stand.add(owned(pod(f"web-{made}", **zonal), "web", "StatefulSet"))

    plan = handed("StatefulSet", a=["web-0"], b=["web-1"], c=["web-2"])
    third = replace(plan.nodes[2], zone=ZONES[1])
    stand.on_turn = come
    come()
    sight = stand.lander(replace(plan, nodes=(*plan.nodes[:2], third))).run(MINUTE, stand.wait)
    assert stand.where() == {"web-0": "x", "web-1": "z", "web-2": "y"}
    assert {slot.state for slot in sight.slots} == {SlotState.ON_NODE}


def test_pods_wait_until_foreign_taints_are_gone() -> None:
    stand = HandedStand()
    stand.join("x")
    agent = Taint("agent-not-ready", "", "NoSchedule")
    stand.nodes["x"] = replace(stand.nodes["x"], taints=(marks.HELD_TAINT, agent))
    stand.add(web("web-p"))

    def ready() -> None:
        node = stand.nodes["x"]
        if stand.at > 1_005:
            stand.nodes["x"] = replace(node, taints=tuple(t for t in node.taints if t != agent))

    stand.on_turn = ready
    stand.lander(handed(a=["web-0"])).run(MINUTE, stand.wait)
    assert stand.at > 1_005
    assert stand.where() == {"web-p": "x"}


def test_claims_that_wait_for_a_consumer_are_made_for_the_node_first() -> None:
    stand = HandedStand()
    stand.join("x")
    claim = PersistentVolumeClaim("default", "data")
    stand.claims = {("default", "data"): claim}
    stand.add(replace(web("web-p"), volume_claims=("data",)))
    lander = stand.lander(handed(a=["web-0"]))
    assert not lander._bind_claims(stand.observe().snapshot, stand.pods["default/web-p"], "x")
    assert stand.asked == ["select data x"]
    bound = replace(claim, volume_name="v", bind_completed=True)
    stand.claims = {("default", "data"): bound}
    assert lander._bind_claims(stand.observe().snapshot, stand.pods["default/web-p"], "x")


@pytest.mark.parametrize("what", ["bind", "node"])
def test_what_is_not_allowed_is_an_error_that_names_the_role(what: str) -> None:
    stand = HandedStand(answers={what: Answer.FORBIDDEN})
    stand.join("x")
    stand.add(web("web-p"))
    with pytest.raises(InputError) as raised:
        stand.lander(handed(a=["web-0"])).run(MINUTE, stand.wait)
    assert "examples/land.yaml" in raised.value.hint


def test_a_pod_that_was_bound_counts_before_it_is_seen_there() -> None:
    stand = HandedStand()
    stand.join("x")
    stand.add(web("web-p", "1"), web("web-q", "1"))
    seen = dict(stand.pods)
    lander = stand.lander(handed(a=["web-0"]))
    lander.turn()
    lander.turn()
    assert stand.asked[-1] == "bind default/web-p x"
    stand.pods = seen  # the cache is late
    assert lander.look().slots[0].state is SlotState.ON_NODE
