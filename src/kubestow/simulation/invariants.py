"""Invariants: what must hold in every simulation after every turn, whatever the policy decides.

They are about what the world holds. What it did is judged by simulation.run_judge.
"""

from collections.abc import Iterable, Iterator

from kubestow.model.nodeclaim import THERE, Phase
from kubestow.policies.landing import HELD_SECONDS
from kubestow.simulation.world import SimulatedWorld

_BILLED = (Phase.LAUNCHED, Phase.REGISTERED, *THERE, Phase.DRAINING)
_HELD_SECONDS = HELD_SECONDS + 120  # a lost opening is asked for again


class BrokenError(Exception):
    """An invariant does not hold: a bug of kubestow or of the policy."""


def check(world: SimulatedWorld, violations: Iterable[str]) -> None:
    """Raise BrokenError for the first violation, if there is one."""
    for violation in violations:
        raise BrokenError(f"seed {world.scenario.seed}, at {world.at}: {violation}")


def broken(world: SimulatedWorld) -> Iterator[str]:
    """Yield every violation of an invariant."""
    pods = world.pods
    for name, claim in world.cloud.claims.items():
        billed = name in world.ledger.open
        if billed != (claim.phase in _BILLED):
            yield f"node {name} is {claim.phase} and {'' if billed else 'not '}billed"
        if (name in pods.nodes) != (claim.phase in (*THERE, Phase.DRAINING)):
            yield f"node {name} is {claim.phase} and {'' if name in pods.nodes else 'not '}there"
        if claim.phase is Phase.HELD and world.at - (claim.ready_at or 0) > _HELD_SECONDS:
            seconds = world.at - (claim.ready_at or 0)
            yield f"node {name} is still held {seconds} s after it was ready"
    for name in [*world.ledger.open, *pods.nodes]:
        if name not in world.cloud.claims:
            yield f"node {name} is billed or there, and has no claim"
    yield from overcommitted(world)
    names = [life.pod.node_name for life in pods.alive.values()]
    without_node = names.count("")
    for number in pods.pending:
        life = pods.alive.get(number)
        if life is None or life.pod.node_name:
            yield f"pod {number} is pending and {'gone' if life is None else 'on a node'}"
    if without_node != len(pods.pending):
        yield f"{without_node} pods are on no node, and {len(pods.pending)} are pending"
    gone = set(names) - pods.nodes.keys() - {""}
    for life in pods.alive.values() if gone else ():
        if life.pod.node_name in gone:
            yield f"pod {life.pod.key} is on a node that is gone"
    for service, members in enumerate(world.controllers.members):
        wanted = world.controllers.wanted[service]
        awaited = world.controllers.is_awaited(("service", service)) and len(members) < wanted
        if len(members) != wanted and not awaited:
            yield f"service {service} has {len(members)} pods and wants {wanted}"


def overcommitted(world: SimulatedWorld) -> Iterator[str]:
    """Yield nodes that hold more than they can, and pods on nodes that no longer exist.

    Only the scheduler fills nodes, so there is nothing to judge until it has run.
    """
    pods, cache = world.pods, world.pods.current_cache
    if cache is None:
        return
    if (cache.free < 0).any():
        yield "a node holds more than its allocatable"
    if not cache.node_of.keys() <= pods.alive.keys():
        for number in sorted(cache.node_of.keys() - pods.alive.keys()):
            yield f"pod {number} is on {cache.nodes[cache.node_of[number]].name} and not alive"
