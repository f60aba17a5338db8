"""Patches of Nodes that are held for a plan and opened: each is made once, and of ours alone."""

from typing import Any

from kubestow.live import holding, marks

from .test_stewardship import HELD, OWN, node, patched

Body = dict[str, Any]
MARK = "0123456789ab/general-001"


def test_a_tainted_node_is_cordoned_in_place_of_the_taint_and_says_for_what() -> None:
    after = patched(node(HELD, OWN), holding.held(node(HELD, OWN), MARK))
    assert after["spec"] == {"taints": [OWN], "unschedulable": True}
    assert after["metadata"]["annotations"] == {marks.HELD_FOR: MARK}
    assert holding.held(after, MARK) is None


def test_what_nobody_holds_is_not_cordoned() -> None:
    assert holding.held(node(OWN), MARK) is None
    assert holding.held(node(cordoned=True, landed_for_plan=MARK), MARK) is None


def test_a_node_is_opened_once_as_if_it_had_never_been_held() -> None:
    held = patched(node(HELD, OWN), holding.held(node(HELD, OWN), MARK))
    after = patched(held, holding.opened(held, MARK, 7))
    assert after["spec"] == {"taints": [OWN]}
    assert after["metadata"]["annotations"] == {marks.LANDED_FOR: MARK, marks.OPEN_SINCE: "7"}
    assert holding.opened(after, MARK, 8) is None
    assert holding.held(after, MARK) is None


def test_a_tainted_node_that_nobody_cordoned_is_opened_without_a_change_of_its_cordon() -> None:
    body = node(HELD, cordoned=True)
    after = patched(body, holding.opened(body, "", 7))
    assert after["spec"] == {"taints": [], "unschedulable": True}
    assert marks.LANDED_FOR not in after["metadata"]["annotations"]
