"""Invariants: what must hold in every simulation after every turn, whatever the policy decides.

Law: written against what the world holds, not against what it did; that is for simulation.watch.
"""

from collections.abc import Iterable, Iterator

from kubestow.model.nodeclaim import Phase
from kubestow.simulation.world import SimulatedWorld

_BILLED = (Phase.LAUNCHED, Phase.REGISTERED, Phase.READY, Phase.DRAINING)


class BrokenError(Exception):
    """An invariant does not hold: a bug of kubestow's or of the policy's."""


def check(world: SimulatedWorld, found: Iterable[str]) -> None:
    """Raise BrokenError for the first thing that was found."""
    for what in found:
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
        known = pods.alive.get(number)
        if known is None or known.pod.node_name:
            yield f"pod {number} waits and is {'gone' if known is None else 'on a node'}"
    if waiting != len(pods.pending):
        yield f"{waiting} pods are on no node, and {len(pods.pending)} wait"
    gone = set(names) - pods.nodes.keys() - {""}
    for life in pods.alive.values() if gone else ():
        if life.pod.node_name in gone:
            yield f"pod {life.pod.key} is on a node that is gone"
    for service, members in enumerate(world.controllers.members):
        wanted = world.controllers.wanted[service]
        if len(members) != wanted:
            yield f"service {service} has {len(members)} pods and wants {wanted}"


def crowded(world: SimulatedWorld) -> Iterator[str]:
    """Yield every node that holds more than it can, and pods on nodes that are not alive.

    Room is only ever taken when the scheduler runs: that is when there is something to look at.
    """
    pods, state = world.pods, world.pods.known_state
    if state is None:
        return
    if (state.free < 0).any():
        yield "a node holds more than its allocatable"
    if not state.node_of.keys() <= pods.alive.keys():
        for number in sorted(state.node_of.keys() - pods.alive.keys()):
            yield f"pod {number} is on {state.nodes[state.node_of[number]].name} and not alive"
