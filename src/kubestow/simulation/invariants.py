"""Invariants: what holds in every simulation after every turn, whatever the policy decides.

They check the world's contents; simulation.run_judge checks its transitions.
"""

from collections.abc import Iterable, Iterator

from kubestow.model.nodeclaim import Phase
from kubestow.simulation.world import SimulatedWorld

_BILLED = (Phase.LAUNCHED, Phase.REGISTERED, Phase.READY, Phase.DRAINING)


class BrokenError(Exception):
    """An invariant does not hold: a bug in kubestow or in the policy."""


def check(world: SimulatedWorld, violations: Iterable[str]) -> None:
    """Raise BrokenError for the first violation."""
    for what in violations:
        raise BrokenError(f"seed {world.scenario.seed}, at {world.at}: {what}")


def broken(world: SimulatedWorld) -> Iterator[str]:
    """Yield every invariant that does not hold."""
    pods = world.pods
    for name, claim in world.cloud.claims.items():
        billed = name in world.ledger.open
        if billed != (claim.phase in _BILLED):
            yield f"node {name} is {claim.phase} and {'' if billed else 'not '}billed"
        if (name in pods.nodes) != (claim.phase in (Phase.READY, Phase.DRAINING)):
            yield f"node {name} is {claim.phase} and {'' if name in pods.nodes else 'not '}there"
    for name in [*world.ledger.open, *pods.nodes]:
        if name not in world.cloud.claims:
            yield f"node {name} is billed or there, and no claim of it is"
    yield from crowded(world)
    names = [life.pod.node_name for life in pods.alive.values()]
    waiting = names.count("")
    for number in pods.pending:
        life = pods.alive.get(number)
        if life is None or life.pod.node_name:
            yield f"pod {number} waits and is {'gone' if life is None else 'on a node'}"
    if waiting != len(pods.pending):
        yield f"{waiting} pods are on no node, and {len(pods.pending)} wait"
    gone = set(names) - pods.nodes.keys() - {""}
    for lost in pods.alive.values() if gone else ():
        if lost.pod.node_name in gone:
            yield f"pod {lost.pod.key} is on a node that is gone"
    for service, members in enumerate(world.controllers.members):
        wanted = world.controllers.wanted[service]
        if len(members) != wanted:
            yield f"service {service} has {len(members)} pods and wants {wanted}"


def crowded(world: SimulatedWorld) -> Iterator[str]:
    """Yield overcommitted nodes, and pods on nodes that are not alive.

    Capacity is only taken when the scheduler runs, so there is nothing to check before.
    """
    pods, cache = world.pods, world.pods.known_state
    if cache is None:
        return
    if (cache.free < 0).any():
        yield "a node holds more than its allocatable"
    if not cache.node_of.keys() <= pods.alive.keys():
        for number in sorted(cache.node_of.keys() - pods.alive.keys()):
            yield f"pod {number} is on {cache.nodes[cache.node_of[number]].name} and not alive"
