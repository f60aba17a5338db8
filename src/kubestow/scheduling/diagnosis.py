"""Why a class of pods can run nowhere: every constraint's refusals, counted, and the nearest miss.

Each constraint is judged by itself over all candidates, so counts overlap.
"""

from collections.abc import Sequence

import numpy as np

from kubestow.model.arrays import Integers
from kubestow.model.labels import ZONE, ZONE_ID, normalised
from kubestow.model.plan import Reason
from kubestow.model.pod import PodTemplate
from kubestow.model.resources import format_amount, is_scalar
from kubestow.model.zones import NOT_IN_THE_CATALOG, special_zone
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.classes import PodClass
from kubestow.scheduling.filters import (
    node_affinity,
    node_resources_fit,
    taint_toleration,
    volume_binding,
)
from kubestow.scheduling.static_filters import OPT_IN, StaticFilters

VOLUMES_HINT = "add the output of 'kubectl get pvc,pv,storageclass -A -o json'"


def reasons(
    pod_class: PodClass,
    filters: StaticFilters,
    request: Integers,
    free: Integers,
    axes: Sequence[str],
) -> list[Reason]:
    """Return every constraint that refuses some candidate, in the scheduler's order.

    Candidates of pools the pods did not opt in to are left out where there are others.
    """
    answers: list[Reason] = []
    masks, asked = filters.by_filter(pod_class), asked_for(pod_class, filters)
    free = free[asked]
    for name, mask in masks.items():
        refused = int((~mask & asked).sum())
        if refused:
            answers.append(Reason(name, refused, _detail(name, pod_class, filters, asked)))
    for axis, resource in enumerate(axes):
        short = (request[axis] > free[:, axis]) & (request[axis] > 0)
        if short.any():
            detail = {
                "resource": resource,
                "requested": format_amount(resource, int(request[axis])),
                "largestAvailable": format_amount(resource, int(free[short, axis].max(initial=0))),
            }
            if is_scalar(resource) and not (free[:, axis] > 0).any():
                detail["hint"] = f"no offering has {resource}: add a NodePool that does"
            answers.append(Reason(node_resources_fit.NAME, int(short.sum()), detail))
    return answers


def asked_for(pod_class: PodClass, filters: StaticFilters) -> Mask:
    """Return the candidates of pools that a class opted in to; all, if there are none."""
    opted: Mask = filters.by_filter(pod_class)[OPT_IN].copy()
    return opted if opted.any() else np.ones(len(filters.index), dtype=bool)


def _detail(
    name: str, pod_class: PodClass, filters: StaticFilters, asked: Mask
) -> dict[str, object]:
    template = pod_class.template
    if name == node_affinity.NAME:
        refusing = node_affinity.refusing_requirements(template, filters.index, asked)
        detail: dict[str, object] = {
            "requirements": [{"requirement": t, "refuses": n} for t, n in refusing]
        }
        unknown = node_affinity.unset_labels(template, filters.index)
        special = [text for text in _zones_named(template) if special_zone(text)]
        if special:
            detail["hint"] = f"{', '.join(special)}: {NOT_IN_THE_CATALOG}"
        elif unknown:
            detail["hint"] = f"no NodePool and no node has the label {', '.join(unknown)}"
        return detail
    if name == taint_toleration.NAME:
        refusing_taints = taint_toleration.refusing_taints(template, filters.index, asked)
        return {"taints": dict(sorted(refusing_taints.items()))}
    if name == volume_binding.NAME:
        need = pod_class.key.volumes
        if not need.problem:
            return {"message": "its volumes are reachable from other zones only"}
        return {"message": need.problem, "hint": VOLUMES_HINT}
    if name == OPT_IN:
        return {"message": "arm64 takes only pods that ask for kubernetes.io/arch arm64"}
    return {}


def _zones_named(template: PodTemplate) -> list[str]:
    """Return the zones, by name or id, that node selector and affinity name."""
    keys = (ZONE, ZONE_ID)
    found = [text for key, text in template.node_selector if normalised(key) in keys]
    for term in template.node_affinity or ():
        for item in term.expressions:
            if item.operator == "In" and normalised(item.key) in keys:
                found += item.values
    return sorted(set(found))


def nearest_miss(
    pod_class: PodClass,
    filters: StaticFilters,
    request: Integers,
    free: Integers,
    axes: Sequence[str],
) -> dict[str, object]:
    """Return the candidate that comes closest: fewest refusing constraints, least shortage."""
    candidates = filters.index.candidates
    if not len(candidates):
        return {}
    masks = filters.by_filter(pod_class)
    refusals = sum((~mask).astype(np.int64) for mask in masks.values())
    asked = request > 0
    gaps = (request[asked] - free[:, asked]) / request[asked]
    shortage = np.maximum(gaps, 0.0).max(axis=1) if asked.any() else np.zeros(len(candidates))
    lacking = (gaps > 0).sum(axis=1) if asked.any() else np.zeros(len(candidates), np.int64)
    prices = np.array([c.price.nano_usd_per_hour for c in candidates])
    best = int(np.lexsort((prices, shortage, np.asarray(refusals) + lacking))[0])
    candidate = candidates[best]
    missing = {
        axes[axis]: format_amount(axes[axis], int(request[axis] - free[best, axis]))
        for axis in range(len(axes))
        if request[axis] > max(free[best, axis], 0) and request[axis] > 0
    }
    return {
        "nodePool": candidate.nodepool,
        "node": candidate.name if candidate.exists else "",
        "instanceType": candidate.instance_type,
        "zone": candidate.zone,
        "refusedBy": [name for name, mask in masks.items() if not mask[best]],
        "short": missing,
    }
