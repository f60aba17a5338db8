"""Where pods of nodes that go find room: kube-scheduler's filters at every step, and back again."""

from dataclasses import replace

import numpy as np
import pytest

from kubestow.disruption.relocation import Relocation
from kubestow.model import labels as names
from kubestow.model.taints import Taint, Toleration
from kubestow.scheduling import filtering
from kubestow.testing import (
    ZONES,
    affinity_term,
    nodeclaim,
    observed,
    owned,
    pod,
    spread,
)


def room(*pods: object, claims: int = 3, **options: object) -> Relocation:
    """Return the room of nodes n0, n1, ... of 1930 millicpu with pods on them."""
    nodes = [nodeclaim(f"n{number}", zone=ZONES[number % 3]) for number in range(claims)]
    return Relocation(observed(nodes, pods, **options))  # type: ignore[arg-type] # pods, as in observed


def at(found: Relocation) -> dict[str, str]:
    """Return the node of every pod that has one."""
    cache = found.cache
    pods = cache.cluster.pods
    return {pods[n].name: cache.nodes[node].name for n, node in sorted(cache.node_of.items())}


def test_pods_go_to_the_node_they_fill_best() -> None:
    found = room(
        owned(pod("a", "500m", node="n0")),
        owned(pod("b", "1400m", node="n1")),
        owned(pod("c", "500m", node="n2")),
    )
    trial = found.vacate(["n0"])
    assert trial.left == ()
    assert at(found)["a"] == "n1"


def test_the_largest_pod_moves_first() -> None:
    found = room(
        owned(pod("small", "400m", node="n0")),
        owned(pod("large", "1500m", node="n0")),
        owned(pod("b", "400m", node="n1")),
        owned(pod("c", "1", node="n2")),
    )
    trial = found.vacate(["n0"])
    assert [found.cache.cluster.pods[n].name for n, _, _ in trial.moved] == ["large", "small"]
    assert at(found) | {"b": "", "c": ""} == {"small": "n2", "large": "n1", "b": "", "c": ""}


def test_a_pod_without_room_is_left_and_the_others_have_moved() -> None:
    found = room(owned(pod("huge", "1900m", node="n0")), owned(pod("a", "100m", node="n0")),
                 owned(pod("b", "1", node="n1")), claims=2)  # fmt: skip
    trial = found.vacate(["n0"])
    assert [found.key(number) for number in trial.left] == ["default/huge"]
    assert at(found) == {"a": "n1", "b": "n1"}


def test_a_move_is_judged_with_all_that_moved_before() -> None:
    apart = {"anti_affinity": (affinity_term(names.HOSTNAME, app="web"),)}
    pods = [owned(pod(f"w{n}", labels={"app": "web"}, node=f"n{n}", **apart)) for n in range(2)]
    found = room(*pods, claims=4)
    assert found.vacate(["n0", "n1"]).left == ()
    assert sorted(at(found).values()) == ["n2", "n3"]
    crowded = room(*pods, claims=3)
    assert len(crowded.vacate(["n0", "n1"]).left) == 1


def test_a_spread_over_zones_holds_at_every_move() -> None:
    even = {"spread": (spread(names.ZONE, app="web"),)}
    pods = [owned(pod(f"w{n}", labels={"app": "web"}, node=f"n{n}", **even)) for n in range(3)]
    found = room(*pods, claims=4)  # n3 is in the zone of n0
    assert found.vacate(["n0"]).left == ()
    assert at(found)["w0"] == "n3"
    assert len(room(*pods, claims=3).vacate(["n0"]).left) == 1


def test_taints_selectors_and_cordons_are_respected() -> None:
    tainted = nodeclaim("tainted", taints=(Taint("dedicated", "db", "NoSchedule"),))
    cordoned = nodeclaim("cordoned", unschedulable=True)
    away = owned(pod("a", node="old"))
    left = Relocation(observed([nodeclaim("old"), tainted, cordoned], [away])).vacate(["old"]).left
    assert left == (0,)
    tolerant = owned(
        pod("a", node="old", tolerations=(Toleration("dedicated", "Exists", "", "NoSchedule"),))
    )
    found = Relocation(observed([nodeclaim("old"), tainted, cordoned], [tolerant]))
    assert found.vacate(["old"]).left == ()
    assert at(found) == {"a": "tainted"}


def test_daemonsets_pods_do_not_move() -> None:
    agent = replace(pod("agent", node="n0"), daemonset="kube-system/agent")
    found = room(agent, owned(pod("a", node="n0")))
    assert len(found.vacate(["n0"]).moved) == 1
    assert at(found)["agent"] == "n0"


def test_pods_that_wait_are_placed_where_there_is_room() -> None:
    found = room(pod("a"), pod("vast", "900"), owned(pod("b", node="n0")))
    assert at(found)["a"] == "n0"
    assert [found.key(number) for number in found.homeless] == ["default/vast"]


def test_a_node_vacated_whole_keeps_all_its_pods_where_one_finds_no_room() -> None:
    full = owned(pod("rest", "1500m", node="n1"))
    big, small = owned(pod("big", "1", node="n0")), owned(pod("small", "100m", node="n0"))
    found = room(small, big, full, claims=2)
    before = at(found)
    trial = found.vacate(["n0"], whole=True)
    assert [found.key(number) for number in trial.left] == ["default/big"]
    found.undo(trial, ["n0"])
    assert at(found) == before
    assert found.open.all()


def test_what_moved_before_the_first_without_room_goes_back() -> None:
    small, other = owned(pod("a", "900m", node="n0")), owned(pod("b", "800m", node="n0"))
    found = room(small, other, owned(pod("rest", "900m", node="n1")), claims=2)
    trial = found.vacate(["n0"], whole=True)
    assert [found.key(number) for number in trial.left] == ["default/b"]
    found.undo(trial, ["n0"])
    assert at(found) == {"a": "n0", "b": "n0", "rest": "n1"}


def test_pods_move_only_among_the_nodes_given() -> None:
    found = room(owned(pod("a", node="n0")), owned(pod("b", "1", node="n1")))
    among = np.array([name == "n2" for name in ("n0", "n1", "n2")])
    found.vacate(["n0"], among)
    assert at(found)["a"] == "n2"


def test_what_is_taken_back_restores_the_state_exactly() -> None:
    even = {"spread": (spread(names.ZONE, app="web"),)}
    pods = [
        owned(pod(f"w{n}", f"{200 + 100 * n}m", labels={"app": "web"}, node=f"n{n % 4}", **even))
        for n in range(9)
    ]
    found, fresh = room(*pods, claims=4), room(*pods, claims=4)
    for names_ in (["n0"], ["n1", "n2"], ["n3", "n0", "n1"]):
        trial = found.vacate(names_)
        found.undo(trial, names_)
        assert np.array_equal(found.cache.free, fresh.cache.free)
        assert found.cache.node_of == fresh.cache.node_of
        assert [set(node) for node in found.movers] == [set(node) for node in fresh.movers]
        assert np.array_equal(found.open, fresh.open)
    assert found.vacate(["n2"]) == fresh.vacate(["n2"])


def test_what_has_room_is_worked_out_once_for_all_that_is_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    relocation = room(owned(pod("a", "500m", node="n0")), owned(pod("b", "1500m", node="n1")))
    kind = relocation.cache.kind_of[0]

    def with_room() -> list[bool]:
        alone = np.eye(3, dtype=bool)
        return [relocation.has_room(kind, alone[node]) for node in range(3)]

    before = with_room()
    for whole in (False, True):
        trial = relocation.vacate(["n0", "n1"], whole=whole)
        assert with_room() == [True, True, False]
        relocation.undo(trial, ["n0", "n1"])
        with monkeypatch.context() as patched:
            patched.setattr(filtering, "roomy", None)
            assert with_room() == before
    relocation.vacate(["n0"])
    assert with_room() == [True, False, True]


def test_a_cordoned_node_is_still_closed_after_its_own_trial_is_taken_back() -> None:
    claims = [nodeclaim("n0", unschedulable=True), nodeclaim("n1")]
    found = Relocation(observed(claims, [owned(pod("a", node="n0")), owned(pod("b", node="n1"))]))
    found.undo(found.vacate(["n0"]), ["n0"])
    assert found.open.tolist() == [False, True]
