"""How a Node is held for a plan and opened, by who lands pods by hand.

Pure: each function returns a merge patch of a Node as the API server has it, or None where it is so
already. A Node that is held is cordoned and says for which plan; one that was opened says so, too,
so that a landing that was killed is taken up where it was.
"""

from collections.abc import Mapping
from typing import Any

from kubestow.live import marks

Body = Mapping[str, Any]


def held(node: Body, mark: str) -> Body | None:
    """Return the patch that cordons a Node for a planned one, in place of the held taint.

    DaemonSets' pods tolerate a cordon, other pods do not.
    """
    notes, spec = _notes(node), node.get("spec") or {}
    taints = spec.get("taints") or []
    is_tainted = any(taint["key"] == marks.HELD for taint in taints)
    is_cordoned = bool(spec.get("unschedulable"))
    if not is_tainted and (notes.get(marks.LANDED_FOR) == mark or not is_cordoned):
        return None  # it is open: nobody holds it any more
    if not is_tainted and is_cordoned and notes.get(marks.HELD_FOR) == mark:
        return None
    patch: dict[str, Any] = {
        "metadata": {"annotations": {marks.HELD_FOR: mark}},
        "spec": {"unschedulable": True},
    }
    if is_tainted:
        patch["spec"]["taints"] = [taint for taint in taints if taint["key"] != marks.HELD]
    return patch


def opened(node: Body, mark: str, at: int) -> Body | None:
    """Return the patch that lets kube-scheduler use a Node that is held.

    ``mark`` is empty for one that no planned node stands for.
    """
    notes, spec = _notes(node), node.get("spec") or {}
    taints = spec.get("taints") or []
    is_tainted = any(taint["key"] == marks.HELD for taint in taints)
    if not is_tainted and marks.HELD_FOR not in notes:
        return None
    said: dict[str, Any] = {
        marks.HELD_FOR: None,
        marks.OPEN_SINCE: notes.get(marks.OPEN_SINCE, str(at)),
    }
    if mark:
        said[marks.LANDED_FOR] = mark
    patch: dict[str, Any] = {"metadata": {"annotations": said}, "spec": {}}
    if marks.HELD_FOR in notes:  # the cordon is of who held it
        patch["spec"]["unschedulable"] = None
    if is_tainted:
        patch["spec"]["taints"] = [taint for taint in taints if taint["key"] != marks.HELD]
    return patch


def _notes(node: Body) -> Mapping[str, Any]:
    return node["metadata"].get("annotations") or {}
