"""Events that are alike are one, which is counted; nothing waits for them."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.live import event_recorder
from kubestow.live.event_recorder import EventRecorder
from kubestow.live.happenings import Happening
from kubestow.live.witness import LAND, POD, Deed, SeenTurn
from kubestow.model.decision import Decision, Waiting
from kubestow.testing import snapshot

LANDED = Happening("Pod", "shop/web", "Normal", "Landed", "bound to ip-1")
OPENED = Happening("Node", "ip-1", "Normal", "Opened", "any pod")


def until(is_so: Callable[[], object]) -> None:
    """Wait until something is so, for ten seconds at most."""
    end = time.monotonic() + 10
    while not is_so() and time.monotonic() < end:
        time.sleep(0.01)


@dataclass
class Server:
    """An API server that has Events."""

    events: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    answer: Answer | None = None
    time: float = 1_000.0
    uids: dict[str, str] = field(default_factory=lambda: {"shop/web": "u1", "ip-1": "u2"})

    def create_event(self, namespace: str, body: Mapping[str, Any]) -> Answer:
        self.sent.append("create")
        key = (namespace, body["metadata"]["name"])
        if self.answer is not None:
            return self.answer
        if key in self.events:
            return Answer.CONFLICT
        self.events[key] = dict(body)
        return Answer.DONE

    def patch_event(self, namespace: str, name: str, change: Mapping[str, Any]) -> Answer:
        self.sent.append("patch")
        if (namespace, name) not in self.events:
            return Answer.GONE
        self.events[namespace, name] |= change
        return Answer.DONE

    def recorder(self) -> EventRecorder:
        return EventRecorder(
            self, lambda kind, name: self.uids.get(name, ""), "kubestow-0",
            monotonic=lambda: self.time, wall=lambda: self.time,
        )  # fmt: skip

    def only(self) -> dict[str, Any]:
        (found,) = self.events.values()
        return found


def test_an_event_is_about_its_object_as_the_api_server_wants_it() -> None:
    server = Server()
    made = server.recorder()
    made.write(LANDED)
    event = server.only()
    assert event["involvedObject"] == {
        "apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": "web", "uid": "u1",
    }  # fmt: skip
    assert (event["type"], event["reason"], event["count"]) == ("Normal", "Landed", 1)
    assert event["source"] == {"component": "kubestow"}
    made.write(OPENED)
    (namespace,) = {key[0] for key in server.events} - {"shop"}
    assert namespace == "default", "where Events of the cluster's objects are"


def test_what_happens_again_soon_is_counted_and_written_later() -> None:
    server = Server()
    made = server.recorder()
    for _ in range(10):
        made.write(LANDED)
        server.time += 60
    assert server.sent == ["create", "patch"]
    assert server.only()["count"] == 6
    assert server.only()["lastTimestamp"] > server.only()["firstTimestamp"]


def test_an_event_of_an_earlier_process_is_gone_on_with() -> None:
    server = Server()
    server.recorder().write(LANDED)
    server.time += 600
    server.recorder().write(LANDED)
    assert server.sent == ["create", "create", "patch"]
    assert server.only()["count"] == 1, "how often it happened is not known"
    assert server.only()["lastTimestamp"] == "1970-01-01T00:26:40Z"


def test_an_event_that_the_server_has_forgotten_is_written_anew() -> None:
    server = Server()
    made = server.recorder()
    made.write(LANDED)
    server.events.clear()
    server.time += 600
    made.write(LANDED)
    assert server.sent == ["create", "patch", "create"]


def test_where_it_is_forbidden_nothing_is_written_for_a_while() -> None:
    server = Server(answer=Answer.FORBIDDEN)
    made = server.recorder()
    for _ in range(3):
        made.write(LANDED)
        made.write(OPENED)
    assert server.sent == ["create", "create"], "once in each namespace"
    server.answer = None
    server.time += 600
    made.write(LANDED)
    assert len(server.events) == 1


def test_objects_that_are_not_there_have_no_events() -> None:
    server = Server(uids={})
    server.recorder().write(LANDED)
    assert server.sent == []


def test_deeds_and_pods_that_wait_are_written_beside_what_goes_on() -> None:
    server = Server()
    made = server.recorder()
    waiting = SeenTurn(snapshot(), Decision(waiting=(Waiting("shop/web", "planned"),)), 0, 0, 0)
    made.turned(waiting)
    made.turned(waiting)
    made.did(Deed(LAND, POD, "shop/web", node="ip-1"))
    made.turned(SeenTurn(snapshot(), Decision(), 0, 0, 0))
    made.start(lambda fault: None)
    until(lambda: len(server.events) == 2)
    made.stop()
    assert not [item for item in threading.enumerate() if item.name == "events"]
    assert {event["reason"] for event in server.events.values()} == {"Planned", "Landed"}
    assert server.sent == ["create", "create"]


def test_a_bug_is_heard_of_and_not_only_the_end_of_events() -> None:
    def broken(kind: str, name: str) -> str:
        raise ValueError("a bug")

    faults: list[Exception] = []
    made = EventRecorder(Server(), broken)
    made.did(Deed(LAND, POD, "shop/web", node="ip-1"))
    made.start(faults.append)
    until(lambda: faults)
    made.stop()
    assert [str(fault) for fault in faults] == ["a bug"]


def test_a_server_that_wants_fewer_is_told_of_once() -> None:
    told: list[str] = []
    server = Server(answer=Answer.REFUSED)
    made = server.recorder()
    made.tell = told.append
    made.write(LANDED)
    made.write(OPENED)
    assert len(told) == 1


def test_no_more_are_kept_than_the_cap_and_the_oldest_go_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_recorder, "_MOST_KEPT", 2)
    server = Server()
    made = server.recorder()
    for text in "abc":
        made.write(replace(LANDED, message=text))
    assert [item.message for _, item in made._series] == ["b", "c"]


def test_what_the_server_has_forgotten_is_looked_for_once_a_minute() -> None:
    server = Server()
    made = server.recorder()
    made.write(LANDED)
    before = made._series
    made.write(OPENED)
    assert made._series is before
    server.time += 4_000
    made.write(OPENED)
    assert [item for _, item in made._series] == [OPENED]
