"""Plans that were not rehearsed, landed beside the stock kube-scheduler: do they run as planned?

Law: the pods are there first, and the scheduler has refused them. The nodes come held; the
product's own decisions, made from what the API server holds, are carried out until none is held
and no pod is Pending. Rows are named by plan and variant: small-1, small-1:busy, spread-17:killed.
"""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kubestow import engine
from kubestow.model.decision import Land, Launch, Open
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import Phase
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.policies.landing import Landing, land
from kubestow.policies.provisioner import PLANNED, needs
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.scheduling.rehearsal import launched_node, launched_pods
from kubestow.verify import judge

from . import landing_input, landing_variants
from .control_plane import ControlPlane
from .heard import Heard
from .held_nodes import CONFLICT, GONE, UNBOUND_CLAIM, Hand, as_held, node_objects
from .landing_judge import refused
from .landing_variants import BUSY, DELETED, GUESTS, KILLED, VOLUMES
from .model import Object, key
from .planned import objects_of
from .real_cluster import RealCluster
from .volume_controller import volume_controller

QUIET_SECONDS = 15.0
TRIED_SECONDS_MAX = 300.0
LANDING_SECONDS_MAX = 400.0
_PAUSE_SECONDS = 0.5
_KILLS = 2
_WORK_LIMIT_OF_FLEETS, _GAP = 30_000, 0.01
_HEAD = (
    f"{'plan':20}{'pods':>6}{'nodes':>6}{'USD/h':>10}{'over minimum':>14}{'as planned':>12}"
    f"{'elsewhere':>11}{'Pending':>9}{'refused':>9}{'launched':>10}{'s':>7}"
)


class Controller:
    """The product's decisions while nodes are held, as kubestow's own policy takes them."""

    def __init__(self, state: Snapshot, planned: Mapping[str, str]) -> None:
        self._pools = engine.pools_of(state)
        self._memory = Memory(planned=tuple(planned.items()))
        self._cache = PlanningCache()

    def decide(
        self, snapshot: Snapshot, again: Callable[[], Snapshot]
    ) -> tuple[tuple[Launch, ...], Landing]:
        """Plan for pods that have no place yet; land those that have one, as it is by then."""
        wanted = needs(
            snapshot, self._memory, self._pools, lands=True, cache=self._cache,
            work_limit_of_fleets=_WORK_LIMIT_OF_FLEETS,
        )  # fmt: skip
        is_planned_anew = wanted.memory is not self._memory
        self._memory = wanted.memory
        planned = {item.pod: item.subject for item in wanted.waiting if item.reason == PLANNED}
        if is_planned_anew:  # which takes a while, and the scheduler does not wait
            snapshot = again()
        return wanted.launches, land(snapshot, planned, (), self._cache.pod_kinds)


@dataclass
class Row:
    """What became of a plan."""

    name: str
    plan: Plan
    pods: int
    as_planned: int = 0
    elsewhere: int = 0
    pending: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    held: int = 0
    launched: list[Launch] = field(default_factory=list)
    seconds: float = 0.0
    answers: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_exact(self) -> bool:
        """Return whether every pod must run as planned: nobody interferes."""
        return self.name.partition(":")[2] not in (BUSY, DELETED, KILLED)

    @property
    def holds(self) -> bool:
        """Return whether what is promised of the variant is true."""
        as_planned = self.as_planned == self.pods and not self.launched
        return not (self.pending or self.refused or self.held) and (as_planned or not self.is_exact)

    def line(self) -> str:
        """Return the row as a line, and what is wrong with it in others."""
        gap = self.plan.gap
        extra = sum(launch.claim.nano_usd_per_hour for launch in self.launched) / 1e9
        launched = f"{len(self.launched)} ({extra:.2f})" if self.launched else "0"
        text = (
            f"{self.name:20}{self.pods:6}{len(self.plan.nodes):6}"
            f"{self.plan.cost_nano_usd_per_hour / 1e9:10.2f}{gap or 0:14.2%}"
            f"{self.as_planned / max(self.pods, 1):12.2%}{self.elsewhere:11}"
            f"{len(self.pending):9}{len(self.refused):9}{launched:>10}{self.seconds:7.1f}"
        )
        notes = [
            f"{count} {self.answers[name]}"
            for name, count in ((CONFLICT, "409:"), (GONE, "404:"), (UNBOUND_CLAIM, "no volume:"))
            if self.answers.get(name)
        ]
        text += f"  {', '.join(notes)}" if notes else ""
        wrong = [*self.pending[:3], *self.refused[:3], *([f"{self.held} held"] * bool(self.held))]
        return "\n    ".join([text, *wrong])


def run(
    plane: ControlPlane,
    names: Iterable[str],
    *,
    say: Callable[[str], object],
    pods: int = landing_input.MIX_PODS,
) -> bool:
    """Land every row; say a line each, and return whether all hold."""
    say(_HEAD)
    good = True
    for name in names:
        row = play(plane, name, pods)
        good &= row.holds
        say(row.line())
    return good


def play(plane: ControlPlane, name: str, pods: int = landing_input.MIX_PODS) -> Row:
    """Plan without a rehearsal, create the pods, then the nodes, and land the pods on them."""
    plain, _, variant = name.partition(":")
    assert variant in landing_variants.NAMES, f"{variant} is not a variant"
    seed = sum(map(ord, name))
    state = landing_input.snapshot(plain, pods)
    if variant == VOLUMES:
        state = landing_input.with_volumes(state, seed)
    plan = engine.plan(state, work_limit=_WORK_LIMIT_OF_FLEETS, gap=_GAP)
    assert judge(state, plan, engine.pools_of(state)) == (), name
    everything, bodies = objects_of(state, plan)
    objects = [item for item in everything if item["kind"] not in ("Node", "Pod")]
    heard = Heard()
    with plane.scheduler({}, name="stock", heard=heard.line) as scheduler:
        world = RealCluster(plane, scheduler)
        try:
            world.put([*objects, _namespace(GUESTS)], bodies)
            heard.forget()
            with volume_controller(plane.api), _beside(plane, state, plan, variant, seed):
                world.add(bodies)
                heard.wait_for({key(pod) for pod in bodies}, TRIED_SECONDS_MAX)
                stage = Stage(plane, world, state, plan, bodies, variant=variant, seed=seed)
                row = Row(name, plan, len(bodies))
                stage.land(row)
            stage.count(row)
        finally:
            plane.api.delete_all("Pod", GUESTS)
            world.clear()
            for kind in ("PersistentVolume", "Node", "CSINode"):
                plane.api.delete_all(kind)  # those made on the way
    return row


@contextlib.contextmanager
def _beside(
    plane: ControlPlane, state: Snapshot, plan: Plan, variant: str, seed: int
) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        if variant == BUSY:
            stack.enter_context(landing_variants.guests(plane.api, state, plan, seed))
        yield


def _namespace(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


class Stage:
    """One plan's pods, its nodes, and who lands them."""

    def __init__(
        self,
        plane: ControlPlane,
        world: RealCluster,
        state: Snapshot,
        plan: Plan,
        bodies: list[Object],
        *,
        variant: str,
        seed: int,
    ) -> None:
        self._world, self._state, self._plan, self._api = world, state, plan, plane.api
        self._variant, self._seed = variant, seed
        self._bodies = {key(pod): pod for pod in bodies}
        self._planned = {pod: node.name for node in plan.nodes for pod in node.pods}
        self._soon: list[Object] = []
        self._later: list[Object] = []
        self._controller = Controller(state, self._planned)
        self._hand = Hand(plane.api, state)
        self._turn = 0
        self._snapshot = state

    def land(self, row: Row) -> None:
        """Create the nodes, held, and land until nothing is held and nothing changes."""
        daemonsets = self._state.cluster.daemonsets
        pairs = [
            (launched_node(node), launched_pods(node, daemonsets)) for node in self._plan.nodes
        ]
        start = time.monotonic()
        self._world.add(as_held(node_objects(pairs, self._state)))
        before: object = None
        last = start
        while time.monotonic() < start + LANDING_SECONDS_MAX:
            self._hand.let_nodes_come()
            self._create_later(self._held())
            self._snapshot = self._hand.observe()
            bound, held = self._bound(), self._held()
            if (bound, held) != before:
                before, last = (bound, held), time.monotonic()
            over = bound == len(self._bodies) and not held
            if not (self._soon or self._later) and (
                over or time.monotonic() > last + QUIET_SECONDS
            ):
                break
            row.launched += self._act()
            time.sleep(_PAUSE_SECONDS)
        row.seconds = (self._hand.bound_last if row.is_exact else last) - start

    def _act(self) -> tuple[Launch, ...]:
        """Decide once, and do it."""
        launches, landing = self._controller.decide(self._snapshot, self._hand.observe)
        landings = [action for action in landing.actions if isinstance(action, Land)]
        openings = [action for action in landing.actions if isinstance(action, Open)]
        if self._variant == KILLED and self._turn < _KILLS and landings:
            self._hand.land(landing_variants.before_the_kill(landings, self._turn))
            self._controller = Controller(self._state, {})
            self._turn += 1
            return ()
        if self._variant == DELETED and not self._turn and landings:
            self._delete(landing_variants.deleted(landings, self._seed))
        self._turn += 1
        self._hand.land(landings)
        self._hand.open(openings)
        self._hand.launch(launch.claim for launch in launches)
        return launches

    def _delete(self, landings: list[Land]) -> None:
        """Delete pods; half of their successors come at once, half when the nodes are open."""
        for number, landing in enumerate(landings):
            pod = self._bodies.pop(landing.pod)
            self._api.delete(pod)
            after = landing_variants.successor(pod)
            self._bodies[key(after)] = after
            self._planned[key(after)] = landing.node
            (self._later if number % 2 else self._soon).append(after)

    def _create_later(self, held: int) -> None:
        """Create the successors whose time has come; they are decided about in the next turn."""
        due, self._soon = self._soon, []
        if not held:
            due, self._later = [*due, *self._later], []
        self._world.add(due)

    def _bound(self) -> int:
        pods = self._snapshot.cluster.pods
        return sum(bool(pod.node_name) and pod.key in self._bodies for pod in pods)

    def _held(self) -> int:
        return sum(
            claim.is_coming or claim.phase is Phase.HELD for claim in self._snapshot.nodeclaims
        )

    def count(self, row: Row) -> None:
        """Say where the pods were when they were last observed, and judge them."""
        where = {pod.key: pod.node_name for pod in self._snapshot.cluster.pods}
        nodes = {pod: where.get(pod, "") for pod in self._bodies}
        row.as_planned = sum(node == self._planned[pod] for pod, node in nodes.items())
        row.pending = sorted(pod for pod, node in nodes.items() if not node)
        row.elsewhere = len(nodes) - row.as_planned - len(row.pending)
        row.held, row.answers = self._held(), dict(self._hand.answers)
        guests = [pod for pod, node in nodes.items() if node.startswith(GUESTS)]
        row.refused = refused(self._snapshot, self._plan.witness, guests)
