"""Landing: the pods that held nodes were launched for are bound to them, and the nodes opened.

A node that is held is ready, its DaemonSets' pods are on it, and it is cordoned: kube-scheduler
uses it for nothing else. Each pod that is planned on it is judged on the cluster as it is now, by
every filter but the cordon, with the pods landed before it in the same decision. What other pods
may yet help (spread over zones, affinity) is tried again; what else is refused is left to the
scheduler. A node opens when no pod can land on it any more and no node drains whose pods could
come, or after HELD_SECONDS.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from kubestow.disruption.expected import is_going
from kubestow.model.decision import Action, Land, Open
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.snapshot import Snapshot
from kubestow.scheduling import filtering
from kubestow.scheduling.cycle import Cycle
from kubestow.scheduling.pod_kinds import PodKindsCache
from kubestow.scheduling.rehearsal import with_resolved_claims
from kubestow.scheduling.scheduler_cache import build_cache

HELD_SECONDS = 300
"""The longest that a node is held."""
LANDED = "its pods have landed"
TOO_LONG = f"held for {HELD_SECONDS} s"
REFUSED = "a filter refuses what was planned on it"


@dataclass(frozen=True, slots=True)
class Landing:
    """Bindings and openings, in order, and when to look again if nothing happens until then."""

    actions: tuple[Action, ...] = ()
    look_again_at: int | None = None


def held(snapshot: Snapshot, leaving: Collection[str] = ()) -> list[NodeClaim]:
    """Return the nodes that are held and are to stay."""
    there = {node.name for node in snapshot.cluster.nodes} - set(leaving)
    return [
        claim
        for claim in snapshot.nodeclaims
        if claim.phase is Phase.HELD and not is_going(claim) and claim.name in there
    ]


def land(
    snapshot: Snapshot,
    planned: Mapping[str, str],
    leaving: Collection[str] = (),
    pod_kinds: PodKindsCache | None = None,
    *,
    more_come: bool = False,
) -> Landing:
    """Return the landings that are possible now; ``planned`` is the node of each pod, by its key.

    ``leaving`` are nodes that are to go. Where nodes drain, or ``more_come`` because they are about
    to, the successors of their pods may still come to those that are held.
    """
    nodes = held(snapshot, leaving)
    if not nodes:
        return Landing()
    names = {claim.name for claim in nodes}
    expected_on = {pod: node for pod, node in planned.items() if node in names}
    found = Tried((), frozenset())
    if expected_on:
        found = tried(snapshot, expected_on, pod_kinds or PodKindsCache())
    actions: list[Action] = list(found.landed)
    others_come = bool(found.landed) or any(claim.is_coming for claim in snapshot.nodeclaims)
    drains = more_come or any(claim.phase is Phase.DRAINING for claim in snapshot.nodeclaims)
    expecting = {node for pod, node in expected_on.items() if pod not in found.hopeless}
    refused = {node for pod, node in expected_on.items() if pod in found.hopeless}
    ends = [snapshot.at + 1] if found.landed else []  # to see whether they are bound
    landed_on = {action.node for action in found.landed}
    for claim in nodes:
        end = (claim.ready_at or 0) + HELD_SECONDS
        waits = claim.name in expecting and (claim.name in landed_on or others_come)
        if snapshot.at >= end:
            actions.append(Open(claim.name, TOO_LONG))
        elif waits or drains:
            ends.append(end)
        else:
            reason = REFUSED if claim.name in expecting | refused else LANDED
            actions.append(Open(claim.name, reason))
    return Landing(tuple(actions), min(ends, default=None))


@dataclass(frozen=True, slots=True)
class Tried:
    """The landings that the filters let, and the pods that no other pod can help."""

    landed: tuple[Land, ...]
    hopeless: frozenset[str]


def tried(snapshot: Snapshot, planned: Mapping[str, str], pod_kinds: PodKindsCache) -> Tried:
    """Land pods one after the other, in rounds: one that lands may help another.

    ``planned`` is the held node of each pod, by its key.
    """
    cluster = with_resolved_claims(snapshot.cluster)
    on = set(planned.values())
    nodes = tuple(node.opened if node.name in on else node for node in cluster.nodes)
    cluster = replace(cluster, nodes=nodes)
    cache = build_cache(cluster, pod_kinds.of(cluster))
    cycle = Cycle(cache)
    waiting = {
        number: cache.position[planned[pod.key]]
        for number, pod in enumerate(cluster.pods)
        if not pod.node_name and not pod.terminating and pod.key in planned
    }
    landed: list[Land] = []
    progress = True
    while waiting and progress:
        progress = False
        for number, node in list(waiting.items()):
            if filtering.landable(cycle.context(cache.kind_of[number]))[node]:
                cycle.place(number, node)
                del waiting[number]
                landed.append(Land(cluster.pods[number].key, cache.nodes[node].name))
                progress = True
    hopeless = (
        cluster.pods[number].key
        for number, node in waiting.items()
        if not filtering.landable(cycle.context(cache.kind_of[number]), alone=True)[node]
    )
    return Tried(tuple(landed), frozenset(hopeless))


def refusals(snapshot: Snapshot, pods: Collection[str], pod_kinds: PodKindsCache) -> dict[str, str]:
    """Return why no node may take pods that wait, in kube-scheduler's words.

    It is empty for a pod that some node may take.
    """
    cluster = with_resolved_claims(snapshot.cluster)
    cache = build_cache(cluster, pod_kinds.of(cluster))
    cycle = Cycle(cache)
    told: dict[int, str] = {}
    found = {}
    for number, pod in enumerate(cluster.pods):
        if pod.key not in pods or pod.node_name:
            continue
        kind = cache.kind_of[number]
        if kind not in told:
            result = filtering.judge(cycle.context(kind))
            told[kind] = "" if result.feasible.any() else result.message()
        found[pod.key] = told[kind]
    return found
