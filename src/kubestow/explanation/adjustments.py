"""Adjustments: single changes that could let a pod run, before their values are known.

An adjustment addresses a filter that rejects something. Its new value is chosen later, together
with those of the other adjustments in the same set.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kubestow.model import explanation as kinds
from kubestow.model.explanation import Change
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import HostPort, PodAffinityTerm, PodTemplate, SpreadConstraint
from kubestow.model.requirements import Requirement, Requirements, parse_int
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.taints import Taint, Toleration

_WEIGHT = 100  # of a required term that becomes preferred
WHOLE = -1
"""The ``term`` of an adjustment that drops the whole required node affinity."""

Item = Taint | HostPort | SelectorRequirement | SpreadConstraint | PodAffinityTerm | None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One change, of the pod's template or, with ``nodepool``, of a NodePool.

    ``subject`` is a resource or a label key; ``item`` a taint, a host port, an expression
    or a topology constraint; ``term`` the position of the expression's term.
    """

    kind: str
    subject: str = ""
    nodepool: str = ""
    item: Item = None
    term: int = 0


def relaxed(template: PodTemplate, moves: Sequence[Adjustment]) -> PodTemplate:
    """Return the template after those moves that need no value."""
    for move in moves:
        template = _relaxed(template, move)
    return template


def _relaxed(template: PodTemplate, move: Adjustment) -> PodTemplate:
    item, soft = move.item, template.preferences
    if move.kind == kinds.DROP_NODE_SELECTOR:
        selector = tuple(pair for pair in template.node_selector if pair[0] != move.subject)
        return replace(template, node_selector=selector)
    if move.kind == kinds.DROP_NODE_AFFINITY:
        return _without_expression(template, move)
    if isinstance(item, Taint):
        toleration = Toleration(item.key, "Equal", item.value, item.effect)
        return replace(template, tolerations=tuple(sorted({*template.tolerations, toleration})))
    if isinstance(item, HostPort):
        left = tuple(port for port in template.host_ports if not port.conflicts(item))
        return replace(template, host_ports=left)
    if isinstance(item, SpreadConstraint):
        return replace(
            template,
            spread=tuple(c for c in template.spread if c != item),
            preferences=replace(soft, spread=(*soft.spread, item)),
        )
    if isinstance(item, PodAffinityTerm) and move.kind == kinds.RELAX_AFFINITY:
        return replace(
            template,
            affinity=tuple(t for t in template.affinity if t != item),
            preferences=replace(soft, affinity=(*soft.affinity, (_WEIGHT, item))),
        )
    if isinstance(item, PodAffinityTerm):
        return replace(
            template,
            anti_affinity=tuple(t for t in template.anti_affinity if t != item),
            preferences=replace(soft, anti_affinity=(*soft.anti_affinity, (_WEIGHT, item))),
        )
    return template


def _without_expression(template: PodTemplate, move: Adjustment) -> PodTemplate:
    if move.term == WHOLE or template.node_affinity is None:
        return replace(template, node_affinity=None)
    terms = list(template.node_affinity)
    term = terms[move.term]
    terms[move.term] = left = replace(
        term,
        expressions=tuple(e for e in term.expressions if e != move.item),
        fields=tuple(f for f in term.fields if f != move.item),
    )
    # An empty term matches no node, so the whole affinity is dropped.
    return replace(template, node_affinity=None if left.is_empty else tuple(terms))


def widened(pool: NodePool, key: str, value: str) -> NodePool:
    """Return the NodePool with one more value allowed by its requirement on a key."""
    item = pool.requirements.by_key[key]
    gte, lte = item.gte, item.lte
    number = parse_int(value)
    if number is not None:
        gte = gte if gte is None else min(gte, number)
        lte = lte if lte is None else max(lte, number)
    values = item.values - {value} if item.complement else item.values | {value}
    wider = Requirement(key, item.complement, values, gte, lte, item.min_values)
    return replace(pool, requirements=Requirements(dict(pool.requirements.by_key) | {key: wider}))


def template_change(move: Adjustment) -> Change:
    """Return the change that a move of the template makes, if it needs no value."""
    item = move.item
    if isinstance(item, Taint):
        return Change(move.kind, item.describe(), after=f"toleration of {item.describe()}")
    if isinstance(item, HostPort):
        return Change(move.kind, item.describe(), item.describe())
    if isinstance(item, SpreadConstraint):
        before = f"maxSkew {item.max_skew} over {item.topology_key}, DoNotSchedule"
        return Change(move.kind, item.topology_key, before, "ScheduleAnyway")
    if isinstance(item, PodAffinityTerm):
        before = f"required: {_selected(item.selector)} over {item.topology_key}"
        return Change(move.kind, item.topology_key, before, "preferred")
    if isinstance(item, SelectorRequirement):
        if move.kind == kinds.DROP_NODE_SELECTOR:
            return Change(move.kind, item.key, f"{item.key}={item.values[0]}")
        return Change(move.kind, item.key, describe(item))
    return Change(move.kind, "requiredDuringSchedulingIgnoredDuringExecution")


def describe(item: SelectorRequirement) -> str:
    """Return an expression as readable text."""
    values = f" [{', '.join(item.values)}]" if item.values else ""
    return f"{item.key} {item.operator}{values}"


def _selected(selector: LabelSelector | None) -> str:
    if selector is None:
        return "no pods"
    return ", ".join(describe(item) for item in selector.requirements) or "all pods"
