"""The watch: for each thing that must hold, a policy or a world that breaks it is stopped."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from kubestow.model.decision import (
    DRIFTED,
    EMPTY,
    UNDERUTILIZED,
    Cordon,
    Decision,
    Drain,
    Land,
    Open,
    Waiting,
)
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import Phase
from kubestow.model.nodepool import Disruption, NodeBudget, NodePool
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import DisruptionBudget, Snapshot
from kubestow.policies.cluster_autoscaler import ClusterAutoscaler
from kubestow.policies.karpenter import Karpenter
from kubestow.policies.policy import Policy
from kubestow.policies.provisioner import needs
from kubestow.policies.registry import POLICIES
from kubestow.scheduling import filtering
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.pod_context import PodContext
from kubestow.simulation.budgets import PodBudgets
from kubestow.simulation.invariants import BrokenError
from kubestow.simulation.pods import Pods, Scheduled
from kubestow.simulation.run import simulate
from kubestow.simulation.run_judge import REST_SECONDS
from kubestow.simulation.scenario import MONDAY, Faults, Scenario, ServiceLoad
from kubestow.testing import nodepool, scenario, selector, service, spread

POOL = nodepool()
Change = Callable[[Snapshot, Decision], Decision]


@dataclass(frozen=True)
class Faulty:
    """A policy whose every decision is changed before it is carried out."""

    change: Change
    pools: tuple[NodePool, ...] = (POOL,)
    name: str = "faulty"
    period_seconds: int = 10
    lands: bool = False

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        wanted = needs(snapshot, memory, self.pools, lands=self.lands)
        made = Decision(wanted.launches, (), wanted.waiting, snapshot.at + 60)
        return self.change(snapshot, made), wanted.memory


def steps(*counts: int, hours: float = 1.0) -> Scenario:
    """Return a day of one service whose replicas change every quarter of an hour."""
    day = scenario(service("web", 1), hours=hours)
    times = tuple((MONDAY + 900 * n, count) for n, count in enumerate(counts))
    return replace(day, services=(replace(day.services[0], replicas=times),))


def broken(day: Scenario, policy: Policy) -> str:
    """Return what a run breaks, with the seed in it."""
    with pytest.raises(BrokenError) as found:
        simulate(replace(day, seed=4), policy)
    assert str(found.value).startswith("seed 4, at 17675")
    return str(found.value)


def test_what_breaks_nothing_runs() -> None:
    assert simulate(steps(30, 20), Faulty(lambda _, made: made)).pending == 0


# --- bindings ---------------------------------------------------------------------------------


def test_a_pod_on_a_node_without_room_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        filtering, "kept_feasible", lambda context: lambda: context.cache.allocatable[0] > 0
    )
    assert "NodeResourcesFit" in broken(steps(30, 40), Karpenter((POOL,)))


def test_a_pod_on_a_cordoned_node_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = filtering.kept_feasible

    def unaware(context: PodContext) -> Mask:
        closed = context.cache.index.unschedulable
        if not closed.any():
            return judged(context)()
        fits = np.asarray(context.cache.free[0] >= 500)
        found: Mask = closed & fits
        return found

    def cordons(snapshot: Snapshot, made: Decision) -> Decision:
        nodes = [node.name for node in snapshot.cluster.nodes]
        return replace(made, actions=(*made.actions, *(Cordon(n, "a whim") for n in nodes)))

    monkeypatch.setattr(filtering, "kept_feasible", lambda context: lambda: unaware(context))
    assert "NodeUnschedulable" in broken(steps(3, 2, 3), Faulty(cordons))


def test_pods_that_are_not_spread_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def first_only(context: PodContext) -> Mask:
        mask = np.asarray(context.cache.free[0] >= 500)
        mask[1:] = False
        return mask

    own = spread("topology.kubernetes.io/zone", app="web")
    day = scenario(service("web", 6, spread=(own,)))
    monkeypatch.setattr(filtering, "kept_feasible", lambda context: lambda: first_only(context))
    assert "PodTopologySpread" in broken(day, Karpenter((POOL,)))


def test_a_pod_landed_where_a_filter_refuses_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def everywhere(context: PodContext, *, alone: bool = False) -> Mask:
        return np.ones(len(context.index), dtype=bool)

    def all_on_one(snapshot: Snapshot, made: Decision) -> Decision:
        first = next((c.name for c in snapshot.nodeclaims if c.phase is Phase.HELD), "")
        pods = (pod for pod in snapshot.cluster.pods if not pod.node_name)
        lands = tuple(Land(pod.key, first) for pod in pods) if first else ()
        kept = tuple(a for a in made.actions if not isinstance(a, Land | Open))
        return replace(made, actions=(*kept, *lands))

    monkeypatch.setattr(filtering, "landable", everywhere)
    own = spread("topology.kubernetes.io/zone", app="web")
    day = scenario(service("web", 6, spread=(own,)))
    assert "PodTopologySpread" in broken(day, Faulty(all_on_one, lands=True))
    assert "NodeResourcesFit" in broken(steps(60, 70), Faulty(all_on_one, lands=True))


def test_a_node_that_is_held_for_ever_is_found() -> None:
    def never_opens(snapshot: Snapshot, made: Decision) -> Decision:
        kept = tuple(action for action in made.actions if not isinstance(action, Open))
        return replace(made, actions=kept)

    assert "is still held" in broken(steps(3, 2, 3), Faulty(never_opens, lands=True))


# --- evictions --------------------------------------------------------------------------------


def under_budget(day: Scenario, most: int) -> Scenario:
    """Return the day with a budget over its service."""
    budget = DisruptionBudget("default", "web", selector(app="web"), 0, None, most)
    cluster = replace(day.base.cluster, disruption_budgets=(budget,))
    return replace(day, base=replace(day.base, cluster=cluster))


def drains(reason: str, *, force: bool = False, at_once: int = 1) -> Change:
    """Return a change that drains the first nodes after half an hour."""

    def change(snapshot: Snapshot, made: Decision) -> Decision:
        if snapshot.at < MONDAY + 1_800:
            return made
        ready = [c.name for c in snapshot.nodeclaims if c.phase is Phase.READY]
        going = any(c.phase is Phase.DRAINING for c in snapshot.nodeclaims)
        out = () if going else tuple(Drain(n, reason, force) for n in ready[:at_once])
        waiting = tuple(
            replace(w, reason="its node goes", subject="") if w.subject in ready[:at_once] else w
            for w in made.waiting
        )
        return replace(made, actions=(*made.actions, *out), waiting=waiting)

    return change


def test_an_eviction_beyond_a_budget_is_found_unless_it_is_by_force(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    day = under_budget(steps(20), 1)
    assert simulate(day, Faulty(drains("a whim"))).evictions > 0
    monkeypatch.setattr(PodBudgets, "lets_go", lambda budgets, number: True)
    assert "of web were healthy, 19 must be" in broken(day, Faulty(drains("a whim")))
    simulate(day, Faulty(drains("a whim", force=True)))


# --- NodePools' budgets -----------------------------------------------------------------------


def pool(*budgets: NodeBudget) -> NodePool:
    return nodepool(disruption=Disruption(budgets=budgets))


@pytest.mark.parametrize(
    ("budget", "reason", "at_once", "breaks"),
    [
        (NodeBudget(1), UNDERUTILIZED, 2, True),
        (NodeBudget(2), UNDERUTILIZED, 2, False),
        (NodeBudget(0), EMPTY, 1, True),
        (NodeBudget(0, (UNDERUTILIZED,)), EMPTY, 1, False),
        (NodeBudget(0, (EMPTY,)), EMPTY, 1, True),
        (NodeBudget(0), "Expired", 1, False),
        (NodeBudget(0, (), "30 0 * * *", 3_600), EMPTY, 1, True),
        (NodeBudget(0, (), "0 0 * * *", 1_500), EMPTY, 1, False),
    ],
)
def test_a_disruption_beyond_a_nodepools_budget_is_found(
    budget: NodeBudget, reason: str, at_once: int, breaks: bool
) -> None:
    policy = Faulty(drains(reason, at_once=at_once), (pool(budget),))
    day = steps(40)
    if breaks:
        assert "whose budget allows" in broken(day, policy)
    else:
        simulate(day, policy)


def test_nodes_that_wait_for_their_replacements_count(monkeypatch: pytest.MonkeyPatch) -> None:
    def one_more_each_time(snapshot: Snapshot, made: Decision) -> Decision:
        closed = {n.name for n in snapshot.cluster.nodes if n.unschedulable}
        free = [c.name for c in snapshot.nodeclaims
                if c.phase is Phase.READY and c.name not in closed]  # fmt: skip
        cordons = tuple(Cordon(name, DRIFTED) for name in free[:1])
        return replace(made, actions=(*made.actions, *cordons))

    policy = Faulty(one_more_each_time, (pool(NodeBudget(1)),))
    assert "whose budget allows 1" in broken(steps(40), policy)
    # One whose memory is lost every time knows of none of them.
    lost = replace(steps(40), faults=Faults(forgetful=1.0))
    simulate(lost, policy)


@dataclass(frozen=True)
class Hasty(ClusterAutoscaler):
    """Cluster Autoscaler that ends two nodes with pods at once."""

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        faulty = Faulty(drains(UNDERUTILIZED, at_once=2), self.pools)
        return faulty.decide(snapshot, memory, reporter)


def test_cluster_autoscalers_own_limits_hold_instead_of_budgets() -> None:
    none = pool(NodeBudget(0))
    assert "2 nodes with pods removed at once, at most 1" in broken(steps(40), Hasty((none,)))
    assert simulate(steps(40, 2, hours=2), ClusterAutoscaler((none,))).evictions > 0


# --- reasons ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("waiting", "message"),
    [
        ((), "explains it 0 times"),
        (
            (Waiting("default/web-1", "x"), Waiting("default/web-1", "y")),
            "the decision explains it 2 times",
        ),
        ((Waiting("default/web-1", "planned", "nowhere"),), "planned on 'nowhere'"),
        ((Waiting("default/web-1", ""),), "waits without a reason"),
    ],
)
def test_a_pod_that_waits_without_a_reason_is_found(
    waiting: tuple[Waiting, ...], message: str
) -> None:
    def silent(_: Snapshot, made: Decision) -> Decision:
        return replace(made, waiting=waiting) if made.waiting else made

    assert message in broken(steps(1), Faulty(silent))


# --- rest -------------------------------------------------------------------------------------


def quiet(*services: ServiceLoad) -> Scenario:
    return scenario(*services, hours=REST_SECONDS / 3_600 + 2)


def test_a_policy_that_never_rests_is_found() -> None:
    def restless(snapshot: Snapshot, made: Decision) -> Decision:
        ready = [c.name for c in snapshot.nodeclaims if c.phase is Phase.READY]
        return made if made.actions or not ready else replace(made, actions=(Drain(ready[0], "x"),))

    found = broken(quiet(service("web", 3)), Faulty(restless))
    assert "faulty does not rest: " in found


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_rests_and_may_act_again_after_a_change(name: str) -> None:
    day = quiet(service("web", 12), service("db", 3, "1", "6Gi"))
    late = MONDAY + REST_SECONDS + 3_600
    load = replace(day.services[0], replicas=((MONDAY, 12), (late, 60), (late + 600, 9)))
    found = simulate(replace(day, services=(load, day.services[1])), POLICIES[name]((POOL,)))
    assert found.last_action_at > REST_SECONDS + 3_600


def test_the_order_of_bindings_is_that_of_the_scheduler() -> None:
    low, high = service("low", 3), service("high", 3, priority=5)
    orders = []
    schedule = Pods.schedule

    def seen(pods: Pods, at: int) -> Scheduled:
        found = schedule(pods, at)
        if found.bound:
            orders.append([pods.alive[number].owner[1] for number in found.order])
            assert sorted(found.order) == sorted(found.bound)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pods, "schedule", seen)
        simulate(scenario(low, high), Karpenter((POOL,)))
    assert orders[0] == sorted(orders[0], reverse=True)
