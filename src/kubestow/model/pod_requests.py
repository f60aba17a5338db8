"""PodRequests: the requests of a pod's parts, and its total request of a node."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kubestow.model.resources import Amounts, amounts, is_compared, rounded

Nano = Mapping[str, int]
"""Resource name to nano-units, unrounded."""


@dataclass(frozen=True, slots=True)
class InitContainerRequests:
    """The requests of an init container; a sidecar (restartPolicy Always) keeps running."""

    requests: Nano
    is_sidecar: bool = False


@dataclass(frozen=True, slots=True)
class PodRequests:
    """The requests of the containers, the init containers in order, and the pod itself."""

    containers: tuple[Nano, ...] = ()
    init_containers: tuple[InitContainerRequests, ...] = ()
    overhead: Nano = field(default_factory=dict)
    pod_level: Nano = field(default_factory=dict)

    @property
    def of_all_containers(self) -> tuple[Nano, ...]:
        """The requests of each container and each init container."""
        return (*self.containers, *(item.requests for item in self.init_containers))

    def effective(self) -> Amounts:
        """Return what the pod requests of its node, rounded on the pod's total.

        Source: component-helpers resource/helpers.go PodRequests (Kubernetes 1.34).
        """
        total = self.aggregated()
        total |= {
            name: nano
            for name, nano in self.pod_level.items()
            if name in ("cpu", "memory") or name.startswith("hugepages-")
        }
        _add(total, self.overhead)
        return amounts({n: rounded(n, v) for n, v in total.items() if is_compared(n)})

    def aggregated(self) -> dict[str, int]:
        """Return what the containers and init containers request together, in nano-units.

        Source: component-helpers resource/helpers.go AggregateContainerRequests (Kubernetes 1.34).
        """
        total: dict[str, int] = {}
        for requests in self.containers:
            _add(total, requests)
        sidecars: dict[str, int] = {}
        peak: dict[str, int] = {}
        for container in self.init_containers:
            if container.is_sidecar:
                _add(total, container.requests)
                _add(sidecars, container.requests)
                running = sidecars
            else:
                running = dict(sidecars)
                _add(running, container.requests)
            for name, nano in running.items():
                peak[name] = max(peak.get(name, 0), nano)
        for name, nano in peak.items():
            total[name] = max(total.get(name, 0), nano)
        return total


def _add(total: dict[str, int], more: Nano) -> None:
    for name, nano in more.items():
        total[name] = total.get(name, 0) + nano
