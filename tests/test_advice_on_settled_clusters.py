"""Advice on clusters that the models of autoscalers left: it saves what a plan from scratch saves.

What cannot move is what the saving lacks.
"""

from dataclasses import dataclass, replace

import pytest

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.advice import HELD, Advice
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.kinds import KindsWish
from kubestow.model.observed import Observed
from kubestow.model.pod import Pod
from kubestow.model.reporter import SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.cluster_autoscaler import ClusterAutoscaler
from kubestow.policies.karpenter import Karpenter
from kubestow.policies.policy import Policy
from kubestow.simulation.run import played
from kubestow.simulation.workloads import from_cluster
from kubestow.testing import nodepool, owned, replicas, snapshot, spread
from kubestow.usecases.advise import AdviseRequest, advise
from kubestow.usecases.advised_plans import only_running

POOL = nodepool()
PODS = tuple(
    owned(item)
    for item in (
        *replicas(9, "web", "900m", "1Gi", labels={"app": "web"},
                  spread=(spread(names.ZONE, app="web"),)),
        *replicas(7, "api", "1500m", "5Gi"),
        *replicas(5, "job", "2300m", "2Gi"),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Settled:
    """The cluster that a policy rests with, and advice on it."""

    state: Snapshot
    advice: Advice


@pytest.fixture(
    scope="module",
    params=[Karpenter((POOL,)), ClusterAutoscaler((POOL,))],
    ids=["karpenter", "cluster-autoscaler"],
)
def settled(request: pytest.FixtureRequest) -> Settled:
    policy: Policy = request.param
    scenario = from_cluster(snapshot(PODS, nodepools=(POOL,)), "steady", seconds=2 * 3_600)
    state = played(scenario, policy, must_rest=False).world.observe()
    return Settled(state, advised(state))


def advised(state: Snapshot) -> Advice:
    request = AdviseRequest(observed=Observed("settled", state), policies=())
    return advise(request, SilentReporter())


def from_scratch(state: Snapshot) -> int:
    """Return what a plan of the same pods costs, made apart."""
    pods = tuple(pod.on("") for pod in only_running(state).cluster.pods if not pod.daemonset)
    cluster = replace(state.cluster, nodes=(), pods=pods, nodepools=(POOL,))
    wish = KindsWish(within=0.005)
    plan = engine.solve(replace(state, cluster=cluster, nodeclaims=()), kinds=wish).plan
    return sum(node.price.nano_usd_per_hour for node in plan.nodes)


def test_the_saving_is_what_a_plan_from_scratch_finds(settled: Settled) -> None:
    state, found = settled.state, settled.advice
    assert all(pod.node_name for pod in state.cluster.pods)
    paid = sum(claim.nano_usd_per_hour for claim in state.nodeclaims)
    assert found.survey.cost == paid
    scratch = from_scratch(state)
    assert found.saving == pytest.approx(max(0, paid - scratch), rel=0.02, abs=0.01 * paid)
    assert found.minimum.nano_usd_per_hour <= min(paid, scratch)


def protected(pod: Pod, name: str) -> Pod:
    if pod.node_name != name:
        return pod
    return replace(pod, lifecycle=replace(pod.lifecycle, eviction=EvictionTerms(True)))


def test_the_saving_lacks_what_cannot_move(settled: Settled) -> None:
    state, free = settled.state, settled.advice
    dearest = max(state.nodeclaims, key=lambda claim: claim.nano_usd_per_hour)
    pods = tuple(protected(pod, dearest.name) for pod in state.cluster.pods)
    held = advised(replace(state, cluster=replace(state.cluster, pods=pods)))
    lacking = sum(-item.nano_usd_per_hour for item in held.wastes if item.cause == HELD)
    assert held.reachable.nano_usd_per_hour >= dearest.nano_usd_per_hour
    assert held.saving <= free.saving
    if held.saving:
        total = held.survey.cost - held.cheapest.nano_usd_per_hour
        assert held.saving == total - lacking
