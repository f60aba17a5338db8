"""Each deed is a line of JSON; what is not done is told where it changes."""

import json

import pytest

from kubestow.cli.controller_log import DeedLog
from kubestow.live.witness import EVICT, LAND, LAUNCH, NODE_POOL, POD, Deed


def lines(capsys: pytest.CaptureFixture[str], *deeds: Deed) -> list[dict[str, str]]:
    log = DeedLog()
    for deed in deeds:
        log.did(deed)
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_deed_is_told_with_what_which_object_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    deed = Deed(EVICT, POD, "default/web", "Drifted", "said\nno", "ip-1")
    (line,) = lines(capsys, deed)
    assert line.pop("at").endswith("Z")
    assert line == {
        "message": "evict default/web (ip-1): Drifted, said\nno",
        "action": "evict",
        "object": "Pod/default/web",
        "node": "ip-1",
        "reason": "Drifted",
        "result": "done",
    }


def test_what_was_not_done_is_told_where_it_changed(capsys: pytest.CaptureFixture[str]) -> None:
    refused = Deed(EVICT, POD, "default/web", "Drifted", result="refused")
    failed = Deed(EVICT, POD, "default/web", "Drifted", result="failed")
    done = Deed(EVICT, POD, "default/web", "Drifted")
    told = lines(capsys, refused, refused, failed, failed, done, refused, done)
    assert [line["result"] for line in told] == ["refused", "failed", "done", "refused", "done"]


def test_what_is_done_twice_is_told_twice_and_the_quiet_never(
    capsys: pytest.CaptureFixture[str],
) -> None:
    landed = Deed(LAND, POD, "default/web-0", node="ip-1")
    quiet = Deed(LAUNCH, NODE_POOL, "general", result="refused", is_quiet=True)
    assert len(lines(capsys, landed, quiet, landed)) == 2
