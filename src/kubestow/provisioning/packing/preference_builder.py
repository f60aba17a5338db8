"""The preferences of a prepared snapshot's pods turned into numbers of a packing problem."""

from collections.abc import Sequence

import numpy as np

from kubestow.model.arrays import Booleans, Integers
from kubestow.model.labels import HOSTNAME, normalised
from kubestow.model.pod import PodAffinityTerm, PodTemplate
from kubestow.provisioning.packing.preferences import (
    ItemPreferences,
    PreferenceProblem,
    PreferredTopology,
    TopologyKind,
)
from kubestow.provisioning.packing.problem import Bin, Item
from kubestow.provisioning.preparation.conflicts import Content
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot
from kubestow.scheduling.classes import PodClass

_Weighted = list[tuple[int, PreferredTopology]]


def told_apart(prepared: PreparedSnapshot, items: Sequence[Item]) -> list[Booleans]:
    """Return masks of the candidates that preferences tell apart; none if they are not heeded."""
    if not prepared.heeds_preferences:
        return []
    index, masks = prepared.filters.index, list[Booleans]()
    keys: dict[str, None] = {}
    for class_index in dict.fromkeys(index for item in items for index, _ in item.parts):
        soft = prepared.classes[class_index].template.preferences
        masks += [index.term(term) for _, term in soft.node_affinity]
        keys |= dict.fromkeys(normalised(c.topology_key) for c in soft.spread)
        for _, term in (*soft.affinity, *soft.anti_affinity):
            keys[normalised(term.topology_key)] = None
    for key in keys:
        if key != HOSTNAME:
            codes, values = index.column(key)
            masks += [codes == code for code in range(len(values))]
    return masks


def preference_problem(
    prepared: PreparedSnapshot,
    items: Sequence[Item],
    bins: Sequence[Bin],
    contents: Sequence[Content],
) -> PreferenceProblem | None:
    """Return the preferences of items over these bins; None if there are none to heed.

    ``contents`` are what is on the nodes that exist, which are the first bins.
    """
    if not prepared.heeds_preferences:
        return None
    firsts = np.array([b.candidates[0] for b in bins], dtype=np.int64)
    found = [_of_item(prepared, item, firsts) for item in items]
    if not any(found):
        return None
    problem = PreferenceProblem(found)
    for preferences in filter(None, found):
        for topology in (
            *preferences.affinity,
            *preferences.anti_affinity,
            *preferences.spread,
        ):
            if not topology.is_by_node and topology.key not in problem.domains:
                problem.domains[topology.key] = _domains(prepared, topology.key)[firsts]
            if topology not in problem.held:
                counts = (sum(n for c, n in held if c in topology.counted) for held in contents)
                problem.held[topology] = np.fromiter(counts, np.int64, len(contents))
    return problem


def _domains(prepared: PreparedSnapshot, key: str) -> Integers:
    """Return the code of each candidate's label, in the order of the labels' values."""
    codes, values = prepared.filters.index.column(key)
    rank = {value: place for place, value in enumerate(sorted(values))}
    ordered: Integers = np.array([*(rank[value] for value in values), -1], dtype=np.int64)[codes]
    return ordered


def _of_item(prepared: PreparedSnapshot, item: Item, firsts: Integers) -> ItemPreferences | None:
    """Return what an item prefers: of a bundle, what its pods prefer together."""
    index, classes = prepared.filters.index, [prepared.classes[i] for i, _ in item.parts]
    affinity: _Weighted = []
    anti_affinity: _Weighted = []
    nodes: list[tuple[int, Booleans]] = []
    spread: list[PreferredTopology] = []
    for pod_class in classes:
        soft = pod_class.template.preferences
        affinity += _terms(prepared, pod_class, "affinity", soft.affinity)
        anti_affinity += _terms(prepared, pod_class, "anti-affinity", soft.anti_affinity)
        nodes += [(weight, index.term(term)[firsts]) for weight, term in soft.node_affinity]
        spread += _spread(prepared, pod_class)
    avoided = _avoided(prepared, [kind.template for kind in classes], firsts)
    if not (affinity or anti_affinity or nodes or spread) and avoided is None:
        return None
    return ItemPreferences(
        _heaviest_first(affinity),
        _heaviest_first(anti_affinity),
        tuple(mask for _, mask in sorted(nodes, key=lambda pair: -pair[0])),
        tuple(spread),
        avoided,
    )


def _heaviest_first(weighted: _Weighted) -> tuple[PreferredTopology, ...]:
    return tuple(topology for _, topology in sorted(weighted, key=lambda pair: -pair[0]))


def _terms(
    prepared: PreparedSnapshot,
    pod_class: PodClass,
    kind: TopologyKind,
    terms: Sequence[tuple[int, PodAffinityTerm]],
) -> _Weighted:
    namespace = pod_class.key.namespace
    return [
        (
            weight,
            PreferredTopology(
                kind,
                normalised(term.topology_key),
                frozenset(prepared.selection.by_term(term, namespace)),
            ),
        )
        for weight, term in terms
    ]


def _spread(prepared: PreparedSnapshot, pod_class: PodClass) -> list[PreferredTopology]:
    namespace, selection = pod_class.key.namespace, prepared.selection
    return [
        PreferredTopology(
            "spread",
            normalised(constraint.topology_key),
            frozenset(selection.same_namespace(constraint.selector, namespace)),
            constraint.max_skew,
            constraint.min_domains,
        )
        for constraint in pod_class.template.preferences.spread
    ]


def _avoided(
    prepared: PreparedSnapshot, templates: Sequence[PodTemplate], firsts: Integers
) -> Booleans | None:
    """Return the bins with a PreferNoSchedule taint that some pod does not tolerate."""
    column, sets = prepared.filters.index.taint_column()
    if not any(taint.effect == "PreferNoSchedule" for taints in sets for taint in taints):
        return None
    verdicts = [
        any(
            taint.effect == "PreferNoSchedule"
            and any(not any(t.tolerates(taint) for t in own.tolerations) for own in templates)
            for taint in taints
        )
        for taints in sets
    ]
    avoided: Booleans = np.array(verdicts, dtype=bool)[column][firsts]
    return avoided if avoided.any() else None
