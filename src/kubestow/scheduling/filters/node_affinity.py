"""NodeAffinity: nodeSelector and required node affinity, both, and what the profile adds.

Source: pkg/scheduler/framework/plugins/nodeaffinity (Kubernetes 1.34): terms are OR-ed; a selector
whose terms are all empty or cannot be parsed matches nothing. Where every term names nodes, no
other node is looked at. The affinity that a profile adds only filters: no count of spread pods
looks at it.
"""

import numpy as np

from kubestow.model.pod import PodTemplate
from kubestow.model.selectors import SelectorRequirement
from kubestow.scheduling.candidate_index import CandidateIndex, Mask
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.refusal import Refusal

NAME = "NodeAffinity"
REASON = "node(s) didn't match Pod's node affinity/selector"
ENFORCED = "node(s) didn't match scheduler-enforced node affinity"
CONFLICT = "pod affinity terms conflict"
UNNAMED = "node(s) didn't satisfy plugin(s) [NodeAffinity]"


def mask(template: PodTemplate, index: CandidateIndex) -> Mask:
    """Return the candidates that satisfy the template's node selector and affinity."""
    nodes = np.ones(len(index), dtype=bool)
    for key, value in template.node_selector:
        nodes &= index.requirement(SelectorRequirement(key, "In", (value,)))
    if template.node_affinity is not None:
        any_term = np.zeros(len(index), dtype=bool)
        for term in template.node_affinity:
            any_term |= index.term(term)
        nodes &= any_term
    return nodes


def added_mask(template: PodTemplate, index: CandidateIndex) -> Mask | None:
    """Return the candidates that the added affinity accepts; None where nothing is added."""
    if template.added_affinity is None:
        return None
    nodes = np.zeros(len(index), dtype=bool)
    for term in template.added_affinity:
        nodes |= index.term(term)
    return nodes


def whole_mask(template: PodTemplate, index: CandidateIndex) -> Mask:
    """Return the candidates that the template's affinity and the added one both accept."""
    added = added_mask(template, index)
    return mask(template, index) if added is None else mask(template, index) & added


def accepted(context: PodContext) -> Mask:
    """Return the nodes that the pod's node selector and required affinity accept."""

    def shared(_: PodContext) -> Mask:
        template, cache = context.template, context.cache
        key = (NAME, template.node_selector, template.node_affinity)
        return cache.shared(key, lambda: mask(template, context.index))

    return context.once(NAME, shared)


def refusing_requirements(
    template: PodTemplate, index: CandidateIndex, among: Mask
) -> list[tuple[str, int]]:
    """Return each atomic requirement, in words, with the candidates it refuses by itself."""
    refusing: list[tuple[str, int]] = []
    for key, value in template.node_selector:
        item = SelectorRequirement(key, "In", (value,))
        refusing.append((f"{key}={value}", int((~index.requirement(item) & among).sum())))
    for term in template.node_terms:
        for expression in (*term.expressions, *term.fields):
            text = f"{expression.key} {expression.operator} [{', '.join(expression.values)}]"
            if expression in term.expressions and term.is_valid:
                refused = ~index.requirement(expression) & among
                refusing.append((text, int(refused.sum())))
            else:
                refusing.append((text, int(among.sum())))
    return [item for item in refusing if item[1]]


def unset_labels(template: PodTemplate, index: CandidateIndex) -> list[str]:
    """Return the label keys the template requires that no candidate carries."""
    keys = {key for key, _ in template.node_selector}
    for term in template.node_terms:
        keys |= {e.key for e in term.expressions if e.operator in ("In", "Exists", "Gt", "Lt")}
    return [key for key in sorted(keys) if not (index.column(key)[0] >= 0).any()]


def named_nodes(template: PodTemplate) -> frozenset[str] | None:
    """Return the nodes that required affinity names, or None where it may mean any node."""
    all_names: set[str] = set()
    for term in template.node_affinity or ():
        names: set[str] | None = None
        for item in term.fields:
            if item.key == "metadata.name" and item.operator == "In":
                names = set(item.values) if names is None else names & set(item.values)
        if names is None:
            return None
        all_names |= names
    return frozenset(all_names) if template.node_affinity else None


def unsolvable(context: PodContext) -> str:
    """Return why no node can do, if the terms name nodes and contradict themselves."""
    named = named_nodes(context.template)
    return CONFLICT if named is not None and not named else ""


def refusals(context: PodContext) -> list[Refusal]:
    """Return the nodes that the added affinity refuses, then those that the pod's own refuse."""
    added = added_mask(context.template, context.index)
    if added is None:
        return [Refusal(REASON, ~accepted(context), True)]
    return [
        Refusal(ENFORCED, ~added, True),
        Refusal(REASON, added & ~accepted(context), True),
    ]
