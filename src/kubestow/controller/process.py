"""The controller's wiring: everything that runs while it holds its Lease, on one page."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from kubestow import loop
from kubestow.adapters.kubernetes.facts import identity_of
from kubestow.adapters.kubernetes_api.api_hand import ApiHand
from kubestow.adapters.kubernetes_api.cluster_cache import ClusterCache
from kubestow.controller.election import Elected
from kubestow.controller.handover import Handover, Leaving
from kubestow.controller.pulse import Pulse
from kubestow.controller.rivals import RivalWatch
from kubestow.live.drainer import Drainer
from kubestow.live.dry_run import DryRun
from kubestow.live.event_recorder import EventRecorder
from kubestow.live.group_fleet import GroupFleet, JoinedFleets
from kubestow.live.group_pools import hidden, with_groups
from kubestow.live.hourly_count import HourlyCount
from kubestow.live.interruptions import Interruptions, NoticeSource
from kubestow.live.launch_pauses import LaunchPauses
from kubestow.live.launching import FleetLauncher, Launches, TemplateSource
from kubestow.live.limited import NO_LIMITS, ActionLimits, Limited
from kubestow.live.live_clock import LiveClock
from kubestow.live.observers import ClusterObserver
from kubestow.live.own_fleet import InstanceFinder, OwnFleet
from kubestow.live.sight import names_by_instance
from kubestow.live.status_watch import StatusSource, StatusWatch
from kubestow.live.told_once import ToldOnce
from kubestow.live.watched import WatchedWorld
from kubestow.live.witness import Witness, Witnesses
from kubestow.live.worker import Worker, Working, at_work
from kubestow.live.world import LiveWorld
from kubestow.model.decision import Action
from kubestow.model.input_error import InputError
from kubestow.model.memory import Memory
from kubestow.model.observed import ObjectIdentity, Observed
from kubestow.policies.policy import Policy
from kubestow.ports import IDLE_SECONDS, Journal, World

SETTLE_SECONDS = 5.0
"""After the Lease was taken: what the last holder asked for is seen in EC2 by then."""
_LOOK_SECONDS, _RIVAL_SECONDS = 0.5, 30.0
_GROUPS_SECONDS = 2.0  # while instances of node groups are to come
_AGAIN_SECONDS = 5.0  # after a turn that could not be finished


class NodeCloud(FleetLauncher, InstanceFinder, Protocol):
    """Who launches, finds and ends instances."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What a controller is made of. ``acts`` is False for one that only tells what it would do.

    ``events`` is one of those whom ``witness`` tells. ``forget_turn`` is called where it begins to
    lead and where it ends.
    """

    cache: ClusterCache
    observer: ClusterObserver
    hand: ApiHand
    cloud: NodeCloud
    templates: TemplateSource
    statuses: StatusSource
    groups: GroupFleet | None = None
    election: Elected
    policy: Policy
    acts: bool
    rivals: RivalWatch = field(default_factory=RivalWatch)
    queue: NoticeSource | None = None
    limits: ActionLimits = NO_LIMITS
    repairs: bool = True
    evictions: HourlyCount = field(default_factory=HourlyCount)
    handover: Handover = field(default_factory=lambda: Handover(lambda: 0, ""))
    journal: Journal | None = None
    witness: Witness = field(default_factory=Witnesses)
    events: EventRecorder | None = None
    pulse: Pulse = field(default_factory=Pulse)
    forget_turn: Callable[[], None] = field(default=lambda: None)
    may_act: Callable[[], bool] = field(default=lambda: True)
    tell: Callable[[str], None] = field(default=lambda text: None)
    tell_action: Callable[[Action], None] = field(default=lambda action: None)


class Controller:
    """Runs from ``run`` until it is stopped.

    Where it could not renew its Lease, and nobody else had it meanwhile, it looks at everything
    anew but goes on with the policy's memory. What one knew is left to the next.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stopped = threading.Event()
        self._clock: LiveClock | None = None
        self._fault: Exception | None = None
        self._kept: tuple[int, Memory] | None = None  # of which term
        self._told = ToldOnce(parts.tell)

    def stop(self) -> None:
        """End after the turn under way."""
        self._stopped.set()
        if self._clock is not None:
            self._clock.stop()

    def run(self) -> None:
        """Wait for the Lease, act as long as it is held, and wait again, until stopped."""
        parts = self._parts
        parts.election.start()
        if parts.events is not None:
            parts.events.start(self._failed)
        try:
            while not self._stopped.is_set():
                if not parts.election.holds:
                    parts.pulse.stands_by()
                    self._stopped.wait(_LOOK_SECONDS)
                    continue
                if self._stopped.wait(SETTLE_SECONDS):
                    return
                parts.forget_turn()
                self._lead()
                parts.forget_turn()
        finally:
            if parts.events is not None:
                parts.events.stop()
            parts.election.stop()
        if self._fault is not None:
            raise self._fault

    def _apart(self, work: Callable[[], None]) -> None:
        """Do something in a thread of its own; a bug in it ends the controller."""

        def do() -> None:
            try:
                work()
            except Exception as fault:
                self._failed(fault)

        threading.Thread(target=do, name="instances", daemon=True).start()

    def _failed(self, fault: Exception) -> None:
        """End because of a bug in a thread: whoever runs the controller starts it anew."""
        self._fault = fault
        self.stop()

    def _lead(self) -> None:
        """Observe, decide and act while the Lease is held."""
        parts, term = self._parts, self._parts.election.term
        parts.pulse.leads()
        if parts.acts:
            parts.rivals.look()
            if parts.rivals.found is not None:
                self._kept = None
                parts.handover.take("")
            if parts.rivals.why:
                parts.pulse.failed(parts.rivals.why)
                self._stopped.wait(_RIVAL_SECONDS)
                return
        parts.templates.anew()
        if parts.groups is not None:
            parts.groups.anew()
        pauses = LaunchPauses()
        self._clock = clock = LiveClock(
            parts.observer,
            lambda: parts.cache.count("pods"),
            lambda: self._goes_on() and parts.election.term == term and not self._stopped.is_set(),
            lambda: parts.election.is_halted,
            pauses.next_try,
        )
        clock.until_quiet(IDLE_SECONDS)
        clock.until_allowed()
        finder = parts.cloud if parts.groups is None else JoinedFleets(parts.cloud, parts.groups)
        fleet = OwnFleet(finder, clock.now, self._apart)
        world = LiveWorld(
            self,
            parts.hand,
            fleet,
            Launches(parts.cloud, parts.templates, clock.now, pauses, groups=parts.groups),
            identity=self._identity,
            daemonsets=lambda: parts.cache.contents("daemonsets"),
            tell=parts.tell,
            hurry=clock.hurried.set,
            hear=Witnesses((parts.witness, parts.pulse)).did,
            apart=self._apart,
            decided_at=clock.decided_at,
        )
        seen = world if parts.acts else DryRun(world, parts.tell_action)
        limited = Limited(
            seen,
            parts.limits,
            fleet.launched_within,
            parts.evictions,
            parts.tell,
            hear=parts.witness.did,
        )
        with at_work(self._beside(clock, fleet) if parts.acts else ()):
            self._turns(limited, clock, term)

    def _beside(self, clock: LiveClock, fleet: OwnFleet) -> Iterator[Working]:
        """Yield who works beside the loop of one that acts."""
        parts = self._parts
        yield Worker(
            "rivals", parts.rivals.look, _RIVAL_SECONDS, tell=parts.tell, failed=self._failed
        )
        watch = StatusWatch(
            parts.statuses,
            parts.hand,
            lambda: self._nodes(fleet),
            clock.now,
            clock.hurried.set,
            parts.tell,
            self._failed,
            parts.witness.did,
            may_act=parts.may_act,
        )
        yield watch
        yield Drainer(
            self.observe,
            parts.hand,
            fleet,
            self._identity,
            self._node_uid,
            parts.tell,
            parts.witness.did,
            self._failed,
            parts.evictions,
            parts.limits.evictions_per_hour,
            repairs=parts.repairs,
            failing=watch.failing,
            may_act=parts.may_act,
        )
        if parts.groups is not None:
            groups, told = parts.groups, ToldOnce(parts.tell)

            def look() -> None:
                told.say("node groups", groups.trouble)
                if (groups.expects and fleet.look(groups.own)) or groups.look():
                    clock.hurried.set()

            yield Worker("node groups", look, _GROUPS_SECONDS, tell=parts.tell, failed=self._failed)
        if parts.queue is not None:
            yield Interruptions(
                parts.queue,
                parts.hand,
                lambda: self._nodes(fleet),
                clock.now,
                clock.hurried.set,
                fleet.ask_soon,
                parts.tell,
                self._failed,
                parts.witness.did,
                lambda: self._nodeless(fleet),
                parts.may_act,
            )

    def observe(self) -> Observed:
        """Return the cluster as it is now, with the pools of the node groups."""
        observed = self._parts.observer.observe()
        groups = self._parts.groups
        if groups is None:
            return observed
        self._told.say("NodePools", hidden(observed, groups.pools))
        return with_groups(observed, groups.pools)

    def _nodes(self, fleet: OwnFleet) -> dict[str, str]:
        """Return the names of the Nodes that were launched here, by the ids of their instances."""
        own = {item.instance_id for item in fleet.instances()}
        nodes = names_by_instance(self._parts.observer.observe().nodes)
        return {key: name for key, name in nodes.items() if key in own}

    def _nodeless(self, fleet: OwnFleet) -> frozenset[str]:
        """Return the ids of the instances that were launched here and whose Nodes are to come."""
        own = {item.instance_id for item in fleet.instances() if not item.is_ending}
        return frozenset(own - names_by_instance(self._parts.observer.observe().nodes).keys())

    def _goes_on(self) -> bool:
        """Return whether it leads still; the clock asks while it waits."""
        self._parts.pulse.beat()
        return self._leads()

    def _leads(self) -> bool:
        """Return whether the Lease is held, and no Karpenter was seen."""
        return self._parts.election.holds and not self._parts.rivals.why

    def _turns(self, world: World, clock: LiveClock, term: int | None) -> None:
        """Run the loop; where a turn cannot be finished, it begins anew without its memory."""
        parts = self._parts
        watched = WatchedWorld(world, Witnesses((parts.witness, parts.pulse)), clock.decided_at)
        taken = memory = parts.handover.taken()
        if self._kept is not None and self._kept[0] == term:
            taken, memory = None, self._kept[1]
        parts.handover.leave(None)
        policy = Leaving(parts.policy, parts.handover, taken)
        while self._leads() and parts.election.term == term and not self._stopped.is_set():
            try:
                memory = loop.run(watched, clock, policy, parts.journal, memory=memory)
            except InputError as problem:
                memory = None
                parts.handover.leave(None)
                parts.tell(problem.message)
                parts.pulse.failed(problem.message)
                self._stopped.wait(_AGAIN_SECONDS)
            except BaseException:  # a bug, perhaps because of what is remembered
                parts.handover.leave(None)
                raise
        self._kept = None
        if memory is not None and term is not None and parts.rivals.found is None:
            self._kept = term, memory
        is_asked_to_end = self._stopped.is_set() and self._fault is None
        parts.handover.leave(memory if self._kept is not None and is_asked_to_end else None)

    def _identity(self, pod: str) -> ObjectIdentity | None:
        return identity_of(self._parts.cache.content("pods", pod))

    def _node_uid(self, node: str) -> str:
        found = identity_of(self._parts.cache.content("nodes", node))
        return "" if found is None else found.uid
