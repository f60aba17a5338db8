"""Wire shapes of KubeSchedulerConfiguration, of its plugins' arguments, and of EKS's part of it.

An unknown field is an error, as it is to kube-scheduler, which decodes its file strictly. Source:
k8s.io/kube-scheduler/config/v1/{types,types_pluginargs}.go of Kubernetes 1.34; the API reference of
EKS, KubeSchedulerConfigResponse (August 2026).
"""

import re
from typing import Any

import msgspec

from kubestow.adapters.documents import Document
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.decoding import decode
from kubestow.model.suggestion import did_you_mean

API_VERSION = "kubescheduler.config.k8s.io/v1"

_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_CHECK = "remove it, or check its name in the reference of kube-scheduler-config.v1"


class Strict(msgspec.Struct, rename="camel", forbid_unknown_fields=True, gc=False):
    """Base of these shapes: camelCase names, and no other fields."""


class PluginWire(Strict):
    """A plugin in a set, and its weight if it scores."""

    name: str
    weight: int | None = None


class PluginSetWire(Strict):
    """The plugins that are enabled and disabled at an extension point."""

    enabled: list[PluginWire] | None = None
    disabled: list[PluginWire] | None = None


class PluginsWire(Strict):
    """The plugin sets of a profile, by extension point."""

    pre_enqueue: PluginSetWire | None = None
    queue_sort: PluginSetWire | None = None
    pre_filter: PluginSetWire | None = None
    filter: PluginSetWire | None = None
    post_filter: PluginSetWire | None = None
    pre_score: PluginSetWire | None = None
    score: PluginSetWire | None = None
    reserve: PluginSetWire | None = None
    permit: PluginSetWire | None = None
    pre_bind: PluginSetWire | None = None
    bind: PluginSetWire | None = None
    post_bind: PluginSetWire | None = None
    multi_point: PluginSetWire | None = None

    def at(self, point: str) -> PluginSetWire:
        """Return the set of an extension point, by its name in the file."""
        own: PluginSetWire | None = getattr(self, re.sub(r"([A-Z])", r"_\1", point).lower())
        return own or PluginSetWire()


class PluginConfigWire(Strict):
    """The arguments of a plugin."""

    name: str
    args: dict[str, Any] | None = None


class ProfileWire(Strict):
    """A profile."""

    scheduler_name: str | None = None
    percentage_of_nodes_to_score: int | None = None
    plugins: PluginsWire | None = None
    plugin_config: list[PluginConfigWire] | None = None


class SchedulerConfigurationWire(Strict):
    """A KubeSchedulerConfiguration; what only concerns the process is not looked into."""

    api_version: str | None = None
    kind: str | None = None
    parallelism: int | None = None
    leader_election: dict[str, Any] | None = None
    client_connection: dict[str, Any] | None = None
    enable_profiling: bool | None = None
    enable_contention_profiling: bool | None = None
    percentage_of_nodes_to_score: int | None = None
    pod_initial_backoff_seconds: int | None = None
    pod_max_backoff_seconds: int | None = None
    profiles: list[ProfileWire] | None = None
    extenders: list[dict[str, Any]] | None = None
    delay_cache_until_active: bool | None = None


class ResourceSpecWire(Strict):
    """A resource and its weight."""

    name: str
    weight: int | None = None


class ShapePointWire(Strict):
    """A point of a shape."""

    utilization: int
    score: int


class ShapeWire(Strict):
    """The shape of RequestedToCapacityRatio."""

    shape: list[ShapePointWire] | None = None


class ScoringStrategyWire(Strict):
    """A scoring strategy."""

    type: str | None = None
    resources: list[ResourceSpecWire] | None = None
    requested_to_capacity_ratio: ShapeWire | None = None


class _Arguments(Strict):
    api_version: str | None = None
    kind: str | None = None


class FitArguments(_Arguments):
    """NodeResourcesFitArgs."""

    ignored_resources: list[str] | None = None
    ignored_resource_groups: list[str] | None = None
    scoring_strategy: ScoringStrategyWire | None = None


class BalancedArguments(_Arguments):
    """NodeResourcesBalancedAllocationArgs."""

    resources: list[ResourceSpecWire] | None = None


class NodeAffinityArguments(_Arguments):
    """NodeAffinityArgs."""

    added_affinity: dict[str, Any] | None = None


class SpreadArguments(_Arguments):
    """PodTopologySpreadArgs."""

    default_constraints: list[dict[str, Any]] | None = None
    defaulting_type: str | None = None


class InterPodArguments(_Arguments):
    """InterPodAffinityArgs."""

    hard_pod_affinity_weight: int | None = None
    ignore_preferred_terms_of_existing_pods: bool | None = None


class PreemptionArguments(_Arguments):
    """DefaultPreemptionArgs."""

    min_candidate_nodes_percentage: int | None = None
    min_candidate_nodes_absolute: int | None = None


class VolumeBindingArguments(_Arguments):
    """VolumeBindingArgs."""

    bind_timeout_seconds: int | None = None
    shape: list[ShapePointWire] | None = None


class DynamicResourcesArguments(_Arguments):
    """DynamicResourcesArgs."""

    filter_timeout: str | None = None


class FitConfigWire(Strict):
    """What EKS lets be set of NodeResourcesFit."""

    scoring_strategy: ScoringStrategyWire | None = None


class EksSchedulerWire(Strict):
    """What EKS lets be set of kube-scheduler."""

    node_resources_fit: FitConfigWire | None = None


class _EksClusterFields(msgspec.Struct, rename="camel", gc=False):
    name: str | None = None
    kube_scheduler_config: EksSchedulerWire | None = None


class EksClusterWire(msgspec.Struct, gc=False):
    """The answer of 'aws eks describe-cluster', of which only the scheduler's part is read."""

    cluster: _EksClusterFields


def strictly(document: Document, shape: type[Any], path: str = "") -> Any:
    """Return a document in a shape; raise FieldError, with ``path`` before the field."""
    try:
        return decode(document, shape)
    except FieldError as mistake:
        unknown = _UNKNOWN.fullmatch(mistake.message)
        steps = [path, mistake.field, unknown[1] if unknown else ""]
        field = ".".join(step for step in steps if step)
        if not unknown:
            hint = _CHECK if "kubectl" in mistake.hint else mistake.hint
            raise FieldError(field, mistake.message, hint) from mistake
        hint = did_you_mean(unknown[1], _names()) or _CHECK
        raise FieldError(field, "is not a field of its object", hint) from mistake


def _names() -> list[str]:
    """Return the names of all fields of these shapes."""
    shapes: list[type[Strict]] = [
        SchedulerConfigurationWire, ProfileWire, PluginsWire, PluginSetWire, PluginWire,
        PluginConfigWire, ScoringStrategyWire, ShapeWire, ShapePointWire, FitArguments,
        BalancedArguments, NodeAffinityArguments, SpreadArguments, InterPodArguments,
        FitConfigWire, EksSchedulerWire,
    ]  # fmt: skip
    return sorted({f.encode_name for shape in shapes for f in msgspec.structs.fields(shape)})
