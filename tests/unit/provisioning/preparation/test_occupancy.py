"""What is on the candidates before planning, and what that leaves free."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.pod import Pod
from kubestow.model.resources import CPU, EBS_VOLUMES
from kubestow.model.taints import Taint
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot, prepare
from kubestow.testing import affinity_term, daemonset, node, nodepool, pod, snapshot

AGENT = daemonset("agent", cpu="100m")


def prepared(*pods: Pod, **cluster: Any) -> PreparedSnapshot:
    cluster.setdefault("nodes", (node("n"),))
    return prepare(snapshot(pods, **cluster), cluster.get("nodepools", ()))


def free_cpu(found: PreparedSnapshot, candidate: int = 0) -> int:
    return int(found.free[candidate, found.axes.index(CPU)])


def test_bound_pods_are_content_and_take_what_they_request() -> None:
    found = prepared(pod("a", "1", node="n"), pod("b", "1", node="n"), pod("c", "500m", node="n"))
    assert found.content == [((0, 2), (1, 1))]
    assert found.bound_pods == [(0, 0), (0, 0), (1, 0)]
    assert free_cpu(found) == 1500


def test_a_pod_on_a_node_that_is_not_there_takes_nothing() -> None:
    found = prepared(pod("a", "1", node="n"), pod("b", "1"))
    assert free_cpu(found) == 3000
    assert found.bound_pods == [(0, 0)]


COMING = [
    ("its pod is still to come", {}, (), [True], 3900),
    ("its pod is there", {}, (replace(pod("x", node="n"), daemonset=AGENT.key),), [False], 3900),
    ("the node has a taint", {"taints": [Taint("t", "", "NoSchedule")]}, (), [False], 4000),
    ("the node is cordoned, which its pods tolerate", {"unschedulable": True}, (), [True], 3900),
    ("there is no room for it", {"cpu": "50m"}, (), [False], 50),
]


@pytest.mark.parametrize(("sentence", "facts", "there", "on", "left"), COMING)
def test_a_daemonset_on_an_existing_node(
    sentence: str, facts: dict[str, Any], there: tuple[Pod, ...], on: list[bool], left: int
) -> None:
    found = prepared(*there, nodes=(node("n", **facts),), daemonsets=(AGENT,))
    assert found.daemonsets_on[0].tolist() == on, sentence
    assert free_cpu(found) == left, sentence


def test_a_daemonset_keeps_off_a_node_whose_pods_it_avoids() -> None:
    shy = daemonset("shy", anti_affinity=(affinity_term(names.HOSTNAME, app="web"),))
    shy = replace(shy, namespace="default")
    web = pod("web", labels={"app": "web"}, node="a")
    found = prepared(web, nodes=(node("a"), node("b")), daemonsets=(shy,))
    assert found.daemonsets_on[0].tolist() == [False, True]


def test_a_pod_that_avoids_it_over_a_zone_keeps_it_off_every_node() -> None:
    agent = replace(AGENT, namespace="default", labels=(("app", "agent"),))
    web = pod("web", node="a", anti_affinity=(affinity_term(names.ZONE, app="agent"),))
    found = prepared(web, nodes=(node("a"), node("b", zone="zone-b")), daemonsets=(agent,))
    assert found.daemonsets_on[0].tolist() == [False, False]


def test_new_nodes_hold_the_pods_of_the_daemonsets_that_run_there() -> None:
    tainted = nodepool("tainted", taints=(Taint("t", "", "NoSchedule"),))
    found = prepared(pod("a"), nodes=(), daemonsets=(AGENT,), nodepools=(nodepool("open"), tainted))
    of_pool = {c.nodepool: i for i, c in enumerate(found.candidates)}
    agent = len(found.pod_classes)
    assert found.content[of_pool["open"]] == ((agent, 1),)
    assert found.content[of_pool["tainted"]] == ()
    own, other = (dict(found.candidates[i].allocatable)[CPU] for i in of_pool.values())
    assert free_cpu(found, of_pool["open"]) == own - 100
    assert free_cpu(found, of_pool["tainted"]) == other


def test_slots_for_shared_volumes_are_held_back_everywhere() -> None:
    claims = {("default", "c"): PersistentVolumeClaim("default", "c", "wait", "v")}
    volumes = {"v": PersistentVolume("v", is_ebs=True)}
    there = replace(node("n"), attach_limits=(("ebs.csi.aws.com", 3),))
    found = prepared(
        pod("a", claims=("c",)), pod("b", claims=("c",)),
        nodes=(there,), claims=claims, volumes=volumes,
    )  # fmt: skip
    assert found.shared_slots == 1
    assert int(found.free[0, found.axes.index(EBS_VOLUMES)]) == 2
