"""All default filters on one kind of pod and all nodes, in kube-scheduler's order.

A node is refused by the first filter that refuses it, for all that filter's reasons, as the
scheduler counts them (pkg/scheduler/schedule_one.go findNodesThatFitPod, Kubernetes 1.34).
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np

from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.filters import (
    inter_pod_affinity,
    node_affinity,
    node_name,
    node_ports,
    node_resources_fit,
    node_unschedulable,
    node_volume_limits,
    pod_topology_spread,
    taint_toleration,
    volume_binding,
    volume_restrictions,
    volume_zone,
)
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.refusal import Refusal

FILTERS = (
    node_unschedulable,
    node_name,
    taint_toleration,
    node_affinity,
    node_ports,
    node_resources_fit,
    volume_restrictions,
    node_volume_limits,
    volume_binding,
    volume_zone,
    pod_topology_spread,
    inter_pod_affinity,
)
"""Kubernetes' default order. DynamicResources comes last: its pods are named as not supported."""
_PRE_FILTERS = (node_affinity, volume_restrictions, volume_binding, volume_zone)


@dataclass(slots=True)
class FilterResult:
    """Which nodes may take a pod, and why the others may not.

    ``refused`` holds (filter, refusal) with the nodes that this filter was the first to refuse;
    ``unsolvable`` is (filter, reason) where no node was looked at.
    """

    feasible: Mask
    refused: list[tuple[str, Refusal]] = field(default_factory=list)
    unsolvable: tuple[str, str] | None = None

    @property
    def histogram(self) -> Counter[str]:
        """Each reason with the nodes refused for it, as the scheduler's message counts them."""
        counts: Counter[str] = Counter()
        if self.unsolvable is not None:
            counts[self.unsolvable[1]] = len(self.feasible)
        for _, refusal in self.refused:
            counts[refusal.reason] += int(refusal.nodes.sum())
        return +counts

    @property
    def deciding(self) -> Counter[str]:
        """Each filter with the nodes it was the first to refuse."""
        masks: dict[str, Mask] = {}
        for name, refusal in self.refused:
            masks[name] = masks[name] | refusal.nodes if name in masks else refusal.nodes
        return +Counter({name: int(mask.sum()) for name, mask in masks.items()})

    @property
    def helpable(self) -> Mask:
        """The refused nodes where evicting pods might help."""
        mask = ~self.feasible
        if self.unsolvable is not None:
            return np.zeros_like(mask)
        for _, refusal in self.refused:
            mask = mask & ~(refusal.nodes & refusal.hopeless)
        return mask

    def message(self) -> str:
        """Say it as the scheduler does: 0/9 nodes are available: 3 Insufficient cpu, ..."""
        head = f"0/{len(self.feasible)} nodes are available:"
        if self.unsolvable is not None:  # the scheduler writes no number there
            return f"{head} {self.unsolvable[1]}."
        reasons = sorted(f"{count} {reason}" for reason, count in self.histogram.items())
        return f"{head} {', '.join(reasons)}." if reasons else head.rstrip(":") + "."


def unsolvable(context: PodContext) -> tuple[str, str] | None:
    """Return the filter and the reason for which no node at all can take a kind of pod."""
    for module in _PRE_FILTERS:
        reason = module.unsolvable(context)
        if reason:
            return module.NAME, reason
    return None


def judge(context: PodContext) -> FilterResult:
    """Judge a kind of pod against the nodes as they are now."""
    everywhere = np.ones(len(context.index), dtype=bool)
    nothing = unsolvable(context)
    if nothing is not None:
        return FilterResult(~everywhere, unsolvable=nothing)
    verdict = FilterResult(everywhere)
    named = node_affinity.named_nodes(context.template)
    if named is not None:
        inside = np.array([node.name in named for node in context.cache.nodes], dtype=bool)
        verdict.feasible = inside
        verdict.refused.append((node_affinity.NAME, Refusal(node_affinity.UNNAMED, ~inside, True)))
    for module in FILTERS:
        before = verdict.feasible
        for refusal in module.refusals(context):
            nodes = refusal.nodes & before
            if nodes.any():
                first = Refusal(refusal.reason, nodes, refusal.hopeless)
                verdict.refused.append((module.NAME, first))
                verdict.feasible = verdict.feasible & ~nodes
    return verdict


_LASTING = (taint_toleration, node_affinity)
_MOVING = (
    node_ports,
    volume_restrictions,
    node_volume_limits,
    pod_topology_spread,
    inter_pod_affinity,
)
_BY_CLAIMS = (volume_binding, volume_zone)
"""Filters that the pod's claims, and the volumes for them, decide."""
_BY_OTHERS = (pod_topology_spread, inter_pod_affinity)
"""Filters that the pods on other nodes decide."""


def _lasting(context: PodContext) -> Mask:
    passing = np.ones(len(context.index), dtype=bool)
    for module in _LASTING:
        for refusal in module.refusals(context):
            passing &= ~refusal.nodes
    return passing


def _cordoned(context: PodContext) -> Mask:
    passing = _lasting(context)
    for refusal in node_unschedulable.refusals(context):
        passing &= ~refusal.nodes
    return passing


def _alike(context: PodContext, make: Callable[[PodContext], Mask]) -> Mask:
    """Return a mask that is the same for all kinds with the same demands on a node alone."""
    demands = context.on_any_nodes("demands", _demands)
    return context.cache.shared((make, demands), lambda: make(context))


def _demands(context: PodContext) -> Hashable:
    """Return what a kind demands of a node alone; a number for it where that is remembered."""
    template, contents = context.template, context.cache.contents
    demands = (
        template.tolerations,
        template.node_selector,
        template.node_affinity,
        template.added_affinity,
    )
    return demands if contents is None else contents.place(demands)


def _steady(context: PodContext) -> Mask:
    return _alike(context, _cordoned)


def roomy(context: PodContext) -> Mask:
    """Return the nodes that have room for a pod and want nothing of it that others decide."""
    nodes: Mask = context.once("steady", _steady) & node_resources_fit.fits(context)
    return nodes


def feasible(context: PodContext) -> Mask:
    """Return the nodes that pass every filter, as ``judge`` does but for the reasons."""
    return context.once("feasible", kept_feasible)()


def kept_feasible(context: PodContext) -> Callable[[], Mask]:
    """Return what returns ``feasible``, for who asks again and again."""
    return _passing(context, context.once("steady", _steady))


def others_decide(context: PodContext) -> bool:
    """Return whether some node is refused only for pods on other nodes, which may come or go."""
    steady = context.once("steady", _steady)
    alone = context.once("alone", lambda v: _passing(v, steady, _BY_OTHERS))
    return bool(np.greater(alone(), feasible(context)).any())


def landable(context: PodContext, *, alone: bool = False) -> Mask:
    """Return the nodes that pass every filter but the cordon, under which nodes are held.

    With ``alone`` what pods on other nodes decide is left out: others may yet come or go.
    """
    lasting = context.once("lasting", lambda v: _alike(v, _lasting))
    return _passing(context, lasting, _BY_OTHERS if alone else ())()


def _passing(
    context: PodContext, steady: Mask, without: Sequence[object] = ()
) -> Callable[[], Mask]:
    """Return what returns the nodes that pass what is steady and every filter of pods there."""
    fits = context.once("fits", node_resources_fit.kept_fits)
    moving = [m.refusals for m in _MOVING if m not in without and m.applies(context)]
    claims = bool(context.kind.claims)

    def passing() -> Mask:
        nodes: Mask = steady & fits()
        if claims:
            nodes &= _reachable(context)
        for refusals in moving:
            for refusal in refusals(context):
                np.greater(nodes, refusal.nodes, out=nodes)  # in one step: and not
        return nodes

    return passing


def _reachable(context: PodContext) -> Mask:
    """Return the nodes that the pod's claims accept, remembered by what the claims are."""
    kind, storage = context.kind, context.cache.storage
    known = storage.known_of(kind.namespace, kind.claims)
    if known is None:
        return _claimed(context)
    masks: dict[Hashable, Mask] = context.once("reachable", lambda _: {})
    if known not in masks:
        masks[known] = _claimed(context)
    return masks[known]


def _claimed(context: PodContext) -> Mask:
    if unsolvable(context) is not None:
        return np.zeros(len(context.index), dtype=bool)
    passing = np.ones(len(context.index), dtype=bool)
    for module in _BY_CLAIMS:
        for refusal in module.refusals(context):
            passing &= ~refusal.nodes
    return passing
