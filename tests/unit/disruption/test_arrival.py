"""Arrival: kube-scheduler's own choices for pods that wait, with what it leaves."""

from kubestow.disruption.arrival import arrive
from kubestow.testing import node, pod, replicas, snapshot


def test_pods_are_spread_over_the_emptiest_nodes_and_bound_in_order() -> None:
    nodes = (node("a", "4", "16Gi"), node("b", "4", "16Gi"))
    state = snapshot(replicas(4, "web", "1", "1Gi"), nodes=nodes)
    found = arrive(state, [p.key for p in state.cluster.pods])
    assert found.left == ()
    assert [key for key, _ in found.placed] == [f"default/web-{i}" for i in range(4)]
    assert sorted(name for _, name in found.placed) == ["a", "a", "b", "b"]
    assert all(p.node_name for p in found.snapshot.cluster.pods)


def test_what_finds_no_room_is_left_and_only_who_is_asked_for_comes() -> None:
    state = snapshot(
        (pod("big", "3", "1Gi"), pod("bigger", "3", "1Gi"), pod("later", "1", "1Gi")),
        nodes=(node("a", "4", "16Gi"),),
    )
    found = arrive(state, ["default/big", "default/bigger"])
    assert found.placed == (("default/big", "a"),)
    assert found.left == ("default/bigger",)
    where = {p.name: p.node_name for p in found.snapshot.cluster.pods}
    assert where == {"big": "a", "bigger": "", "later": ""}


def test_pods_come_in_the_order_in_which_they_are_told() -> None:
    state = snapshot(
        (pod("first", "3", "1Gi"), pod("second", "3", "1Gi")), nodes=(node("a", "4", "16Gi"),)
    )
    assert arrive(state, ["default/second", "default/first"]).placed == (("default/second", "a"),)
