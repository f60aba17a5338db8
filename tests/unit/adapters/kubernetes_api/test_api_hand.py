"""Changes to a cluster name what they change, and tell what became of them."""

import json
from typing import Any

import httpx2
import pytest

from kubestow.adapters.kubernetes_api.api_hand import Answer, ApiHand
from kubestow.adapters.kubernetes_api.connection import Connection


def hand(answer: Any, *, may_act: bool = True) -> tuple[ApiHand, list[httpx2.Request], list[str]]:
    """Return a hand, what it sends and what it tells; ``answer`` is a status or a function."""
    sent: list[httpx2.Request] = []
    told: list[str] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        return answer(request) if callable(answer) else httpx2.Response(answer)

    client = httpx2.Client(transport=httpx2.MockTransport(handle), base_url="http://stand-in")
    return ApiHand(Connection(client, "stand-in"), lambda: may_act, told.append), sent, told


@pytest.mark.parametrize(
    ("status", "binding", "eviction"),
    [
        (201, Answer.DONE, Answer.DONE),
        (409, Answer.CONFLICT, Answer.GONE),
        (404, Answer.GONE, Answer.GONE),
        (429, Answer.REFUSED, Answer.REFUSED),
        (403, Answer.FORBIDDEN, Answer.FORBIDDEN),
        (500, Answer.FAILED, Answer.FAILED),
    ],
)
def test_what_became_of_a_change(status: int, binding: Answer, eviction: Answer) -> None:
    made, sent, told = hand(status)
    assert made.bind("shop/web", "u1", "n1") is binding
    assert made.evict("shop/web", "u1") is eviction
    assert bool(told) == (status in (403, 500))
    bound, evicted = (json.loads(request.content) for request in sent)
    assert bound["metadata"]["uid"] == evicted["deleteOptions"]["preconditions"]["uid"] == "u1"
    assert [request.url.path for request in sent] == [
        "/api/v1/namespaces/shop/pods/web/binding",
        "/api/v1/namespaces/shop/pods/web/eviction",
    ]


def test_a_hand_that_may_not_act_sends_nothing() -> None:
    made, sent, _ = hand(200, may_act=False)
    assert made.bind("shop/web", "u1", "n1") is Answer.HELD_BACK
    assert made.change_node("n1", lambda node: {}) is Answer.HELD_BACK
    assert sent == []


def test_a_server_that_cannot_be_reached_is_told_of_and_raises_nothing() -> None:
    def broken(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no route")

    made, _, told = hand(broken)
    assert made.delete_node("n1", "u") is Answer.FAILED
    assert "no route" in told[0]


def test_a_node_is_changed_as_it_is_now_although_others_change_it() -> None:
    versions = iter(("1", "2", "3"))
    seen: list[str] = []

    def serve(request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return httpx2.Response(200, json={"metadata": {"resourceVersion": next(versions)}})
        version = json.loads(request.content)["metadata"]["resourceVersion"]
        seen.append(version)
        return httpx2.Response(200 if version == "3" else 409)

    made, sent, _ = hand(serve)
    wanted = {"spec": {"unschedulable": True}}
    assert made.change_node("n1", lambda node: wanted) is Answer.DONE
    assert seen == ["1", "2", "3"]
    assert sent[1].headers["content-type"] == "application/merge-patch+json"


def test_a_node_that_is_as_it_should_be_is_not_changed() -> None:
    made, sent, _ = hand(lambda request: httpx2.Response(200, json={"metadata": {}}))
    assert made.change_node("n1", lambda node: None) is Answer.DONE
    assert [request.method for request in sent] == ["GET"]
