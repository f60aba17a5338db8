"""Landing: planned pods are bound to held nodes, as the filters allow, and the nodes opened."""

from collections.abc import Iterable
from dataclasses import replace

from kubestow.model.decision import Land, Open
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import UNSCHEDULABLE_TAINT, Taint
from kubestow.policies.landing import HELD_SECONDS, LANDED, REFUSED, TOO_LONG, land
from kubestow.testing import affinity_term, nodeclaim, observed, pod, spread

AT = 1_000


def held(name: str, **more: object) -> NodeClaim:
    """Return the claim of a node that has been held for ten seconds."""
    options = {"phase": Phase.HELD, "ready_at": AT - 10, "unschedulable": True, "holds": True}
    return nodeclaim(name, **(options | more))  # type: ignore[arg-type] # fields of a claim


def seen(claims: Iterable[NodeClaim], pods: Iterable[Pod] = ()) -> Snapshot:
    return observed(claims, pods, at=AT)


def test_planned_pods_are_bound_and_the_node_opens_once_they_are_seen_on_it() -> None:
    pods = [pod("a", "500m"), pod("b", "500m")]
    planned = {"default/a": "n", "default/b": "n"}
    first = land(seen([held("n")], pods), planned)
    assert first.actions == (Land("default/a", "n"), Land("default/b", "n"))
    assert first.look_again_at == AT + 1
    there = seen([held("n")], [each.on("n") for each in pods])
    assert land(there, {}).actions == (Open("n", LANDED),)


def test_a_pod_that_does_not_fit_any_more_is_left_to_the_scheduler() -> None:
    taken = pod("other", "1").on("n")
    found = land(seen([held("n")], [taken, pod("a", "1500m")]), {"default/a": "n"})
    assert found.actions == (Open("n", REFUSED),)


def test_pods_of_the_same_decision_count() -> None:
    pods = [pod("a", "1"), pod("b", "1")]  # an m5.large has less than 2 vCPU
    found = land(seen([held("n")], pods), {"default/a": "n", "default/b": "n"})
    assert found.actions == (Land("default/a", "n"),)
    apart = affinity_term("kubernetes.io/hostname", app="web")
    pods = [pod(n, "100m", labels={"app": "web"}, anti_affinity=(apart,)) for n in "ab"]
    found = land(seen([held("n")], pods), {"default/a": "n", "default/b": "n"})
    assert found.actions == (Land("default/a", "n"),)


def test_what_another_pod_may_help_waits_for_the_nodes_that_come() -> None:
    rule = spread("topology.kubernetes.io/zone", app="web")
    pods = [pod(n, "100m", labels={"app": "web"}, spread=(rule,)) for n in "ab"]
    nodes = [held("n", zone="z1"), nodeclaim("empty", zone="z2")]
    coming = nodeclaim("later", zone="z2", phase=Phase.LAUNCHED)
    planned = {"default/a": "n", "default/b": "n"}
    waits = land(seen([*nodes, coming], [pods[0].on("n"), pods[1]]), planned)
    assert waits.actions == ()
    assert waits.look_again_at == AT - 10 + HELD_SECONDS
    alone = land(seen(nodes, [pods[0].on("n"), pods[1]]), planned)
    assert alone.actions == (Open("n", REFUSED),)


def test_one_that_lands_may_help_another_in_the_same_decision() -> None:
    rule = spread("topology.kubernetes.io/zone", app="web")
    pods = [pod(n, "100m", labels={"app": "web"}, spread=(rule,)) for n in "abc"]
    nodes = [held("n1", zone="z1"), held("n2", zone="z2")]
    planned = {"default/a": "n1", "default/b": "n1", "default/c": "n2"}
    found = land(seen(nodes, pods), planned)
    assert [action.pod for action in found.actions if isinstance(action, Land)] == [
        "default/a", "default/c", "default/b",
    ]  # fmt: skip


def test_no_node_is_held_for_longer_than_its_limit() -> None:
    late = held("n", ready_at=AT - HELD_SECONDS)
    draining = nodeclaim("old", phase=Phase.DRAINING)
    assert land(seen([late, draining]), {}).actions == (Open("n", TOO_LONG),)
    landing = land(seen([late], [pod("a", "100m")]), {"default/a": "n"})
    assert landing.actions == (Land("default/a", "n"), Open("n", TOO_LONG))


def test_a_node_stays_held_while_nodes_drain_whose_pods_may_come() -> None:
    draining = nodeclaim("old", phase=Phase.DRAINING)
    found = land(seen([held("n"), draining]), {})
    assert found.actions == ()
    assert found.look_again_at == AT - 10 + HELD_SECONDS


def test_nodes_that_are_to_go_are_neither_landed_on_nor_opened() -> None:
    noticed = replace(held("n"), notice_at=AT + 100)
    assert land(seen([noticed], [pod("a", "100m")]), {"default/a": "n"}).actions == ()
    assert land(seen([held("n")]), {}, leaving=("n",)).actions == ()


def test_a_pod_that_tolerates_nothing_lands_under_the_cordon_but_not_on_a_taint() -> None:
    tainted = held("n", taints=(Taint("dedicated", "x", "NoSchedule"),))
    found = land(seen([tainted], [pod("a", "100m")]), {"default/a": "n"})
    assert found.actions == (Open("n", REFUSED),)


def test_the_taint_that_the_node_controller_adds_for_the_cordon_refuses_nobody() -> None:
    cordoned = held("n", taints=(UNSCHEDULABLE_TAINT,))
    found = land(seen([cordoned], [pod("a", "100m")]), {"default/a": "n"})
    assert found.actions == (Land("default/a", "n"),)


def test_replacements_stay_held_for_the_nodes_that_are_about_to_drain() -> None:
    state = seen([held("n"), nodeclaim("old")])
    assert land(state, {}, more_come=True).actions == ()
    assert land(state, {}).actions == (Open("n", LANDED),)
