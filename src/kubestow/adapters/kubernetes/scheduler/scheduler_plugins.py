"""Which plugins of a profile are on at which extension point, and the weights of those that score.

Source: pkg/scheduler of Kubernetes 1.34: apis/config/v1/default_plugins.go (mergePlugins),
framework/runtime/framework.go (expandMultiPointPlugins, getScoreWeights) and
apis/config/validation.
"""

from collections.abc import Iterator, Mapping, Sequence

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.known_fields import Findings
from kubestow.adapters.kubernetes.scheduler.scheduler_wire import PluginsWire, PluginWire
from kubestow.model.scheduler_profile import DEFAULT_PROFILE, ScoreWeights
from kubestow.model.suggestion import did_you_mean

_FILTERS = ("preFilter", "filter")
_SCORES = ("preScore", "score")
PLUGINS: Mapping[str, tuple[str, ...]] = {
    "SchedulingGates": ("preEnqueue",),
    "PrioritySort": ("queueSort",),
    "NodeUnschedulable": ("filter",),
    "NodeName": ("filter",),
    "TaintToleration": ("filter", *_SCORES),
    "NodeAffinity": (*_FILTERS, *_SCORES),
    "NodePorts": _FILTERS,
    "NodeResourcesFit": (*_FILTERS, *_SCORES),
    "VolumeRestrictions": _FILTERS,
    "NodeVolumeLimits": _FILTERS,
    "VolumeBinding": (*_FILTERS, "reserve", "preBind", *_SCORES),
    "VolumeZone": _FILTERS,
    "PodTopologySpread": (*_FILTERS, *_SCORES),
    "InterPodAffinity": (*_FILTERS, *_SCORES),
    "DynamicResources": ("preEnqueue", *_FILTERS, "postFilter", "reserve", "preBind"),
    "DefaultPreemption": ("preEnqueue", "postFilter"),
    "NodeResourcesBalancedAllocation": _SCORES,
    "ImageLocality": ("score",),
    "DefaultBinder": ("bind",),
}
"""The plugins that are on by default, in their order, and the extension points they implement."""
_POINTS = ("preEnqueue", "queueSort", "preFilter", "filter", "postFilter", "preScore", "score",
           "reserve", "permit", "preBind", "bind", "postBind")  # fmt: skip
_MULTI, _ALL = "multiPoint", "*"
_WEIGHTS = {
    "TaintToleration": "taint_toleration",
    "NodeAffinity": "node_affinity",
    "PodTopologySpread": "pod_topology_spread",
    "InterPodAffinity": "inter_pod_affinity",
    "NodeResourcesFit": "node_resources_fit",
    "NodeResourcesBalancedAllocation": "node_resources_balanced_allocation",
    "ImageLocality": "image_locality",
}
_REMOVED = ("AzureDiskLimits", "CinderLimits", "EBSLimits", "GCEPDLimits")
_WEIGHT_MAX = 2**31 - 1


class PluginSets:
    """The plugins of a profile after its sets were merged with the defaults."""

    def __init__(self, plugins: PluginsWire, path: str) -> None:
        self._plugins, self._path = plugins, path
        self._multi = self._merged()

    def at(self, point: str) -> dict[str, int]:
        """Return the plugins at an extension point with their weights (0 where none is set)."""
        own = self._plugins.at(point)
        on = {plugin.name: plugin.weight or 0 for plugin in own.enabled or ()}
        off = {plugin.name for plugin in own.disabled or ()}
        if _ALL in off:
            return on
        return on | {
            name: weight
            for name, weight in self._multi.items()
            if point in PLUGINS.get(name, ()) and name not in off and name not in on
        }

    def weights(self) -> ScoreWeights:
        """Return the weights of the score plugins: 1 for one that is on without any."""
        scoring = self.at("score")
        on = {name: weight or 1 for name, weight in scoring.items()}
        own = {field: on.get(name, 0) for name, field in _WEIGHTS.items()}
        return ScoreWeights(others=bool(scoring.keys() - _WEIGHTS.keys()), **own)

    def preempts(self) -> bool:
        """Return whether DefaultPreemption is on."""
        return "DefaultPreemption" in self.at("postFilter")

    def check(self) -> None:
        """Raise FieldError for sets that kube-scheduler refuses."""
        for point in (*_POINTS, _MULTI):
            seen: set[str] = set()
            for index, plugin in enumerate(self._plugins.at(point).enabled or ()):
                field = f"{self._path}.{point}.enabled[{index}]"
                _check_plugin(plugin, point, field)
                if plugin.name in seen:
                    hint = "enable a plugin once, with its weight"
                    raise FieldError(field, f"{plugin.name} is enabled twice", hint)
                seen.add(plugin.name)
        sorting, strange = self.at("queueSort"), self._strange()
        if len(sorting) > 1 or not (sorting or strange):
            raise FieldError(
                f"{self._path}.queueSort",
                f"expected one plugin that sorts the queue, got {len(sorting)}",
                "disable PrioritySort where another is enabled, and enable one",
            )
        if not (self.at("bind") or strange):
            raise FieldError(
                f"{self._path}.bind", "no plugin binds pods", "leave DefaultBinder enabled"
            )

    def not_modelled(self) -> Iterator[tuple[str, str]]:
        """Yield a path and why what is set there is not followed."""
        for point in _POINTS:
            here = self.at(point)
            usual = {name for name, points in PLUGINS.items() if point in points}
            for name in here:
                if name not in PLUGINS:
                    yield (
                        f"{self._path}.{point}.enabled",
                        f"the plugin {name} is not known; planned without it",
                    )
            missing = [name for name in PLUGINS if name in usual - here.keys()]
            for name in missing:
                if self._matters(name, point):
                    yield f"{self._path}.{point}", f"{name} is off there; planned as if it were on"
        for name in self._strange():
            yield (
                f"{self._path}.{_MULTI}.enabled",
                f"the plugin {name} is not known; planned without it",
            )

    def _matters(self, name: str, point: str) -> bool:
        """Return whether a default plugin that is off would decide something by being on."""
        if point == "score" or name == "DefaultPreemption":
            return False  # that is followed
        if point == "preScore":
            return name in self.at("score")
        if point == "preFilter" and name not in self.at("filter"):
            return False  # said of the filter
        if name == "DynamicResources":
            return False  # its pods are not planned
        return name != "PrioritySort" or not self.at(point)

    def _strange(self) -> list[str]:
        """Return the unknown plugins that are on wherever they can be."""
        return [name for name in self._multi if name not in PLUGINS]

    def _merged(self) -> dict[str, int]:
        """Return the multiPoint set, merged with the default one."""
        own = self._plugins.at(_MULTI)
        enabled = {plugin.name: plugin.weight or 0 for plugin in own.enabled or ()}
        off = {plugin.name for plugin in own.disabled or ()}
        standard = DEFAULT_PROFILE.weights
        merged: dict[str, int] = {}
        for name in PLUGINS if _ALL not in off else ():
            if name not in off:
                usual = getattr(standard, _WEIGHTS[name]) if name in _WEIGHTS else 0
                merged[name] = enabled.get(name, usual)
        return merged | enabled


def check_common_queue(profiles: Sequence[PluginsWire | None]) -> None:
    """Raise FieldError if not all profiles sort the queue alike: they share it."""
    sets = [(plugins or PluginsWire()).at("queueSort") for plugins in profiles]
    for index, other in enumerate(sets):
        if other != sets[0]:
            raise FieldError(
                f"profiles[{index}].plugins.queueSort",
                "differs from that of the first profile",
                "all profiles share one queue: repeat the same queueSort in each of them",
            )


def _check_plugin(plugin: PluginWire, point: str, field: str) -> None:
    name = plugin.name
    if name in _REMOVED:
        hint = "enable NodeVolumeLimits, which has taken its place"
        raise FieldError(f"{field}.name", f"{name} is no plugin any more", hint)
    if name not in PLUGINS:
        meant = did_you_mean(name, PLUGINS)
        if meant or not name:
            known = f"expected one of {', '.join(PLUGINS)}"
            raise FieldError(f"{field}.name", f"unknown plugin {name!r}", meant or known)
    elif point != _MULTI and point not in PLUGINS[name]:
        raise FieldError(
            f"{field}.name",
            f"{name} is no {point} plugin",
            f"it belongs to {', '.join(PLUGINS[name])}",
        )
    if abs(plugin.weight or 0) > _WEIGHT_MAX:
        raise FieldError(
            f"{field}.weight", f"{plugin.weight} is out of range", "use a number such as 1 or 10"
        )


def note_plugins(sets: PluginSets, findings: Findings) -> None:
    """Check the sets and add what of them is not modelled; raise FieldError."""
    sets.check()
    findings.not_modelled += sets.not_modelled()
