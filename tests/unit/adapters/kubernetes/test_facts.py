"""What people read of nodes, pods and events is what kubectl shows."""

import json

import pytest
from tests.unit.live.objects import event, node, pod

from kubestow.adapters.kubernetes.facts import (
    PodDetailsOnDemand,
    event_facts,
    facts_of_events,
    identity_of,
    node_facts,
    pod_facts,
)
from kubestow.adapters.kubernetes.slim import key_of, slim


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def test_a_node_has_its_conditions_and_its_instance() -> None:
    facts = node_facts(encoded(node("a")))
    assert facts is not None
    assert facts.instance_id == "i-0123456789abcdef0"
    assert facts.status == "Ready"
    assert facts.created_at == 1_793_491_200


@pytest.mark.parametrize(
    ("status", "shown"), [("True", "Ready"), ("False", "NotReady"), ("Unknown", "NotReady")]
)
def test_a_nodes_status_is_kubectls(status: str, shown: str) -> None:
    item = node("a")
    item["status"]["conditions"][0]["status"] = status
    facts = node_facts(encoded(item))
    assert facts is not None
    assert facts.status == shown


def test_pressure_that_is_true_is_bad() -> None:
    item = node("a")
    item["status"]["conditions"].append({"type": "DiskPressure", "status": "True"})
    facts = node_facts(encoded(item))
    assert facts is not None
    assert [(each.type, each.is_good) for each in facts.conditions] == [
        ("Ready", True),
        ("DiskPressure", False),
    ]


STATES = {
    "Running": {},
    "CrashLoopBackOff": {"state": {"waiting": {"reason": "CrashLoopBackOff"}}},
    "OOMKilled": {"state": {"terminated": {"reason": "OOMKilled"}}},
}


@pytest.mark.parametrize("shown", STATES)
def test_a_pods_status_is_kubectls(shown: str) -> None:
    item = pod("web", "a")
    item["status"]["containerStatuses"][0].update(STATES[shown])
    facts = pod_facts(encoded(item))
    assert facts is not None
    assert (facts.status, facts.ready, facts.containers, facts.restarts) == (shown, 1, 1, 2)


def test_a_pod_that_is_deleted_is_terminating() -> None:
    facts = pod_facts(encoded(pod("web", "a", deletionTimestamp="2026-11-29T00:00:00Z")))
    assert facts is not None
    assert facts.status == "Terminating"


def test_a_pod_that_was_evicted_says_so() -> None:
    item = pod("web", "a")
    item["status"] = {"phase": "Failed", "reason": "Evicted", "message": "low on memory"}
    facts = pod_facts(encoded(item))
    assert facts is not None
    assert (facts.status, facts.message) == ("Evicted", "low on memory")


def test_a_pod_that_is_being_deleted_tells_when_it_should_be_gone() -> None:
    item = pod("web", "a", uid="u")
    before = identity_of(encoded(item))
    item["metadata"]["deletionTimestamp"] = "2026-11-29T00:00:00Z"
    after = identity_of(slim("pods", encoded(item)))
    assert before is not None
    assert after is not None
    assert (before.node_name, before.ends_at) == ("a", None)
    assert (after.uid, after.ends_at) == ("u", 1_795_910_400)


def test_events_are_told_newest_first() -> None:
    items = {
        name: encoded(event("Pod", "web", name, f"2026-11-{day}T00:00:00Z"))
        for name, day in (("Older", 10), ("Newest", 29), ("Old", 20))
    }
    assert [each.reason for each in facts_of_events(items)] == ["Newest", "Old", "Older"]


def test_what_does_not_fit_is_left_out() -> None:
    for broken in (b"{}", b"[]", b"not json", b'{"metadata": {"name": 5}}'):
        assert node_facts(broken) is None
        assert pod_facts(broken) is None
        assert event_facts(broken) is None
    assert PodDetailsOnDemand({"a/b": b"{}"}).get("a/b") is None
    assert PodDetailsOnDemand({}).get("a/b") is None


def test_slim_objects_keep_what_is_read_and_drop_what_changes_without_meaning() -> None:
    item = node("a")
    before = slim("nodes", encoded(item))
    item["status"]["conditions"][0]["lastHeartbeatTime"] = "2026-11-30T00:00:00Z"
    item["metadata"]["resourceVersion"] = "77"
    item["metadata"]["managedFields"] = [{"manager": "kubelet"}]
    assert slim("nodes", encoded(item)) == before
    assert node_facts(before) == node_facts(encoded(item))
    item["status"]["conditions"][0]["status"] = "False"
    assert slim("nodes", encoded(item)) != before


def test_an_object_that_does_not_fit_its_shape_is_kept_for_its_reader() -> None:
    odd = encoded(pod("web") | {"spec": {"containers": "none"}})
    assert slim("pods", odd) == odd
    assert key_of(odd) == "shop/web"
