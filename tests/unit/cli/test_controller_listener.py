"""Where a controller listens: nowhere unless it is told, and there for the length of a block."""

from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from kubestow.cli import controller_listener
from kubestow.cli.controller_listener import Answers, listening_address, served, standing
from kubestow.controller.election import NoElection
from kubestow.controller.pulse import Pulse
from kubestow.model.input_error import InputError


def test_an_address_has_a_host_and_a_port() -> None:
    assert listening_address(None) is None
    assert listening_address("127.0.0.1:9465") == ("127.0.0.1", 9465)
    assert listening_address("[::1]:0") == ("::1", 0)


@pytest.mark.parametrize(
    "text", ["", "9465", ":9465", "localhost", "localhost:x", "a:70000", "a:" + 5_000 * "1"]
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--listen"):
        listening_address(text)


def test_probes_are_answered_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(controller_listener, "tell", told.append)
    answers = Answers(Pulse())
    with served(("127.0.0.1", 0), answers):
        address = told[0].rpartition(" ")[2]
        assert httpx2.get(f"{address}/healthz").status_code == 200
        assert httpx2.get(f"{address}/readyz").status_code == 503, "nothing is watched yet"
        assert httpx2.get(f"{address}/metrics").text == ""
        answers.metrics = lambda: b"kubestow_controller_leader 1\n"
        assert httpx2.get(f"{address}/metrics").text.startswith("kubestow_controller_leader")
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{address}/healthz")


def test_nothing_listens_unless_it_is_asked_for() -> None:
    with served(None, Answers(Pulse())):
        pass


def test_who_does_not_hold_the_lease_leads_no_more_whatever_its_turn_does() -> None:
    observer: Any = SimpleNamespace(lag=lambda: (0.0, ""))
    election = NoElection()
    assert standing(Pulse(), election, observer).is_leading
    election.holds = False
    assert not standing(Pulse(), election, observer).is_leading
