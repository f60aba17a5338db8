"""Lifecycle: what every policy does with nodes that do not come, must go, or are replaced first.

Law: forceful reasons wait for no budget. A node that has not registered after fifteen minutes is
given up; one that registered and is not ready by then only by a policy that asks for it. A
disruption with replacements drains its nodes when these are ready, and is called off when one of
them does not come.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kubestow.disruption import expiration, interruption
from kubestow.disruption.candidate import Candidate
from kubestow.disruption.expected import is_going
from kubestow.model.decision import (
    EXPIRED,
    INTERRUPTED,
    NOT_REGISTERED,
    Action,
    Cordon,
    Decision,
    Drain,
    Uncordon,
)
from kubestow.model.memory import Command, Memory
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import NodePool
from kubestow.model.snapshot import Snapshot
from kubestow.policies.provisioner import Needs

REGISTRATION_SECONDS = 900
"""A node that has not registered by then is given up (Karpenter's liveness, 15 minutes)."""
UNREGISTERED = (Phase.LAUNCHED,)
UNREADY = (Phase.LAUNCHED, Phase.REGISTERED)
"""Phases a node is given up in, by Karpenter and Cluster Autoscaler, and by kubestow."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Actions that are due, the disruptions still under way, and when to look again."""

    actions: tuple[Action, ...]
    commands: tuple[Command, ...]
    look_again_at: int | None = None

    @property
    def chosen(self) -> set[str]:
        """The nodes that disruptions under way will take."""
        return {name for command in self.commands for name in command.nodes}


def forced(
    snapshot: Snapshot,
    pools: Mapping[str, NodePool],
    *,
    expires: bool = True,
    gives_up: Collection[Phase] = UNREGISTERED,
) -> list[Drain]:
    """Return the drains that nothing holds back: interruption, expiration, no registration."""
    claims, at = snapshot.nodeclaims, snapshot.at
    found = {c.name: Drain(c.name, INTERRUPTED) for c in interruption.interrupted(claims)}
    for claim in claims:
        late = claim.launched_at is not None and at - claim.launched_at >= REGISTRATION_SECONDS
        if claim.phase in gives_up and late:
            found.setdefault(claim.name, Drain(claim.name, NOT_REGISTERED))
    if expires:
        for claim in expiration.expired(claims, pools, at):
            found.setdefault(claim.name, Drain(claim.name, EXPIRED))
    return list(found.values())


def progress(snapshot: Snapshot, memory: Memory, forced_out: Iterable[str]) -> Progress:
    """Carry on the disruptions under way."""
    claims = {claim.name: claim for claim in snapshot.nodeclaims}
    out = set(forced_out)
    actions: list[Action] = []
    left = []
    for command in memory.commands:
        nodes = tuple(n for n in command.nodes if n in claims and n not in out)
        coming = [claims.get(name) for name in command.replacements]
        if any(claim is None or claim.phase is Phase.GONE for claim in coming):
            actions += [Uncordon(name) for name in nodes]
        elif all(claim is not None and claim.phase is Phase.READY for claim in coming):
            actions += [Drain(name, command.reason) for name in nodes if _stands(claims[name])]
        elif nodes:
            left.append(replace(command, nodes=nodes))
    return Progress(tuple(actions), tuple(left))


def _stands(claim: NodeClaim) -> bool:
    return claim.phase is Phase.READY


def next_deadline(
    snapshot: Snapshot,
    pools: Mapping[str, NodePool],
    *,
    gives_up: Collection[Phase] = UNREGISTERED,
) -> int | None:
    """Return when the next node expires or is given up."""
    ends = []
    for claim in snapshot.nodeclaims:
        end = expiration.expires_at(claim, pools)
        if end is not None and not is_going(claim):
            ends.append(end)
        if claim.phase in gives_up and claim.launched_at is not None:
            ends.append(claim.launched_at + REGISTRATION_SECONDS)
    return min(ends, default=None)


def soonest(*instants: int | None) -> int | None:
    """Return the first of some instants; None where there is none."""
    return min((at for at in instants if at is not None), default=None)


def replaced_first(
    chosen: Sequence[Candidate], wanted: Needs, reason: str, at: int
) -> tuple[Decision, Memory]:
    """Return the command for some nodes: replacements first, else the drains at once."""
    names = tuple(candidate.name for candidate in chosen)
    memory = replace(wanted.memory, settled="")
    if not wanted.launches:
        return Decision(tuple(Drain(name, reason) for name in names)), memory
    fresh = tuple(launch.claim.name for launch in wanted.launches)
    command = Command(names, fresh, reason, at)
    launches = tuple(replace(launch, reason=reason) for launch in wanted.launches)
    cordons = tuple(Cordon(name, reason) for name in names)
    return Decision((*launches, *cordons)), replace(memory, commands=(*memory.commands, command))
