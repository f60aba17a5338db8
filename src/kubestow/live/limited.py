"""A world in which no more is done than limits allow: of money, of launches and of evictions.

What is beyond them is not begun: no node is launched, none cordoned for a replacement that may not
come, none drained whose pods may not be evicted. It is told once, with what would be needed.
Whatever the limits say, a node that EC2 takes back is drained.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from kubestow.live.claims import NOBODYS
from kubestow.live.hourly_count import HourlyCount
from kubestow.live.leaving import stays
from kubestow.live.told_once import ToldOnce
from kubestow.live.witness import (
    CORDON,
    DRAIN,
    LAUNCH,
    NODE,
    NODE_POOL,
    Deed,
    Hearing,
    unheard,
)
from kubestow.model.decision import (
    INTERRUPTED,
    PROVISIONING,
    Action,
    Cordon,
    Decision,
    Drain,
    Launch,
    Outcome,
)
from kubestow.model.instance_type import NANO_USD
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.ports import World

HELD_BACK = "held back by a limit"
"""The event of an action that was not begun."""
MONEY, LAUNCHES, EVICTIONS = (
    "--max-usd-per-hour", "--max-launches-per-hour", "--max-evictions-per-hour",
)  # fmt: skip
"""The limits, by their options."""


@dataclass(frozen=True, slots=True)
class ActionLimits:
    """The most that a controller's nodes cost, and that it does in an hour; None for no limit."""

    nano_usd_per_hour: int | None = None
    launches_per_hour: int | None = None
    evictions_per_hour: int | None = None


NO_LIMITS = ActionLimits()


@dataclass(slots=True)
class _Account:
    """What is there, or promised, what the limit is, and what does not fit."""

    limit: int | None
    used: int
    held: int = 0
    subjects: list[str] = field(default_factory=list)

    def fits(self, amount: int) -> bool:
        """Return whether so much more is within the limit; nothing more always is."""
        return self.limit is None or amount <= 0 or self.used + amount <= self.limit

    def hold(self, amount: int, subjects: Iterable[str]) -> None:
        """Note what does not fit."""
        self.held += amount
        self.subjects += subjects

    @property
    def needed(self) -> int:
        """The limit with which everything would fit."""
        return self.used + self.held


class Limited:
    """A World (kubestow.ports) in front of another one.

    ``launched`` returns how many instances were launched in the hour before an instant.
    """

    def __init__(
        self,
        world: World,
        limits: ActionLimits,
        launched: Callable[[int], int],
        evictions: HourlyCount,
        tell: Callable[[str], None],
        *,
        hear: Hearing = unheard,
    ) -> None:
        self._world, self._limits = world, limits
        self._launched, self._evictions = launched, evictions
        self._told, self._hear = ToldOnce(tell), hear
        self._seen: Snapshot | None = None

    def observe(self) -> Snapshot:
        """Observe the other world."""
        self._seen = self._world.observe()
        return self._seen

    def execute(self, decision: Decision) -> tuple[Outcome, ...]:
        """Carry out what is within the limits."""
        assert self._seen is not None, "a world is observed first"
        ledger = _Ledger.of(self._seen, self._limits, self._launched, self._evictions, decision)
        allowed, held = ledger.parted(decision.actions)
        texts = ledger.texts()
        for key, text in texts.items():
            self._told.say(key, text)
        outcomes = tuple(
            Outcome(action.claim.name if isinstance(action, Launch) else action.node, HELD_BACK)
            for action in held
        )
        for action in held:
            self._hear(_deed(action, ", ".join(_limit(text) for text in texts.values() if text)))
        within = decision if not held else _with(decision, allowed)
        return (*outcomes, *self._world.execute(within))


def _limit(text: str) -> str:
    """Return the limit of a text, which stays the same while the numbers change."""
    return text.partition(":")[0]


def _deed(action: Launch | Cordon | Drain, why: str) -> Deed:
    """Return what was not done; the limits' own texts tell of it, too."""
    if isinstance(action, Launch):
        claim = action.claim
        return Deed(
            LAUNCH, NODE_POOL, claim.nodepool, action.reason, why, claim.name, result=HELD_BACK,
            is_quiet=True,
        )  # fmt: skip
    what = DRAIN if isinstance(action, Drain) else CORDON
    return Deed(what, NODE, action.node, action.reason, why, result=HELD_BACK, is_quiet=True)


def _with(decision: Decision, actions: tuple[Action, ...]) -> Decision:
    return Decision(
        actions, decision.kept, decision.waiting, decision.look_again_at, decision.bound
    )


@dataclass(slots=True)
class _Ledger:
    """The accounts of a turn."""

    money: _Account
    launches: _Account
    evictions: _Account
    pods: Mapping[str, int]
    """How many pods of each node would be evicted."""
    taken_back: frozenset[str]
    """The nodes that EC2 takes back."""

    @classmethod
    def of(
        cls,
        seen: Snapshot,
        limits: ActionLimits,
        launched: Callable[[int], int],
        evictions: HourlyCount,
        decision: Decision,
    ) -> "_Ledger":
        """Return the accounts before a decision is carried out."""
        own = [c for c in seen.nodeclaims if c.nodepool != NOBODYS and c.phase is not Phase.GONE]
        pods = _to_evict(seen.cluster.pods)
        again = {a.node for a in decision.actions if isinstance(a, Drain | Cordon)}
        taken_back = frozenset(claim.name for claim in own if claim.notice_at is not None)
        promised = sum(
            pods.get(claim.name, 0)
            for claim in own
            if _is_to_go(claim) and claim.name not in again | taken_back
        )
        unanswered = sum(claim.phase is Phase.LAUNCHING for claim in own)
        return cls(
            _Account(limits.nano_usd_per_hour, sum(claim.nano_usd_per_hour for claim in own)),
            _Account(limits.launches_per_hour, launched(seen.at) + unanswered),
            _Account(limits.evictions_per_hour, evictions.within(seen.at) + promised),
            pods,
            taken_back,
        )

    def parted(
        self, actions: tuple[Action, ...]
    ) -> tuple[tuple[Action, ...], list[Launch | Cordon | Drain]]:
        """Return the actions that are within the limits, in order, and those that are not.

        Drains come first, since they are the end of what was begun; what replaces nodes for one
        reason is begun as a whole or not at all.
        """
        held: list[Launch | Cordon | Drain] = []
        replacing: dict[str, list[Launch | Cordon]] = {}
        for action in actions:
            if isinstance(action, Drain) and not self._drains(action):
                held.append(action)
            elif isinstance(action, Cordon) or (
                isinstance(action, Launch) and action.reason != PROVISIONING
            ):
                replacing.setdefault(action.reason, []).append(action)
        for action in actions:
            if isinstance(action, Launch) and action.reason == PROVISIONING:
                held += self._begins([action])
        for group in replacing.values():
            held += self._begins(group)
        out = {id(action) for action in held}
        return tuple(action for action in actions if id(action) not in out), held

    def _drains(self, drain: Drain) -> bool:
        """Return whether a node may be drained; count its pods if it may."""
        pods = self.pods.get(drain.node, 0)
        if drain.reason == INTERRUPTED or drain.node in self.taken_back:
            return True
        if self.evictions.fits(pods):
            self.evictions.used += pods
            return True
        self.evictions.hold(pods, [drain.node])
        return False

    def _begins(self, group: list[Launch | Cordon] | list[Launch]) -> list[Launch | Cordon]:
        """Return what of a group is not begun: nothing, or all of it."""
        launches = [action for action in group if isinstance(action, Launch)]
        nodes = [action.node for action in group if isinstance(action, Cordon)]
        pools = [action.claim.nodepool for action in launches]
        wanted = (
            (self.money, sum(a.claim.nano_usd_per_hour for a in launches), pools),
            (self.launches, len(launches), pools),
            (self.evictions, sum(self.pods.get(node, 0) for node in nodes), nodes),
        )
        refusing = [item for item in wanted if not item[0].fits(item[1])]
        for account, amount, subjects in refusing:
            account.hold(amount, subjects)
        if refusing:
            return list(group)
        for account, amount, _ in wanted:
            account.used += amount
        return []

    def texts(self) -> dict[str, str]:
        """Return what each limit holds back, by its option; empty for nothing."""
        found = dict.fromkeys((MONEY, LAUNCHES, EVICTIONS), "")
        money, launches, evictions = self.money, self.launches, self.evictions
        if money.held and money.limit is not None:
            found[MONEY] = (
                f"{MONEY} {_usd(money.limit)}: the nodes cost {_usd(money.used)} USD/h, and "
                f"{len(money.subjects)} more ({_names(money.subjects)}) are not launched for "
                f"{_usd(money.held)}; {_usd(money.needed)} would be needed"
            )
        if launches.held:
            found[LAUNCHES] = (
                f"{LAUNCHES} {launches.limit}: {launches.used} nodes were launched in the last "
                f"hour, and {launches.held} more ({_names(launches.subjects)}) are not; "
                f"{launches.needed} would be needed"
            )
        if evictions.held:
            found[EVICTIONS] = (
                f"{EVICTIONS} {evictions.limit}: {evictions.used} pods were evicted in the last "
                f"hour, or are about to be; {evictions.held} more on {_names(evictions.subjects)} "
                f"are not, and their nodes stay; {evictions.needed} would be needed"
            )
        return found


def _to_evict(pods: Iterable[Pod]) -> dict[str, int]:
    """Return how many pods of each node go elsewhere when it is drained."""
    found: dict[str, int] = {}
    for pod in pods:
        if pod.node_name and not (pod.daemonset or pod.terminating or stays(pod)):
            found[pod.node_name] = found.get(pod.node_name, 0) + 1
    return found


def _is_to_go(claim: NodeClaim) -> bool:
    """Return whether a node is drained, or about to be once its successors are there."""
    return claim.phase is Phase.DRAINING or (claim.phase is Phase.READY and bool(claim.reason))


def _usd(nano: int) -> str:
    return f"{nano / NANO_USD:.2f}"


def _names(subjects: Iterable[str]) -> str:
    return ", ".join(sorted(set(subjects)))
