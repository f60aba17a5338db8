"""How the Nodes of kubestow are changed: when they come, open, wait to go, and leave.

Pure: each function returns a merge patch of a Node as the API server has it, or None where it is so
already. Source: Kubernetes API, Node (spec.taints is replaced as a whole by a merge patch).
"""

from collections.abc import Mapping
from typing import Any

from kubestow.live import marks

Body = Mapping[str, Any]
_FOR_BALANCERS = "kubestow"


def welcomed(node: Body, labels: Mapping[str, str]) -> Body | None:
    """Return the patch of a Node that has just registered: cordoned in place of the held taint.

    DaemonSets' pods tolerate a cordon, other pods do not. ``labels`` are those it must have.
    """
    metadata, spec = node["metadata"], node.get("spec", {})
    taints = spec.get("taints") or []
    missing = {
        key: text for key, text in labels.items() if (metadata.get("labels") or {}).get(key) != text
    }
    finalizers = metadata.get("finalizers") or []
    is_held = any(taint["key"] == marks.HELD for taint in taints)
    is_opened = marks.OPEN_SINCE in (metadata.get("annotations") or {})
    cordons = not is_opened and not spec.get("unschedulable")
    if not (missing or is_held or cordons or marks.FINALIZER not in finalizers):
        return None
    patch: dict[str, Any] = {"metadata": {}}
    if missing:
        patch["metadata"]["labels"] = missing
    if marks.FINALIZER not in finalizers and "deletionTimestamp" not in metadata:
        patch["metadata"]["finalizers"] = [*finalizers, marks.FINALIZER]
    if cordons:
        patch.setdefault("spec", {})["unschedulable"] = True
    if is_held:
        patch.setdefault("spec", {})["taints"] = [t for t in taints if t["key"] != marks.HELD]
    return patch


def awaited(node: Body) -> Body | None:
    """Return the patch of a Node of a node group that has just registered: cordoned, as ours.

    It gets no finalizer and no labels: it is its group's, whoever scales that. One that somebody
    else has cordoned is left as it is.
    """
    metadata, spec = node["metadata"], node.get("spec", {})
    notes = metadata.get("annotations") or {}
    if marks.OPEN_SINCE in notes or marks.CORDONED in notes or spec.get("unschedulable"):
        return None
    return {"metadata": {"annotations": {marks.CORDONED: "true"}}, "spec": {"unschedulable": True}}


def opened(node: Body, at: int) -> Body | None:
    """Return the patch that lets kube-scheduler use a Node."""
    notes = node["metadata"].get("annotations") or {}
    if marks.OPEN_SINCE in notes and not node.get("spec", {}).get("unschedulable"):
        return None
    change: dict[str, str | None] = {marks.OPEN_SINCE: notes.get(marks.OPEN_SINCE, str(at))}
    if marks.CORDONED in notes:
        change[marks.CORDONED] = None
    return {"metadata": {"annotations": change}, "spec": {"unschedulable": None}}


def cordoned(node: Body, reason: str) -> Body | None:
    """Return the patch that keeps new pods off a Node until its successors are there."""
    notes = node["metadata"].get("annotations") or {}
    if node.get("spec", {}).get("unschedulable") and notes.get(marks.DISRUPTED) == reason:
        return None
    said = {marks.DISRUPTED: reason}
    if not node.get("spec", {}).get("unschedulable"):
        said[marks.CORDONED] = "true"
    return {"metadata": {"annotations": said}, "spec": {"unschedulable": True}}


def uncordoned(node: Body) -> Body | None:
    """Return the patch that lets new pods come again to a Node that was to go."""
    notes = node["metadata"].get("annotations") or {}
    if marks.DISRUPTED not in notes or marks.LEAVING in notes:
        return None
    change: dict[str, Any] = {
        "metadata": {"annotations": {marks.DISRUPTED: None, marks.CORDONED: None}}
    }
    if marks.CORDONED in notes:  # else somebody else had cordoned it before
        change["spec"] = {"unschedulable": None}
    return change


def avoided(node: Body, *, on: bool) -> Body | None:
    """Return the patch that has kube-scheduler avoid a Node, or use it as any other again."""
    taints = node.get("spec", {}).get("taints") or []
    key, effect = marks.AVOIDED_TAINT.key, marks.AVOIDED_TAINT.effect
    others = [taint for taint in taints if taint["key"] != key]
    if on == (len(others) < len(taints)):
        return None
    return {"spec": {"taints": [*others, {"key": key, "effect": effect}] if on else others}}


def leaving(node: Body, reason: str, *, force: bool, ends_at: int | None = None) -> Body | None:
    """Return the patch of a Node that is drained from now on.

    ``ends_at`` is when its instance is ended at the latest: that of the first mark counts, and what
    was noted before it does not.
    """
    metadata, spec = node["metadata"], node.get("spec", {})
    notes = metadata.get("annotations") or {}
    taints = spec.get("taints") or []
    has_taint = any(taint["key"] == marks.LEAVING for taint in taints)
    forced = marks.FORCED in notes or not force
    if has_taint and marks.LEAVING in notes and spec.get("unschedulable") and forced:
        return None
    said: dict[str, str | None] = {marks.LEAVING: notes.get(marks.LEAVING, reason)}
    if force:
        said[marks.FORCED] = "true"
    if marks.LEAVING not in notes and (ends_at is not None or marks.ENDS_AT in notes):
        said[marks.ENDS_AT] = None if ends_at is None else str(ends_at)
    taint = {"key": marks.LEAVING, "effect": marks.LEAVING_TAINT.effect}
    return {
        "metadata": {"annotations": said, "labels": {marks.EXCLUDED: _FOR_BALANCERS}},
        "spec": {
            "unschedulable": True,
            "taints": taints if has_taint else [*taints, taint],
        },
    }


def noticed(node: Body, at: int) -> Body | None:
    """Return the patch of a Node whose instance EC2 takes back at an instant."""
    return _first_noted(node, marks.NOTICE_AT, at)


def at_risk(node: Body, at: int) -> Body | None:
    """Return the patch of a Node whose instance may be taken away, since an instant."""
    return _first_noted(node, marks.REBALANCE_AT, at)


def scheduled(node: Body, at: int) -> Body | None:
    """Return the patch of a Node for whose instance EC2 has scheduled something, as is known."""
    return _first_noted(node, marks.SCHEDULED_AT, at)


def _first_noted(node: Body, key: str, at: int) -> Body | None:
    """Return the patch that notes an instant, unless an earlier one is noted."""
    if key in (node["metadata"].get("annotations") or {}):
        return None
    return {"metadata": {"annotations": {key: str(at)}}}


def let_go(node: Body) -> Body | None:
    """Return the patch of a Node whose instance has ended: nothing keeps it."""
    finalizers = node["metadata"].get("finalizers") or []
    if marks.FINALIZER not in finalizers:
        return None
    return {"metadata": {"finalizers": [key for key in finalizers if key != marks.FINALIZER]}}
