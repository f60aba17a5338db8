"""A landing as text: what went as planned in a line, and everything else by its reason."""

from dataclasses import replace

from tests.unit.views.test_landing_view import NODE, REPORT

from kubestow.model.landing_report import LandedNode, LandedPod, NodeOutcome, PodOutcome
from kubestow.report.landing_text import render_landing
from kubestow.report.table import Screen
from kubestow.views.landing_view import landing_view


def test_everything_that_is_not_as_planned_is_named_with_its_reason() -> None:
    assert (
        render_landing(landing_view(REPORT), Screen())
        == """\
shop: 1 of 5 planned pods are on their nodes
  pods   1 as planned, 1 elsewhere, 1 Pending, 1 not there, 1 not wanted any more
  nodes  1 opened, 1 missing
  time   --timeout was over: what was held still was opened

  node missing: general-001 (general, m6g.large zone-a spot): why
  pod elsewhere: a/c-x on y
  pod Pending: a/d-x: no room
  pod not there: a/e
  other node: z: surplus
"""
    )


def test_a_landing_that_went_as_planned_is_three_lines() -> None:
    whole = replace(
        REPORT,
        nodes=(LandedNode(NODE, "x", NodeOutcome.OPENED),),
        pods=(LandedPod("a/b", "general-001", PodOutcome.AS_PLANNED, "a/b-x", "x"),),
        others=(),
        timed_out=False,
    )
    assert (
        render_landing(landing_view(whole), Screen())
        == """\
shop: 1 of 1 planned pod is on its node
  pods   1 as planned
  nodes  1 opened
"""
    )
    told = render_landing(landing_view(replace(whole, is_dry_run=True)), Screen())
    assert told.startswith("shop: 1 of 1 planned pod would be on its node\n")


def test_many_alike_are_counted() -> None:
    pods = tuple(
        LandedPod(f"a/{number}", "n", PodOutcome.PENDING, f"a/{number}", "", "no room")
        for number in range(8)
    )
    told = render_landing(landing_view(replace(REPORT, pods=pods)), Screen())
    assert "pod Pending: a/0, a/1, a/2, a/3, a/4 and 3 more: no room" in told
