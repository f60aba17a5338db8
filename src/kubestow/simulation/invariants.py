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
    if pods.nodes:
        state = pods.state
        if (state.free < 0).any():
            yield "a node holds more than its allocatable"
        if not state.node_of.keys() <= pods.alive.keys():
            for number in sorted(state.node_of.keys() - pods.alive.keys()):
                yield f"pod {number} is on {state.nodes[state.node_of[number]].name} and not alive"
    waiting = {number for number, life in pods.alive.items() if not life.pod.node_name}
    for number in sorted(waiting ^ pods.pending.keys()):
        known = pods.alive.get(number)
        name = known.pod.key if known is not None else f"{number}, which is not alive,"
        yield f"pod {name} is neither waiting nor on a node"
    gone = {life.pod.node_name for life in pods.alive.values()} - pods.nodes.keys() - {""}
    for life in pods.alive.values() if gone else ():
        if life.pod.node_name in gone:
            yield f"pod {life.pod.key} is on a node that is gone"
    for service, members in enumerate(world.controllers.members):
        wanted = world.controllers.wanted[service]
        if len(members) != wanted:
            yield f"service {service} has {len(members)} pods and wants {wanted}"
