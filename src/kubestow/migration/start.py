"""Start: what is known before the first wave: which pods must leave, and by which means.

Pods are identified by number. Added to the input's pods are the DaemonSet pods of launches and one
more pod for each workload that gets a successor first.
"""

from collections.abc import Iterator
from dataclasses import replace

from kubestow.disruption.expected import moves
from kubestow.disruption.pod_budgets import Budgets, Covered
from kubestow.model.migration import (
    EVICT,
    LOST,
    RESTART,
    SCALE,
    PlannedLaunch,
    Request,
)
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import PersistentVolumeClaim
from kubestow.model.workload import ROLLING_UPDATE, Workload, scaled
from kubestow.scheduling.pod_kinds import sort_pods
from kubestow.scheduling.rehearsal import with_resolved_claims

Group = tuple[str, str, str]
"""Namespace, kind and name of a workload."""
_SHARED = {"ReadWriteMany", "ReadOnlyMany"}
_SCALED = ("CloneSet", "Deployment", "ReplicaSet", "ReplicationController", "Rollout")


class Start:
    """The cluster before the migration. ``launches`` are the request's, and copies."""

    def __init__(
        self, cluster: Cluster, request: Request, launches: tuple[PlannedLaunch, ...]
    ) -> None:
        cluster = with_resolved_claims(cluster)
        self.request, self.given = request, cluster
        self.launches = {launch.node.name: launch for launch in launches}
        self.nodes = {node.name: node for node in cluster.nodes}
        self.movers = {name: [] for name in request.sources}  # type: dict[str, list[int]]
        self.workloads = {(w.namespace, w.kind, w.name): w for w in cluster.workloads}
        self.groups: dict[Group, list[int]] = {}
        for number, pod in enumerate(cluster.pods):
            owner = pod.lifecycle.owner
            if owner is not None and not pod.rejected and not pod.terminating:
                self.groups.setdefault((pod.namespace, *owner), []).append(number)
            if pod.node_name in self.movers and moves(pod):
                self.movers[pod.node_name].append(number)
        self.all_movers = sorted(n for numbers in self.movers.values() for n in numbers)
        pods = [pod.on("") for pod in cluster.pods]
        self.budgets = Budgets(cluster, pods)
        self.means = {number: self._means(number) for number in self.all_movers}
        self.successors = self._successors(pods)
        self.arrivals = {name: [] for name in self.launches}  # type: dict[str, list[int]]
        for name, launch in self.launches.items():
            for pod in launch.pods:
                self.arrivals[name].append(len(pods))
                pods.append(pod.on(""))
        extra = [s for g, s in self.successors.items() if self.means_of(g) == SCALE]
        self.budgets = Budgets(cluster, pods, extra)
        self.cluster = replace(cluster, pods=tuple(pods), claims=self._claims(cluster))
        self.sorting = sort_pods(self.cluster)
        self.where = {n: p.node_name for n, p in enumerate(cluster.pods) if p.node_name}
        self.waiting = tuple(
            number
            for number, pod in enumerate(cluster.pods)
            if not pod.node_name and not pod.rejected and not pod.template.scheduling_gates
        )
        self.unready = frozenset(
            n
            for n, p in enumerate(cluster.pods)
            if p.node_name and (p.terminating or not p.lifecycle.is_ready)
        )

    def group(self, pod: int) -> Group | None:
        """Return the workload of a pod; None for a bare one."""
        item = self.given.pods[pod]
        owner = item.lifecycle.owner
        return None if owner is None else (item.namespace, *owner)

    def replicas(self, group: Group) -> int:
        """Return how many pods a workload has."""
        workload = self.workloads.get(group)
        return workload.replicas if workload else len(self.groups[group])

    def means_of(self, group: Group) -> str:
        """Return the means by which a workload's pods leave."""
        means = {self.means[pod] for pod in self.groups[group] if pod in self.means}
        return min(means, default=EVICT)

    def is_down(self, pod: int) -> bool:
        """Return whether a workload has no running pod while this pod moves."""
        group = self.group(pod)
        return self.means[pod] == EVICT and group is not None and self.replicas(group) < 2

    def has_volumes(self, pod: int) -> bool:
        """Return whether a volume must be detached from the old node before the successor runs."""
        return self._is_exclusive(self.given.pods[pod])

    def node_names(self) -> tuple[str, ...]:
        """Return the nodes that stay."""
        return tuple(name for name in self.nodes if name not in self.movers)

    def _means(self, number: int) -> str:
        """Choose: a successor first for a single replica, or if budgets never let the pod go."""
        group = self.group(number)
        if group is None:
            return LOST
        covered = self.budgets.of(number)
        if self.replicas(group) > 1 and not any(_never(c) for c in covered) and len(covered) < 2:
            return EVICT
        pods = [self.given.pods[pod] for pod in self.groups[group]]
        if any(map(self._is_exclusive, pods)):
            return EVICT
        workload = self.workloads.get(group)
        if workload is not None and _restarts_whole(workload):
            return RESTART
        if group[1] in _SCALED and len(covered) < 2 and not any(_never(c, 1) for c in covered):
            return SCALE
        return EVICT

    def _is_exclusive(self, pod: Pod) -> bool:
        """Return whether a pod has a volume that only one node can attach."""
        for name in pod.volume_claims:
            claim = self.given.claims.get((pod.namespace, name))
            if claim is None or name in pod.ephemeral_claims:
                return True
            if not _SHARED & set(claim.access_modes):
                return True
        return False

    def _successors(self, pods: list[Pod]) -> dict[Group, int]:
        """Add one pod for each workload that gets a successor first; return their numbers."""
        numbers: dict[Group, int] = {}
        for number in self.all_movers:
            group = self.group(number)
            if (
                self.means[number] in (RESTART, SCALE)
                and group is not None
                and group not in numbers
            ):
                numbers[group] = len(pods)
                pods.append(replace(pods[number], name=f"{group[2]}-successor"))
        return numbers

    def _claims(self, cluster: Cluster) -> dict[tuple[str, str], PersistentVolumeClaim]:
        """Return the claims; those that are recreated with their pod have no volume yet."""
        claims = dict(cluster.claims)
        for number in self.all_movers:
            pod = cluster.pods[number]
            for name in pod.ephemeral_claims:
                key = (pod.namespace, name)
                if key in claims:
                    claims[key] = replace(
                        claims[key], volume_name="", bind_completed=False, selected_node=None
                    )
        return claims


def _never(covered: Covered, more: int = 0) -> bool:
    """Return whether a budget allows no eviction although its pods, and ``more``, are healthy."""
    budget = covered.budget
    if covered.counts.desired is None:
        return True
    if isinstance(budget.min_available, int) or not more:
        return len(covered.pods) + more - covered.counts.desired <= 0
    expected = covered.counts.expected + more
    if budget.max_unavailable is not None:
        gone = scaled(budget.max_unavailable, expected, up=True)
        return len(covered.pods) + more - max(0, expected - gone) <= 0
    share = scaled(budget.min_available or 0, expected, up=True)
    return len(covered.pods) + more - share <= 0


def _restarts_whole(workload: Workload) -> bool:
    """Return whether a rollout never goes below the replicas: the successor first, then the pod.

    Percentages are resolved as by the Deployment controller: surge up, unavailable down
    (pkg/controller/deployment/util ResolveFenceposts, Kubernetes 1.34).
    """
    if workload.kind != "Deployment" or workload.strategy != ROLLING_UPDATE:
        return False
    surge = scaled(workload.max_surge, workload.replicas, up=True)
    return surge > 0 and not scaled(workload.max_unavailable, workload.replicas, up=False)


def lost(start: Start) -> Iterator[int]:
    """Yield the pods that no controller recreates."""
    yield from (pod for pod in start.all_movers if start.means[pod] == LOST)
