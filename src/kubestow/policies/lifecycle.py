"""Lifecycle: how every policy treats nodes that fail to come, must go, or are replaced first.

Forced drains wait for no budget. A node that has not registered after fifteen minutes is given up;
one that has registered but is not ready by then is given up only if the policy asks for it. A
disruption with replacements drains its nodes once these are ready, and is cancelled if one of them
does not come.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kubestow.disruption import expiration, interruption
from kubestow.disruption.expected import is_going
from kubestow.model.decision import (
    EXPIRED,
    INTERRUPTED,
    NOT_REGISTERED,
    Action,
    Cordon,
    Drain,
    Launch,
    Uncordon,
)
from kubestow.model.memory import Memory, PendingDisruption
from kubestow.model.nodeclaim import THERE, Phase
from kubestow.model.nodepool import NodePool
from kubestow.model.snapshot import Snapshot

REGISTRATION_SECONDS = 900
"""A node that has not registered by then is given up (Karpenter's liveness, 15 minutes)."""
UNREGISTERED = (Phase.LAUNCHED,)
UNREADY = (Phase.LAUNCHED, Phase.REGISTERED)
"""Phases in which Karpenter and Cluster Autoscaler, and kubestow, give a node up."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Actions that are due, and disruptions that are not at their end.

    ``in_vain`` says that nodes stay although something was launched for their pods.
    """

    actions: tuple[Action, ...]
    disruptions: tuple[PendingDisruption, ...]
    in_vain: bool = False

    @property
    def chosen(self) -> set[str]:
        """The nodes that pending disruptions will drain."""
        return {name for disruption in self.disruptions for name in disruption.nodes}

    @property
    def leaving(self) -> set[str]:
        """The nodes that pending disruptions drain, now or later."""
        return self.chosen | {action.node for action in self.actions if isinstance(action, Drain)}


@dataclass(frozen=True, slots=True)
class WaveStep:
    """The nodes of a disruption that are drained now, and that are to be drained later.

    The others stay; ``in_vain`` says that something was launched for their pods.
    """

    now: tuple[str, ...]
    later: tuple[str, ...]
    in_vain: bool = False


def forced(
    snapshot: Snapshot,
    pools: Mapping[str, NodePool],
    *,
    expires: bool = True,
    gives_up: Collection[Phase] = UNREGISTERED,
) -> list[Drain]:
    """Return the drains that no budget holds back: interrupted, expired, never registered."""
    claims, at = snapshot.nodeclaims, snapshot.at
    drains = {c.name: Drain(c.name, INTERRUPTED) for c in interruption.interrupted(claims)}
    for claim in claims:
        late = claim.launched_at is not None and at - claim.launched_at >= REGISTRATION_SECONDS
        if claim.phase in gives_up and late:
            drains.setdefault(claim.name, Drain(claim.name, NOT_REGISTERED))
    if expires:
        for claim in expiration.expired(claims, pools, at):
            drains.setdefault(claim.name, Drain(claim.name, EXPIRED))
    return list(drains.values())


def progress(
    snapshot: Snapshot,
    memory: Memory,
    forced_out: Iterable[str],
    next_wave: Callable[[PendingDisruption], WaveStep] | None = None,
) -> Progress:
    """Continue pending disruptions; uncordon the nodes of those that are not remembered.

    ``next_wave`` tells which nodes of one in waves go now. Karpenter likewise removes its taint
    from nodes that are not in its queue
    (kubernetes-sigs/karpenter v1.14 pkg/controllers/disruption/controller.go).
    """
    claims = {claim.name: claim for claim in snapshot.nodeclaims}
    out = set(forced_out)
    actions: list[Action] = []
    pending, in_vain = [], False
    for disruption in memory.disruptions:
        nodes = tuple(n for n in disruption.nodes if n in claims and n not in out)
        if disruption.in_waves and next_wave is not None:
            wave = next_wave(replace(disruption, nodes=nodes))
            actions += [Drain(name, disruption.reason) for name in wave.now]
            there = {n for n in nodes if claims[n].phase in THERE}
            left = (*wave.now, *wave.later)
            actions += [Uncordon(name) for name in nodes if name in there.difference(left)]
            open_yet = (name for name in wave.later if name in there and not claims[name].reason)
            actions += [Cordon(name, disruption.reason) for name in open_yet]
            rest = tuple(name for name in left if name in there)
            pending += [replace(disruption, nodes=rest)] if rest else []
            in_vain |= wave.in_vain
            continue
        coming = [claims.get(name) for name in disruption.replacements]
        if any(claim is None or claim.phase is Phase.GONE for claim in coming):
            actions += [Uncordon(name) for name in nodes]
        elif all(claim is not None and claim.phase in THERE for claim in coming):
            ready = [name for name in nodes if claims[name].phase in THERE]
            actions += [Drain(name, disruption.reason) for name in ready]
        elif nodes:
            pending.append(replace(disruption, nodes=nodes))
    chosen = {name for disruption in memory.disruptions for name in disruption.nodes} | out
    for claim in snapshot.nodeclaims:  # cordoned for a forgotten disruption
        if claim.phase is Phase.READY and claim.reason and claim.name not in chosen:
            actions.append(Uncordon(claim.name))
    return Progress(tuple(actions), tuple(pending), in_vain)


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
    """Return the earliest of some instants; None if there is none."""
    return min((at for at in instants if at is not None), default=None)


def replaced_first(
    nodes: tuple[str, ...],
    launches: Sequence[Launch],
    memory: Memory,
    reason: str,
    at: int,
    *,
    in_waves: bool = False,
) -> tuple[tuple[Action, ...], Memory]:
    """Return the actions that disrupt nodes: launches and cordons, or else drains at once."""
    if not launches:
        return tuple(Drain(node, reason) for node in nodes), memory
    replacements = tuple(launch.claim.name for launch in launches)
    begun = PendingDisruption(nodes, replacements, reason, at, in_waves)
    relabelled = tuple(replace(launch, reason=reason) for launch in launches)
    cordons = tuple(Cordon(node, reason) for node in nodes)
    return (*relabelled, *cordons), replace(memory, disruptions=(*memory.disruptions, begun))
