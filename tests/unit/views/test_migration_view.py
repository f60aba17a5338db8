"""A migration's view: its costs, what is assumed, and no runbook where it does not end."""

import json
from typing import Any

from kubestow.model.currency import Currency
from kubestow.model.migration import BARE, LOST, MigrationObstacle, PodMove, Request, Wave
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.testing import GENERAL, catalog
from kubestow.views.migration_view import MigrationView, migration_view
from kubestow.views.settings import Settings
from kubestow.views.view import encode

from .migrations import NODES, launch, migration

SNAPSHOT = Snapshot(Cluster(nodes=NODES, assumptions=("assumed",)), catalog(*GENERAL))


def view(settings: Settings | None = None, **changes: Any) -> MigrationView:
    request = Request(("old-1", "old-2"), prices=(("old-1", 100_000_000),))
    return migration_view(
        migration(**changes), SNAPSHOT, request, settings or Settings(),
        source="group=old", to="plan", plan=None,
    )  # fmt: skip


def test_the_nodes_to_leave_are_written_as_from() -> None:
    document = json.loads(encode(view()))
    assert document["from"]["selector"] == "group=old"
    assert document["to"] == "plan"
    assert list(document)[-2:] == ["runbook", "errors"]


def test_what_has_no_price_is_not_counted_and_is_named() -> None:
    cost = view().cost
    assert (cost.from_usd_per_hour, cost.launched_usd_per_hour) == (0.1, 0.096)
    assert (cost.overlap_usd, cost.unpriced, cost.local) == (0.5, ("old-2",), None)


def test_the_overlap_is_in_the_users_currency_too() -> None:
    local = view(Settings(currency=Currency("KRW", 1000.0))).cost.local
    assert local is not None
    assert (local.code, local.overlap) == ("KRW", 500.0)


def test_a_migration_that_does_not_end_has_no_runbook() -> None:
    stuck = view(obstacles=(MigrationObstacle(BARE, "a/b", "old-1"),))
    assert (stuck.ends, stuck.runbook) == (False, ())
    assert view().runbook


def test_what_a_user_should_know_is_assumed_aloud() -> None:
    slow = Wave((), (), (), ("old-1",), (PodMove("a/b", "old-1", LOST),), drain_seconds=1000)
    notes = view(waves=(slow,), launched=(launch("planned-1", nodepool="general"),)).assumptions
    assert notes[0] == "assumed"
    for words in ("PodEvictionFailure", "wave 1 drains for more than 15 minutes", "--force: pods",
                  "Karpenter would choose its own nodes"):  # fmt: skip
        assert any(words in note for note in notes)


def test_nodes_without_pods_to_move_are_said_to_be() -> None:
    empty = Wave((), (), (), ("old-1",), ())
    assert any("there is nothing to move" in note for note in view(waves=(empty,)).assumptions)
    full = Wave((), (), (), ("old-1",), (PodMove("a/b", "old-1", LOST),))
    assert not any("nothing to move" in note for note in view(waves=(full,)).assumptions)
