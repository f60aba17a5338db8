"""A world in which no more is done than limits allow: of money, of launches and of evictions.

What is beyond them is not begun: no node is launched, none cordoned for a replacement that may not
come, none drained of free will whose pods may not be evicted. A drain that counts on a launch waits
for it. Nodes that must go do not wait for evictions, which whoever drains them paces
(kubestow.live.drainer), and what was begun is brought to its end. What is held back is told once,
with what would be needed.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kubestow.disruption.pod_budgets import Budgets
from kubestow.disruption.protection import KUBESTOW
from kubestow.live.claims import NOBODYS
from kubestow.live.hourly_count import HOUR, HourlyCount
from kubestow.live.leaving import stays
from kubestow.live.successors import may_wait, sources
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
    HELD_BACK,
    INTERRUPTED,
    PROVISIONING,
    VOLUNTARY,
    Action,
    Avoid,
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

MONEY, LAUNCHES, EVICTIONS = (
    "--max-usd-per-hour", "--max-launches-per-hour", "--max-evictions-per-hour",
)  # fmt: skip
"""The limits, by their options."""
Limitable = Launch | Cordon | Drain
Subject = tuple[str, str]
"""A limit, and the NodePool or the node that it holds back."""


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

    name: str
    limit: int | None
    used: int
    held: int = 0
    subjects: list[str] = field(default_factory=list)
    staying: list[str] = field(default_factory=list)
    """The nodes that stay because something does not fit that their pods count on."""

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

    @property
    def kept(self) -> str:
        """What to add of the nodes that stay."""
        return f", and what is on {_names(self.staying)} stays there" if self.staying else ""

    @property
    def option(self) -> str:
        """The limit as it is given."""
        limit = self.limit or 0
        return f"{self.name} {_usd(limit) if self.name == MONEY else limit}"


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
        self._tell, self._hear = tell, hear
        self._known: dict[Subject, int] = {}  # what is held back, and when it last was
        self._seen: Snapshot | None = None

    def observe(self) -> Snapshot:
        """Observe the other world."""
        self._seen = self._world.observe()
        return self._seen

    def execute(self, decision: Decision) -> tuple[Outcome, ...]:
        """Carry out what is within the limits."""
        assert self._seen is not None, "a world is observed first"
        if self._limits == NO_LIMITS:
            return self._world.execute(decision)
        ledger = _Ledger.of(self._seen, self._limits, self._launched, self._evictions, decision)
        allowed = ledger.allowed(decision)
        self._tell_of(ledger, self._seen.at)
        outcomes = tuple(_outcome(action) for action, _ in ledger.held.values())
        within = decision if not ledger.held else _with(decision, allowed)
        return (*outcomes, *self._world.execute(within))

    def _tell_of(self, ledger: "_Ledger", at: int) -> None:
        """Tell of what is held back and was not before, for an hour at least."""
        held = {(limit, _about(action)) for action, limits in ledger.held.values()
                for limit in limits}  # fmt: skip
        known = {key: last for key, last in self._known.items() if at - last <= HOUR}
        new = held - known.keys()
        self._known = {key: last for key, last in known.items() if key not in ledger.begun}
        self._known |= dict.fromkeys(held, at)
        for limit, text in ledger.texts().items():
            if any(limit == name for name, _ in new):
                self._tell(text)
        options = ledger.options()
        for action, limits in ledger.held.values():
            if any((limit, _about(action)) in new for limit in limits):
                self._hear(_deed(action, " and ".join(options[limit] for limit in limits)))


def _about(action: Limitable) -> str:
    """Return the NodePool of a launch, whose name is another each time; else the node."""
    return action.claim.nodepool if isinstance(action, Launch) else action.node


def _outcome(action: Limitable) -> Outcome:
    if isinstance(action, Launch):
        return Outcome(action.claim.name, HELD_BACK)
    return Outcome(action.node, HELD_BACK, reason=action.reason)


def _deed(action: Limitable, options: str) -> Deed:
    """Return what was not done; the limits' own texts tell of it, too, with amounts."""
    if isinstance(action, Launch):
        claim = action.claim
        return Deed(
            LAUNCH, NODE_POOL, claim.nodepool, action.reason, options, claim.name, result=HELD_BACK,
            is_quiet=True,
        )  # fmt: skip
    what = DRAIN if isinstance(action, Drain) else CORDON
    return Deed(what, NODE, action.node, action.reason, options, result=HELD_BACK, is_quiet=True)


def _with(decision: Decision, actions: tuple[Action, ...]) -> Decision:
    return Decision(
        actions, decision.kept, decision.waiting, decision.look_again_at, decision.bound
    )


@dataclass(slots=True)
class _Ledger:
    """The accounts of a turn, and what they hold back: actions by identity, with the limits."""

    money: _Account
    launches: _Account
    evictions: _Account
    pods: Mapping[str, int]
    """How many pods of each node would be evicted."""
    promised: frozenset[str]
    """The nodes whose drain does not wait for evictions: begun before, or taken back by EC2."""
    sources: Mapping[str, frozenset[str]]
    """The nodes from which pods are to come to each claim; "" for pods that have none."""
    held: dict[int, tuple[Limitable, tuple[str, ...]]] = field(default_factory=dict)
    begun: set[Subject] = field(default_factory=set)

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
        taken_back = {claim.name for claim in own if claim.notice_at is not None}
        to_go = [claim for claim in own if _is_to_go(claim) and claim.name not in taken_back]
        limit = limits.evictions_per_hour
        used = 0 if limit is None else evictions.within(seen.at) + _to_come(seen, to_go)
        unanswered = sum(claim.phase is Phase.LAUNCHING for claim in own)
        return cls(
            _Account(MONEY, limits.nano_usd_per_hour, sum(c.nano_usd_per_hour for c in own)),
            _Account(LAUNCHES, limits.launches_per_hour, launched(seen.at) + unanswered),
            _Account(EVICTIONS, limit, used),
            _to_evict(seen.cluster.pods),
            frozenset(taken_back.union(claim.name for claim in to_go)),
            sources(seen, decision),
        )

    def allowed(self, decision: Decision) -> tuple[Action, ...]:
        """Return the actions that are within the limits, in order; hold the others.

        Drains come first, since they are the end of what was begun; then what is launched for pods
        that wait, then for those of nodes that may stay a while; what replaces nodes for one reason
        is begun as a whole or not at all.
        """
        drains = [action for action in decision.actions if may_wait(action)]
        nodes = {drain.node for drain in drains}
        replacing: dict[str, list[Launch | Cordon]] = {}
        for action in decision.actions:
            if isinstance(action, Drain):
                self._drain(action)
            elif isinstance(action, Cordon) or (
                isinstance(action, Launch) and action.reason != PROVISIONING
            ):
                replacing.setdefault(action.reason, []).append(action)
        launches = [
            action
            for action in decision.actions
            if isinstance(action, Launch) and action.reason == PROVISIONING
        ]
        for launch in sorted(launches, key=lambda item: self._is_only_for(item, nodes)):
            self._begin([launch])
        self._hold_what_counts_on_it(drains, launches)
        for group in replacing.values():
            self._begin(group)
        goes_on = not any(isinstance(action, Drain | Cordon) for action, _ in self.held.values())
        return tuple(
            action
            for action in decision.actions
            if id(action) not in self.held and (goes_on or not isinstance(action, Avoid))
        )

    def _hold(self, action: Limitable, limits: Iterable[str]) -> None:
        self.held[id(action)] = (action, tuple(sorted(set(limits))))

    def _drain(self, drain: Drain) -> None:
        """Count the pods of a node that is drained, or hold its drain.

        A node that must go is not held, unless no pod may ever be evicted and it may wait.
        """
        node, account = drain.node, self.evictions
        pods = self.pods.get(node, 0)
        if drain.reason == INTERRUPTED or node in self.promised:
            return
        must_go = drain.reason not in VOLUNTARY and (account.limit != 0 or not may_wait(drain))
        if account.fits(pods) or must_go:
            account.used += pods
            self.begun.add((EVICTIONS, node))
            return
        account.hold(pods, [node])
        self._hold(drain, [EVICTIONS])

    def _begin(self, group: Iterable[Launch | Cordon]) -> None:
        """Begin all of a group, or nothing."""
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
        for action in group if refusing else ():
            self._hold(action, (account.name for account, _, _ in refusing))
        for account, amount, subjects in wanted if not refusing else ():
            account.used += amount
            self.begun.update((account.name, subject) for subject in subjects)

    def _is_only_for(self, launch: Launch, nodes: Container[str]) -> bool:
        """Return whether all pods that a launch is planned for come from some nodes."""
        sources = self.sources.get(launch.claim.name, frozenset())
        return bool(sources) and all(node in nodes for node in sources)

    def _hold_what_counts_on_it(self, drains: Sequence[Drain], launches: Sequence[Launch]) -> None:
        """Hold the drains whose pods count on a launch that is held, and what is for these alone.

        ``drains`` are those that may wait.
        """
        before = -1
        while len(self.held) > before:
            before = len(self.held)
            for drain in drains:
                because = [
                    limit
                    for launch in launches
                    if drain.node in self.sources.get(launch.claim.name, ())
                    for limit in self._limits_of(launch)
                ]
                if because and id(drain) not in self.held:
                    self._keep(drain, because)
            staying = {d.node: self._limits_of(d) for d in drains if id(d) in self.held}
            for launch in launches:
                if id(launch) not in self.held and self._is_only_for(launch, staying):
                    sources = self.sources[launch.claim.name]
                    self._give_back(launch)
                    self._hold(launch, (limit for node in sources for limit in staying[node]))

    def _limits_of(self, action: Limitable) -> tuple[str, ...]:
        return self.held[id(action)][1] if id(action) in self.held else ()

    def _keep(self, drain: Drain, limits: Iterable[str]) -> None:
        """Hold a drain whose pods were counted."""
        self._hold(drain, limits)
        if drain.node not in self.promised:
            self.evictions.used -= self.pods.get(drain.node, 0)
        for account in (self.money, self.launches):
            if account.name in self._limits_of(drain):
                account.staying.append(drain.node)

    def _give_back(self, launch: Launch) -> None:
        """Count a launch no more that is of no use yet."""
        self.money.used -= launch.claim.nano_usd_per_hour
        self.launches.used -= 1

    def options(self) -> dict[str, str]:
        """Return the limits as they are given, by their names."""
        return {item.name: item.option for item in (self.money, self.launches, self.evictions)}

    def texts(self) -> dict[str, str]:
        """Return what each limit holds back, by its option."""
        found = {}
        money, launches, evictions = self.money, self.launches, self.evictions
        if money.held:
            found[MONEY] = (
                f"{money.option}: the nodes cost {_usd(money.used)} USD/h, and "
                f"{len(money.subjects)} more ({_names(money.subjects)}) are not launched for "
                f"{_usd(money.held)}{money.kept}; {_usd(money.needed)} would be needed"
            )
        if launches.held:
            found[LAUNCHES] = (
                f"{launches.option}: {launches.used} nodes were launched in the last "
                f"hour, and {launches.held} more ({_names(launches.subjects)}) are not"
                f"{launches.kept}; {launches.needed} would be needed"
            )
        if evictions.held:
            found[EVICTIONS] = (
                f"{evictions.option}: {evictions.used} pods were evicted in the last "
                f"hour, or are about to be; {evictions.held} more on {_names(evictions.subjects)} "
                f"are not, and their nodes stay; {evictions.needed} would be needed"
            )
        return found


def _goes_elsewhere(pod: Pod) -> bool:
    return bool(pod.node_name) and not (pod.daemonset or pod.terminating or stays(pod))


def _to_evict(pods: Iterable[Pod]) -> dict[str, int]:
    """Return how many pods of each node go elsewhere when it is drained."""
    found: dict[str, int] = {}
    for pod in pods:
        if _goes_elsewhere(pod):
            found[pod.node_name] = found.get(pod.node_name, 0) + 1
    return found


def _to_come(seen: Snapshot, to_go: Iterable[NodeClaim]) -> int:
    """Return how many pods are about to be evicted from nodes that are to go.

    Those that a budget or an annotation keeps on a node that leaves do not count as long as it
    does: such a node may stay for ever, and others may go.
    """
    reasons = {claim.name: claim.reason for claim in to_go}
    draining = {claim.name for claim in to_go if claim.phase is Phase.DRAINING}
    if not reasons:
        return 0
    pods = seen.cluster.pods
    budgets, healthy = Budgets(seen.cluster, pods), dict[str, int]()

    def is_healthy(number: int) -> bool:
        pod = pods[number]
        return bool(pod.node_name) and pod.lifecycle.is_ready and not pod.terminating

    def is_kept(number: int) -> bool:
        pod = pods[number]
        if pod.node_name not in draining:
            return False
        is_protected = KUBESTOW.stays(pod, reasons[pod.node_name], seen.at)
        return is_protected or bool(budgets.refusing(number, is_healthy, healthy))

    return sum(
        pod.node_name in reasons and _goes_elsewhere(pod) and not is_kept(number)
        for number, pod in enumerate(pods)
    )


def _is_to_go(claim: NodeClaim) -> bool:
    """Return whether a node is drained, or about to be once its successors are there."""
    return claim.phase is Phase.DRAINING or (claim.phase is Phase.READY and bool(claim.reason))


def _usd(nano: int) -> str:
    return f"{nano / NANO_USD:.2f}"


def _names(subjects: Iterable[str]) -> str:
    return ", ".join(sorted(set(subjects)))
