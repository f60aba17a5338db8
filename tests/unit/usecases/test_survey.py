"""A survey tells what runs, what it costs, and why pods wait."""

import pytest
from tests.unit.live.objects import M5_XLARGE, node, observed, pod

from kubestow.model.instance_type import NANO_USD
from kubestow.model.observed import Observed, Usage
from kubestow.model.survey import Survey
from kubestow.usecases.survey import NO_NODES, survey


def looked(*objects: dict, **more: object) -> Survey:
    seen = observed(*objects)
    return survey(Observed(seen.name, seen.snapshot, seen.nodes, seen.pods, **more))  # type: ignore[arg-type] # a test's own


def test_nodes_cost_what_their_labels_say() -> None:
    found = looked(node("a"), node("b", "m5.large"), pod("web", "a"))
    assert found.cost == round(1.5 * M5_XLARGE * NANO_USD)
    assert [item.group.name for item in found.nodes] == ["workers", "workers"]


def test_nodes_of_windows_have_no_known_price() -> None:
    own = node("a")
    own["metadata"]["labels"]["kubernetes.io/os"] = "windows"
    assert looked(own, pod("web", "a")).unpriced == 1


def test_requests_and_usage_are_told_side_by_side() -> None:
    usage = Usage({"a": (("cpu", 500), ("memory", 2**30))})
    (found,) = looked(node("a"), pod("web", "a"), usage=usage).nodes
    assert dict(found.requested) == {"cpu": 1000, "memory": 2 * 2**30}
    assert dict(found.used or ()) == {"cpu": 500, "memory": 2**30}
    assert found.share == pytest.approx(1000 / 3920)


def test_pods_of_daemonsets_leave_a_node_empty() -> None:
    owner = {"kind": "DaemonSet", "name": "agent", "uid": "1", "controller": True}
    found = looked(node("a"), pod("agent-x", "a", ownerReferences=[owner]))
    assert found.nodes[0].is_empty
    assert dict(found.nodes[0].daemons)["cpu"] == 1000


def test_pods_that_wait_alike_are_told_once_in_the_schedulers_words() -> None:
    found = looked(node("a"), *(pod(f"big-{n}", cpu="30") for n in range(3)), pod("web", "a"))
    (waits,) = found.pending
    assert waits.pods == ("shop/big-0", "shop/big-1", "shop/big-2")
    assert waits.message == "0/1 nodes are available: 1 Insufficient cpu."
    assert waits.reason == "NodeResourcesFit"
    assert found.waiting == 3


def test_a_pod_that_is_about_to_run_has_no_filter_against_it() -> None:
    (waits,) = looked(node("a"), pod("web")).pending
    assert waits.reason == ""
    assert "about to run" in waits.message


def test_a_pod_that_no_node_is_looked_at_for_is_told_why() -> None:
    own = pod("web")
    own["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    (waits,) = looked(node("a"), own).pending
    assert waits.message == '0/1 nodes are available: persistentvolumeclaim "data" not found.'
    assert waits.reason == "VolumeRestrictions"


def test_without_nodes_that_is_the_reason() -> None:
    (waits,) = looked(pod("web")).pending
    assert waits.message == NO_NODES


def test_a_cordoned_node_is_told_as_such() -> None:
    own = node("a")
    own["spec"]["unschedulable"] = True
    assert looked(own, pod("web", "a")).nodes[0].cordoned
