"""Provisioner: the nodes that pending pods need, as claims; shared by all policies.

Nodes that are coming count as there, with the pods planned on them; nodes that are going do not.
An offering without capacity is not asked for again until it has cooled down.
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

_REHEARSALS_MAX = 3
PLANNED, COOLING = "planned", "no offering that it needs has capacity"


@dataclass(frozen=True, slots=True)
class Needs:
    """What to launch for pending pods, what each pod waits for, and what to remember."""

    launches: tuple[Launch, ...]
    waiting: tuple[Waiting, ...]
    memory: Memory

    @property
    def nominated(self) -> set[str]:
        """The nodes that pending pods are planned on; they must stay."""
        return {item.subject for item in self.waiting if item.reason == PLANNED}

    def places(self, pods: Collection[str]) -> bool:
        """Return whether all of some pods have a place."""
        return all(item.reason == PLANNED or item.pod not in pods for item in self.waiting)


def waiting_pods(cluster: Cluster) -> list[Pod]:
    """Return the pods that have no node and could get one."""
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
    """Return what pending pods need; ``without`` are nodes that are to go.

    With ``rehearses``, the plan is played through kube-scheduler's own cycle, and pods that it
    would leave pending are planned for as well.
    """
    future = expected(snapshot, without)
    pending = [pod.key for pod in waiting_pods(future.cluster)]
    if not pending:
        return Needs((), (), replace(memory, planned=()) if memory.planned else memory)
    nominated = _nominated(future, nominations(snapshot, memory, without))
    on_coming = tuple(Waiting(key, PLANNED, node) for key, node in nominated.items())
    if len(on_coming) == len(pending):
        return Needs((), on_coming, memory)
    claims = _ClaimPlanner(
        snapshot, memory, pools, strategy, work_limit, seed, cache or PlanningCache()
    )
    waiting = claims.plan(_bound(future, nominated))
    for _ in range(_REHEARSALS_MAX if rehearses and claims.launches else 0):
        waiting = claims.rehearse(waiting)
        if not claims.stranded:
            break
    reasons = (*on_coming, *waiting)
    planned_on = tuple((item.pod, item.subject) for item in reasons if item.reason == PLANNED)
    memory = replace(memory, counter=claims.counter, planned=planned_on)
    return Needs(tuple(claims.launches), reasons, memory)


@dataclass(slots=True)
class _ClaimPlanner:
    """Plans claims round by round; ``planned`` is the snapshot with all of them."""

    snapshot: Snapshot
    memory: Memory
    pools: tuple[NodePool, ...]
    strategy: PackingStrategy | None
    work_limit: int
    seed: int
    cache: PlanningCache
    launches: list[Launch] = field(default_factory=list)
    planned: Snapshot | None = None
    stranded: bool = False
    counter: int = 0

    def plan(self, future: Snapshot) -> tuple[Waiting, ...]:
        """Plan for the pending pods of a snapshot; return what each then waits for."""
        plan = planned(
            future, self.memory, self.pools,
            strategy=self.strategy, work_limit=self.work_limit, seed=self.seed, cache=self.cache,
        )  # fmt: skip
        launches = []
        self.counter = self.counter or self.memory.counter
        for node in plan.nodes:
            if not node.existing:
                self.counter += 1
                cluster = self.snapshot.cluster
                claim = claim_of(node, cluster, self.counter, self.snapshot.at)
                launches.append(Launch(claim, PROVISIONING))
        nodes = tuple(launch.claim.node for launch in launches)
        daemonset_pods = tuple(pod for launch in launches for pod in launch.claim.daemonset_pods)
        grown = replace(
            future.cluster,
            nodes=(*future.cluster.nodes, *nodes),
            pods=(*future.cluster.pods, *daemonset_pods),
        )
        self.planned = replace(future, cluster=grown)
        self.launches += launches
        return _waiting(plan, future, launches)

    def rehearse(self, waiting: tuple[Waiting, ...]) -> tuple[Waiting, ...]:
        """Let the scheduler place the planned pods; plan for those it leaves pending."""
        assert self.planned is not None, "something was planned"
        pods = [item.pod for item in waiting if item.reason == PLANNED]
        refused = [item for item in waiting if item.reason != PLANNED]
        arrived = arrive(self.planned, pods, self.seed, self.cache.pod_kinds)
        after, left = arrived.snapshot, set(arrived.left)
        self.stranded = bool(left)
        node_of = {item.pod: item.subject for item in waiting} | dict(arrived.placed)
        placed = [Waiting(pod, PLANNED, node_of[pod]) for pod in pods if pod not in left]
        if not left:
            return (*placed, *refused)
        refused_pods = {item.pod for item in refused}
        others = tuple(pod for pod in after.cluster.pods if pod.key not in refused_pods)
        again = self.plan(replace(after, cluster=replace(after.cluster, pods=others)))
        return (*placed, *again, *refused)


def nominations(
    snapshot: Snapshot, memory: Memory, without: Collection[str] = ()
) -> dict[str, str]:
    """Return the node that each pod was planned on, if it is still coming and not to go."""
    coming = {
        claim.name
        for claim in snapshot.nodeclaims
        if claim.is_coming and not is_going(claim) and claim.name not in without
    }
    return {pod: node for pod, node in memory.planned if node in coming}


def _nominated(future: Snapshot, planned_on: Mapping[str, str]) -> dict[str, str]:
    """Return the coming node that each pending pod is expected on."""
    pending = (pod.key for pod in waiting_pods(future.cluster)) if planned_on else ()
    return {key: planned_on[key] for key in pending if key in planned_on}


def _bound(future: Snapshot, nominated: Mapping[str, str]) -> Snapshot:
    """Return the snapshot with pods on the coming nodes they are expected on."""
    if not nominated:
        return future
    pods = tuple(
        pod.on(nominated[pod.key]) if not pod.node_name and pod.key in nominated else pod
        for pod in future.cluster.pods
    )
    return replace(future, cluster=replace(future.cluster, pods=pods))


def planned(
    future: Snapshot,
    memory: Memory,
    pools: tuple[NodePool, ...],
    *,
    strategy: PackingStrategy | None = None,
    work_limit: int = 300,
    seed: int = 0,
    cache: PlanningCache | None = None,
) -> Plan:
    """Return a plan for pending pods, without the offerings that are cooling down."""
    cooling = {offering for offering, until in memory.cooling if until > future.at}
    catalog = future.catalog
    if cooling:
        catalog = catalog.narrowed(
            lambda o: (o.instance_type, o.zone, o.capacity_type) not in cooling
        )
    future = replace(future, catalog=catalog)
    return quick_plan(future, pools, cache, work_limit=work_limit, seed=seed, strategy=strategy)


def claim_of(node: PlannedNode, cluster: Cluster, number: int, at: int) -> NodeClaim:
    """Return the claim for a planned node, under a unique name."""
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


def _waiting(plan: Plan, future: Snapshot, launches: list[Launch]) -> tuple[Waiting, ...]:
    """Return the node that each pending pod is planned on, or why there is none."""
    pending = {pod.key for pod in waiting_pods(future.cluster)}
    new_names = (launch.claim.name for launch in launches)
    waiting = []
    for node in plan.nodes:
        name = node.name if node.existing else next(new_names)
        waiting += [Waiting(pod, PLANNED, name) for pod in node.pods if pod in pending]
    for refused in plan.unschedulable:
        reason = refused.reasons[0].constraint if refused.reasons else COOLING
        waiting.append(Waiting(refused.pod, reason))
    return tuple(waiting)
