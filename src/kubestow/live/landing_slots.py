"""Which pod of the cluster takes which place of a plan.

Pure. The pods of a Deployment have other names in the cluster than in the plan; those of a workload
are alike, so that any of them takes any of its places: those that run on a planned Node the places
there, those that wait the places that are still open, each that of its own name if there is one.
Pods that run elsewhere, and replicas that are not wanted any more, leave places that nobody comes
to. A pod without a workload is known by its name.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from kubestow.model.handed_plan import HandedPlan, WorkloadKey
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster

GATED = "it has scheduling gates"
UNSUPPORTED = "kubestow does not bind pods with "
NOT_AWAITED = "pods of Jobs that are not there are not waited for"
JOB = "Job"


class SlotState(StrEnum):
    """What is known of a place."""

    ON_NODE = "on its node"
    ELSEWHERE = "elsewhere"
    WAITING = "waiting"
    LEFT = "left to kube-scheduler"
    ABSENT = "absent"
    NOT_WANTED = "not wanted"


@dataclass(frozen=True, slots=True)
class PodSlot:
    """A place of a plan. ``pod`` is the pod of the cluster, ``on`` the Node where it is."""

    planned: str
    node: str
    state: SlotState
    pod: str = ""
    on: str = ""
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether a pod may still come to it."""
        return self.state in (SlotState.WAITING, SlotState.ABSENT)


def slots(
    plan: HandedPlan,
    nodes: Mapping[str, str],
    cluster: Cluster,
    *,
    first: Collection[str] = (),
    last: Collection[str] = (),
) -> tuple[PodSlot, ...]:
    """Return the places on the nodes to launch, in the plan's order.

    ``nodes`` is the Node of each planned node. Of the places of a workload those on planned nodes
    that are ``first`` are taken first, and those on ``last`` last.
    """
    places = {pod: node.name for node in plan.nodes for pod in node.pods}
    order = dict.fromkeys(first, 0) | dict.fromkeys(last, 2)
    deal = _Deal(plan, nodes, places)
    pods = _pods_of(plan, cluster)
    wanted = {(item.kind, item.namespace, item.name): item.replicas for item in cluster.workloads}
    for workload, planned in _by_workload(plan).items():
        planned.sort(key=lambda pod: order.get(places.get(pod, ""), 1))  # stable
        if workload is None:
            deal.take_by_name(planned, [pod for some in pods.values() for pod in some])
        else:
            deal.take(planned, pods.get(workload, []), wanted.get(workload))
    found = tuple(
        deal.slots.get(pod) or PodSlot(pod, node, SlotState.ABSENT) for pod, node in places.items()
    )
    has_come = any(slot.pod for slot in found)
    return tuple(_awaited(slot, plan) if has_come else slot for slot in found)


def _awaited(slot: PodSlot, plan: HandedPlan) -> PodSlot:
    """Return a place; a Job's pod that is not there has ended, or its CronJob makes it some time.

    Where no pod of the plan is there, its workloads are still to be applied.
    """
    if slot.state is not SlotState.ABSENT or plan.workloads.get(slot.planned, ("",))[0] != JOB:
        return slot
    return replace(slot, state=SlotState.NOT_WANTED, reason=NOT_AWAITED)


def _pods_of(plan: HandedPlan, cluster: Cluster) -> Mapping[WorkloadKey | None, list[Pod]]:
    """Return the pods that a plan may have places for, by workload, sorted by name.

    The pods of a CronJob's Job have the workload that is named as the CronJob.
    """
    planned = set(plan.workloads.values())
    found: dict[WorkloadKey | None, list[Pod]] = defaultdict(list)
    for pod in sorted(cluster.pods, key=lambda item: item.key):
        if pod.daemonset or pod.terminating:
            continue
        owner = pod.lifecycle.owner
        own = None if owner is None else (owner[0], pod.namespace, owner[1])
        if own is not None and own[0] == JOB and own not in planned:
            name, _, number = own[2].rpartition("-")
            whole = (JOB, pod.namespace, name)
            own = whole if number.isdecimal() and whole in planned else own
        found[own].append(pod)
    return found


def _by_workload(plan: HandedPlan) -> Mapping[WorkloadKey | None, list[str]]:
    """Return the places of a plan by workload, those on nodes that were there before last."""
    found: dict[WorkloadKey | None, list[str]] = defaultdict(list)
    for planned in (*(pod for node in plan.nodes for pod in node.pods), *plan.elsewhere):
        found[plan.workloads.get(planned)].append(planned)
    return found


@dataclass(slots=True)
class _Deal:
    """Deals the pods of a cluster to places."""

    plan: HandedPlan
    nodes: Mapping[str, str]
    places: Mapping[str, str]
    slots: dict[str, PodSlot] = field(default_factory=dict)

    def take_by_name(self, planned: Sequence[str], pods: Sequence[Pod]) -> None:
        """Give pods that no workload makes their places."""
        known = {pod.key: pod for pod in pods}
        for place in planned:
            if place in known:
                self._give(place, known[place])

    def take(self, planned: Sequence[str], pods: Sequence[Pod], wanted: int | None) -> None:
        """Give the pods of a workload its places; ``wanted`` is how many replicas it has.

        Each takes the place of its own name where it can: pods of a StatefulSet may be bound to
        zones by their claims.
        """
        free = dict.fromkeys(planned)
        on: dict[str | None, list[str]] = defaultdict(list)
        for place in reversed(planned):
            on[self._node(place)].append(place)
        bound = [pod for pod in pods if pod.node_name]
        strays = self._seat(
            free,
            self._seat_by_name(free, bound, lambda pod: self._node(pod.key) == pod.node_name),
            lambda pod: on[pod.node_name],
        )
        strays = self._seat_by_name(free, strays)
        old = [place for place in free if place not in self.places]
        others = [*(place for place in free if place in self.places), *reversed(old)]
        self._seat(free, strays, lambda pod: others)
        for place in old:  # nobody is landed there
            free.pop(place, None)
        waiting = self._seat_by_name(free, [pod for pod in pods if not pod.node_name])
        left = list(reversed(free))
        self._seat(free, waiting, lambda pod: left)
        coming = len(free) if wanted is None else max(0, wanted - len(pods))
        for number, place in enumerate(free):
            state = SlotState.ABSENT if number < coming else SlotState.NOT_WANTED
            self.slots[place] = PodSlot(place, self.places[place], state)

    def _seat_by_name(
        self,
        free: dict[str, None],
        pods: Sequence[Pod],
        may: Callable[[Pod], bool] = lambda pod: True,
    ) -> list[Pod]:
        """Give pods the places of their names; return the others."""
        rest = []
        for pod in pods:
            if pod.key in free and may(pod):
                del free[pod.key]
                self._give(pod.key, pod)
            else:
                rest.append(pod)
        return rest

    def _seat(
        self, free: dict[str, None], pods: Sequence[Pod], stack: Callable[[Pod], list[str]]
    ) -> list[Pod]:
        """Give each pod the last free place of its ``stack``, taken off; return the others."""
        rest = []
        for pod in pods:
            places = stack(pod)
            while places and places[-1] not in free:
                places.pop()
            if places:
                place = places.pop()
                del free[place]
                self._give(place, pod)
            else:
                rest.append(pod)
        return rest

    def _node(self, planned: str) -> str | None:
        place = self.places.get(planned)
        return None if place is None else self.nodes.get(place)

    def _give(self, planned: str, pod: Pod) -> None:
        node = self.places.get(planned)
        if node is None:
            return
        why = _why_left(pod)
        if not pod.node_name:
            state = SlotState.LEFT if why else SlotState.WAITING
        else:
            is_there = pod.node_name == self.nodes.get(node)
            state = SlotState.ON_NODE if is_there else SlotState.ELSEWHERE
        self.slots[planned] = PodSlot(planned, node, state, pod.key, pod.node_name, why)


def _why_left(pod: Pod) -> str:
    """Return why a pod that waits is not bound here; empty if it may be."""
    if pod.template.scheduling_gates:
        return f"{GATED}: {', '.join(pod.template.scheduling_gates)}"
    if pod.template.unsupported:
        return f"{UNSUPPORTED}{', '.join(pod.template.unsupported)}"
    return ""
