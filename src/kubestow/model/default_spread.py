"""The spread that pods without constraints of their own get from their scheduler's profile.

Source: pkg/scheduler/framework/plugins/podtopologyspread (buildDefaultConstraints) and
plugins/helper/spread.go of Kubernetes 1.34.
"""

from collections.abc import Sequence
from dataclasses import replace

from kubestow.model.pod import Pod, PodTemplate, SpreadConstraint
from kubestow.model.scheduler_profile import DefaultSpread, SchedulerProfiles
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.snapshot import Service


class DefaultSelectors:
    """What default spread constraints count for a pod.

    The selectors of all Services that match the pod, merged, and that of its owner; nothing for
    a pod that has spread constraints of its own.
    """

    def __init__(self, services: Sequence[Service]) -> None:
        self._services: dict[tuple[str, str, str], list[tuple[int, Service]]] = {}
        self._of_all: dict[str, list[tuple[int, Service]]] = {}
        for number, service in enumerate(services):
            if service.selector:
                where = (service.namespace, *service.selector[0])
                self._services.setdefault(where, []).append((number, service))
            else:
                self._of_all.setdefault(service.namespace, []).append((number, service))

    def of(self, pod: Pod) -> LabelSelector | None:
        """Return the selector, or None where there is nothing to count."""
        if pod.template.spread or pod.template.preferences.spread:
            return None
        labels = dict(pod.labels)
        merged: dict[str, str] = {}
        worth_trying = [*self._of_all.get(pod.namespace, ())]
        for key, text in pod.labels:
            worth_trying += self._services.get((pod.namespace, key, text), ())
        for _, service in sorted(worth_trying, key=lambda item: item[0]):
            if all(labels.get(key) == text for key, text in service.selector):
                merged.update(service.selector)
        counted = {SelectorRequirement(key, "In", (text,)) for key, text in merged.items()}
        if pod.owner_selector is not None:
            counted |= set(pod.owner_selector.requirements)
        return LabelSelector(tuple(sorted(counted))) if counted else None


def with_default_spread(
    pods: Sequence[Pod], services: Sequence[Service], profiles: SchedulerProfiles
) -> tuple[Pod, ...]:
    """Return the pods with the default constraints of their profiles, as if they were their own.

    A profile's own list is to its pods what constraints in their specs would be. The system's
    defaults are not written into pods: they also count for nodes without one of the keys, which
    no constraint of a pod does (``requireAllTopologies`` in scoring.go).
    """
    if all(profile.default_spread.is_systems for profile in profiles.configured):
        return tuple(pods)
    selectors = DefaultSelectors(services)
    templates: dict[tuple[PodTemplate, LabelSelector], PodTemplate] = {}
    spread_pods = []
    for pod in pods:
        defaults = profiles.of(pod.template.preferences.scheduler_name).default_spread
        selector = None if defaults.is_systems else selectors.of(pod)
        if selector is not None:
            key = (pod.template, selector)
            if key not in templates:
                templates[key] = _constrained(pod.template, defaults, selector)
            pod = replace(pod, template=templates[key])
        spread_pods.append(pod)
    return tuple(spread_pods)


def _constrained(
    template: PodTemplate, defaults: DefaultSpread, selector: LabelSelector
) -> PodTemplate:
    def selecting(constraints: Sequence[SpreadConstraint]) -> tuple[SpreadConstraint, ...]:
        return tuple(replace(constraint, selector=selector) for constraint in constraints)

    preferences = replace(template.preferences, spread=selecting(defaults.soft))
    return replace(template, spread=selecting(defaults.hard), preferences=preferences)
