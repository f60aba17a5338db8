"""The arguments of kube-scheduler's plugins, checked as kube-scheduler checks them.

Source: pkg/scheduler/apis/config/v1/defaults.go and validation/validation_pluginargs.go of
Kubernetes 1.34.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from kubestow.adapters.documents import Document
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import wire
from kubestow.adapters.kubernetes.constraints import spread_constraints
from kubestow.adapters.kubernetes.fields import node_selector_term, node_selector_terms
from kubestow.adapters.kubernetes.known_fields import Findings, fields_of
from kubestow.adapters.kubernetes.scheduler import scheduler_wire
from kubestow.adapters.kubernetes.scheduler.scheduler_plugins import PLUGINS
from kubestow.adapters.kubernetes.scheduler.scheduler_wire import API_VERSION, strictly
from kubestow.adapters.kubernetes.scheduler.scoring_strategy import read_resources, read_strategy
from kubestow.adapters.kubernetes.validation.formats import is_qualified_name
from kubestow.model.scheduler_profile import AddedAffinity, DefaultSpread, SchedulerProfile
from kubestow.model.selectors import NodeSelectorTerm
from kubestow.model.suggestion import did_you_mean

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_AS_IN_A_POD = "it is written as in a pod: check it with 'kubectl explain pod.spec --recursive'"
_CANDIDATES_PERCENT, _CANDIDATES_ABSOLUTE = 10, 100
_HARD_WEIGHT_MAX = 100
_SYSTEM, _LIST = "System", "List"


def with_arguments(
    profile: SchedulerProfile,
    config: scheduler_wire.PluginConfigWire,
    path: str,
    findings: Findings,
) -> SchedulerProfile:
    """Return the profile with a plugin's arguments; raise FieldError for those that are refused.

    What of them is not modelled is added to ``findings``.
    """
    reader = _READERS.get(config.name)
    if reader is None:
        meant = "" if config.name in PLUGINS else did_you_mean(config.name, [*_READERS, *PLUGINS])
        if meant:
            raise FieldError(f"{path}.name", f"unknown plugin {config.name!r}", meant)
        reason = f"the arguments of {config.name or 'a plugin without a name'} are not followed"
        findings.not_modelled.append((f"{path}.args", reason))
        return profile
    shape, read = reader
    value = config.args or {}
    document = Document("", config.name, "", msgspec.json.encode(value))
    arguments = strictly(document, shape, f"{path}.args")
    _check_type(arguments, config.name, f"{path}.args")
    return read(profile, arguments, f"{path}.args", findings)


def _check_type(arguments: Any, name: str, path: str) -> None:
    for field, given, expected in (
        ("kind", arguments.kind, f"{name}Args"),
        ("apiVersion", arguments.api_version, API_VERSION),
    ):
        if given not in (None, "", expected):
            hint = f"write {field}: {expected}, or omit it"
            raise FieldError(f"{path}.{field}", f"{given!r} is not that of {name}", hint)


def _fit(
    profile: SchedulerProfile, item: scheduler_wire.FitArguments, path: str, findings: Findings
) -> SchedulerProfile:
    for field, names in (
        ("ignoredResources", item.ignored_resources),
        ("ignoredResourceGroups", item.ignored_resource_groups),
    ):
        for index, name in enumerate(names or ()):
            is_group = field == "ignoredResourceGroups"
            if not is_qualified_name(name) or (is_group and "/" in name):
                hint = "use a name such as example.com" + ("" if is_group else "/device")
                raise FieldError(f"{path}.{field}[{index}]", f"{name!r} is not valid", hint)
        if names:
            reason = "planned as if these resources were not ignored"
            findings.not_modelled.append((f"{path}.{field}", reason))
    if item.scoring_strategy is None:
        return profile
    strategy = read_strategy(item.scoring_strategy, f"{path}.scoringStrategy")
    return replace(profile, fit=strategy)


def _balanced(
    profile: SchedulerProfile, item: scheduler_wire.BalancedArguments, path: str, _: Findings
) -> SchedulerProfile:
    if not item.resources:
        return profile
    resources = read_resources(item.resources, f"{path}.resources")
    names = [name for name, _ in resources]
    for index, (name, weight) in enumerate(resources):
        if weight != 1:
            raise FieldError(
                f"{path}.resources[{index}].weight", f"{weight} is not 1", "omit the weight"
            )
        if name in names[:index]:
            raise FieldError(
                f"{path}.resources[{index}].name", f"{name} is there twice", "name it once"
            )
    return replace(profile, balanced=tuple(names))


def _node_affinity(
    profile: SchedulerProfile, item: scheduler_wire.NodeAffinityArguments, path: str, _: Findings
) -> SchedulerProfile:
    if item.added_affinity is None:
        return profile
    own = f"{path}.addedAffinity"
    _check_fields(item.added_affinity, "core.v1.NodeAffinity", own)
    affinity = _converted(item.added_affinity, wire.NodeAffinity, own)
    required = node_selector_terms(affinity.required, f"{own}.{_REQUIRED}")
    for index, term in enumerate(required or ()):
        _check_term(term, f"{own}.{_REQUIRED}.nodeSelectorTerms[{index}]")
    preferred = []
    for index, liked in enumerate(affinity.preferred or ()):
        field = f"{own}.{_PREFERRED}[{index}].preference"
        term = node_selector_term(liked.preference, field)
        _check_term(term, field)
        preferred.append((liked.weight, term))
    return replace(profile, added_affinity=AddedAffinity(required, tuple(preferred)))


def _check_term(term: NodeSelectorTerm, field: str) -> None:
    if not term.is_valid:
        raise FieldError(
            field,
            "is a term that kube-scheduler cannot read",
            "In and NotIn need values, Exists and DoesNotExist take none, Gt and Lt take a number; "
            "matchFields take metadata.name with one value",
        )


def _spread(
    profile: SchedulerProfile, item: scheduler_wire.SpreadArguments, path: str, _: Findings
) -> SchedulerProfile:
    constraints = item.default_constraints or []
    kind = item.defaulting_type or _SYSTEM
    if kind not in (_SYSTEM, _LIST):
        hint = did_you_mean(kind, (_SYSTEM, _LIST)) or f"expected {_SYSTEM} or {_LIST}"
        raise FieldError(f"{path}.defaultingType", f"unknown type {kind!r}", hint)
    if kind == _SYSTEM:
        if constraints:
            raise FieldError(
                f"{path}.defaultingType",
                "defaultConstraints are set, which only List reads",
                "set defaultingType: List",
            )
        return profile
    own = f"{path}.defaultConstraints"
    for index, constraint in enumerate(constraints):
        _check_fields(constraint, "core.v1.TopologySpreadConstraint", f"{own}[{index}]")
    shapes = [_converted(c, wire.Spread, f"{own}[{i}]") for i, c in enumerate(constraints)]
    _check_spread(shapes, own)
    spec = wire.PodSpec(topology_spread_constraints=shapes)
    try:
        soft = spread_constraints(spec, {}, path, "ScheduleAnyway")
        hard = spread_constraints(spec, {}, path, "DoNotSchedule")
    except FieldError as mistake:
        field = mistake.field.replace("topologySpreadConstraints", "defaultConstraints")
        raise FieldError(field, mistake.message, mistake.hint) from mistake
    return replace(profile, default_spread=DefaultSpread(soft, hard, is_systems=False))


def _check_spread(shapes: list[wire.Spread], path: str) -> None:
    seen = set()
    for index, shape in enumerate(shapes):
        if shape.label_selector is not None:
            raise FieldError(
                f"{path}[{index}].labelSelector",
                "is not allowed: it comes from each pod's Services and owner",
                "remove it",
            )
        if shape.topology_key and not is_qualified_name(shape.topology_key):
            hint = "use a label such as topology.kubernetes.io/zone"
            raise FieldError(
                f"{path}[{index}].topologyKey", f"{shape.topology_key!r} is not a label", hint
            )
        pair = (shape.topology_key, shape.when_unsatisfiable)
        if pair in seen:
            raise FieldError(
                f"{path}[{index}]", f"{' and '.join(pair)} are there already", "remove one of them"
            )
        seen.add(pair)


def _inter_pod(
    profile: SchedulerProfile, item: scheduler_wire.InterPodArguments, path: str, _: Findings
) -> SchedulerProfile:
    weight = 1 if item.hard_pod_affinity_weight is None else item.hard_pod_affinity_weight
    if not 0 <= weight <= _HARD_WEIGHT_MAX:
        raise FieldError(
            f"{path}.hardPodAffinityWeight",
            f"{weight} is out of range",
            f"use a number from 0 to {_HARD_WEIGHT_MAX}",
        )
    return replace(
        profile,
        hard_affinity_weight=weight,
        ignores_preferences_of_others=bool(item.ignore_preferred_terms_of_existing_pods),
    )


def _preemption(
    profile: SchedulerProfile,
    item: scheduler_wire.PreemptionArguments,
    path: str,
    findings: Findings,
) -> SchedulerProfile:
    percent, absolute = item.min_candidate_nodes_percentage, item.min_candidate_nodes_absolute
    if percent is not None and not 0 <= percent <= 100:
        raise FieldError(
            f"{path}.minCandidateNodesPercentage",
            f"{percent} is out of range",
            "use a number from 0 to 100",
        )
    if absolute is not None and absolute < 0:
        raise FieldError(
            f"{path}.minCandidateNodesAbsolute", f"{absolute} is negative", "use 0 or more"
        )
    if percent == 0 and absolute == 0:
        raise FieldError(
            f"{path}.minCandidateNodesPercentage",
            "is 0, and so is minCandidateNodesAbsolute",
            "raise one of them",
        )
    if percent not in (None, _CANDIDATES_PERCENT) or absolute not in (None, _CANDIDATES_ABSOLUTE):
        reason = f"preemption looks at {_CANDIDATES_PERCENT} % of the nodes, and at least "
        findings.not_modelled.append((path, f"{reason}{_CANDIDATES_ABSOLUTE}"))
    return profile


def _volume_binding(
    profile: SchedulerProfile,
    item: scheduler_wire.VolumeBindingArguments,
    path: str,
    findings: Findings,
) -> SchedulerProfile:
    if (item.bind_timeout_seconds or 0) < 0:
        raise FieldError(f"{path}.bindTimeoutSeconds", "is negative", "use 0 or more")
    if item.shape is not None:
        reason = "it takes the feature gate StorageCapacityScoring, which is taken to be off"
        findings.not_modelled.append((f"{path}.shape", reason))
    return profile


def _dynamic_resources(
    profile: SchedulerProfile, _item: scheduler_wire.DynamicResourcesArguments, _: str, __: Findings
) -> SchedulerProfile:
    return profile  # pods with resource claims are not planned, and are named


def _check_fields(value: dict[str, Any], kind: str, path: str) -> None:
    """Raise FieldError for a field that a published type does not have, or of another type."""
    found = fields_of(value, kind, path)
    for mistake in (*found.unknown, *found.invalid):
        hint = _AS_IN_A_POD if "kubectl" in mistake.hint else mistake.hint
        raise FieldError(mistake.field, mistake.message, hint)


def _converted(value: dict[str, Any], shape: type[Any], path: str) -> Any:
    document = Document("", "", "", msgspec.json.encode(value))
    return strictly(document, shape, path)


_Reader = Callable[[SchedulerProfile, Any, str, Findings], SchedulerProfile]
_READERS: Mapping[str, tuple[type[Any], _Reader]] = {
    "NodeResourcesFit": (scheduler_wire.FitArguments, _fit),
    "NodeResourcesBalancedAllocation": (scheduler_wire.BalancedArguments, _balanced),
    "NodeAffinity": (scheduler_wire.NodeAffinityArguments, _node_affinity),
    "PodTopologySpread": (scheduler_wire.SpreadArguments, _spread),
    "InterPodAffinity": (scheduler_wire.InterPodArguments, _inter_pod),
    "DefaultPreemption": (scheduler_wire.PreemptionArguments, _preemption),
    "VolumeBinding": (scheduler_wire.VolumeBindingArguments, _volume_binding),
    "DynamicResources": (scheduler_wire.DynamicResourcesArguments, _dynamic_resources),
}
