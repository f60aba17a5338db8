"""What pods are worth, wherever they are."""

from dataclasses import replace

from kubestow.provisioning.proof.appraisal import appraise
from kubestow.testing import daemonset, nodeclaim, nodepool, observed, pod, spread

POOL = nodepool()
ZONED = (spread("topology.kubernetes.io/zone", app="web"),)


def test_pods_on_nodes_are_appraised_like_those_that_wait() -> None:
    names = ("n0", "", "n1", "n1", "gone")
    pods = [
        pod(f"p{n}", f"{400 + 300 * n}m", labels={"app": "web"}, node=node, spread=ZONED)
        for n, node in enumerate(names)
    ]
    there = observed([nodeclaim("n0"), nodeclaim("n1")], pods, daemonsets=(daemonset("agent"),))
    nowhere = replace(there.cluster, pods=tuple(p.on("") for p in pods))
    found = appraise(there, (POOL,))
    assert found == appraise(replace(there, cluster=nowhere), (POOL,))
    assert set(found.values) == {p.key for p in pods}
    assert found.lower_bound.nano_usd_per_hour > 0


def test_daemonsets_pods_and_those_that_end_are_not_appraised() -> None:
    ends = replace(pod("ends", node="n0"), terminating=True)
    agent = replace(pod("agent-n0", node="n0"), daemonset="kube-system/agent")
    found = appraise(observed([nodeclaim("n0")], [ends, agent, pod("stays", node="n0")]), (POOL,))
    assert set(found.values) == {"default/stays"}
