"""Provisioner: the nodes that pods without a place need, as claims; shared by all policies.

Law: what is coming counts as there, with the pods it was asked for, what is going does not; an
offering that EC2 had none of lately is not asked for again until it has cooled down.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from kubestow.disruption.expected import expected
from kubestow.model import labels as names
from kubestow.model.decision import PROVISIONING, Launch, Waiting
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.provisioning.assemble import assemble
from kubestow.provisioning.problem import Strategy
from kubestow.provisioning.provision import provision
from kubestow.scheduling.rehearsal import launched_node

PLANNED, COOLING = "planned", "EC2 has no capacity of what it needs"


@dataclass(frozen=True, slots=True)
class Needs:
    """What to launch for the pods that wait, what each waits for, and what to remember."""

    launches: tuple[Launch, ...]
    waiting: tuple[Waiting, ...]
    memory: Memory

    def places(self, pods: Collection[str]) -> bool:
        """Tell whether none of some pods is without a place."""
        return all(item.reason == PLANNED or item.pod not in pods for item in self.waiting)


def is_waiting(pod: Pod) -> bool:
    """Tell whether a pod has no node and could have one."""
    return not pod.node_name and not pod.daemonset and not pod.terminating


def needs(
    snapshot: Snapshot,
    memory: Memory,
    pools: tuple[NodePool, ...],
    *,
    without: Collection[str] = (),
    strategy: Strategy | None = None,
    work_limit: int = 300,
    seed: int = 0,
) -> Needs:
    """Return what the pods that wait need; ``without`` are nodes that are to go."""
    state = expected(snapshot, without)
    waits = [pod.key for pod in state.cluster.pods if is_waiting(pod)]
    if not waits:
        return Needs((), (), replace(memory, planned=()) if memory.planned else memory)
    state, nominated = _nominated(state, memory)
    kept = tuple(Waiting(key, PLANNED, node) for key, node in nominated.items())
    if len(kept) == len(waits):
        return Needs((), kept, memory)
    plan = planned(state, memory, pools, strategy=strategy, work_limit=work_limit, seed=seed)
    launches = []
    counter = memory.counter
    for node in plan.nodes:
        if not node.existing:
            counter += 1
            claim = claim_of(node, snapshot.cluster, counter, snapshot.at)
            launches.append(Launch(claim, PROVISIONING))
    waiting = (*kept, *_waiting(plan, state, launches))
    named = tuple((item.pod, item.subject) for item in waiting if item.reason == PLANNED)
    return Needs(tuple(launches), waiting, replace(memory, counter=counter, planned=named))


def _nominated(state: Snapshot, memory: Memory) -> tuple[Snapshot, dict[str, str]]:
    """Put pods on the coming nodes they were planned on; return where each is expected."""
    coming = {claim.name for claim in state.nodeclaims if claim.is_coming}
    coming &= {node.name for node in state.cluster.nodes}
    planned_on = {pod: node for pod, node in memory.planned if node in coming}
    found: dict[str, str] = {}
    pods = []
    for pod in state.cluster.pods:
        node = planned_on.get(pod.key, "") if is_waiting(pod) else ""
        if node:
            found[pod.key] = node
            pod = replace(pod, node_name=node)
        pods.append(pod)
    if not found:
        return state, found
    return replace(state, cluster=replace(state.cluster, pods=tuple(pods))), found


def planned(
    state: Snapshot,
    memory: Memory,
    pools: tuple[NodePool, ...],
    *,
    strategy: Strategy | None = None,
    work_limit: int = 300,
    seed: int = 0,
) -> Plan:
    """Return a plan for what is expected, without the offerings that are cooling down."""
    cooling = {offering for offering, until in memory.cooling if until > state.at}
    catalog = state.catalog
    if cooling:
        catalog = catalog.narrowed(
            lambda o: (o.instance_type, o.zone, o.capacity_type) not in cooling
        )
    fleet = provision(
        replace(state, catalog=catalog),
        pools,
        work_limit=work_limit,
        seed=seed,
        strategy=strategy,
        whole_loads=False,
    )
    return assemble(fleet)


def claim_of(node: PlannedNode, cluster: Cluster, number: int, at: int) -> NodeClaim:
    """Return the claim for a planned node, under a name of its own."""
    name = f"{node.nodepool}-{at:x}-{number}"  # unique even for a controller without memory
    labels = tuple(sorted((dict(node.labels) | {names.HOSTNAME: name}).items()))
    daemons = tuple(
        Pod(d.namespace, f"{d.name}-{name}", d.template, d.labels, name, daemonset=d.key)
        for d in cluster.daemonsets
        if f"{d.key}-{node.name}" in node.daemonset_pods
    )
    return NodeClaim(
        name,
        node.nodepool,
        node.instance_type,
        node.zone,
        node.capacity_type,
        node.price.nano_usd_per_hour,
        launched_node(replace(node, name=name, labels=labels)),
        daemons,
        created_at=at,
    )


def _waiting(plan: Plan, state: Snapshot, launches: list[Launch]) -> tuple[Waiting, ...]:
    """Return for each pod that waits the node it is planned on, or why there is none."""
    waits = {pod.key for pod in state.cluster.pods if is_waiting(pod)}
    fresh = iter(launches)
    found = []
    for node in plan.nodes:
        name = node.name if node.existing else next(fresh).claim.name
        found += [Waiting(pod, PLANNED, name) for pod in node.pods if pod in waits]
    for refused in plan.unschedulable:
        reason = refused.reasons[0].constraint if refused.reasons else COOLING
        found.append(Waiting(refused.pod, reason))
    return tuple(found)
