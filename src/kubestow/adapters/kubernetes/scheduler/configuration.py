"""KubeSchedulerConfigurations, and what EKS says of a cluster's scheduler, read into profiles.

Every configuration is that of one kube-scheduler; a cluster may run several. Checked as
kube-scheduler 1.34 checks them (pkg/scheduler/apis/config/validation/validation.go).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from kubestow.adapters.documents import EKS_CLUSTER, Document
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.known_fields import Findings
from kubestow.adapters.kubernetes.scheduler.scheduler_arguments import with_arguments
from kubestow.adapters.kubernetes.scheduler.scheduler_plugins import (
    PluginSets,
    check_common_queue,
    note_plugins,
)
from kubestow.adapters.kubernetes.scheduler.scheduler_wire import (
    API_VERSION,
    EksClusterWire,
    PluginsWire,
    ProfileWire,
    SchedulerConfigurationWire,
    strictly,
)
from kubestow.adapters.kubernetes.scheduler.scoring_strategy import read_strategy
from kubestow.model.scheduler_profile import (
    DEFAULT_SCHEDULER,
    LEAST_ALLOCATED,
    MOST_ALLOCATED,
    SchedulerProfile,
    SchedulerProfiles,
)

KIND = "KubeSchedulerConfiguration"
KINDS = (KIND, EKS_CLUSTER)
_EKS_TYPES = (LEAST_ALLOCATED, MOST_ALLOCATED)
_BACKOFF_SECONDS, _BACKOFF_SECONDS_MAX = 1, 10
_PERCENT_MAX = 100


@dataclass(slots=True)
class SchedulerReading:
    """The profiles of all configurations, and what of them is wrong or not modelled."""

    profiles: SchedulerProfiles = field(default_factory=SchedulerProfiles)
    mistakes: list[tuple[Document, FieldError]] = field(default_factory=list)
    findings: list[tuple[Document, Findings]] = field(default_factory=list)


def read_schedulers(documents: Iterable[Document]) -> SchedulerReading:
    """Read the documents of both kinds; pass over all others."""
    reading = SchedulerReading()
    configured: dict[str, tuple[SchedulerProfile, Document]] = {}
    for document in documents:
        if document.kind not in KINDS:
            continue
        findings = Findings()
        try:
            for index, profile in enumerate(_profiles(document, findings)):
                if profile.name in configured:
                    raise _twice(profile, configured[profile.name][1], document, index)
                configured[profile.name] = (profile, document)
        except FieldError as mistake:
            reading.mistakes.append((document, mistake))
            continue
        reading.findings.append((document, findings))
    reading.profiles = SchedulerProfiles(tuple(profile for profile, _ in configured.values()))
    return reading


def _twice(
    profile: SchedulerProfile, other: Document, document: Document, index: int
) -> FieldError:
    is_eks = document.kind == EKS_CLUSTER
    path = "cluster.kubeSchedulerConfig" if is_eks else f"profiles[{index}].schedulerName"
    where = "this file" if other.file == document.file else other.file
    return FieldError(
        path,
        f"the profile {profile.name} is in {where} already ({other.kind})",
        "give each scheduler a name of its own, or leave one of them out",
    )


def _profiles(document: Document, findings: Findings) -> list[SchedulerProfile]:
    if document.kind == EKS_CLUSTER:
        return _of_eks(document)
    item: SchedulerConfigurationWire = strictly(document, SchedulerConfigurationWire)
    if document.api_version not in ("", API_VERSION):
        raise FieldError(
            "apiVersion",
            f"{document.api_version!r} is not read by kube-scheduler 1.34",
            f"write apiVersion: {API_VERSION}",
        )
    _check_process(item, findings)
    percent = _percentage(item.percentage_of_nodes_to_score, "percentageOfNodesToScore")
    wires = item.profiles or [ProfileWire()]
    check_common_queue([profile.plugins for profile in wires])
    names: dict[str, int] = {}
    profiles = []
    for index, own in enumerate(wires):
        path = f"profiles[{index}]"
        name = own.scheduler_name
        if name is None and len(wires) == 1:
            name = DEFAULT_SCHEDULER
        if not name:
            hint = "name it: pods ask for a profile by their schedulerName"
            raise FieldError(f"{path}.schedulerName", "is missing", hint)
        if name in names:
            raise FieldError(
                f"{path}.schedulerName",
                f"{name} is the name of profiles[{names[name]}] already",
                "give each profile a name of its own",
            )
        names[name] = index
        profiles.append(_profile(own, name, percent or 0, path, findings))
    return profiles


def _profile(
    item: ProfileWire, name: str, percent: int, path: str, findings: Findings
) -> SchedulerProfile:
    own = _percentage(item.percentage_of_nodes_to_score, f"{path}.percentageOfNodesToScore")
    sets = PluginSets(item.plugins or PluginsWire(), f"{path}.plugins")
    note_plugins(sets, findings)
    profile = SchedulerProfile(
        name,
        weights=sets.weights(),
        percentage_scored=percent if own is None else own,
        preempts=sets.preempts(),
    )
    seen: set[str] = set()
    for index, config in enumerate(item.plugin_config or ()):
        field_name = f"{path}.pluginConfig[{index}]"
        if config.name in seen:
            hint = "keep one entry for each plugin"
            raise FieldError(f"{field_name}.name", f"{config.name} is there twice", hint)
        seen.add(config.name)
        profile = with_arguments(profile, config, field_name, findings)
    return profile


def _check_process(item: SchedulerConfigurationWire, findings: Findings) -> None:
    """Check what concerns the process; say what of it would count and is not modelled."""
    if item.parallelism is not None and item.parallelism <= 0:
        raise FieldError("parallelism", f"{item.parallelism} is not positive", "use 16, or omit it")
    first = _BACKOFF_SECONDS
    if item.pod_initial_backoff_seconds is not None:
        first = item.pod_initial_backoff_seconds
    last = _BACKOFF_SECONDS_MAX
    if item.pod_max_backoff_seconds is not None:
        last = item.pod_max_backoff_seconds
    if first <= 0:
        raise FieldError("podInitialBackoffSeconds", f"{first} is not positive", "use 1 or more")
    if last < first:
        raise FieldError(
            "podMaxBackoffSeconds",
            f"{last} is below podInitialBackoffSeconds, {first}",
            f"use {first} or more",
        )
    if (first, last) != (_BACKOFF_SECONDS, _BACKOFF_SECONDS_MAX):
        path = "podInitialBackoffSeconds" if first != _BACKOFF_SECONDS else "podMaxBackoffSeconds"
        findings.not_modelled.append((path, "no pod waits longer before it is tried again"))
    if item.extenders:
        reason = "what extenders refuse, prefer or bind is not known; planned without them"
        findings.not_modelled.append(("extenders", reason))


def _percentage(percent: int | None, path: str) -> int | None:
    if percent is not None and not 0 <= percent <= _PERCENT_MAX:
        raise FieldError(path, f"{percent} is out of range", f"use 0 to {_PERCENT_MAX}")
    return percent


def _of_eks(document: Document) -> list[SchedulerProfile]:
    """Return the profile of a cluster whose scheduler is configured through EKS."""
    item: EksClusterWire = strictly(document, EksClusterWire)
    config = item.cluster.kube_scheduler_config
    fit = config.node_resources_fit if config else None
    strategy = fit.scoring_strategy if fit else None
    if strategy is None:
        return []
    strategy.type = strategy.type or LEAST_ALLOCATED
    path = "cluster.kubeSchedulerConfig.nodeResourcesFit.scoringStrategy"
    if strategy.requested_to_capacity_ratio is not None:
        hint = f"EKS offers {_EKS_TYPES[0]} and {_EKS_TYPES[1]}"
        raise FieldError(f"{path}.requestedToCapacityRatio", "is not a field of EKS", hint)
    return [SchedulerProfile(fit=read_strategy(strategy, path, _EKS_TYPES))]
