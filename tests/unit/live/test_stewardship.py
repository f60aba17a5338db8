"""Patches of Nodes: each does its part once, and nothing where it is done."""

from typing import Any

import pytest

from kubestow.live import marks, stewardship

Body = dict[str, Any]
HELD = {"key": marks.HELD, "effect": "NoSchedule"}
OWN = {"key": "team", "value": "a", "effect": "NoSchedule"}


def node(*taints: Body, cordoned: bool = False, **notes: str) -> Body:
    annotations = {f"kubestow.dev/{key.replace('_', '-')}": text for key, text in notes.items()}
    return {
        "metadata": {"name": "n", "annotations": annotations, "finalizers": [], "labels": {}},
        "spec": {"taints": list(taints), "unschedulable": cordoned},
    }


def patched(body: Body, patch: Any) -> Body:
    """Return a body after a merge patch (RFC 7386)."""
    if not isinstance(patch, dict):
        return patch
    made = dict(body) if isinstance(body, dict) else {}
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = patched(made.get(key, {}), value)
    return made


def test_a_node_that_comes_is_cordoned_in_place_of_the_taint_that_holds_it() -> None:
    after = patched(node(HELD, OWN), stewardship.welcomed(node(HELD, OWN), {"team": "a"}))
    assert after["spec"] == {"taints": [OWN], "unschedulable": True}
    assert after["metadata"]["labels"] == {"team": "a"}
    assert after["metadata"]["finalizers"] == [marks.FINALIZER]
    assert stewardship.welcomed(after, {"team": "a"}) is None


def test_an_opened_node_is_not_cordoned_again() -> None:
    body = node(open_since="5")
    body["metadata"]["finalizers"] = [marks.FINALIZER]
    assert stewardship.welcomed(body, {}) is None


@pytest.mark.parametrize("change", [
    lambda body: stewardship.opened(body, 7),
    lambda body: stewardship.cordoned(body, "Empty"),
    lambda body: stewardship.leaving(body, "Empty", force=False),
    lambda body: stewardship.leaving(body, "Empty", force=True),
])  # fmt: skip
def test_a_change_that_is_made_is_made_once(change: Any) -> None:
    body = node(OWN, cordoned=True)
    after = patched(body, change(body))
    assert after != body
    assert change(after) is None


def test_opening_keeps_when_it_was_opened_first() -> None:
    body = node(cordoned=True, open_since="5")
    after = patched(body, stewardship.opened(body, 7))
    assert after["metadata"]["annotations"] == {marks.OPEN_SINCE: "5"}
    assert "unschedulable" not in after["spec"]


def test_what_leaves_has_a_taint_beside_its_own_and_no_traffic() -> None:
    after = patched(node(OWN), stewardship.leaving(node(OWN), "Drifted", force=False))
    assert after["spec"]["taints"] == [OWN, {"key": marks.LEAVING, "effect": "NoSchedule"}]
    assert after["metadata"]["labels"] == {marks.EXCLUDED: "kubestow"}
    assert marks.FORCED not in after["metadata"]["annotations"]


def test_what_leaves_is_not_uncordoned_and_nor_is_what_somebody_else_cordoned() -> None:
    assert stewardship.uncordoned(node(cordoned=True)) is None
    assert stewardship.uncordoned(node(cordoned=True, disrupted="Empty", leaving="Empty")) is None
    for before, is_left in ((node(), False), (node(cordoned=True), True)):
        cordoned = patched(before, stewardship.cordoned(before, "Empty"))
        after = patched(cordoned, stewardship.uncordoned(cordoned))
        assert after["metadata"]["annotations"] == {}
        assert bool(after["spec"].get("unschedulable")) == is_left


def test_only_our_own_finalizer_is_taken_away() -> None:
    body = node()
    assert stewardship.let_go(body) is None
    body["metadata"]["finalizers"] = ["theirs", marks.FINALIZER]
    assert stewardship.let_go(body) == {"metadata": {"finalizers": ["theirs"]}}


def test_a_deadline_is_that_of_the_first_mark() -> None:
    body = node()
    after = patched(body, stewardship.leaving(body, "Drifted", force=False, ends_at=50))
    assert after["metadata"]["annotations"][marks.ENDS_AT] == "50"
    again = stewardship.leaving(after, "Interrupted", force=True, ends_at=90)
    assert again is not None
    assert patched(after, again)["metadata"]["annotations"][marks.ENDS_AT] == "50"


@pytest.mark.parametrize(("ends_at", "noted"), [(90, "90"), (None, None)])
def test_a_deadline_that_was_noted_before_the_mark_ends_nothing(
    ends_at: int | None, noted: str | None
) -> None:
    body = node()
    body["metadata"]["annotations"][marks.ENDS_AT] = "50"
    after = patched(body, stewardship.leaving(body, "Drifted", force=False, ends_at=ends_at))
    assert after["metadata"]["annotations"].get(marks.ENDS_AT) == noted


def test_a_node_of_a_group_is_cordoned_as_it_comes_and_stays_its_groups() -> None:
    after = patched(node(OWN), stewardship.awaited(node(OWN)))
    assert after["spec"] == {"taints": [OWN], "unschedulable": True}
    assert after["metadata"]["finalizers"] == []
    assert after["metadata"]["annotations"] == {marks.CORDONED: "true"}
    assert stewardship.awaited(after) is None
    opened = patched(after, stewardship.opened(after, 50))
    assert opened["metadata"]["annotations"] == {marks.OPEN_SINCE: "50"}
    assert "unschedulable" not in opened["spec"]
    assert stewardship.awaited(opened) is None


def test_a_node_of_a_group_that_somebody_has_cordoned_is_left() -> None:
    assert stewardship.awaited(node(cordoned=True)) is None
