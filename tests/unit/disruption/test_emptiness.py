"""Nodes that hold nothing but DaemonSets' pods."""

from dataclasses import replace

from kubestow.disruption.candidate import candidates
from kubestow.disruption.emptiness import empty
from kubestow.testing import nodeclaim, nodepool, observed, owned, pod


def test_only_a_pod_that_needs_a_place_elsewhere_makes_a_node_not_empty() -> None:
    daemon = replace(pod("agent", node="daemon"), daemonset="kube-system/agent")
    leaving = replace(owned(pod("leaving", node="leaving")), terminating=True)
    static = owned(pod("static", node="static"), "static", "Node")
    pods = [daemon, leaving, static, owned(pod("web", node="web"))]
    claims = [nodeclaim(name) for name in ("bare", "daemon", "leaving", "static", "web")]
    found = candidates(observed(claims, pods), {"pool": nodepool()})
    assert [c.name for c in empty(found.able)] == ["bare", "daemon", "leaving", "static"]
