"""Provisioner: the nodes that pending pods need, as claims; shared by all policies.

Nodes that are coming count as there, with the pods planned on them; nodes that are going do not.
An offering without capacity is not asked for again until it has cooled down.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from kubestow.disruption.expected import expected, is_going
from kubestow.model.decision import PROVISIONING, Launch, Waiting
from kubestow.model.headroom import NAMESPACE, is_headroom
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.provisioning.packing.problem import PackingStrategy
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.quick_plan import quick_plan
from kubestow.provisioning.wishes.headroom import with_headroom
from kubestow.scheduling.rehearsal import launched_node, launched_pods

_FLEET_PODS, _GAP = 500, 0.01
_FLEET_WORK, _FEW_WORK = 10, 3  # for each pod that waits
_FEW_PODS = 1_000  # these are not to wait for a proof: it finds a tenth of a percent
JUMP = 0.1  # of all pods
PLANNED, COOLING = "planned", "no offering that it needs has capacity"


@dataclass(frozen=True, slots=True)
class Needs:
    """What to launch for pending pods, what each pod waits for, and what to remember.

    ``is_fleet`` says that most of what the cluster runs was planned at once, ``is_jump`` that a
    tenth of it came at once.
    """

    launches: tuple[Launch, ...]
    waiting: tuple[Waiting, ...]
    memory: Memory
    is_fleet: bool = False
    is_jump: bool = False

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
    work_limit_of_fleets: int | None = None,
    seed: int = 0,
    lands: bool = False,
    headroom: Callable[[], Fraction | None] = lambda: None,
    foreseen: Mapping[str, str] | None = None,
    cache: PlanningCache | None = None,
) -> Needs:
    """Return what pending pods need; ``without`` are nodes that are to go.

    ``work_limit_of_fleets`` limits the search instead where most of what the cluster runs waits;
    a few hundred pods are searched for shorter, and without a proof.
    With ``lands``, what is launched is held until its pods have landed on it (policies.landing).
    ``headroom`` returns a share of what pending pods request, for more that come soon, if any; it
    is asked where something is planned that is no jump. ``foreseen`` is where pods are expected
    that are not to be planned, instead of where they were planned before.
    """
    future = expected(snapshot, without)
    pending = [pod.key for pod in waiting_pods(future.cluster)]
    if not pending:
        if cache is not None and not memory.cooling:  # so that the first that come wait less
            cache.offerings.get_ready(pools, snapshot.catalog, snapshot.networking)
        return Needs((), (), replace(memory, planned=()) if memory.planned else memory)
    expected_on = nominations(snapshot, memory, without) if foreseen is None else foreseen
    nominated = _nominated(future, expected_on)
    on_coming = tuple(Waiting(key, PLANNED, node) for key, node in nominated.items())
    if len(on_coming) == len(pending):
        if foreseen is not None:
            memory = replace(memory, planned=tuple(nominated.items()))
        return Needs((), on_coming, memory)
    future = _bound(future, nominated)
    share = len(pending) / sum(not pod.daemonset for pod in future.cluster.pods)
    is_fleet = share >= 0.5 and len(pending) >= _FLEET_PODS
    most, gap = work_limit_of_fleets if is_fleet else None, None
    if most is not None:
        gap = _GAP if len(pending) >= _FEW_PODS else None
        work_limit = min(most, (_FEW_WORK if gap is None else _FLEET_WORK) * len(pending))

    def plan_of(wanted: Snapshot) -> Plan:
        return planned(
            wanted, memory, pools,
            strategy=strategy, work_limit=work_limit, seed=seed, cache=cache, gap=gap,
        )  # fmt: skip

    room = headroom() if share < JUMP else None
    plan = plan_of(future) if room is None else _roomy(future, room, pools, plan_of)
    new = [node for node in plan.nodes if not node.existing]
    launches = [
        Launch(claim_of(node, snapshot.cluster, number, snapshot.at, holds=lands), PROVISIONING)
        for number, node in enumerate(new, start=memory.counter + 1)
    ]
    reasons = (*on_coming, *_waiting(plan, future, launches))
    planned_on = tuple((item.pod, item.subject) for item in reasons if item.reason == PLANNED)
    memory = replace(memory, counter=memory.counter + len(launches), planned=planned_on)
    return Needs(tuple(launches), reasons, memory, most is not None, share >= JUMP)


def _roomy(
    future: Snapshot,
    share: Fraction,
    pools: tuple[NodePool, ...],
    plan_of: Callable[[Snapshot], Plan],
) -> Plan:
    """Return a plan with headroom on nodes that some waiting pod needs.

    Where a pod finds no place there is no headroom: it may have taken the room, and no share of a
    pod that nothing can run is to be launched.
    """
    if any(pod.namespace == NAMESPACE for pod in future.cluster.pods):
        return plan_of(future)
    plan = plan_of(with_headroom(future, share, pools))
    if not all(is_headroom(refused.pod) for refused in plan.unschedulable):
        return plan_of(future)
    needed = tuple(n for n in plan.nodes if n.existing or not all(map(is_headroom, n.pods)))
    return replace(plan, nodes=needed, unschedulable=())


def nominations(
    snapshot: Snapshot, memory: Memory, without: Collection[str] = ()
) -> dict[str, str]:
    """Return the node that each pod was planned on, if it is still coming or held, and to stay."""
    coming = {
        claim.name
        for claim in snapshot.nodeclaims
        if (claim.is_coming or claim.phase is Phase.HELD)
        and not is_going(claim)
        and claim.name not in without
    }
    return {pod: node for pod, node in memory.planned if node in coming}


def _nominated(future: Snapshot, planned_on: Mapping[str, str]) -> dict[str, str]:
    """Return the coming or held node that each pending pod is expected on."""
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
    gap: float | None = None,
) -> Plan:
    """Return a plan for pending pods, without the offerings that are cooling down."""
    return quick_plan(
        available(future, memory), pools, cache,
        work_limit=work_limit, seed=seed, strategy=strategy, gap=gap,
    )  # fmt: skip


def available(snapshot: Snapshot, memory: Memory) -> Snapshot:
    """Return the snapshot without the offerings that are cooling down."""
    cooling = {offering for offering, until in memory.cooling if until > snapshot.at}
    if not cooling:
        return snapshot
    catalog = snapshot.catalog.narrowed(
        lambda o: (o.instance_type, o.zone, o.capacity_type) not in cooling
    )
    return replace(snapshot, catalog=catalog)


def claim_of(
    node: PlannedNode, cluster: Cluster, number: int, at: int, *, holds: bool = False
) -> NodeClaim:
    """Return the claim for a planned node, under a unique name; ``holds`` as in NodeClaim."""
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
        holds=holds,
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
