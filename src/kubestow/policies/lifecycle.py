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
    """Actions that are due, and disruptions that still wait for their replacements."""

    actions: tuple[Action, ...]
    disruptions: tuple[PendingDisruption, ...]

    @property
    def chosen(self) -> set[str]:
        """The nodes that pending disruptions will drain."""
        return {name for disruption in self.disruptions for name in disruption.leaving}

    @property
    def leaving(self) -> set[str]:
        """The nodes that pending disruptions drain, now or later."""
        return self.chosen | {action.node for action in self.actions if isinstance(action, Drain)}


Wave = tuple[tuple[str, ...], tuple[str, ...]]
"""The nodes that go now, and those that go later."""


def no_more(disruption: PendingDisruption) -> Wave:
    """Return which later nodes of a disruption go now: none, and none will."""
    return (), ()


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
    next_wave: Callable[[PendingDisruption], Wave] = no_more,
) -> Progress:
    """Continue pending disruptions; uncordon the nodes of those that are not remembered.

    ``next_wave`` returns which of the nodes that go later go now, once the replacements are there,
    and which later still; the others stay. Karpenter likewise removes its taint from nodes that are
    not in its queue (kubernetes-sigs/karpenter v1.14 pkg/controllers/disruption/controller.go).
    """
    claims = {claim.name: claim for claim in snapshot.nodeclaims}
    out = set(forced_out)
    actions: list[Action] = []
    pending = []
    for disruption in memory.disruptions:
        nodes, later = (
            tuple(name for name in names if name in claims and name not in out)
            for names in (disruption.nodes, disruption.later)
        )
        coming = [claims.get(name) for name in disruption.replacements]
        if any(claim is None or claim.phase is Phase.GONE for claim in coming):
            actions += [Uncordon(name) for name in nodes]
        elif all(claim is not None and claim.phase in THERE for claim in coming):
            ready = tuple(name for name in nodes if claims[name].phase in THERE)
            now, later = next_wave(replace(disruption, nodes=ready, later=later))
            actions += [Drain(name, disruption.reason) for name in (*ready, *now)]
            if later:
                pending.append(replace(disruption, nodes=(), later=later))
        elif nodes or later:
            pending.append(replace(disruption, nodes=nodes, later=later))
    chosen = {name for disruption in memory.disruptions for name in disruption.nodes} | out
    for claim in snapshot.nodeclaims:  # cordoned for a forgotten disruption
        if claim.phase is Phase.READY and claim.reason and claim.name not in chosen:
            actions.append(Uncordon(claim.name))
    return Progress(tuple(actions), tuple(pending))


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
    first: Collection[str] | None = None,
) -> tuple[tuple[Action, ...], Memory]:
    """Return the actions that disrupt nodes: launches and cordons, or else drains at once.

    ``first`` are the nodes that go first once the launches are ready, the others go later; None for
    all.
    """
    if not launches:
        return tuple(Drain(node, reason) for node in nodes), memory
    now = nodes if first is None else tuple(name for name in nodes if name in first)
    later = tuple(name for name in nodes if name not in now)
    replacements = tuple(launch.claim.name for launch in launches)
    begun = PendingDisruption(now, replacements, reason, at, later)
    relabelled = tuple(replace(launch, reason=reason) for launch in launches)
    cordons = tuple(Cordon(node, reason) for node in now)
    return (*relabelled, *cordons), replace(memory, disruptions=(*memory.disruptions, begun))
