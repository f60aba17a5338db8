"""Provisioner: the nodes that pods without a place need, as claims; shared by all policies.

Law: what is coming counts as there, with the pods it was asked for, what is going does not; an
offering that EC2 had none of lately is not asked for again until it has cooled down.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from kubestow.disruption.arrival import arrive
from kubestow.disruption.expected import expected, is_going
from kubestow.model.decision import PROVISIONING, Launch, Waiting
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.provisioning.packing.problem import PackingStrategy
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.quick_plan import quick_plan
from kubestow.scheduling.rehearsal import launched_node, launched_pods

_REHEARSALS_MOST = 3
PLANNED, COOLING = "planned", "EC2 has no capacity of what it needs"


@dataclass(frozen=True, slots=True)
class Needs:
    """What to launch for the pods that wait, what each waits for, and what to remember."""

    launches: tuple[Launch, ...]
    waiting: tuple[Waiting, ...]
    memory: Memory

    @property
    def nominated(self) -> set[str]:
        """The nodes that pods are planned on: they stay."""
        return {item.subject for item in self.waiting if item.reason == PLANNED}

    def places(self, pods: Collection[str]) -> bool:
        """Tell whether none of some pods is without a place."""
        return all(item.reason == PLANNED or item.pod not in pods for item in self.waiting)


def waiting_pods(cluster: Cluster) -> list[Pod]:
    """Return the pods that have no node and could have one."""
    nowhere = [pod for pod in cluster.pods if not pod.node_name]
    return [pod for pod in nowhere if not pod.daemonset and not pod.terminating]


def needs(
    snapshot: Snapshot,
    memory: Memory,
    pools: tuple[NodePool, ...],
    *,
    without: Collection[str] = (),
    strategy: PackingStrategy | None = None,
    work_limit: int = 300,
    seed: int = 0,
    rehearses: bool = False,
    cache: PlanningCache | None = None,
) -> Needs:
    """Return what the pods that wait need; ``without`` are nodes that are to go.

    With ``rehearses``, kube-scheduler's own choices on the nodes planned are played, and what they
    leave without a place is planned for as well.
    """
    state = expected(snapshot, without)
    waits = [pod.key for pod in waiting_pods(state.cluster)]
    if not waits:
        return Needs((), (), replace(memory, planned=()) if memory.planned else memory)
    state, nominated = _nominated(state, nominations(snapshot, memory, without))
    kept = tuple(Waiting(key, PLANNED, node) for key, node in nominated.items())
    if len(kept) == len(waits):
        return Needs((), kept, memory)
    making = _Making(snapshot, memory, pools, strategy, work_limit, seed, cache or PlanningCache())
    waiting = making.plan(state)
    for _ in range(_REHEARSALS_MOST if rehearses and making.launches else 0):
        waiting = making.rehearse(waiting)
        if not making.stranded:
            break
    named = tuple((item.pod, item.subject) for item in (*kept, *waiting) if item.reason == PLANNED)
    memory = replace(memory, counter=making.counter, planned=named)
    return Needs(tuple(making.launches), (*kept, *waiting), memory)


@dataclass(slots=True)
class _Making:
    """The claims in the making, and the snapshot with them."""

    snapshot: Snapshot
    memory: Memory
    pools: tuple[NodePool, ...]
    strategy: PackingStrategy | None
    work_limit: int
    seed: int
    cache: PlanningCache
    launches: list[Launch] = field(default_factory=list)
    state: Snapshot | None = None
    stranded: bool = False
    counter: int = 0

    def plan(self, state: Snapshot) -> tuple[Waiting, ...]:
        """Plan for what waits in a state; keep the state with the new nodes."""
        found = planned(
            state, self.memory, self.pools,
            strategy=self.strategy, work_limit=self.work_limit, seed=self.seed, cache=self.cache,
        )  # fmt: skip
        fresh = []
        self.counter = self.counter or self.memory.counter
        for node in found.nodes:
            if not node.existing:
                self.counter += 1
                cluster = self.snapshot.cluster
                claim = claim_of(node, cluster, self.counter, self.snapshot.at)
                fresh.append(Launch(claim, PROVISIONING))
        nodes = tuple(launch.claim.node for launch in fresh)
        daemons = tuple(pod for launch in fresh for pod in launch.claim.daemonset_pods)
        grown = replace(
            state.cluster,
            nodes=(*state.cluster.nodes, *nodes),
            pods=(*state.cluster.pods, *daemons),
        )
        self.state = replace(state, cluster=grown)
        self.launches += fresh
        return _waiting(found, state, fresh)

    def rehearse(self, waiting: tuple[Waiting, ...]) -> tuple[Waiting, ...]:
        """Let the scheduler place what was planned; plan for what it leaves."""
        assert self.state is not None, "something was planned"
        wanted = [item.pod for item in waiting if item.reason == PLANNED]
        refused = [item for item in waiting if item.reason != PLANNED]
        arrived = arrive(self.state, wanted, self.seed, self.cache.pod_kinds)
        after, left = arrived.snapshot, arrived.left
        self.stranded = bool(left)
        where, gone = {item.pod: item.subject for item in waiting}, set(left)
        where |= dict(arrived.placed)
        placed = [Waiting(pod, PLANNED, where[pod]) for pod in wanted if pod not in gone]
        if not left:
            return (*placed, *refused)
        unplaced = {item.pod for item in refused}
        pods = tuple(pod for pod in after.cluster.pods if pod.key not in unplaced)
        again = self.plan(replace(after, cluster=replace(after.cluster, pods=pods)))
        return (*placed, *again, *refused)


def nominations(
    snapshot: Snapshot, memory: Memory, without: Collection[str] = ()
) -> dict[str, str]:
    """Return the coming node that each pod was planned on, but those that are to go."""
    coming = {
        claim.name
        for claim in snapshot.nodeclaims
        if claim.is_coming and not is_going(claim) and claim.name not in without
    }
    return {pod: node for pod, node in memory.planned if node in coming}


def _nominated(state: Snapshot, planned_on: Mapping[str, str]) -> tuple[Snapshot, dict[str, str]]:
    """Put pods on the coming nodes they were planned on; return where each is expected."""
    if not planned_on:
        return state, {}
    waits = [pod.key for pod in waiting_pods(state.cluster)]
    found = {key: planned_on[key] for key in waits if key in planned_on}
    if not found:
        return state, found
    pods = tuple(
        pod.on(found[pod.key]) if not pod.node_name and pod.key in found else pod
        for pod in state.cluster.pods
    )
    return replace(state, cluster=replace(state.cluster, pods=pods)), found


def planned(
    state: Snapshot,
    memory: Memory,
    pools: tuple[NodePool, ...],
    *,
    strategy: PackingStrategy | None = None,
    work_limit: int = 300,
    seed: int = 0,
    cache: PlanningCache | None = None,
) -> Plan:
    """Return a plan for what is expected, without the offerings that are cooling down."""
    cooling = {offering for offering, until in memory.cooling if until > state.at}
    catalog = state.catalog
    if cooling:
        catalog = catalog.narrowed(
            lambda o: (o.instance_type, o.zone, o.capacity_type) not in cooling
        )
    state = replace(state, catalog=catalog)
    return quick_plan(state, pools, cache, work_limit=work_limit, seed=seed, strategy=strategy)


def claim_of(node: PlannedNode, cluster: Cluster, number: int, at: int) -> NodeClaim:
    """Return the claim for a planned node, under a name of its own."""
    name = f"{node.nodepool}-{at:x}-{number}"  # unique even for a controller without memory
    node = node.renamed(name)
    return NodeClaim(
        name,
        node.nodepool,
        node.instance_type,
        node.zone,
        node.capacity_type,
        node.price.nano_usd_per_hour,
        launched_node(node),
        launched_pods(node, cluster.daemonsets),
        created_at=at,
    )


def _waiting(plan: Plan, state: Snapshot, launches: list[Launch]) -> tuple[Waiting, ...]:
    """Return for each pod that waits the node it is planned on, or why there is none."""
    waits = {pod.key for pod in waiting_pods(state.cluster)}
    fresh = iter(launches)
    found = []
    for node in plan.nodes:
        name = node.name if node.existing else next(fresh).claim.name
        found += [Waiting(pod, PLANNED, name) for pod in node.pods if pod in waits]
    for refused in plan.unschedulable:
        reason = refused.reasons[0].constraint if refused.reasons else COOLING
        found.append(Waiting(refused.pod, reason))
    return tuple(found)
