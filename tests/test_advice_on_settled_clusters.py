"""Advice on clusters that the models of autoscalers left: it saves what a plan from scratch saves.

What cannot move is what the saving lacks.
"""

from dataclasses import replace

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
from kubestow.usecases.advise import AdviseRequest, advise, only_running

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


def left_by(policy: Policy) -> Snapshot:
    """Return the cluster that a policy rests with."""
    scenario = from_cluster(snapshot(PODS, nodepools=(POOL,)), "steady", seconds=2 * 3_600)
    return played(scenario, policy, must_rest=False).world.observe()


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


@pytest.mark.parametrize("policy", [Karpenter((POOL,)), ClusterAutoscaler((POOL,))])
def test_the_saving_is_what_a_plan_from_scratch_finds(policy: Policy) -> None:
    state = left_by(policy)
    assert all(pod.node_name for pod in state.cluster.pods)
    found = advised(state)
    paid = sum(claim.nano_usd_per_hour for claim in state.nodeclaims)
    assert found.survey.cost == paid
    scratch = from_scratch(state)
    assert found.saving == pytest.approx(max(0, paid - scratch), rel=0.02, abs=0.01 * paid)
    assert found.minimum.nano_usd_per_hour <= min(paid, scratch)


def protected(pod: Pod, name: str) -> Pod:
    if pod.node_name != name:
        return pod
    return replace(pod, lifecycle=replace(pod.lifecycle, eviction=EvictionTerms(True)))


@pytest.mark.parametrize("policy", [Karpenter((POOL,)), ClusterAutoscaler((POOL,))])
def test_the_saving_lacks_what_cannot_move(policy: Policy) -> None:
    state = left_by(policy)
    free = advised(state)
    dearest = max(state.nodeclaims, key=lambda claim: claim.nano_usd_per_hour)
    pods = tuple(protected(pod, dearest.name) for pod in state.cluster.pods)
    held = advised(replace(state, cluster=replace(state.cluster, pods=pods)))
    lacking = sum(-item.nano_usd_per_hour for item in held.wastes if item.cause == HELD)
    assert held.reachable.nano_usd_per_hour >= dearest.nano_usd_per_hour
    assert held.saving <= free.saving
    if held.saving:
        total = held.survey.cost - held.cheapest.nano_usd_per_hour
        assert held.saving == total - lacking
