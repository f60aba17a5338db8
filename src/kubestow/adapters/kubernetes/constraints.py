"""A pod's spread constraints, pod affinity and preferences.

matchLabelKeys and mismatchLabelKeys are merged into the selectors, as the API server does.
"""

from collections.abc import Container, Mapping
from dataclasses import replace

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import wire
from kubestow.adapters.kubernetes.fields import label_selector, node_selector_term
from kubestow.model.pod import (
    NO_PREFERENCES,
    PodAffinityTerm,
    Preferences,
    SpreadConstraint,
)
from kubestow.model.pod_requests import PodRequests
from kubestow.model.quantity import NANO_PER_UNIT
from kubestow.model.resources import CPU, MEMORY
from kubestow.model.scheduler_profile import DEFAULT_SCHEDULER
from kubestow.model.selectors import LabelSelector, SelectorRequirement

_DEFAULTS = {CPU: NANO_PER_UNIT // 10, MEMORY: 200 * 2**20 * NANO_PER_UNIT}
"""What a container without a request counts as in scoring (pkg/scheduler/util)."""
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def preferences(
    spec: wire.PodSpec, labels: Mapping[str, str], path: str, requests: PodRequests
) -> Preferences:
    """Return what the scheduler's scoring takes into account."""
    affinity, scheduler = spec.affinity or wire.Affinity(), spec.scheduler_name
    nodes = (affinity.node_affinity and affinity.node_affinity.preferred) or ()
    arriving, bound = _defaulted(spec, requests)
    chosen = Preferences(
        spread=spread_constraints(spec, labels, path, "ScheduleAnyway"),
        node_affinity=tuple(
            (item.weight, node_selector_term(
                item.preference, f"{path}.affinity.nodeAffinity.{_PREFERRED}[{i}].preference"))
            for i, item in enumerate(nodes)
        ),
        affinity=_weighted(affinity.pod_affinity, labels, f"{path}.affinity.podAffinity"),
        anti_affinity=_weighted(
            affinity.pod_anti_affinity, labels, f"{path}.affinity.podAntiAffinity"
        ),
        images=tuple(sorted(
            image_name(c.image) for c in (*(spec.containers or ()), *(spec.init_containers or ()))
            if c.image
        )),
        defaulted=arriving,
        defaulted_bound=bound,
        scheduler_name=scheduler or "" if scheduler != DEFAULT_SCHEDULER else "",
    )  # fmt: skip
    return NO_PREFERENCES if chosen == NO_PREFERENCES else chosen


def image_name(name: str) -> str:
    """Return an image's name with its tag, as nodes report it (imagelocality)."""
    return name if name.rfind(":") > name.rfind("/") else f"{name}:latest"


def _defaulted(
    spec: wire.PodSpec, requests: PodRequests
) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """Return the requests a pod is scored with when it arrives, and once it is on a node.

    An arriving pod counts by its containers alone: LeastAllocated ignores pod-level requests
    (noderesources/fit.go). On a node they apply, and only resources that nothing requests get a
    default (framework/types.go getNonMissingContainerRequests).
    """
    parts = requests.of_all_containers
    has_pod_level = bool(requests.pod_level) or bool(spec.resources and spec.resources.limits)
    if not has_pod_level and all(CPU in item and MEMORY in item for item in parts):
        return None, None
    named = {name for item in (*parts, requests.overhead, requests.pod_level) for name in item}
    arriving = _with_defaults(replace(requests, pod_level={}), set(_DEFAULTS))
    missing = set(_DEFAULTS) - (named if has_pod_level else set())
    return arriving, _with_defaults(requests, missing)


def _with_defaults(requests: PodRequests, missing: Container[str]) -> tuple[int, int]:
    """Return the cpu and memory of a pod whose containers get the defaults that are missing."""
    defaults = {name: nano for name, nano in _DEFAULTS.items() if name in missing}
    completed = replace(
        requests,
        containers=tuple(defaults | dict(item) for item in requests.containers),
        init_containers=tuple(
            replace(item, requests=defaults | dict(item.requests))
            for item in requests.init_containers
        ),
    )
    total = dict(completed.effective())
    return total.get(CPU, 0), total.get(MEMORY, 0)


def _weighted(
    affinity: wire.PodAffinity | None, labels: Mapping[str, str], path: str
) -> tuple[tuple[int, PodAffinityTerm], ...]:
    items = (affinity and affinity.preferred) or ()
    return tuple(
        (item.weight, _term(item.pod_affinity_term, labels, f"{path}.{_PREFERRED}[{index}]"))
        for index, item in enumerate(items)
    )


def spread_constraints(
    spec: wire.PodSpec, labels: Mapping[str, str], path: str, action: str
) -> tuple[SpreadConstraint, ...]:
    """Return the topology spread constraints with this whenUnsatisfiable."""
    constraints = []
    for index, item in enumerate(spec.topology_spread_constraints or ()):
        field = f"{path}.topologySpreadConstraints[{index}]"
        if item.when_unsatisfiable not in ("DoNotSchedule", "ScheduleAnyway"):
            raise FieldError(
                f"{field}.whenUnsatisfiable",
                f"unknown value {item.when_unsatisfiable!r}",
                "expected DoNotSchedule or ScheduleAnyway",
            )
        if not item.topology_key:
            raise FieldError(f"{field}.topologyKey", "is empty", "name a node label")
        if item.max_skew < 1 or (item.min_domains is not None and item.min_domains < 1):
            name = "maxSkew" if item.max_skew < 1 else "minDomains"
            raise FieldError(f"{field}.{name}", "must be at least 1", "use 1 or more")
        if item.when_unsatisfiable != action:
            continue
        selector = label_selector(item.label_selector, f"{field}.labelSelector")
        constraints.append(
            SpreadConstraint(
                item.topology_key,
                item.max_skew,
                _merged(selector, labels, item.match_label_keys, "In"),
                item.min_domains or 1,
                item.node_affinity_policy != "Ignore",
                item.node_taints_policy == "Honor",
            )
        )
    return tuple(constraints)


def terms(
    affinity: wire.PodAffinity | None, labels: Mapping[str, str], path: str
) -> tuple[PodAffinityTerm, ...]:
    """Return the required terms of a pod with these labels."""
    field = f"{path}.requiredDuringSchedulingIgnoredDuringExecution"
    items = (affinity and affinity.required) or ()
    return tuple(_term(item, labels, f"{field}[{i}]") for i, item in enumerate(items))


def _term(item: wire.AffinityTerm, labels: Mapping[str, str], field: str) -> PodAffinityTerm:
    if not item.topology_key:
        raise FieldError(f"{field}.topologyKey", "is empty", "name a node label")
    selector = label_selector(item.label_selector, f"{field}.labelSelector")
    selector = _merged(selector, labels, item.match_label_keys, "In")
    selector = _merged(selector, labels, item.mismatch_label_keys, "NotIn")
    return PodAffinityTerm(
        item.topology_key,
        selector,
        tuple(sorted(item.namespaces or ())),
        label_selector(item.namespace_selector, f"{field}.namespaceSelector"),
    )


def _merged(
    selector: LabelSelector | None,
    labels: Mapping[str, str],
    keys: list[str] | None,
    operator: str,
) -> LabelSelector | None:
    """Add matchLabelKeys or mismatchLabelKeys to a selector, as the API server does."""
    if selector is None or not keys:
        return selector
    more = {SelectorRequirement(key, operator, (labels[key],)) for key in keys if key in labels}
    return LabelSelector(tuple(sorted({*selector.requirements, *more})))
