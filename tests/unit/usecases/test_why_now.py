"""Why a node stays and why a pod waits, by the policy's own words."""

from dataclasses import replace

from kubestow import engine
from kubestow.disruption.candidate import BARE, BUDGET, POD, YOUNG
from kubestow.disruption.consolidation import NODE_BUDGET, PRICE
from kubestow.model.decision import EMPTY, HELD_BACK, PROVISIONING, UNDERUTILIZED, Decision, Waiting
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.memory import Memory, PutOff
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import Disruption, NodeBudget, NodePool
from kubestow.model.pod import Pod
from kubestow.model.reporter import SilentReporter
from kubestow.model.snapshot import DisruptionBudget
from kubestow.model.story import NODES_COME, NOT_BEGUN, PODS_WAIT
from kubestow.policies.optimal import Optimal
from kubestow.policies.provisioner import PLANNED
from kubestow.testing import nodeclaim, nodepool, observed, owned, pod, replicas, selector
from kubestow.usecases import why_now
from kubestow.usecases.node_history import ToldTurn
from kubestow.usecases.why_now import node_now, pod_now

POOL = nodepool(disruption=Disruption(consolidate_after=0))


def turn(
    claims: list[NodeClaim], pods: list[Pod], pool: NodePool = POOL, at: int = 10_000,
    memory: Memory | None = None, **options: object,
) -> ToldTurn:  # fmt: skip
    seen = observed(claims, pods, at=at, nodepools=(pool,), **options)
    memory = memory or Memory()
    decision, _ = engine.step(seen, memory, Optimal((pool,)))
    return ToldTurn(seen, memory, decision)


def reasons(given: ToldTurn, name: str = "a") -> list[str]:
    found = node_now(name, given, Optimal(given.snapshot.cluster.nodepools), SilentReporter())
    assert found is not None
    return [kept.reason for kept in found.kept] or [f"goes: {found.goes}"]


def full(name: str) -> list[Pod]:
    return [owned(item.on(name)) for item in replicas(3, f"on-{name}", "500m", "1Gi")]


def test_a_node_whose_pods_cannot_go_elsewhere_stays() -> None:
    claims = [nodeclaim("a", ready_at=0)]
    assert reasons(turn(claims, full("a"))) == [why_now.CLOSE]
    two = [nodeclaim("a", "m5.4xlarge", ready_at=0), nodeclaim("b", "m5.4xlarge", ready_at=0)]
    dear = [owned(pod(f"web-{name}", "7", "28Gi").on(name)) for name in ("a", "b")]
    costly = [
        replace(item, lifecycle=replace(item.lifecycle, eviction=EvictionTerms(nano_usd=10**11)))
        for item in dear
    ]
    assert reasons(turn(two, costly)) == [PRICE]


def test_a_node_that_is_consolidated_goes_next() -> None:
    claims = [nodeclaim("a", ready_at=0), nodeclaim("b", "m5.4xlarge", ready_at=0)]
    pods = [owned(pod("web-1").on("b")), *full("a")]
    found = [reasons(turn(claims, pods), name) for name in ("a", "b")]
    assert [f"goes: {UNDERUTILIZED}"] in found


def test_what_holds_a_node_is_told_before_its_costs() -> None:
    bare, kept = pod("bare").on("a"), full("a")
    protected = [
        replace(item, lifecycle=replace(item.lifecycle, eviction=EvictionTerms(True)))
        for item in kept
    ]
    claim = nodeclaim("a", ready_at=0)
    young = replace(POOL, disruption=Disruption(consolidate_after=600))
    budget = DisruptionBudget("default", "all", selector(app="on-a"), max_unavailable=0)
    labelled = [replace(item, labels=(("app", "on-a"),)) for item in kept]
    assert reasons(turn([claim], [bare])) == [BARE]
    assert reasons(turn([claim], protected)) == [POD]
    assert reasons(turn([replace(claim, ready_at=9_900)], kept, young)) == [YOUNG]
    assert reasons(turn([claim], labelled, disruption_budgets=(budget,))) == [BUDGET]


def test_a_pool_that_lets_no_node_go_is_told() -> None:
    claim = nodeclaim("a", ready_at=0)
    shut = replace(POOL, disruption=Disruption(consolidate_after=0, budgets=(NodeBudget(0),)))
    never = replace(POOL, disruption=Disruption(consolidate_after=None))
    assert reasons(turn([claim], [], shut)) == [NODE_BUDGET]
    assert reasons(turn([claim], full("a"), never)) == [why_now.NOT_CONSOLIDATED]


def test_what_was_held_back_is_told() -> None:
    memory = Memory(put_off=(PutOff(EMPTY, "a", 9_990, HELD_BACK),))
    given = replace(turn([nodeclaim("a", ready_at=0)], []), memory=memory, decision=Decision())
    assert reasons(given) == [f"{why_now.PUT_OFF} (Empty)"]
    memory = Memory(put_off=(PutOff(PROVISIONING, "default/web", 9_990),))
    waits = turn([], [pod("web")], memory=memory)
    found = pod_now("default/web", waits)
    assert found is not None
    assert found.put_off == NOT_BEGUN  # a journal in which it was not noted


def test_a_node_that_is_on_its_way_is_told_with_its_phase_alone() -> None:
    for phase in (Phase.LAUNCHED, Phase.HELD, Phase.DRAINING):
        given = turn([nodeclaim("a", phase=phase, launched_at=9_990, ready_at=9_990)], [])
        found = node_now("a", given, Optimal((POOL,)), SilentReporter())
        assert found is not None
        assert (found.phase, found.kept) == (phase.value, ())


def test_what_is_under_way_is_told_while_nothing_is_disrupted() -> None:
    claims = [nodeclaim("a", ready_at=0), nodeclaim("b", phase=Phase.LAUNCHED, launched_at=9_999)]
    found = node_now(
        "a", turn(claims, [*full("a"), pod("new")]), Optimal((POOL,)), SilentReporter()
    )
    assert found is not None
    assert dict(found.under_way) == {PODS_WAIT: 1, NODES_COME: 1}


def test_a_node_that_is_not_there_has_no_present() -> None:
    assert node_now("z", turn([], []), Optimal((POOL,)), SilentReporter()) is None


def test_a_pod_that_waits_is_told_with_the_filters_that_refuse_it() -> None:
    cordoned = nodeclaim("b", ready_at=0, unschedulable=True)
    given = turn([nodeclaim("a", ready_at=0), cordoned], [pod("big", "500", "1Gi")])
    found = pod_now("default/big", given)
    assert found is not None
    assert {(item.plugin, item.nodes) for item in found.refusals} == {
        ("NodeUnschedulable", ("b",)),
        ("NodeResourcesFit", ("a",)),
    }
    assert found.not_planned
    assert found.free == ()


def test_a_pod_that_a_node_is_coming_for_is_told_with_it_and_since_when() -> None:
    coming = nodeclaim("a", phase=Phase.LAUNCHED, created_at=9_000, launched_at=9_003)
    seen = observed([coming], [pod("web")], at=9_010, nodepools=(POOL,))
    decision = Decision(waiting=(Waiting("default/web", PLANNED, "a"),))
    found = pod_now("default/web", ToldTurn(seen, Memory(), decision))
    assert found is not None
    assert (found.planned_on, found.phase, found.phase_at) == ("a", "Launched", 9_000)


def test_a_pod_that_runs_or_is_gone_is_told_so() -> None:
    given = turn([nodeclaim("a", ready_at=0)], full("a"))
    found = pod_now("default/on-a-0", given)
    assert found is not None
    assert (found.node, found.is_ready) == ("a", True)
    assert pod_now("default/nobody", given) is None


def test_what_was_put_off_is_only_told_of_its_own_node() -> None:
    memory = Memory(put_off=(PutOff(PROVISIONING, "default/web", 9_990),))
    given = turn([nodeclaim("a", ready_at=0)], full("a"), memory=memory)
    assert reasons(given) == [why_now.CLOSE]


def test_a_pod_that_nothing_is_planned_for_holds_no_other_node() -> None:
    given = turn([nodeclaim("a", ready_at=0)], [*full("a"), pod("big", "500", "1Gi")])
    found = node_now("a", given, Optimal((POOL,)), SilentReporter())
    assert found is not None
    assert found.under_way == ()
    assert [kept.reason for kept in found.kept] == [why_now.CLOSE]
