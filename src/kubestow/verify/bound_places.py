"""The places of a bound: every offering the pools may launch, every existing node, what is free.

The judge's rules for plans apply: labels, requirements, taints, volumes, DaemonSets. A new
node has a name and hostname that are not in the input, and takes every combination of the labels
that its NodePool leaves open, as far as pods can tell them apart.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kubestow.catalog.burstable import credits_of, used_by
from kubestow.catalog.node_labels import pool_labels
from kubestow.model import labels as names
from kubestow.model.certificate import EBS_VOLUMES_AXIS
from kubestow.model.cpu_credits import CpuCredits
from kubestow.model.instance_type import InstanceType
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import LowerBound, Plan
from kubestow.model.pod import DaemonSet, Pod, PodTemplate
from kubestow.model.requirements import Requirement, parse_int
from kubestow.model.resources import CPU_USE, EBS_VOLUMES, PODS
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.model.taints import Taint, Toleration
from kubestow.verify.bound_load import Free
from kubestow.verify.bound_pods import Roll, Signature, exclude_each_other
from kubestow.verify.constraints import Labels, profile_admits, untolerated
from kubestow.verify.daemonsets import runs_on
from kubestow.verify.final_state import (
    AlikePods,
    FinalState,
    NodeInPlan,
    PodOnNode,
)
from kubestow.verify.fleet import (
    OfferingFacts,
    facts_of,
    refused_requirement,
)
from kubestow.verify.placement import constrains
from kubestow.verify.volumes import claim_violations

NEW = "(a new node)"
_ANY_OTHER = "(any other value)"
_COMBINATIONS_MAX = 256
_ZONE_KEYS = frozenset({*names.BETA_ALIASES, *names.BETA_ALIASES.values(), "topology.gke.io/zone"})


class TooManyLabelsError(ValueError):
    """A NodePool leaves open more combinations of labels than can be checked."""


class JudgedOffering(NamedTuple):
    """An offering of a NodePool, and its price."""

    pool: NodePool
    instance_type: str
    zone: str
    capacity_type: str
    nano_usd_per_hour: int

    def describe(self) -> str:
        """Return the offering as readable text."""
        return f"{self.instance_type} {self.capacity_type} in {self.zone}"


class BoundPlace(NamedTuple):
    """A place, what is free there, and the kinds of pods that are there in any case.

    These are bound pods and DaemonSet pods; ``offer`` is None for existing nodes. Of burstable
    nodes ``credits`` tell what they sustain beside their DaemonSets, which is free as well, and
    what they charge for more.
    """

    place: NodeInPlan
    free: Free
    there: frozenset[int]
    offer: JudgedOffering | None = None
    credits: CpuCredits | None = None


def existing_sites(cluster: Cluster, roll: Roll) -> Iterator[BoundPlace]:
    """Yield the cluster's nodes, less what bound pods and DaemonSets take; volumes take nothing.

    Missing DaemonSet pods count if all of them fit beside the bound pods.
    """
    bound: dict[str, list[Pod]] = {node.name: [] for node in cluster.nodes}
    for pod in cluster.pods:
        if pod.node_name in bound:
            bound[pod.node_name].append(pod)
    kinds = _daemonset_kinds(cluster, roll)
    for index, node in enumerate(cluster.nodes):
        place = NodeInPlan(
            index,
            node.name,
            dict(node.labels),
            node.effective_taints,
            dict(node.allocatable),
            None,
            node,
        )
        pods = bound[node.name]
        free = _less(dict(node.allocatable), [pod.template for pod in pods])
        there = {roll.builder.kind(p.template, p.namespace, p.labels, p.terminating) for p in pods}
        running = {pod.daemonset for pod in pods}
        coming = [
            i
            for i, daemonset in enumerate(cluster.daemonsets)
            if daemonset.key not in running and runs_on(daemonset, place)
        ]
        less = _less(free, [cluster.daemonsets[i].template for i in coming])
        if not any(
            less[name] < 0
            for i in coming
            for name, amount in (*cluster.daemonsets[i].template.requests, (PODS, 1))
            if amount > 0
        ) and not any(
            exclude_each_other(roll.kinds[kinds[i]], roll.kinds[other], cluster)
            for i in coming
            for other in sorted(there)
        ):
            free, there = less, there | {kinds[i] for i in coming}
        if names.HOSTNAME not in place.labels:
            there = set()  # constraints by hostname do not apply here
        yield BoundPlace(
            place, {name: max(0, amount) for name, amount in free.items()}, frozenset(there)
        )


def _less(free: Mapping[str, int], templates: Iterable[PodTemplate]) -> dict[str, int]:
    """Return what pods of these templates leave free."""
    left = dict(free)
    for template in templates:
        for name, amount in (*template.requests, (PODS, 1)):
            if amount > 0:
                left[name] = left.get(name, 0) - amount
    return left


def _daemonset_kinds(cluster: Cluster, roll: Roll) -> list[int]:
    return [roll.builder.kind(d.template, d.namespace, d.labels, False) for d in cluster.daemonsets]


def new_sites(snapshot: Snapshot, pools: tuple[NodePool, ...], roll: Roll) -> Iterator[BoundPlace]:
    """Yield every node that the pools may launch and that fits its DaemonSets."""
    facts, types = facts_of(snapshot), snapshot.catalog.instance_types
    daemonsets = snapshot.cluster.daemonsets
    read = _values_read([pod.template for pod in roll.pods] + [d.template for d in daemonsets])
    kinds = _daemonset_kinds(snapshot.cluster, roll)
    index = len(snapshot.cluster.nodes)
    for pool in pools:
        free_by_type: dict[tuple[str, tuple[int, ...]], Free | None] = {}
        for (type_name, zone, capacity_type), prices in facts.prices.items():
            instance_type = types.get(type_name)
            if instance_type is None:
                continue
            price = min(price.nano_usd_per_hour for price in prices)
            offer = JudgedOffering(pool, type_name, zone, capacity_type, price)
            for labels in _labels(pool, instance_type, offer, facts, read):
                allocatable = facts.allocatable(instance_type, pool)
                place = NodeInPlan(index, NEW, labels, pool.taints, allocatable, None, None)
                here = tuple(i for i, d in enumerate(daemonsets) if runs_on(d, place))
                if (type_name, here) not in free_by_type:
                    free_by_type[type_name, here] = _free(
                        allocatable, [daemonsets[i] for i in here]
                    )
                free = free_by_type[type_name, here]
                if free is None:
                    continue
                own = credits_of(instance_type, snapshot.cpu_use)
                if own is not None:
                    left = own.baseline - used_by(
                        (daemonsets[i].template for i in here), snapshot.cpu_use
                    )
                    if own.rate is None and left < 0:
                        continue  # its DaemonSets alone would be throttled
                    free, own = {**free, CPU_USE: left}, replace(own, baseline=left)
                yield BoundPlace(place, free, frozenset(kinds[i] for i in here), offer, own)
                index += 1


def _free(allocatable: Mapping[str, int], daemonsets: Iterable[DaemonSet]) -> Free | None:
    """Return what DaemonSets leave free; None if the node is too small for them."""
    free = _less(allocatable, [daemonset.template for daemonset in daemonsets])
    free[EBS_VOLUMES_AXIS] = free.pop(EBS_VOLUMES, 0)
    return None if any(amount < 0 for amount in free.values()) else free


def _values_read(templates: Iterable[PodTemplate]) -> dict[str, list[str]]:
    """Return the node labels that templates read, each with the values that they distinguish."""
    values_by_key: dict[str, dict[str, None]] = {}
    for template in dict.fromkeys(templates):
        for key, value in template.node_selector:
            values_by_key.setdefault(key, {})[value] = None
        for term in template.node_terms:
            for expression in term.expressions:
                values = values_by_key.setdefault(expression.key, {})
                values.update(dict.fromkeys(expression.values))
                if expression.operator in ("Gt", "Lt"):
                    numbers = [parse_int(value) or 0 for value in expression.values]
                    values.update({str(n + step): None for n in numbers for step in (-1, 1)})
    return {key: list(values) for key, values in values_by_key.items()}


def _labels(
    pool: NodePool,
    instance_type: InstanceType,
    offer: JudgedOffering,
    facts: OfferingFacts,
    read: Mapping[str, list[str]],
) -> Iterator[Labels]:
    """Yield the possible labels of a node of the offering in the pool; none if not launchable."""
    offered = facts.labels(instance_type, offer.zone, offer.capacity_type, pool.launched_by)
    if any(offered.get(key, value) != value for key, value in pool.labels):
        return
    fixed = {**offered, **dict(pool.labels), **pool_labels(pool), names.HOSTNAME: NEW}
    choices: dict[str, list[str | None]] = {
        key: _choices(item, read.get(key, []))
        for key, item in sorted(pool.requirements.by_key.items())
        if key not in fixed and key not in names.WELL_KNOWN and key != names.CURRENT_GENERATION
    }
    if prod(map(len, choices.values())) > _COMBINATIONS_MAX:
        raise TooManyLabelsError(pool.name)
    for chosen in product(*choices.values()):
        pairs = zip(choices, chosen, strict=True)
        labels = {**fixed, **{key: value for key, value in pairs if value is not None}}
        if refused_requirement(pool, labels, instance_type, offer.capacity_type) is None:
            yield labels


def _choices(wanted: Requirement, read: list[str]) -> list[str | None]:
    """Return the values of a label that a NodePool leaves open, as far as pods distinguish them.

    The last one stands for all values that no pod reads.
    """
    choices: list[str | None] = [value for value in read if wanted.has(value)]
    if wanted.complement:
        unread = next((str(n) for n in (wanted.gte, wanted.lte) if n is not None), _ANY_OTHER)
        choices += [unread] if wanted.has(unread) else []
    else:
        choices += sorted(wanted.values - set(read))[:1]
    return [*choices, None] if wanted.allows_absence else choices


@dataclass(slots=True)
class PlaceAdmission:
    """Which places take which pods, regardless of other pods; answers are cached."""

    cluster: Cluster
    roll: Roll
    sites: list[BoundPlace]
    final_state: FinalState
    present: frozenset[int]
    _selected: dict[object, NDArray[np.bool_]] = field(default_factory=dict)
    _tolerated: dict[tuple[Toleration, ...], NDArray[np.bool_]] = field(default_factory=dict)
    _reached: dict[Signature, NDArray[np.bool_]] = field(default_factory=dict)
    _seen: list[object] = field(default_factory=list)

    def matrix(self) -> NDArray[np.bool_]:
        """Return for each ware the places that take it."""
        rows_by_alike: dict[object, NDArray[np.bool_]] = {}
        for alike, pod in zip(self.roll.alike, self.roll.pods, strict=True):
            if alike not in rows_by_alike:
                rows_by_alike[alike] = (
                    self._of_template(pod.template)
                    & self._of_taints(pod.template.tolerations)
                    & self._of_volumes(alike.claims, pod)
                    & ~self._held_off(self.roll.kinds[alike.kind])
                )
        rows = [rows_by_alike[alike] for alike in self.roll.alike]
        return np.array(rows, dtype=bool).reshape(len(rows), len(self.sites))

    def _of_template(self, template: PodTemplate) -> NDArray[np.bool_]:
        """NodeAffinity, and the labels that NodePools demand of their pods."""
        key = (template.node_selector, template.node_affinity, template.added_affinity)
        if key not in self._selected:
            selected = self._selected[key] = np.zeros(len(self.sites), dtype=bool)
            for index in self.final_state.selected_places(template):
                site = self.sites[index]
                demands = site.offer.pool.opt_in_keys if site.offer else ()
                selected[index] = all(
                    constrains(template, names.normalised(key), site.place) for key in demands
                ) and profile_admits(template, site.place.name, site.place.labels)
        return self._selected[key]

    def _of_taints(self, tolerations: tuple[Toleration, ...]) -> NDArray[np.bool_]:
        if tolerations not in self._tolerated:
            tolerated: dict[tuple[Taint, ...], bool] = {}
            for site in self.sites:
                taints = site.place.taints
                if taints not in tolerated:
                    tolerated[taints] = untolerated(taints, tolerations) is None
            mask = np.array([tolerated[site.place.taints] for site in self.sites], dtype=bool)
            self._tolerated[tolerations] = mask
        return self._tolerated[tolerations]

    def _of_volumes(self, claims: Signature, pod: Pod) -> NDArray[np.bool_]:
        if claims not in self._reached:
            standing = PodOnNode(pod.key, 0, 0, False, False, ())
            keys = [(pod.namespace, name) for name in pod.volume_claims]
            reachable: dict[object, bool] = {}
            for site, view in zip(self.sites, self._views(), strict=True):
                if view not in reachable:
                    reachable[view] = not any(
                        violation
                        for key in keys
                        for violation in claim_violations(standing, key, site.place, self.cluster)
                    )
            self._reached[claims] = np.array([reachable[v] for v in self._views()], dtype=bool)
        return self._reached[claims]

    def _views(self) -> list[object]:
        """Return for each site everything that volumes read of it."""
        if not self._seen:
            terms = [t for v in self.cluster.volumes.values() for t in v.node_affinity or ()]
            classes = self.cluster.storage_classes.values()
            terms += [t for storage_class in classes for t in storage_class.allowed_topologies]
            keys = sorted({e.key for term in terms for e in term.expressions} | _ZONE_KEYS)
            for site in self.sites:
                node = site.place.node
                plugins = None if node is None else node.migrated_plugins
                self._seen.append((plugins, *(site.place.labels.get(key) for key in keys)))
        return self._seen

    def _held_off(self, kind: AlikePods) -> NDArray[np.bool_]:
        """Return the places where a pod of this kind and one already there exclude each other."""
        hostile = {
            other
            for other in sorted(self.present)
            if exclude_each_other(kind, self.roll.kinds[other], self.cluster)
        }
        if not hostile:
            return np.zeros(len(self.sites), dtype=bool)
        return np.array([not hostile.isdisjoint(site.there) for site in self.sites])


def admission(
    snapshot: Snapshot, pools: tuple[NodePool, ...], roll: Roll, sites: list[BoundPlace]
) -> PlaceAdmission:
    """Return the answers about which places take which pods."""
    final_state = FinalState(
        snapshot,
        Plan(snapshot.catalog.region, (), (), LowerBound(0, "")),
        {pool.name: pool for pool in pools},
        tuple(site.place for site in sites),
        (),
        (),
        (),
        (),
    )
    present = frozenset(kind for site in sites for kind in site.there)
    return PlaceAdmission(snapshot.cluster, roll, sites, final_state, present)
