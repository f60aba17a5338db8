"""Why pods are left out of a plan, in words."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.pod import Pod
from kubestow.provisioning.assemble import assemble
from kubestow.provisioning.provision import provision
from kubestow.testing import affinity_term, nodepool, pod, replicas, snapshot, spread

ZONE_A = (names.ZONE, "In", ["zone-a"])
PLAIN = (nodepool("p", ZONE_A),)
FULL = (nodepool("p", ZONE_A, limits=(("cpu", 2000),)),)
AWAY = affinity_term(names.ZONE, app="web")
CASES: list[tuple[str, tuple[Pod, ...], tuple[Any, ...], str, str]] = [
    ("a gate", (pod("p", scheduling_gates=("a", "b")),), PLAIN, "SchedulingGates",
     "gated by a, b"),
    ("admission", (replace(pod("p"), rejected="too large"),), PLAIN, "Admission", "too large"),
    ("what is not supported", (pod("p", unsupported=("x", "y")),), PLAIN, "NotSupported", "x; y"),
    ("limits", replicas(9, "p", "1"), FULL, "NodePoolLimits",
     "the limits of NodePool p (cpu 2) leave no room"),
    ("anti-affinity", replicas(2, "p", labels={"app": "web"}, anti_affinity=(AWAY,)), PLAIN,
     "InterPodAffinity", "required pod affinity or anti-affinity leaves no domain"),
    ("spreading over more zones than there are",
     replicas(2, "p", labels={"app": "web"},
              spread=(replace(spread(names.ZONE, app="web"), min_domains=2),)), PLAIN,
     "PodTopologySpread", "no domain can take another pod within maxSkew"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "pods", "pools", "constraint", "message"), CASES)
def test_a_pod_is_left_out_for(
    sentence: str, pods: tuple[Pod, ...], pools: tuple[Any, ...], constraint: str, message: str
) -> None:
    plan = assemble(provision(snapshot(pods, nodepools=pools), pools, work_limit=50))
    reason = plan.unschedulable[-1].reasons[0]
    assert (reason.constraint, reason.detail["message"]) == (constraint, message), sentence


def test_a_pod_that_fits_nowhere_has_every_reason_and_the_nearest_miss() -> None:
    empty = nodepool("empty", (names.ARCH, "In", ["sparc"]))
    pools = (*PLAIN, empty)
    item = pod("p", "999", node_selector=((names.ZONE, "zone-b"),))
    (found,) = assemble(provision(snapshot([item]), pools, work_limit=50)).unschedulable
    assert [r.constraint for r in found.reasons] == ["NodeAffinity", "NodeResourcesFit", "NodePool"]
    assert found.reasons[-1].detail["nodePool"] == "empty"
    assert found.nearest["instanceType"] == "m5.4xlarge"
