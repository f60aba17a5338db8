"""Spot choice: how many instance types could run a spot node's pods, if its pool asks for that.

The wish applies only where it can be met: not in a pool with too few types on spot for an empty
node, nor for a pod that leaves too few by itself or must share its node. Nor does it apply to a
mended plan, whose pods are where kube-scheduler put them in some arrival order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kubestow.model import labels as names
from kubestow.model.instance_type import SPOT, InstanceType
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import PodTemplate
from kubestow.model.resources import EBS_VOLUMES, PODS
from kubestow.model.violation import Violation
from kubestow.verify.constraints import Labels, node_is_selected
from kubestow.verify.daemonsets import runs_on
from kubestow.verify.final_state import FinalState, NodeInPlan
from kubestow.verify.fleet import OfferingFacts, refused_requirement
from kubestow.verify.volumes import ebs_volumes


def spot_choice(final_state: FinalState, facts: OfferingFacts) -> Iterator[Violation]:
    """Find spot nodes whose pods leave fewer types than their pool wants and could have."""
    if final_state.plan.rehearsed is not None and final_state.plan.rehearsed.stranded:
        return
    for place in final_state.places:
        node = place.planned
        if node is None or place.existing or node.capacity_type != SPOT:
            continue
        pool = final_state.pools.get(node.nodepool)
        if pool is None or pool.spot_types < 2:
            continue
        count = _StandIns(final_state, facts, place, pool).too_few()
        if count is not None:
            detail = (
                f"{count} instance types on spot could run its pods, "
                f"{pool.name} wants {pool.spot_types}"
            )
            yield Violation("SpotChoice", place.name, detail)


@dataclass(frozen=True, slots=True)
class _StandIn:
    """An offering on spot that the pool could launch, and what its DaemonSets leave free."""

    instance_type: str
    zone: str
    labels: Labels
    free: dict[str, int]


@dataclass(slots=True)
class _StandIns:
    """What else the pool could launch on spot instead of a node."""

    final_state: FinalState
    facts: OfferingFacts
    place: NodeInPlan
    pool: NodePool
    _offered: list[_StandIn] = field(default_factory=list)

    def too_few(self) -> int | None:
        """Return how many types could run the pods if they are too few, otherwise None."""
        templates = [
            self.final_state.template(standing)
            for standing in self.final_state.at_place[self.place.index]
            if not standing.daemonset
        ]
        self._offered = list(self._offers())
        wished, count = self.pool.spot_types, self._types(templates)
        if count >= wished or self._types(()) < wished:
            return None
        alone = (
            self._types((template,), self.place.labels.get(names.ZONE))
            for template in dict.fromkeys(templates)
        )
        bundled = any(
            term.topology_key == names.HOSTNAME
            for template in templates
            for term in template.affinity
        )
        breaks_wish = not bundled and all(types >= wished for types in alone)
        return count if breaks_wish else None

    def _offers(self) -> Iterator[_StandIn]:
        """Yield every type on spot that the pool may launch."""
        types = self.final_state.snapshot.catalog.instance_types
        node = self.place.planned
        assert node is not None, "only new nodes are checked"
        launched_by = self.pool.launched_by
        mine = self.facts.labels(
            types[node.instance_type], node.zone, node.capacity_type, launched_by
        )
        own = {key: value for key, value in self.place.labels.items() if key not in mine}
        for name, zone, capacity_type in self.facts.prices:
            if capacity_type != SPOT or name not in types:
                continue
            offered = self.facts.labels(types[name], zone, capacity_type, launched_by)
            labels = {**own, **offered}
            if refused_requirement(self.pool, labels, types[name], capacity_type) is None:
                yield _StandIn(name, zone, labels, self._left(types[name], labels))

    def _left(self, instance_type: InstanceType, labels: Labels) -> dict[str, int]:
        """Return what a node has free beside its DaemonSets."""
        left = dict(self.facts.allocatable(instance_type, self.pool))
        there = replace(self.place, labels=labels)
        for daemonset in self.final_state.snapshot.cluster.daemonsets:
            if runs_on(daemonset, there):
                for name, amount in (*daemonset.template.requests, (PODS, 1)):
                    left[name] = left.get(name, 0) - amount
        return left

    def _types(self, templates: Sequence[PodTemplate], zone: str | None = None) -> int:
        """Return how many types could run pods of these templates, in a zone if given."""
        needed: dict[str, int] = {PODS: len(templates)}
        if templates:
            needed[EBS_VOLUMES] = ebs_volumes(self.final_state, self.place.index)
        for template in templates:
            for name, amount in template.requests:
                needed[name] = needed.get(name, 0) + amount
        distinct = list(dict.fromkeys(templates))
        types: set[str] = set()
        for offer in self._offered:
            if offer.instance_type in types or (zone is not None and offer.zone != zone):
                continue
            free = offer.free
            fits = all(amount <= free.get(key, 0) for key, amount in needed.items() if amount)
            fits = fits and min(free.values(), default=0) >= 0
            if fits and all(node_is_selected(t, self.place.name, offer.labels) for t in distinct):
                types.add(offer.instance_type)
        return len(types)
