"""A nodeSelector or required node affinity that matches no existing or possible node."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.setup import CheckedWorkload
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES, listed

RULE = Rule(
    "selector-matches-no-node",
    "error",
    "A node selector matches no node",
    KUBERNETES + "concepts/scheduling-eviction/assign-pod-node/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find pods whose selectors match no node, and name the label that no node has."""
    if context.unknown_capacity:
        yield RULE.not_judged(context.unknown_capacity)
        return
    for workload in context.on_nodes:
        template = workload.template
        has_selector = bool(template.node_selector) or template.node_affinity is not None
        if not has_selector or context.reach(workload).matching or not context.capacities:
            continue
        field = "nodeSelector" if template.node_selector else "affinity.nodeAffinity"
        yield RULE.finding(
            workload.subject,
            f"{workload.field}.{field}",
            _reason(context, workload),
            "add the labels to a node group or NodePool, or correct the selector",
        )


def _reason(context: CheckContext, workload: CheckedWorkload) -> str:
    labels = [item.labels for capacity in context.capacities for item in capacity.candidates]
    for key, wanted in workload.template.node_selector:
        values = sorted({own[key] for own in labels if key in own})
        if wanted not in values:
            actual = f"nodes have {listed(values)}" if values else "no node has this label"
            return f"it selects {key}: {wanted}, but {actual}: its pods stay Pending"
    keys = {e.key for t in workload.template.node_affinity or () for e in t.expressions}
    absent = [key for key in sorted(keys) if not any(key in own for own in labels)]
    if absent:
        return f"its affinity needs {listed(absent)}, which no node has: its pods stay Pending"
    return "no node has all the labels it selects: its pods stay Pending"
