"""Rehearsal: a plan played through the scheduler's own cycle, in several orders of arrival.

Law: the planned nodes are there, with their DaemonSets' pods; the planned pods arrive and the
scheduler, not the plan, chooses their nodes. What is left pending is what a user would see.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kubestow.model.node import Node
from kubestow.model.plan import PlannedNode
from kubestow.model.pod import Pod
from kubestow.model.resources import EBS_VOLUMES, amounts
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import EBS_DRIVER, StorageClass
from kubestow.scheduling.cycle import Cycle
from kubestow.scheduling.state import build_state
from kubestow.scheduling.volume_need import resolve_class

INTERLEAVED, ALPHABETICAL, RANDOM = "interleaved", "alphabetical", "random"


@dataclass(frozen=True, slots=True)
class Run:
    """One order played: ``placed`` are the pods bound, in that order, with their nodes."""

    placed: tuple[tuple[int, int], ...]
    pending: tuple[int, ...]


class Stage:
    """The planned cluster before any planned pod has come."""

    def __init__(self, cluster: Cluster, nodes: Sequence[PlannedNode], pods: Sequence[str]) -> None:
        self.cluster = furnished(cluster, nodes)
        wanted = set(pods)
        self.pods = [
            number
            for number, pod in enumerate(self.cluster.pods)
            if not pod.node_name and pod.key in wanted
        ]

    def play(self, order: Sequence[int], seed: int) -> Run:
        """Let the pods arrive in this order."""
        state = build_state(self.cluster)
        cycle = Cycle(state, seed)
        pending = cycle.run(order)
        return Run(tuple((pod, state.node_of[pod]) for pod in cycle.bound), tuple(pending))

    def orders(self, count: int, seed: int) -> Iterator[tuple[str, list[int]]]:
        """Yield so many orders of arrival: interleaved replicas, alphabetical, then random."""
        random = np.random.default_rng(seed)
        for number in range(count):
            if number == 0:
                yield INTERLEAVED, self._interleaved()
            elif number == 1:
                yield ALPHABETICAL, sorted(self.pods, key=lambda p: self.cluster.pods[p].key)
            else:
                yield RANDOM, [self.pods[i] for i in random.permutation(len(self.pods))]

    def _interleaved(self) -> list[int]:
        """Return one pod of each workload in turn."""
        turns: dict[object, int] = {}
        ranked = []
        for position, pod in enumerate(self.pods):
            item = self.cluster.pods[pod]
            key = (item.namespace, item.template)
            turns[key] = turns.get(key, 0) + 1
            ranked.append((turns[key], position, pod))
        return [pod for _, _, pod in sorted(ranked)]


def furnished(cluster: Cluster, nodes: Sequence[PlannedNode]) -> Cluster:
    """Return the cluster with the plan's new nodes and all nodes' DaemonSet pods.

    Claims that have been promised a volume are bound, and classes that are not in the input are
    there as planning takes them to be.
    """
    new = tuple(launched(node) for node in nodes if not node.existing)
    claims = {}
    classes = dict(cluster.storage_classes)
    for key, claim in cluster.claims.items():
        found = claim
        if claim.volume_name:
            found = replace(claim, bind_completed=True)
        else:
            resolved = resolve_class(claim, cluster)
            if resolved is not None and resolved.is_assumed:
                classes[resolved.name] = StorageClass(resolved.name)
                found = replace(claim, storage_class=resolved.name)
        claims[key] = found
    return replace(
        cluster,
        nodes=(*cluster.nodes, *new),
        pods=(*cluster.pods, *_daemonset_pods(cluster, nodes)),
        claims=claims,
        storage_classes=classes,
    )


def launched(node: PlannedNode) -> Node:
    """Return the Node that a planned node becomes."""
    found = dict(node.allocatable)
    slots = found.pop(EBS_VOLUMES, 0)
    return Node(
        node.name,
        node.labels,
        amounts(found),
        node.taints,
        attach_limits=((EBS_DRIVER, slots),),
        migrated_plugins=(),
    )


def _daemonset_pods(cluster: Cluster, nodes: Sequence[PlannedNode]) -> Iterator[Pod]:
    there = {pod.key for pod in cluster.pods if pod.node_name}
    for node in nodes:
        listed: Mapping[str, None] = dict.fromkeys(node.daemonset_pods)
        for daemonset in cluster.daemonsets if listed else ():
            name = f"{daemonset.key}-{node.name}"
            if name in listed and name not in there:
                yield Pod(
                    daemonset.namespace,
                    f"{daemonset.name}-{node.name}",
                    daemonset.template,
                    daemonset.labels,
                    node.name,
                    daemonset=daemonset.key,
                )
