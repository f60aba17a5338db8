"""A plan's view: what is always there, and what only an option puts there."""

import json
from typing import Any

from kubestow.model.placements import KUBE_SCHEDULER, placements_of
from kubestow.model.plan import Reason, Rehearsed, Unschedulable
from kubestow.testing import pod, snapshot
from kubestow.views.plan_view import PlanView, plan_view, timing_view
from kubestow.views.settings import Settings
from kubestow.views.view import encode

from .plans import plan, planned

OPTIONAL = {"headroom", "costs", "reservations", "timing", "spotDiversity"}
NEAREST = {
    "nodePool": "pool", "node": "", "instanceType": "m5.large", "zone": "zone-a",
    "refusedBy": ["TaintToleration"], "short": {"cpu": "1"},
}  # fmt: skip


def view(*nodes: Any, **more: Any) -> PlanView:
    made = plan(*nodes, **more)
    both = placements_of(made, made if made.rehearsed else None, KUBE_SCHEDULER)
    return plan_view(made, snapshot([pod("web")]), Settings(), placements=both)


def test_without_options_the_json_does_not_speak_of_them() -> None:
    document = json.loads(encode(view(planned("a"))))
    assert not OPTIONAL & document.keys()
    assert list(document)[:3] == ["apiVersion", "kind", "region"]
    assert list(document)[-1] == "errors"


def test_the_gap_is_rounded_and_none_where_nothing_is_proven() -> None:
    assert view(planned("a"), bound=0.09).bound.gap == 0.111111
    assert view(planned("a"), bound=0.0).bound.gap is None


def test_new_nodes_are_those_that_add_to_the_cost() -> None:
    found = view(planned("a"), planned("b", existing=True))
    assert [node.name for node in found.new_nodes] == ["a"]


def test_a_plan_without_a_rehearsal_has_none() -> None:
    assert view().rehearsal is None
    rehearsal = view(rehearsed=Rehearsed(12, 1, 50_000_000, 2, 3)).rehearsal
    assert rehearsal is not None
    assert (rehearsal.orders, rehearsal.pending, rehearsal.stranded) == (12, 1, 2)
    assert (rehearsal.extra_usd_per_hour, rehearsal.fill_order_nodes) == (0.05, 3)


def test_a_pod_that_cannot_run_has_its_nearest_miss_or_an_empty_one() -> None:
    reasons = (Reason("NodeResourcesFit", 1),)
    left = (Unschedulable("a/b", reasons, NEAREST), Unschedulable("a/c", reasons))
    near, none = view(unschedulable=left).unschedulable
    assert (near.nearest.zone, near.nearest.short) == ("zone-a", {"cpu": "1"})
    assert json.loads(encode(near))["nearest"] == NEAREST
    assert json.loads(encode(none))["nearest"] == {}


def test_seconds_are_rounded_to_milliseconds() -> None:
    timing = timing_view(0.12345, 1.0, 0.0)
    assert (timing.read_seconds, timing.solve_seconds) == (0.123, 1.0)
