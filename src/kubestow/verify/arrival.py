"""Arrival: the nodes that one pod may be bound to, given the pods bound already.

Exactly the default Filter plugins of kube-scheduler 1.34, in their order, for one pod, as if
no other unbound pod existed. Source: pkg/scheduler/framework/plugins.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import UNSCHEDULABLE_TAINT
from kubestow.verify.arrival_limits import limits
from kubestow.verify.arrival_pods import inter_pod, spread
from kubestow.verify.arrival_state import (
    ArrivalState,
    AttemptFailedError,
    Check,
    NodeAtArrival,
    build_state,
)
from kubestow.verify.arrival_volumes import binding, restrictions, zone
from kubestow.verify.constraints import ports_collide, profile_admits, untolerated

_LIMITS = "NodeVolumeLimits"


def _unschedulable(_: ArrivalState, pod: Pod) -> Check | None:
    """NodeUnschedulable: a cordon counts as its taint."""
    if untolerated((UNSCHEDULABLE_TAINT,), pod.template.tolerations) is None:
        return None
    return lambda site: site.node.unschedulable


def _node_name(_: ArrivalState, pod: Pod) -> Check | None:
    """NodeName: a pod that names its node may only go there."""
    return (lambda site: site.name != pod.node_name) if pod.node_name else None


def _taints(state: ArrivalState, pod: Pod) -> Check | None:
    """TaintToleration: the node's taints with effect NoSchedule or NoExecute."""
    tolerated = state.tolerated(pod.template.tolerations)
    return lambda site: site.index not in tolerated


def _node_affinity(state: ArrivalState, pod: Pod) -> Check | None:
    """NodeAffinity: nodeSelector, one term of the required node affinity, one of the added one.

    Its PreFilter narrows the nodes to those that the terms name; it rejects none that the terms
    accept.
    """
    template = pod.template
    if template.added_affinity is not None:
        own = state.selected(template)
        return lambda site: (
            site.index not in own or not profile_admits(template, site.name, site.labels)
        )
    if not template.node_selector and template.node_affinity is None:
        return None
    selected = state.selected(template)
    return lambda site: site.index not in selected


def _ports(_: ArrivalState, pod: Pod) -> Check | None:
    """NodePorts: no port that a bound pod uses."""
    ports = pod.template.host_ports
    if not ports:
        return None
    return lambda site: any(ports_collide(port, held) for held in site.ports for port in ports)


def _resources(_: ArrivalState, pod: Pod) -> Check | None:
    """NodeResourcesFit: a pod slot, and enough of every resource that the pod requests."""
    asked = tuple((name, amount) for name, amount in pod.template.requests if amount > 0)

    def refuses(site: NodeAtArrival) -> bool:
        if site.slots < 1:
            return True
        free = site.free
        return any(amount > free.get(name, 0) for name, amount in asked)

    return refuses


_PLUGINS: tuple[tuple[str, Callable[[ArrivalState, Pod], Check | None]], ...] = (
    ("NodeUnschedulable", _unschedulable),
    ("NodeName", _node_name),
    ("TaintToleration", _taints),
    ("NodeAffinity", _node_affinity),
    ("NodePorts", _ports),
    ("NodeResourcesFit", _resources),
    ("VolumeRestrictions", restrictions),
    (_LIMITS, limits),
    ("VolumeBinding", binding),
    ("VolumeZone", zone),
    ("PodTopologySpread", spread),
    ("InterPodAffinity", inter_pod),
)
"""In the order of pkg/scheduler/apis/config/v1/default_plugins.go."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Answers for one state of a cluster. Asking does not change it."""

    state: ArrivalState

    def feasible(self, pod: Pod) -> frozenset[str] | None:
        """Return the names of the nodes the pod may be bound to; None if it is not judged.

        Pods with scheduling gates, pods that admission rejects and pods whose template has
        unsupported parts are not judged.
        """
        template = pod.template
        if template.unsupported or template.scheduling_gates or pod.rejected:
            return None
        left: list[NodeAtArrival] = list(self.state.sites)
        try:
            for _, plugin in _PLUGINS:
                check = plugin(self.state, pod)
                if check is not None:
                    left = [site for site in left if not check(site)]
                if not left:
                    break
        except AttemptFailedError:
            return frozenset()
        return frozenset(site.name for site in left)

    def refusals(self, pod: Pod, node_name: str) -> tuple[str, ...]:
        """Return all plugins that reject the pod on a node, in their order.

        NodeVolumeLimits may also reject it because of another node: what it cannot read there
        ends the attempt for all nodes. An unknown node raises KeyError.
        """
        site = next((site for site in self.state.sites if site.name == node_name), None)
        if site is None:
            raise KeyError(node_name)
        refusing = self.refusing(pod, site)
        if not refusing and self.feasible(pod) == frozenset():
            return (_LIMITS,)
        return refusing

    def refusing(self, pod: Pod, site: NodeAtArrival) -> tuple[str, ...]:
        """Return all plugins that reject the pod on a site, regardless of other sites."""
        return tuple(name for name, plugin in _PLUGINS if self._refuses(plugin, pod, site))

    def _refuses(
        self, plugin: Callable[[ArrivalState, Pod], Check | None], pod: Pod, site: NodeAtArrival
    ) -> bool:
        check = plugin(self.state, pod)
        try:
            return check is not None and check(site)
        except AttemptFailedError:
            return True


def arrival(cluster: Cluster) -> Arrivals:
    """Return the answers for this state of a cluster."""
    return Arrivals(build_state(cluster))
