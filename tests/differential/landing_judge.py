"""What runs in the real API server, judged by the rules that share no code with the engine.

Law: the nodes and pods are those observed. Every rule about pods applies, to all pods: the API
server checks none of them when a pod is bound.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from kubestow.model import labels as names
from kubestow.model.instance_type import Price
from kubestow.model.node import Node
from kubestow.model.plan import LowerBound, Plan, PlannedNode
from kubestow.model.pod import Pod
from kubestow.model.resources import EBS_VOLUMES
from kubestow.model.snapshot import Snapshot
from kubestow.model.violation import Violation
from kubestow.model.volume import EBS_DRIVER
from kubestow.verify.anti_affinity import anti_affinity
from kubestow.verify.bindings import Bindings
from kubestow.verify.final_state import build_world
from kubestow.verify.order import order
from kubestow.verify.placement import capacity, collisions, placement
from kubestow.verify.selection import selection_of
from kubestow.verify.volumes import volumes


def refused(
    snapshot: Snapshot, witness: tuple[str, ...] = (), others: Collection[str] = ()
) -> list[str]:
    """Return what no filter would let; ``witness`` is an order of arrival to try first.

    ``others`` are pods that kube-scheduler bound. It may have done so before the zones of the
    planned nodes were there, and spread over the zones that were: no order says so afterwards.
    """
    cluster = snapshot.cluster
    there = {node.name for node in cluster.nodes}
    bound = [pod for pod in cluster.pods if pod.node_name in there and not pod.daemonset]
    on: dict[str, list[str]] = {node.name: [] for node in cluster.nodes}
    for pod in bound:
        on[pod.node_name].append(pod.key)
    daemons: dict[str, list[str]] = {node.name: [] for node in cluster.nodes}
    for pod in cluster.pods:
        if pod.daemonset and pod.node_name in there:
            daemons[pod.node_name].append(f"{pod.daemonset}-{pod.node_name}")
    nodes = tuple(_planned(node, on[node.name], daemons[node.name]) for node in cluster.nodes)
    plan = Plan("", nodes, (), LowerBound(0, ""), witness=witness)
    arrived = replace(cluster, nodes=(), pods=tuple(pod.on("") for pod in bound))
    state = build_world(replace(snapshot, cluster=arrived, nodeclaims=()), plan, ())
    selection = selection_of(state)
    found: set[Violation] = {
        *placement(state),
        *capacity(state),
        *collisions(state),
        *volumes(state),
        *anti_affinity(state, selection),
    }
    without_order = {violation.subject for violation in order(state, selection)} - set(others)
    return [
        *(f"{item.rule}: {item.subject}: {item.detail}" for item in sorted(found)),
        *_refused_among_all(snapshot, without_order),
    ]


def _planned(node: Node, pods: list[str], daemonset_pods: list[str]) -> PlannedNode:
    labels = dict(node.labels)
    slots = dict(node.attach_limits).get(EBS_DRIVER, 0)
    return PlannedNode(
        node.name,
        labels.get(names.NODEPOOL, ""),
        labels.get(names.INSTANCE_TYPE, ""),
        labels.get(names.ZONE, ""),
        labels.get(names.CAPACITY_TYPE, ""),
        Price(0, ""),
        node.labels,
        node.effective_taints,
        (*node.allocatable, (EBS_VOLUMES, slots)),
        tuple(pods),
        tuple(daemonset_pods),
    )


def _refused_among_all(snapshot: Snapshot, keys: Collection[str]) -> Iterator[str]:
    """Yield the pods, of those for which no order was found, that all others together refuse.

    The search for an order is limited; pods that were bound one after the other pass this one.
    """
    cluster = snapshot.cluster
    nodes = {node.name: node for node in cluster.nodes}
    bound: dict[int, Pod] = {
        number: pod for number, pod in enumerate(cluster.pods) if pod.node_name in nodes
    }
    bindings = Bindings(replace(cluster, pods=(), nodes=()))
    for number, pod in bound.items():
        if pod.key in keys:
            others = {other: item for other, item in bound.items() if other != number}
            yield from bindings.follow(nodes, others)
            yield from bindings.bind(number, pod)
