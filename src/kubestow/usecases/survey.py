"""Survey: what a cluster runs, what it costs, and why pods wait; nothing is planned."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from kubestow.catalog.burstable import credits_of, used_milli
from kubestow.catalog.observed_pools import group_of
from kubestow.catalog.reserved_nodes import covering, place_of
from kubestow.catalog.usage import capacity_type, node_price
from kubestow.compute.node_parts import AutoModeFees
from kubestow.disruption.expected import is_node_bound
from kubestow.model import labels as names
from kubestow.model.costs import Reservation
from kubestow.model.instance_type import ON_DEMAND
from kubestow.model.node import Node
from kubestow.model.observed import NodeDetails, Observed
from kubestow.model.pod import Pod
from kubestow.model.resources import Amounts, amounts
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.model.survey import (
    PendingPods,
    Survey,
    SurveyedNode,
    SurveyedPod,
    SurveyedReservation,
)
from kubestow.scheduling.filtering import judge
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.scheduler_cache import build_cache

_NO_FACTS = NodeDetails()
_CLASSES_MOST = 200  # of Pending pods that are explained
LINUX = "linux"
ADMISSION = "Admission"
NO_NODES = "there are no nodes"


def survey(observed: Observed) -> Survey:
    """Return what is there."""
    return Surveyor().survey(observed)


class Surveyor:
    """Surveys a cluster again and again; a node that is as it was before is not surveyed again."""

    def __init__(self) -> None:
        self._shared: tuple[object, ...] = ()
        self._fees: AutoModeFees | None = None
        self._nodes: dict[str, tuple[tuple[object, ...], SurveyedNode]] = {}

    def survey(self, observed: Observed) -> Survey:
        """Return what is there."""
        snapshot = observed.snapshot
        cluster, costs = snapshot.cluster, snapshot.catalog.costs
        on_node: dict[str, list[Pod]] = defaultdict(list)
        for pod in cluster.pods:
            on_node[pod.node_name].append(pod)
        shared = snapshot.catalog, cluster.nodepools, snapshot.cpu_use
        if shared != self._shared or self._fees is None:
            self._shared, self._nodes = shared, {}
            self._fees = AutoModeFees(snapshot.catalog)
        reservations = costs.reservations if costs is not None else ()
        used = covering([place_of(dict(node.labels)) for node in cluster.nodes], reservations)
        paid = [None if own is None else reservations[own] for own in used]
        surveyed = {
            node.name: self._node(node, on_node.get(node.name, []), own, observed, self._fees)
            for node, own in zip(cluster.nodes, paid, strict=True)
        }
        self._nodes = surveyed
        waiting = [number for number, pod in enumerate(cluster.pods) if not pod.node_name]
        return Survey(
            observed.name,
            snapshot.catalog.region,
            snapshot.at,
            tuple(node for _, node in surveyed.values()),
            tuple(_pending(cluster, waiting)),
            len(cluster.pods),
            snapshot.catalog.sources,
            observed.notes,
            tuple(
                SurveyedReservation(item, used.count(position))
                for position, item in enumerate(reservations)
            ),
        )

    def _node(
        self,
        node: Node,
        pods: list[Pod],
        reservation: Reservation | None,
        observed: Observed,
        fees: AutoModeFees,
    ) -> tuple[tuple[object, ...], SurveyedNode]:
        """Return a node with what its survey is made of."""
        facts = observed.nodes.get(node.name, _NO_FACTS)
        used = None if observed.usage is None else observed.usage.nodes.get(node.name)
        # Pods that are equal may have other owners.
        made_of = node, [(id(pod), pod) for pod in pods], reservation, facts, used
        before = self._nodes.get(node.name)
        if before is not None and before[0] == made_of:
            return before
        beside = _beside(dict(node.labels), pods, observed.snapshot, fees)
        own = _surveyed(node, pods, facts, used, observed.snapshot)
        return made_of, _paid(own, reservation, beside)


def _paid(node: SurveyedNode, reservation: Reservation | None, beside: int) -> SurveyedNode:
    """Return a node whose price is that of the catalog at what is paid for it."""
    listed = None if node.price is None else node.price + beside
    if reservation is None:
        return replace(node, price=listed, unreserved=listed, beside=beside)
    price = (reservation.nano_usd_per_hour or 0) + beside
    return replace(
        node, price=price, reservation=reservation.name, unreserved=listed, beside=beside
    )


def _surveyed(
    node: Node,
    pods: Sequence[Pod],
    facts: NodeDetails,
    used: Amounts | None,
    snapshot: Snapshot,
) -> SurveyedNode:
    labels = dict(node.labels)
    daemons = [pod for pod in pods if is_node_bound(pod)]
    return SurveyedNode(
        node.name,
        group_of(labels, snapshot.cluster.nodepools),
        labels.get(names.INSTANCE_TYPE, ""),
        labels.get(names.ZONE, ""),
        capacity_type(labels) or ON_DEMAND,
        _price(labels, snapshot),
        facts.status,
        node.unschedulable,
        node.allocatable,
        _requests(pods),
        _requests(daemons),
        tuple(SurveyedPod(pod.key, pod.template.requests, is_node_bound(pod)) for pod in pods),
        facts,
        used,
    )


def _price(labels: Mapping[str, str], snapshot: Snapshot) -> int | None:
    """Return a node's price in the catalog, which has those of Linux."""
    if labels.get(names.OS, LINUX) != LINUX:
        return None
    return node_price(labels, snapshot.catalog.prices())


def _beside(
    labels: Mapping[str, str], pods: Sequence[Pod], snapshot: Snapshot, fees: AutoModeFees
) -> int:
    """Return what a node costs beside its price: surplus CPU credits, and Auto Mode's fee."""
    name = labels.get(names.INSTANCE_TYPE, "")
    shape = snapshot.catalog.instance_types.get(name)
    own = None if shape is None else credits_of(shape, snapshot.cpu_use)
    used = sum(used_milli(pod.template, snapshot.cpu_use) for pod in pods) if own else 0
    surplus = 0 if own is None else own.surplus(used)
    if labels.get(names.AUTO_MODE_COMPUTE) != "auto":
        return surplus
    price = _price(labels, snapshot) or 0
    return surplus + fees.of(name, labels.get(names.ZONE, ""), price)


def _requests(pods: Sequence[Pod]) -> Amounts:
    total: dict[str, int] = {}
    for pod in pods:
        for name, amount in pod.template.requests:
            total[name] = total.get(name, 0) + amount
    return amounts(total)


def _pending(cluster: Cluster, waiting: Sequence[int]) -> Iterator[PendingPods]:
    """Yield Pending pods that wait for the same reason, told by kube-scheduler's own filters."""
    refused: dict[str, list[str]] = defaultdict(list)
    others: list[int] = []
    for number in waiting:
        pod = cluster.pods[number]
        if pod.rejected:
            refused[pod.rejected].append(pod.key)
        else:
            others.append(number)
    for message, named in refused.items():
        yield PendingPods(tuple(named), message, ADMISSION)
    if not others:
        return
    if not cluster.nodes:
        yield PendingPods(tuple(cluster.pods[n].key for n in others), NO_NODES, "")
        return
    cache = build_cache(cluster)
    alike: dict[object, list[int]] = defaultdict(list)
    for number in others:
        alike[cache.kind_of[number]].append(number)
    for members in list(alike.values())[:_CLASSES_MOST]:
        verdict = judge(PodContext(cache, cache.kind_of[members[0]]))
        keys = tuple(cluster.pods[number].key for number in members)
        feasible = int(verdict.feasible.sum())
        if feasible:
            text = f"{feasible}/{len(cluster.nodes)} nodes are available: it is about to run"
            yield PendingPods(keys, text, "")
        elif verdict.unsolvable is not None:
            yield PendingPods(keys, verdict.message(), verdict.unsolvable[0])
        else:
            first = max(verdict.deciding.items(), key=lambda item: (item[1], item[0]))[0]
            yield PendingPods(keys, verdict.message(), first)
    rest = [n for members in list(alike.values())[_CLASSES_MOST:] for n in members]
    if rest:
        text = f"not looked at: more than {_CLASSES_MOST} kinds of pods are Pending"
        yield PendingPods(tuple(cluster.pods[number].key for number in rest), text, "")
