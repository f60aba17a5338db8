"""The cluster as it will be."""

from dataclasses import replace

from kubestow.disruption.expected import claims_of, expected, is_going, moves
from kubestow.model.nodeclaim import Phase
from kubestow.model.taints import UNSCHEDULABLE_TAINT
from kubestow.testing import nodeclaim, observed, owned, pod


def test_a_node_that_is_coming_counts_as_there_with_its_daemonsets_pods() -> None:
    agent = replace(pod("agent", node="new"), daemonset="kube-system/agent")
    coming = nodeclaim("new", phase=Phase.LAUNCHING, daemonset_pods=(agent,))
    state = expected(observed([nodeclaim("old"), coming]))
    assert [node.name for node in state.cluster.nodes] == ["old", "new"]
    assert state.cluster.pods == (agent,)


def test_the_pods_of_a_node_that_goes_wait_for_a_place_and_its_daemonsets_go_with_it() -> None:
    agent = replace(pod("agent", node="n"), daemonset="kube-system/agent")
    for claim in (nodeclaim("n", phase=Phase.DRAINING), nodeclaim("n", notice_at=120)):
        state = expected(observed([claim], [owned(pod("web", node="n")), agent]))
        assert state.cluster.nodes == ()
        assert [(p.name, p.node_name) for p in state.cluster.pods] == [("web", "")]


def test_nodes_named_to_go_are_gone_whether_there_or_coming() -> None:
    claims = [nodeclaim("a"), nodeclaim("b"), nodeclaim("c", phase=Phase.LAUNCHED)]
    state = expected(observed(claims, [owned(pod("web", node="a"))]), ("a", "c"))
    assert [node.name for node in state.cluster.nodes] == ["b"]
    assert [(p.name, p.node_name) for p in state.cluster.pods] == [("web", "")]


def test_a_snapshot_in_which_nothing_comes_or_goes_is_what_is_expected() -> None:
    state = observed([nodeclaim("a")])
    assert expected(state) is state


def test_only_draining_gone_and_noticed_nodes_are_going() -> None:
    going = [phase for phase in Phase if is_going(nodeclaim("n", phase=phase))]
    assert going == [Phase.DRAINING, Phase.GONE]
    assert is_going(nodeclaim("n", notice_at=0))


def test_pods_of_daemonsets_of_nodes_and_those_that_end_do_not_move() -> None:
    assert moves(owned(pod("a")))
    assert moves(pod("bare"))
    assert not moves(replace(pod("a"), daemonset="kube-system/a"))
    assert not moves(owned(pod("a"), "a", "DaemonSet"))
    assert not moves(owned(pod("a"), "n", "Node"))
    assert not moves(replace(owned(pod("a")), terminating=True))


def test_every_node_whose_price_is_known_has_one_claim() -> None:
    state = observed([nodeclaim("a"), nodeclaim("b", phase=Phase.LAUNCHED)])
    unclaimed = replace(state, nodeclaims=state.nodeclaims[1:])
    assert sorted(claim.name for claim in claims_of(state)) == ["a", "b"]
    assert sorted(claim.name for claim in claims_of(unclaimed)) == ["a", "b"]


def test_a_node_that_is_held_counts_as_open_without_the_taint_of_its_cordon() -> None:
    claim = nodeclaim("n", phase=Phase.HELD)
    cordoned = replace(claim.node, unschedulable=True, taints=(UNSCHEDULABLE_TAINT,))
    state = observed([claim])
    state = replace(state, cluster=replace(state.cluster, nodes=(cordoned,)))
    assert expected(state).cluster.nodes == (claim.node,)
