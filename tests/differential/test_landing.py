"""Small plans landed beside the real kube-scheduler, and what may happen meanwhile.

`make landing` is the long version.
"""

import pytest

from kubestow.model.pod import Pod
from kubestow.testing import affinity_term, nodeclaim, observed, pod, spread

from . import landing
from .control_plane import ControlPlane
from .landing_judge import refused

PODS = 100


@pytest.mark.parametrize(
    "name",
    ["small-1", "caches-3:busy", "small-2:deleted", "caches-1:volumes", "caches-2:killed"],
)
def test_a_plan_is_landed_and_no_pod_stays_pending(plane: ControlPlane, name: str) -> None:
    row = landing.play(plane, name, PODS)
    assert row.holds, row.line()
    assert row.seconds < landing.LANDING_SECONDS_MAX
    if ":" not in name or name.endswith(":volumes"):
        assert row.as_planned == row.pods


def judged(*pods: Pod) -> list[str]:
    nodes = [nodeclaim("n1", zone="z1"), nodeclaim("n2", zone="z2")]
    return refused(observed(nodes, pods))


def test_pods_that_fit_are_not_refused() -> None:
    rule = spread("topology.kubernetes.io/zone", app="web")
    options = {"labels": {"app": "web"}, "spread": (rule,)}
    assert judged(pod("a", node="n1", **options), pod("b", node="n2", **options)) == []


def test_what_the_api_server_lets_and_a_filter_refuses_is_named() -> None:
    assert "NodeResourcesFit" in judged(pod("a", "1", node="n1"), pod("b", "1", node="n1"))[0]
    app = {"app": "web"}
    apart = (affinity_term("kubernetes.io/hostname", **app),)
    pods = (pod(name, node="n1", labels=app, anti_affinity=apart) for name in "ab")
    assert "anti" in judged(*pods)[0].lower()
    rule = (spread("topology.kubernetes.io/zone", **app),)
    pods = (pod(name, node="n1", labels=app, spread=rule) for name in "abc")
    assert "PodTopologySpread" in judged(*pods)[0]
