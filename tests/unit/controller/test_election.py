"""One of several controllers holds a Lease; one that cannot renew it stops by itself."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from kubestow.adapters.kubernetes_api.api_hand import ApiHand
from kubestow.adapters.kubernetes_api.connection import Connection
from kubestow.controller.election import (
    LEASE_SECONDS,
    STOP,
    Election,
    LeaseName,
)

HOLDING_SECONDS = LEASE_SECONDS * 2 / 3


class Server:
    """An API server that has Leases, and may be out of reach."""

    def __init__(self) -> None:
        self.leases: dict[str, Any] = {}
        self.version = 0
        self.is_there = True
        self.time = 100.0
        self.longest = 1_000_000  # bytes of a body

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        import json

        if not self.is_there:
            raise httpx2.ConnectError("out of reach")
        path = request.url.path
        if request.method == "GET":
            found = self.leases.get(path)
            return httpx2.Response(200, json=found) if found else httpx2.Response(404)
        if len(request.content) > self.longest:
            return httpx2.Response(413)
        body = json.loads(request.content)
        if request.method == "POST":
            path = f"{path}/{body['metadata']['name']}"
            if path in self.leases:
                return httpx2.Response(409)
        elif body["metadata"]["resourceVersion"] != str(self.version):
            return httpx2.Response(409)
        self.version += 1
        metadata = {**body["metadata"], "resourceVersion": str(self.version)}
        self.leases[path] = {**body, "metadata": metadata}
        return httpx2.Response(200, json=self.leases[path])

    def election(self, identity: str, notes: dict[str, str] | None = None) -> Election:
        """Return one that keeps notes on the Lease, and takes those of others into them."""
        kept = {} if notes is None else notes
        client = httpx2.Client(transport=httpx2.MockTransport(self), base_url="http://stand-in")
        hand = ApiHand(Connection(client, "stand-in"))
        return Election(
            hand, LeaseName("kube-system"), identity,
            monotonic=lambda: self.time, wall=lambda: self.time,
            notes=lambda: kept, took=kept.update,
        )  # fmt: skip

    @property
    def lease(self) -> Mapping[str, Any]:
        (found,) = self.leases.values()
        return found


@pytest.fixture
def server() -> Server:
    return Server()


def test_the_first_holds_the_lease_and_the_second_waits(server: Server) -> None:
    first, second = server.election("a"), server.election("b")
    for _ in range(20):
        first.step()
        second.step()
        assert (first.holds, second.holds) == (True, False)
        server.time += 2.0
    assert server.lease["spec"]["holderIdentity"] == "a"
    assert server.lease["spec"]["leaseTransitions"] == 0


def test_there_are_never_two_holders_when_one_is_frozen(server: Server) -> None:
    first, second = server.election("a"), server.election("b")
    first.step()
    second.step()
    taken_at = None
    began = server.time
    while server.time < began + 60:  # the first is frozen: it does not step
        server.time += 0.5
        second.step()
        assert not (first.holds and second.holds)
        if second.holds and taken_at is None:
            taken_at = server.time - began
    assert taken_at is not None
    assert HOLDING_SECONDS < taken_at <= LEASE_SECONDS + 0.5
    first.step()  # it wakes
    assert (first.holds, second.holds) == (False, True)
    assert server.lease["spec"]["leaseTransitions"] == 1


def test_a_holder_that_cannot_reach_the_server_stops(server: Server) -> None:
    only = server.election("a")
    only.step()
    server.is_there = False
    server.time += HOLDING_SECONDS - 0.1
    only.step()
    assert only.holds
    server.time += 0.2
    only.step()
    assert not only.holds
    assert only.term == 1  # nobody else has been seen to hold it
    server.is_there = True
    only.step()
    assert (only.holds, only.term) == (True, 1)


@pytest.mark.parametrize("gives_it_back", [False, True])
def test_one_whose_lease_another_had_meanwhile_begins_anew(
    server: Server, *, gives_it_back: bool
) -> None:
    first, second = server.election("a"), server.election("b")
    first.step()
    second.step()
    server.time += LEASE_SECONDS + 1
    second.step()
    assert second.holds
    if gives_it_back:
        second.stop()
    told: list[str] = []
    first._tell = told.append
    first.step()
    assert first.term == (2 if gives_it_back else None)
    assert told == (["a holds the Lease kube-system/kubestow"] if gives_it_back else [])


def test_one_whose_lease_was_deleted_begins_anew(server: Server) -> None:
    only = server.election("a")
    only.step()
    server.leases.clear()  # somebody else may have had one meanwhile
    only.step()
    assert (only.holds, only.term) == (True, 2)


def test_one_that_cannot_renew_its_lease_tells_when_it_stops_and_when_it_goes_on(
    server: Server,
) -> None:
    told: list[str] = []
    only = server.election("a")
    only._tell = told.append
    for is_there in (True, True, False, False, True, True):
        server.is_there = is_there
        only.step()
        only._tell_if_late()
        server.time += HOLDING_SECONDS - 1
    assert told == [
        "a holds the Lease kube-system/kubestow",
        f"the Lease was not renewed for {HOLDING_SECONDS:g} s: nothing is done until it is",
        "the Lease is renewed again: it goes on",
    ]


def test_a_lease_that_is_given_back_is_taken_at_once(server: Server) -> None:
    first, second = server.election("a"), server.election("b")
    first.step()
    second.step()
    first.stop()
    assert not first.holds
    second.step()
    assert second.holds


def test_an_annotation_of_the_lease_stops_all_actions(server: Server) -> None:
    only = server.election("a")
    only.step()
    assert only.may_act
    server.lease["metadata"]["annotations"] = {STOP: "now"}
    only.step()
    assert (only.holds, only.may_act) == (True, False)
    server.lease["metadata"]["annotations"] = {}
    only.step()
    assert only.may_act


def test_what_a_holder_notes_is_taken_by_the_next_and_others_annotations_stay() -> None:
    server = Server()
    notes = {"count": "1"}
    first = server.election("a", notes)
    first.step()
    server.lease["metadata"]["annotations"]["team"] = "shop"
    notes["count"] = "2"
    first.step()
    assert server.lease["metadata"]["annotations"] == {"count": "2", "team": "shop"}
    notes["count"] = "3"
    first.stop()
    later: dict[str, str] = {}
    second = server.election("b", later)
    second.step()
    assert second.holds
    assert later["count"] == "3"
    assert server.lease["metadata"]["annotations"]["count"] == "3"


def test_a_note_that_the_server_refuses_costs_nobody_the_lease(server: Server) -> None:
    notes = {"kubestow.dev/memory": "long" * 5_000, "kubestow.dev/evictions": "60:4"}
    only = server.election("a", notes)
    only.step()
    assert only.holds
    server.longest = 10_000
    server.time += 8
    only.step()
    server.time += 3
    assert not only.holds
    only.step()
    assert only.holds
    assert server.lease["metadata"]["annotations"] == notes | {"kubestow.dev/memory": ""}
