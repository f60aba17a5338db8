"""Both costs of a plan: with its pods landed, and with kube-scheduler alone."""

from dataclasses import replace

from kubestow.model.placements import KUBE_SCHEDULER, KUBESTOW, placements_of
from kubestow.model.plan import Rehearsed

from ..views.plans import plan, planned

TIGHT = plan(planned("a", usd=0.2), planned("old", existing=True), bound=0.1)
ROOMY = plan(
    planned("a", usd=0.2), planned("b", usd=0.1), planned("old", existing=True), bound=0.1,
    rehearsed=Rehearsed(12, 0, 100_000_000, 5, pending_as_planned=3),
)  # fmt: skip


def test_each_fleet_has_its_cost_its_new_nodes_and_what_is_left_pending() -> None:
    found = placements_of(TIGHT, ROOMY, KUBE_SCHEDULER)
    assert (found.by, found.orders) == (KUBE_SCHEDULER, 12)
    assert found.rehearsed is not None
    fleets = (found.landed, found.rehearsed)
    assert [f.nano_usd_per_hour for f in fleets] == [200_000_000, 300_000_000]
    assert [f.nodes for f in fleets] == [1, 2]
    assert [f.gap for f in fleets] == [1.0, 2.0]
    assert [f.pending for f in fleets] == [3, 0]
    assert found.difference_nano_usd_per_hour == 100_000_000


def test_without_a_rehearsal_there_is_one_cost_and_kubestow_has_to_land_the_pods() -> None:
    found = placements_of(TIGHT, None, KUBE_SCHEDULER)
    assert (found.by, found.rehearsed, found.orders) == (KUBESTOW, None, None)
    assert found.landed.pending is None
    assert found.difference_nano_usd_per_hour is None


def test_the_same_nodes_leave_the_same_pods_pending() -> None:
    found = placements_of(ROOMY, ROOMY, KUBESTOW)
    assert found.landed == found.rehearsed
    assert (found.by, found.landed.pending) == (KUBESTOW, 0)
    assert found.difference_nano_usd_per_hour == 0


def test_where_no_pod_is_to_be_placed_none_is_left() -> None:
    nothing = replace(ROOMY, rehearsed=None)
    found = placements_of(nothing, nothing, KUBE_SCHEDULER)
    assert found.rehearsed is not None
    assert (found.landed.pending, found.rehearsed.pending, found.orders) == (0, 0, None)
