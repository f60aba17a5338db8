"""The DaemonSets that EKS runs on every node, where an input leaves them out."""

import pytest

from kubestow import engine
from kubestow.catalog.system_daemonsets import with_system_daemonsets
from kubestow.model.nodepool import Launcher
from kubestow.model.pod import DaemonSet
from kubestow.model.snapshot import Cluster
from kubestow.testing import daemonset, node, nodepool, pod, replicas, snapshot

AUTO = nodepool("auto", launched_by=Launcher.AUTO_MODE)


def in_system(name: str) -> DaemonSet:
    return DaemonSet("kube-system", name, daemonset(name).template)


def added(cluster: Cluster) -> list[str]:
    """Return the names of the DaemonSets that are added to a cluster."""
    own = {item.key for item in cluster.daemonsets}
    after = with_system_daemonsets(cluster).daemonsets
    return [item.name for item in after if item.key not in own]


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        (Cluster(), ["aws-node", "kube-proxy"]),
        (Cluster(daemonsets=(daemonset("agent"),)), ["aws-node", "kube-proxy"]),
        (Cluster(daemonsets=(in_system("agent"),)), ["aws-node", "kube-proxy"]),
        (Cluster(daemonsets=(in_system("aws-node"),)), ["kube-proxy"]),
        (Cluster(daemonsets=(in_system("kube-proxy"),)), ["aws-node"]),
        (Cluster(daemonsets=(in_system("aws-node"), in_system("kube-proxy"))), []),
        (Cluster(daemonsets=(in_system("cilium"),)), ["kube-proxy"]),
        (Cluster(daemonsets=(in_system("agent"),), nodes=(node("n"),)), []),
        (Cluster(nodes=(node("n"),)), ["aws-node", "kube-proxy"]),
        (Cluster(nodepools=(AUTO,)), []),
        (Cluster(nodepools=(AUTO, nodepool())), ["aws-node", "kube-proxy"]),
        (Cluster(nodepools=(AUTO,), nodes=(node("n"),)), ["aws-node", "kube-proxy"]),
        (
            Cluster(addons=frozenset({"aws-ebs-csi-driver", "coredns"})),
            ["aws-node", "ebs-csi-node", "kube-proxy"],
        ),
        (
            Cluster(addons=frozenset({"eks-pod-identity-agent"})),
            ["aws-node", "eks-pod-identity-agent", "kube-proxy"],
        ),
    ],
)
def test_what_the_input_leaves_out_is_added(cluster: Cluster, expected: list[str]) -> None:
    assert added(cluster) == expected
    notes = with_system_daemonsets(cluster).assumptions
    assert len(notes) == bool(expected)
    assert all(name in note for note in notes for name in expected)


def test_they_take_150m_of_cpu_and_two_pod_slots_of_every_node() -> None:
    without = snapshot(replicas(1, "web", "1800m"), nodepools=(nodepool(),))
    with_them = snapshot(
        (pod("web", "1800m"),), nodepools=(nodepool(),), daemonsets=added_to_nothing()
    )
    assert engine.plan(without).nodes[0].instance_type == "m5.large"
    (chosen,) = engine.plan(with_them).nodes
    assert chosen.instance_type != "m5.large"
    assert len(chosen.daemonset_pods) == 2


def test_none_of_them_runs_on_nodes_of_auto_mode() -> None:
    pool = nodepool(launched_by=Launcher.AUTO_MODE)
    state = snapshot((pod("web"),), nodepools=(pool,), daemonsets=added_to_nothing())
    (chosen,) = engine.plan(state).nodes
    assert chosen.daemonset_pods == ()


def test_a_pod_that_wants_their_port_runs_nowhere() -> None:
    (agent,) = (item for item in added_to_nothing() if item.name == "aws-node")
    wanted = pod("web", host_ports=agent.template.host_ports[:1])
    plan = engine.plan(snapshot((wanted,), nodepools=(nodepool(),), daemonsets=(agent,)))
    assert len(plan.unschedulable) == 1


def added_to_nothing() -> tuple[DaemonSet, ...]:
    return with_system_daemonsets(Cluster()).daemonsets
