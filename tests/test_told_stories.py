"""What 'kubestow why' tells of every node and pod is what happened in the simulator.

The simulator's own records are taken where it changes claims and pods, not from the journal.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pytest

from kubestow import loop
from kubestow.model.decision import Decision, Drain, Launch
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import Disruption, NodePool
from kubestow.model.snapshot import Snapshot
from kubestow.model.story import NO_CAPACITY, TAKEN_BACK, Happened, Occurrence
from kubestow.policies.registry import made
from kubestow.simulation.run import Forgetful
from kubestow.simulation.scenario import ALL_FAULTS, MONDAY, NO_FAULTS, Scenario, ServiceLoad
from kubestow.simulation.world import SimulatedWorld
from kubestow.testing import GENERAL, catalog, daemonset, nodepool, pod, snapshot, spread
from kubestow.usecases.node_history import NodeHistories, ToldTurn
from kubestow.usecases.pod_history import PodHistory

POOL = nodepool()
HASTY = nodepool(disruption=Disruption(expire_after=2_400))
FAULTS = replace(ALL_FAULTS, stale=0.0)
"""Without observations that repeat the one before: they tell of everything late."""


@dataclass
class Records:
    """What happened in a world: (instant, what, more), by claim and by pod."""

    nodes: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    pods: dict[str, list[tuple[int, str, str]]] = field(default_factory=dict)
    drains: dict[str, tuple[int, str]] = field(default_factory=dict)

    def of(self, world: SimulatedWorld) -> "Records":
        """Listen to a world."""
        cloud, pods, controllers = world.cloud, world.pods, world.controllers
        update, create, bind = cloud._update, pods.create, pods.bind
        land, evict, remove = pods.land, controllers.evict, pods.remove
        lose, drain = controllers.lose, cloud.drain
        landing: list[int] = []
        for life in pods.alive.values():  # since the world was made
            self.pods[life.pod.key] = [(life.created_at, "created", "")]

        def updated(claim: NodeClaim) -> None:
            own = self.nodes.setdefault(claim.name, [])
            if not own or own[-1][1] != claim.phase.value:
                own.append((world.at, claim.phase.value))
            update(claim)

        def created(*given: Any) -> int:
            number = create(*given)
            key = pods.alive[number].pod.key
            self.pods.setdefault(key, []).append((world.at, "created", ""))
            return number

        def landed(number: int, node: str, at: int) -> None:
            landing.append(number)
            land(number, node, at)
            landing.remove(number)

        def bound(number: int, node: str, at: int) -> None:
            bind(number, node, at)
            how = "landed" if number in landing else "scheduled"
            self.pods[pods.alive[number].pod.key].append((at, how, node))

        def evicted(number: int) -> None:
            pod_now = pods.alive[number].pod
            self.pods[pod_now.key].append((world.at, "evicted", pod_now.node_name))
            evict(number)

        def removed(number: int) -> None:
            self.pods[pods.alive[number].pod.key].append((world.at, "gone", ""))
            remove(number)

        def lost(number: int, **given: Any) -> None:
            self.pods[pods.alive[number].pod.key].append((world.at, "lost", ""))
            lose(number, **given)

        def drained(action: Drain) -> None:
            if action.node in cloud.claims:
                self.drains.setdefault(action.node, (world.at, action.reason))
            drain(action)

        for place, name, listener in (
            (cloud, "_update", updated), (pods, "create", created), (pods, "land", landed),
            (controllers, "lose", lost), (cloud, "drain", drained), (pods, "bind", bound),
            (controllers, "evict", evicted), (pods, "remove", removed),
        ):  # fmt: skip
            setattr(place, name, listener)
        return self


class Kept:
    """A journal in memory."""

    def __init__(self) -> None:
        self.turns: list[ToldTurn] = []

    def record(self, snapshot: Snapshot, memory: Memory, decision: Decision) -> None:
        self.turns.append(ToldTurn(snapshot, memory, decision))


def shop(*counts: int, spot: bool, pool: NodePool) -> Scenario:
    prices = catalog(*GENERAL, spot=0.3 if spot else None)
    base = snapshot(catalog_of=prices, daemonsets=(daemonset("agent"),), nodepools=(pool,))
    times = tuple((MONDAY + 900 * n, count) for n, count in enumerate(counts))
    web = pod("web", "500m", "1Gi", spread=(spread("topology.kubernetes.io/zone", app="web"),))
    database = pod("db", "1", "4Gi")
    services = (
        ServiceLoad("default", "web", web.template, (("app", "web"),), times),
        ServiceLoad("default", "db", database.template, (("app", "db"),), ((MONDAY, 2),)),
        ServiceLoad(
            "default", "queue", database.template, (("app", "queue"),), ((MONDAY, 1),),
            pod_name="queue-0",
        ),
    )  # fmt: skip
    return Scenario(base, services, seconds=900 * (len(counts) + 2))


def played(policy: str, scenario: Scenario, pool: NodePool) -> tuple[list[ToldTurn], Records]:
    world, journal = SimulatedWorld(scenario), Kept()
    records = Records().of(world)
    own = Forgetful(made(policy, (pool,)), scenario.seed, scenario.faults.forgetful)
    loop.run(world, world, own, journal)
    return journal.turns, records


RUNS = [
    (policy, seed, is_hard)
    for policy in ("optimal", "karpenter")
    for seed in range(4)
    for is_hard in (False, True)
]


@pytest.fixture(scope="module", params=RUNS, ids=lambda run: f"{run[0]}-{run[1]}-{run[2]}")
def run(request: pytest.FixtureRequest) -> tuple[list[ToldTurn], Records]:
    policy, seed, is_hard = request.param
    return run_of(policy, seed, is_hard=is_hard)


@cache
def run_of(policy: str, seed: int, *, is_hard: bool) -> tuple[list[ToldTurn], Records]:
    pool = HASTY if seed % 2 else POOL
    scenario = shop(4 + seed, 16, 5, 8, 2, spot=is_hard, pool=pool)
    faults = FAULTS if is_hard else NO_FAULTS
    return played(policy, replace(scenario, faults=faults, seed=seed), pool)


def seen_at(turns: list[ToldTurn], at: int) -> set[int | None]:
    """Return when something that happened at an instant may have been seen first.

    It may have happened before or after a look of the same instant.
    """
    looks = [turn.at for turn in turns]
    found = (find(looks, at) for find in (bisect_left, bisect_right))
    return {looks[number] if number < len(looks) else None for number in found}


def story_of(turns: list[ToldTurn], name: str) -> tuple[Occurrence, ...]:
    histories = NodeHistories(name)
    for turn in turns:
        histories.turn(turn)
    assert len(histories.found) == 1, name
    return histories.found[0].story()


def first(story: tuple[Occurrence, ...], *what: Happened) -> Occurrence | None:
    return next((item for item in story if item.what in what), None)


def test_every_node_is_told_with_its_instants_and_reasons(
    run: tuple[list[ToldTurn], Records],
) -> None:
    turns, records = run
    launches = {
        action.claim.name: (turn.at, action.reason)
        for turn in reversed(turns)
        for action in turn.decision.actions
        if isinstance(action, Launch)
    }
    assert launches.keys() == records.nodes.keys()
    for name, happened in records.nodes.items():
        story = story_of(turns, name)
        assert [item.at for item in story] == sorted(item.at for item in story)
        decided = story[0]
        assert (decided.at, decided.reason) == launches[name]
        assert decided.what is Happened.LAUNCH_DECIDED
        told = list(stages(story))
        real = happened
        check_stages(turns, name, told, real)
        check_end(turns, story, real, records.drains.get(name))


def stages(story: tuple[Occurrence, ...]) -> Iterator[tuple[Happened, int]]:
    wanted = (
        Happened.LAUNCHED, Happened.REGISTERED, Happened.HELD, Happened.READY, Happened.OPENED,
        Happened.ENDED, Happened.NOT_LAUNCHED,
    )  # fmt: skip
    for item in story:
        if item.what in wanted:
            what = Happened.ENDED if item.what is Happened.NOT_LAUNCHED else item.what
            yield what, item.at


def check_stages(
    turns: list[ToldTurn], name: str, told: list[tuple[Happened, int]], real: list[tuple[int, str]]
) -> None:
    """Compare the instants of a node's stages."""
    at_of = {phase: at for at, phase in real}
    instants = dict(told)
    was_held = Phase.HELD.value in at_of
    for phase, what, is_exact in (
        (Phase.LAUNCHED, Happened.LAUNCHED, True),
        (Phase.REGISTERED, Happened.REGISTERED, False),
        (Phase.HELD, Happened.HELD, True),
        (Phase.READY, Happened.OPENED if was_held else Happened.READY, not was_held),
        (Phase.GONE, Happened.ENDED, False),
    ):
        at = at_of.get(phase.value)
        if at is None:
            assert what not in instants, (name, what)
            continue
        possible = {at} if is_exact else seen_at(turns, at)
        if what in instants:
            # A stage that was over at the next look is told as of what came after it.
            after = [later for later, _ in real if later > at]
            assert instants[what] in possible | set(after[:1]), (name, what, told, real)
        else:
            later = [when for when, _ in real if when > at]
            assert None in possible or (later and later[0] <= min(possible)), (name, what)  # type: ignore[type-var] # None is ruled out


def check_end(
    turns: list[ToldTurn],
    story: tuple[Occurrence, ...],
    happened: list[tuple[int, str]],
    drained: tuple[int, str] | None,
) -> None:
    """Compare why a node ended, and when it was decided."""
    ended = first(story, Happened.ENDED, Happened.NOT_LAUNCHED)
    phases = [phase for _, phase in happened]
    decided = first(story, Happened.DRAIN_DECIDED)
    assert (None if decided is None else (decided.at, decided.reason)) == drained
    if ended is None:
        assert Phase.GONE.value not in phases or None in seen_at(turns, happened[-1][0])
        return
    assert phases[-1] == Phase.GONE.value
    if drained is not None:
        assert ended.reason == drained[1]
    elif phases[-2] == Phase.LAUNCHING.value:
        assert ended.reason == NO_CAPACITY
    else:
        assert ended.reason == TAKEN_BACK


POD_EVENTS = {
    "created": (Happened.CREATED,),
    "landed": (Happened.LANDED,),
    "scheduled": (Happened.SCHEDULED,),
    "evicted": (Happened.EVICTED,),
    "lost": (Happened.LOST, Happened.GONE),
    "gone": (Happened.GONE, Happened.LOST),
}


def test_every_pod_is_told_with_its_instants_nodes_and_evictions(
    run: tuple[list[ToldTurn], Records],
) -> None:
    turns, records = run
    told_events = {what for some in POD_EVENTS.values() for what in some}
    for key, happened in records.pods.items():
        history = PodHistory(key)
        for turn in turns:
            history.turn(turn)
        told = [item for item in history.occurrences if item.what in told_events]
        matched: set[int] = set()
        for number, (at, what, node) in enumerate(happened):
            possible = seen_at(turns, at)
            alike = [
                item
                for item in told
                if item.what in POD_EVENTS[what]
                and item.at in possible
                and (not node or item.nodes == (node,))
            ]
            matched.update(map(id, alike))
            rest = happened[number + 1 :]
            is_over = any(None in possible or later <= max(possible) for later, *_ in rest)  # type: ignore[type-var] # None is ruled out
            assert alike or None in possible or is_over, (key, at, what, told, happened)
        unreal = [item for item in told if id(item) not in matched]
        assert not unreal, (key, unreal, happened)


def test_the_reason_of_every_eviction_is_that_of_its_nodes_drain(
    run: tuple[list[ToldTurn], Records],
) -> None:
    turns, records = run
    told = 0
    for key, happened in records.pods.items():
        if all(what != "evicted" for _, what, _ in happened):
            continue
        history = PodHistory(key)
        for turn in turns:
            history.turn(turn)
        for item in history.occurrences:
            if item.what is Happened.EVICTED:
                (node,) = item.nodes
                assert item.reason == records.drains[node][1]
                told += 1
    assert told or not any(
        what == "evicted" for happened in records.pods.values() for _, what, _ in happened
    )


def test_a_pod_of_a_daemonset_that_goes_with_its_node_is_told_with_the_nodes_reason(
    run: tuple[list[ToldTurn], Records],
) -> None:
    turns, records = run
    keys = {pod.key for turn in turns for pod in turn.snapshot.cluster.pods if pod.daemonset}
    told = 0
    for key in keys:
        history = PodHistory(key)
        for turn in turns:
            history.turn(turn)
        last = history.occurrences[-1]
        if last.what not in (Happened.GONE, Happened.LOST):
            continue
        (node,) = last.nodes
        drained = records.drains.get(node)
        assert last.reason == (TAKEN_BACK if drained is None else drained[1]), (key, last)
        told += 1
    assert told


def test_the_pods_that_left_a_node_are_those_that_were_evicted_from_it(
    run: tuple[list[ToldTurn], Records],
) -> None:
    turns, records = run
    evicted: dict[str, set[str]] = {}
    for key, happened in records.pods.items():
        for at, what, node in happened:
            if what == "evicted" and None not in seen_at(turns, at):
                evicted.setdefault(node, set()).add(key)
    for name, pods in evicted.items():
        left = first(story_of(turns, name), Happened.PODS_LEFT)
        assert left is not None
        assert set(left.pods) == pods
        assert sum(count for _, count in left.counts) <= len(pods)


def test_the_runs_have_in_them_what_is_checked() -> None:
    reasons: set[str] = set()
    for policy, seed, is_hard in RUNS:
        _, records = run_of(policy, seed, is_hard=is_hard)
        reasons |= {reason for _, reason in records.drains.values()}
    assert {"Empty", "Underutilized", "Expired", "Interrupted"} <= reasons
