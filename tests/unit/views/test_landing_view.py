"""The view of a landing: what is absent is null, and every outcome is counted."""

import json

from kubestow.model.handed_plan import HandedNode
from kubestow.model.landing_report import (
    LandedNode,
    LandedPod,
    LandingReport,
    NodeOutcome,
    PodOutcome,
)
from kubestow.views.landing_view import landing_view
from kubestow.views.view import encode

NODE = HandedNode("general-001", "general", "m6g.large", "zone-a", "spot")
REPORT = LandingReport(
    "digest",
    "shop",
    (LandedNode(NODE, "", NodeOutcome.MISSING, "why"), LandedNode(NODE, "x", NodeOutcome.OPENED)),
    (
        LandedPod("a/b", "general-001", PodOutcome.AS_PLANNED, "a/b-x", "x"),
        LandedPod("a/c", "general-001", PodOutcome.ELSEWHERE, "a/c-x", "y"),
        LandedPod("a/d", "general-001", PodOutcome.PENDING, "a/d-x", "", "no room"),
        LandedPod("a/e", "general-001", PodOutcome.ABSENT),
        LandedPod("a/f", "general-001", PodOutcome.NOT_WANTED),
    ),
    (("z", "surplus"),),
    timed_out=True,
)


def test_all_that_became_of_a_plan_is_there() -> None:
    document = json.loads(encode(landing_view(REPORT)))
    assert (document["kind"], document["plan"], document["cluster"]) == (
        "Landing", "digest", "shop",
    )  # fmt: skip
    assert (document["timedOut"], document["dryRun"]) == (True, False)
    assert document["podCounts"] == {
        "planned": 5, "asPlanned": 1, "elsewhere": 1, "pending": 1, "absent": 1, "notWanted": 1,
    }  # fmt: skip
    missing, opened = document["nodes"]
    assert (missing["node"], missing["outcome"], missing["reason"]) == (None, "missing", "why")
    assert (opened["node"], opened["instanceType"]) == ("x", "m6g.large")
    pending, absent = document["pods"][2:4]
    assert (pending["pod"], pending["node"], pending["reason"]) == ("a/d-x", None, "no room")
    assert (absent["pod"], absent["outcome"]) == (None, "absent")
    assert document["otherNodes"] == [{"node": "z", "reason": "surplus"}]
