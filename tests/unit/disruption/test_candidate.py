"""Which nodes may be taken away, and each reason that keeps one."""

from dataclasses import replace

import pytest

from kubestow.disruption.candidate import (
    BARE,
    BUDGET,
    COMING,
    GOING,
    NO_POOL,
    POD,
    PROTECTED,
    UNKNOWN,
    YOUNG,
    Candidates,
    candidates,
)
from kubestow.model import labels as names
from kubestow.model.decision import Kept
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import Disruption
from kubestow.model.pod import Pod
from kubestow.model.snapshot import DisruptionBudget, Snapshot
from kubestow.testing import ZONES, node, nodeclaim, nodepool, observed, owned, pod, selector

POOLS = {"pool": nodepool()}


def of(*pods: Pod, claim: NodeClaim | None = None, budgets: int = 0) -> Candidates:
    """Return what becomes of node n with pods on it, whose budgets allow none of app=web to go."""
    strict = DisruptionBudget("default", "strict", selector(app="web"), 0, None, 0)
    state = observed(
        [claim or nodeclaim("n")],
        [replace(item, node_name="n") for item in pods],
        disruption_budgets=tuple(replace(strict, name=f"b{n}") for n in range(budgets)),
    )
    return candidates(state, POOLS)


def test_a_ready_node_of_a_pool_may_go_and_its_movable_pods_are_listed_by_number() -> None:
    daemon = replace(pod("agent"), daemonset="kube-system/agent")
    found = of(owned(pod("a")), daemon, owned(pod("b")))
    assert found.kept == ()
    assert [(c.name, c.pods) for c in found.able] == [("n", (0, 2))]


@pytest.mark.parametrize("phase", [Phase.LAUNCHING, Phase.LAUNCHED, Phase.REGISTERED])
def test_a_node_that_is_coming_stays(phase: Phase) -> None:
    found = of(claim=nodeclaim("n", phase=phase))
    assert (found.able, found.kept) == ((), (Kept("n", COMING),))


def test_a_node_that_is_going_is_no_candidate_and_its_reason_is_said() -> None:
    found = of(claim=nodeclaim("n", phase=Phase.DRAINING, reason="Empty"))
    assert found.kept == (Kept("n", GOING, "Empty"),)
    assert of(claim=nodeclaim("n", notice_at=120)).kept == (Kept("n", GOING),)


def test_a_node_that_is_protected_stays_and_what_protects_it_is_said() -> None:
    claim = nodeclaim("n", protection="karpenter.sh/do-not-disrupt")
    assert of(claim=claim).kept == (Kept("n", PROTECTED, "karpenter.sh/do-not-disrupt"),)


def test_a_node_that_no_known_pool_looks_after_stays_unless_any_pool_will_do() -> None:
    state = observed([nodeclaim("n", nodepool="other")])
    assert candidates(state, POOLS).kept == (Kept("n", NO_POOL, "other"),)
    assert [c.name for c in candidates(state, POOLS, any_pool=True).able] == ["n"]


def test_a_node_whose_price_is_not_known_stays() -> None:
    state = replace(observed([]), cluster=replace(observed([]).cluster, nodes=(node("n"),)))
    assert candidates(state, POOLS, any_pool=True).kept == (Kept("n", UNKNOWN),)


def test_a_node_without_a_claim_whose_price_the_catalog_knows_is_a_candidate() -> None:
    labels = {names.INSTANCE_TYPE: "m5.large", names.NODEPOOL: "pool"}
    base = observed([])
    nodes = (node("n", "2", "8Gi", zone=ZONES[1], labels=labels),)
    state: Snapshot = replace(base, cluster=replace(base.cluster, nodes=nodes))
    (found,) = candidates(state, POOLS).able
    assert found.claim.offering == ("m5.large", ZONES[1], "on-demand")
    assert found.claim.nano_usd_per_hour == 96_000_000


def test_a_pod_that_must_not_be_disrupted_keeps_its_node_even_a_daemonsets() -> None:
    guarded = owned(pod("a"), do_not_disrupt=True)
    assert of(guarded).kept == (Kept("n", POD, "default/a"),)
    daemon = replace(guarded, daemonset="default/agent")
    assert of(daemon).kept == (Kept("n", POD, "default/a"),)


def test_a_pod_that_ends_already_keeps_no_node() -> None:
    leaving = replace(owned(pod("a"), do_not_disrupt=True), terminating=True)
    assert of(leaving).kept == ()
    assert of(replace(pod("bare"), terminating=True)).kept == ()


def test_a_pod_whose_budget_allows_no_eviction_keeps_its_node_and_the_budget_is_named() -> None:
    web = owned(pod("a", labels={"app": "web"}))
    assert of(web, budgets=1).kept == (Kept("n", BUDGET, "default/b0"),)
    assert of(owned(pod("a", labels={"app": "db"})), budgets=1).kept == ()


def test_a_pod_that_two_budgets_cover_keeps_its_node() -> None:
    web = owned(pod("a", labels={"app": "web"}))
    assert of(web, budgets=2).kept == (Kept("n", BUDGET, "default/b0"),)


def test_a_budget_does_not_keep_a_node_for_its_daemonsets_pods() -> None:
    daemon = replace(owned(pod("a", labels={"app": "web"})), daemonset="default/agent")
    assert of(daemon, budgets=1).kept == ()


def test_a_pod_that_no_controller_makes_anew_keeps_its_node_unless_bare_pods_may_be_lost() -> None:
    state = observed([nodeclaim("n")], [pod("a", node="n")])
    assert candidates(state, POOLS).kept == (Kept("n", BARE, "default/a"),)
    (found,) = candidates(state, POOLS, loses_bare=True).able
    assert found.pods == (0,)


def test_a_node_is_too_young_for_consolidation_until_its_pools_consolidate_after_is_over() -> None:
    pools = {"pool": nodepool(disruption=Disruption(consolidate_after=300))}
    claims = [nodeclaim("n", ready_at=1000)]
    found = candidates(observed(claims, at=1299), pools)
    assert (found.able, found.kept) == ((), (Kept("n", YOUNG, "300 s"),))
    assert [c.name for c in found.young] == ["n"]
    assert [c.name for c in candidates(observed(claims, at=1300), pools).able] == ["n"]
    assert [c.name for c in candidates(observed(claims, at=1299), pools, ages=False).able] == ["n"]


def test_a_young_node_that_something_else_keeps_is_not_among_the_young() -> None:
    pools = {"pool": nodepool(disruption=Disruption(consolidate_after=300))}
    guarded = owned(pod("a", node="n"), do_not_disrupt=True)
    found = candidates(observed([nodeclaim("n", ready_at=0)], [guarded], at=1), pools)
    assert (found.young, found.kept) == ((), (Kept("n", POD, "default/a"),))
