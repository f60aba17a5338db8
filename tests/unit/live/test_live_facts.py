"""What a running cluster says of a node or a pod."""

from typing import Any
from urllib.parse import unquote

from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.live import marks
from kubestow.live.live_facts import live_node, live_pod

EVENT = {
    "metadata": {"name": "e"},
    "involvedObject": {"kind": "Node", "name": "ip-1"},
    "reason": "Opened",
    "message": "any pod may be scheduled on it",
    "lastTimestamp": "2026-01-05T00:00:00Z",
    "source": {"component": "kubestow"},
}


class Cluster:
    """Answers lists by the path, and notes what it was asked."""

    def __init__(
        self,
        item: dict[str, Any] | None,
        answer: Answer = Answer.DONE,
        events: Answer = Answer.DONE,
    ) -> None:
        self.item, self.answer, self.events = item, answer, events
        self.asked: list[str] = []

    def read(self, path: str) -> tuple[Answer, Any]:
        self.asked.append(unquote(path))
        if self.answer is not Answer.DONE:
            return self.answer, None
        if "/events?" in path and self.events is not Answer.DONE:
            return self.events, None
        if "/events?" in path:
            return self.answer, {"items": [EVENT]}
        return self.answer, {"items": [] if self.item is None else [self.item]}


def node(notes: dict[str, str], **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "ip-1", "annotations": notes, "finalizers": [marks.FINALIZER]},
        "spec": {"providerID": "aws:///us-east-1a/i-1", **spec},
        "status": {
            "conditions": [
                {"type": "Ready", "status": "True"},
                {"type": "MemoryPressure", "status": "True", "reason": "Full"},
            ]
        },
    }


def test_a_node_is_told_with_its_marks_conditions_and_events() -> None:
    cluster = Cluster(
        node({marks.OPEN_SINCE: "1767571200", marks.LEAVING: "Expired", marks.FORCED: "true"},
             unschedulable=True)
    )  # fmt: skip
    found, _ = live_node(cluster.read, "shop", "ip-1")
    assert dict(found.facts) == {
        "status": "Ready, cordoned",
        "instance": "i-1",
        "open since": "2026-01-05 00:00:00 UTC",
        "leaves": "Expired",
        "drained": "whatever budgets say",
        "MemoryPressure": "True: Full",
    }
    assert [event.reason for event in found.events] == ["Opened"]
    assert cluster.asked == [
        "/api/v1/nodes?fieldSelector=metadata.name=ip-1",
        "/api/v1/namespaces/default/events?fieldSelector="
        "involvedObject.kind=Node,involvedObject.name=ip-1,source=kubestow",
    ]


def test_a_node_that_was_never_opened_is_held() -> None:
    found, _ = live_node(Cluster(node({}, unschedulable=True)).read, "shop", "ip-1")
    assert dict(found.facts)["held"] == "until its pods are bound to it"
    opened, _ = live_node(Cluster(node({marks.OPEN_SINCE: "1"})).read, "shop", "ip-1")
    assert "held" not in dict(opened.facts)


def test_a_pod_is_told_with_its_node_and_what_is_not_true_of_it() -> None:
    pod = {
        "metadata": {"name": "web", "creationTimestamp": "2026-01-05T00:00:00Z"},
        "spec": {"nodeName": "ip-1"},
        "status": {
            "phase": "Pending",
            "conditions": [
                {"type": "PodScheduled", "status": "False", "message": "0/4 nodes"},
                {"type": "Ready", "status": "True"},
            ],
        },
    }
    found, _ = live_pod(Cluster(pod).read, "shop", "ns/web")
    assert dict(found.facts) == {
        "created": "2026-01-05 00:00:00 UTC",
        "phase": "Pending",
        "node": "ip-1",
        "PodScheduled": "0/4 nodes",
    }


def test_with_a_pod_that_waits_come_the_events_of_nodepools() -> None:
    cluster = Cluster({"metadata": {"name": "web"}, "status": {"phase": "Pending"}})
    found, _ = live_pod(cluster.read, "shop", "ns/web")
    assert cluster.asked[-1] == (
        "/api/v1/namespaces/default/events?fieldSelector=involvedObject.kind=NodePool,source=kubestow"
    )
    assert [event.message[:9] for event in found.events] == ["any pod m", "NodePool "]
    assert dict(found.facts)["node"] == "none"


def test_what_is_gone_has_the_events_that_are_left() -> None:
    found, answer = live_pod(Cluster(None).read, "shop", "ns/web")
    assert (found.is_there, answer, len(found.events)) == (False, Answer.DONE, 1)


def test_events_that_cannot_be_listed_are_noted() -> None:
    pod = {"metadata": {"name": "web"}, "status": {"phase": "Pending"}}
    for answer, why in (
        (Answer.FORBIDDEN, "it takes the right to list events"),
        (Answer.FAILED, "asking failed"),
    ):
        cluster = Cluster(pod, events=answer)
        found, said = live_pod(cluster.read, "shop", "ns/web")
        assert (said, found.is_there, found.events) == (Answer.DONE, True, ())
        assert found.notes == (
            f"Events about Pods in namespace ns are not told: {why}",
            f"Events about NodePools in namespace default are not told: {why}",
        )
        found, _ = live_node(Cluster(node({}), events=answer).read, "shop", "ip-1")
        assert found.notes == (f"Events about Nodes in namespace default are not told: {why}",)
    assert live_node(Cluster(node({})).read, "shop", "ip-1")[0].notes == ()


def test_a_cluster_that_cannot_be_asked_is_told_by_the_answer() -> None:
    for answer in (Answer.FAILED, Answer.FORBIDDEN):
        assert live_node(Cluster(None, answer).read, "shop", "ip-1")[1] is answer
        assert live_pod(Cluster(None, answer).read, "shop", "ns/web")[1] is answer
