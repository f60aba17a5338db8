"""Running: a scenario whose nodes and pods are there at the start, as a snapshot has them.

A pod without a controller is one of a Deployment in a scenario, so that it is there again after an
eviction. Here it is marked as not safe to evict, which keeps it from those who would lose it.
"""

from collections.abc import Sequence
from dataclasses import replace

from kubestow.disruption.expected import claims_of
from kubestow.model.counted import counted
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.scheduling.scheduler_cache import build_cache
from kubestow.simulation.scenario import Scenario
from kubestow.simulation.workloads import keys_by_owner


def running(scenario: Scenario, snapshot: Snapshot) -> Scenario:
    """Return a snapshot's scenario with its nodes, and the pods that run on them."""
    cluster = snapshot.cluster
    if not cluster.nodes:
        return scenario
    pods = {pod.key: pod for pod in cluster.pods}
    keys = keys_by_owner(snapshot)
    services, batches = [], []
    for number, load in enumerate(scenario.services):
        members = [pods[key] for key in keys["service", number]]
        terms = load.eviction if members[0].lifecycle.owner else _unsafe(load.eviction)
        services.append(replace(load, nodes=_nodes_of(members), eviction=terms))
    for number, batch in enumerate(scenario.batches):
        nodes = _nodes_of([pods[key] for key in keys["batch", number]])
        batches.append(replace(batch, nodes=nodes, arrivals=batch.arrivals[len(nodes) :]))
    known = {daemonset.key for daemonset in cluster.daemonsets}
    daemons: dict[str, list[Pod]] = {}
    for pod in cluster.pods:
        if pod.daemonset in known and not pod.terminating:
            daemons.setdefault(pod.node_name, []).append(pod)
    claims = tuple(
        replace(claim, daemonset_pods=tuple(daemons.get(claim.name, ())))
        for claim in claims_of(snapshot)
    )
    return replace(scenario, services=tuple(services), batches=tuple(batches), nodes=claims)


def obstacle_of(snapshot: Snapshot) -> str:
    """Return why a snapshot's nodes cannot be simulated; an empty string if they can."""
    unpriced = len(snapshot.cluster.nodes) - len(claims_of(snapshot))
    if unpriced:
        return f"{counted(unpriced, 'node')} without a known price"
    cache = build_cache(snapshot.cluster)
    full = next((number for number, free in enumerate(cache.free.T) if min(free) < 0), None)
    return "" if full is None else f"pods request more than {cache.nodes[full].name} has"


def _nodes_of(pods: Sequence[Pod]) -> tuple[str, ...]:
    return tuple(pod.node_name for pod in pods if pod.node_name)


def _unsafe(terms: EvictionTerms | None) -> EvictionTerms:
    terms = terms or EvictionTerms()
    return terms if terms.safe_to_evict else replace(terms, safe_to_evict=False)
