"""A scenario begins with the nodes and pods that run: what rests there stays as it is."""

from dataclasses import replace

import pytest

from kubestow.model import labels as names
from kubestow.model.node import Node
from kubestow.model.pod import Pod
from kubestow.model.reporter import SilentReporter
from kubestow.model.settled import Settled
from kubestow.model.snapshot import Snapshot
from kubestow.model.workload import Lifecycle
from kubestow.policies.cluster_autoscaler import ClusterAutoscaler
from kubestow.policies.karpenter import Karpenter
from kubestow.policies.policy import Policy
from kubestow.simulation.run import played
from kubestow.simulation.running import obstacle_of, running
from kubestow.simulation.scenario import MONDAY
from kubestow.simulation.settled import settled
from kubestow.simulation.workloads import from_cluster
from kubestow.simulation.world import SimulatedWorld
from kubestow.testing import node, nodepool, owned, pod, replicas, snapshot, spread

POOL = nodepool()
PODS = tuple(
    owned(item)
    for item in (
        *replicas(9, "web", "900m", "1Gi", labels={"app": "web"},
                  spread=(spread(names.ZONE, app="web"),)),
        *replicas(7, "api", "1500m", "5Gi"),
    )
)  # fmt: skip


def left_by(policy: Policy) -> Snapshot:
    scenario = from_cluster(snapshot(PODS, nodepools=(POOL,)), "steady", seconds=2 * 3_600)
    state = played(scenario, policy, must_rest=False).world.observe()
    pods = tuple(pod.on(f"old-{pod.node_name}") for pod in state.cluster.pods)
    nodes = tuple(renamed(node, f"old-{node.name}") for node in state.cluster.nodes)
    cluster = replace(state.cluster, pods=pods, nodes=nodes, workloads=())
    return replace(state, cluster=cluster, nodeclaims=())


def renamed(node: Node, name: str) -> Node:
    """Return a node under another name: simulations name theirs by the instant of the launch."""
    return replace(node, name=name, labels=tuple(sorted((dict(node.labels) | {
        names.HOSTNAME: name}).items())))  # fmt: skip


def alone(state: Snapshot, policy: Policy) -> Settled:
    return settled(state, policy, SilentReporter())


def cost_of(state: Snapshot) -> int:
    return sum(claim.nano_usd_per_hour for claim in begun(state).scenario.nodes)


def begun(state: Snapshot) -> SimulatedWorld:
    return SimulatedWorld(running(from_cluster(state, "steady", seconds=3_600), state))


@pytest.mark.parametrize("policy", [Karpenter((POOL,)), ClusterAutoscaler((POOL,))])
def test_a_policy_leaves_what_it_rested_with(policy: Policy) -> None:
    state = left_by(policy)
    again = alone(state, policy)
    assert again.rests
    assert (again.nano_usd_per_hour, again.evictions) == (cost_of(state), 0)
    assert {n.claim.name for n in again.nodes} == {n.name for n in state.cluster.nodes}


def test_each_pod_is_on_its_node_at_the_start() -> None:
    state = left_by(Karpenter((POOL,)))
    world = begun(state)
    assert world.at == MONDAY
    assert not world.pods.pending

    def counted(pods: tuple[Pod, ...]) -> list[tuple[str, str]]:
        return sorted((pod.node_name, str(pod.template.requests)) for pod in pods)

    assert counted(world.observe().cluster.pods) == counted(state.cluster.pods)


def test_a_node_too_many_goes() -> None:
    state = left_by(Karpenter((POOL,)))
    spare = renamed(state.cluster.nodes[0], "spare")
    wasteful = replace(state, cluster=replace(
        state.cluster, nodes=(*state.cluster.nodes, spare)))  # fmt: skip
    for policy in (Karpenter((POOL,)), ClusterAutoscaler((POOL,))):
        again = alone(wasteful, policy)
        assert again.rests
        assert "spare" not in {item.claim.name for item in again.nodes}
        assert again.last_action_at >= 0


def test_pods_that_wait_get_their_nodes() -> None:
    state = left_by(Karpenter((POOL,)))
    more = tuple(owned(item) for item in replicas(8, "new", "1500m", "2Gi"))
    fuller = replace(state, cluster=replace(state.cluster, pods=(*state.cluster.pods, *more)))
    again = alone(fuller, Karpenter((POOL,)))
    assert not again.pending
    assert again.nano_usd_per_hour > cost_of(state)


def test_a_pod_without_a_controller_stays_but_for_karpenter() -> None:
    state = left_by(Karpenter((POOL,)))
    spare = renamed(state.cluster.nodes[0], "spare")
    bare = replace(pod("bare", "100m").on("spare"), lifecycle=Lifecycle(is_ready=True))
    nodes, pods = (*state.cluster.nodes, spare), (*state.cluster.pods, bare)
    held = replace(state, cluster=replace(state.cluster, nodes=nodes, pods=pods))
    kept = alone(held, ClusterAutoscaler((POOL,)))
    assert "spare" in {item.claim.name for item in kept.nodes}
    lost = alone(held, Karpenter((POOL,)))
    assert "spare" not in {item.claim.name for item in lost.nodes}


def test_jobs_pods_that_run_go_on() -> None:
    state = left_by(Karpenter((POOL,)))
    name = state.cluster.nodes[0].name
    job = replace(pod("job", "1m").on(name), lifecycle=Lifecycle(("Job", "import")))
    both = replace(state, cluster=replace(state.cluster, pods=(*state.cluster.pods, job)))
    again = alone(both, ClusterAutoscaler((POOL,)))
    assert "default/job" in {key for item in again.nodes for key in item.pods}


def test_nodes_without_a_price_and_nodes_that_are_too_full_are_obstacles() -> None:
    unknown = node("odd", labels={names.INSTANCE_TYPE: "none"})
    assert "price" in obstacle_of(snapshot((), nodes=(unknown,)))
    state = left_by(Karpenter((POOL,)))
    assert not obstacle_of(state)
    large = owned(pod("large", "900").on(state.cluster.nodes[0].name))
    full = replace(state, cluster=replace(state.cluster, pods=(*state.cluster.pods, large)))
    assert state.cluster.nodes[0].name in obstacle_of(full)
