"""Launches: claims become fleets of instances alike, asked for side by side."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from kubestow.adapters.aws.failures import code_of
from kubestow.adapters.aws.fence import HeldBackError
from kubestow.adapters.aws.fleets import (
    FleetAnswer,
    FleetRequest,
    UncertainLaunchError,
)
from kubestow.live import marks
from kubestow.live.claims import Launched
from kubestow.live.class_drift import Apart, LaunchedNode
from kubestow.live.group_fleet import Failure
from kubestow.live.group_fleet import said as failure_said
from kubestow.live.launch_pauses import LaunchKind, LaunchPauses
from kubestow.live.witness import LAUNCH, NODE_POOL, Deed
from kubestow.model import labels as names
from kubestow.model.decision import NOT_LAUNCHED, Outcome
from kubestow.model.input_error import InputError
from kubestow.model.nodeclaim import Event, NodeClaim
from kubestow.model.resources import PODS
from kubestow.model.taints import Taint

_AT_ONCE = 16
_MOST_OF_A_FLEET = 100
_NO_CAPACITY = Event.INSUFFICIENT_CAPACITY.value
_TEMPLATE_GONE = "InvalidLaunchTemplate"
_UNCERTAIN_SECONDS = 300
"""How long a fleet without an answer is asked for again: EC2 tells of its instances by then."""
NOT_PREPARED = "not prepared"
"""Why a launch was not asked for: its class, or what it selects, is not as it must be."""


@dataclass(frozen=True, slots=True)
class WantedNode:
    """What a launch template must make of an instance, as far as its claim says."""

    nodepool: str
    architecture: str
    instance_type: str
    capacity_type: str
    labels: tuple[tuple[str, str], ...]
    taints: tuple[Taint, ...]
    max_pods: int


@dataclass(frozen=True, slots=True)
class LaunchSetup:
    """What instances are launched with."""

    template: str
    subnet: str = ""
    tags: tuple[tuple[str, str], ...] = ()


class TemplateSource(Protocol):
    """Who has the launch template and the subnet of a node."""

    def prepared(self, wanted: WantedNode, zone: str, count: int) -> LaunchSetup:
        """Return what so many nodes are launched with; raise InputError where they cannot be."""

    def anew(self) -> None:
        """Forget what classes selected."""

    @property
    def trouble(self) -> str:
        """Why it is not known what classes select; empty if it is."""

    def outdated(
        self, nodes: Sequence[tuple[str, LaunchedNode]], apart: Apart
    ) -> Mapping[str, str]:
        """Return what would be launched otherwise by now, by claim; nodes by instance type."""

    def name(self, wanted: WantedNode) -> str:
        """Return the name of a node's launch template as it is now, made or not.

        Where it cannot be told, what it returns changes with the class of the node.
        """

    def forget(self, template: str) -> None:
        """Make a template anew the next time."""

    def renew(self) -> None:
        """Look whether what nodes need to join has changed."""


class FleetLauncher(Protocol):
    """Who asks EC2 for fleets."""

    def launch(self, request: FleetRequest) -> FleetAnswer:
        """Ask for a fleet; raise InputError where it is refused."""


class GroupLauncher(Protocol):
    """Who asks Auto Scaling for nodes of node groups."""

    @property
    def names(self) -> frozenset[str]:
        """The names of the groups, which are those of their pools."""

    def launch(self, name: str, claims: Sequence[NodeClaim]) -> tuple[Launched, ...]:
        """Ask for nodes of a group; return the claims that it has room for."""

    def failed(self) -> tuple[Failure, ...]:
        """Return what could not be launched since it was asked for."""


@dataclass(frozen=True, slots=True)
class LaunchResult:
    """What was launched, what came of the rest, and what people should read of it."""

    launched: tuple[Launched, ...]
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...] = ()
    refusals: tuple[Deed, ...] = ()


@dataclass(frozen=True, slots=True)
class UncertainFleet:
    """A fleet that was asked for, without an answer; ``at`` is when it was asked for first."""

    request: FleetRequest
    kind: LaunchKind
    claims: tuple[NodeClaim, ...]
    at: int


@dataclass(slots=True)
class Launches:
    """Makes fleets of claims.

    Those without an answer are asked for again, with the same token, before anything else is
    decided; until then they count as launching. Those that are refused pause.
    """

    fleets: FleetLauncher
    templates: TemplateSource
    now: Callable[[], int]
    pauses: LaunchPauses = field(default_factory=LaunchPauses)
    uncertain: list[UncertainFleet] = field(default_factory=list)
    groups: GroupLauncher | None = None

    def settle(self) -> LaunchResult:
        """Ask again for the fleets that are uncertain, and what became of nodes of groups."""
        waiting, self.uncertain = self.uncertain, []
        results = [self._asked(item.request, item.kind, item.claims, item.at) for item in waiting]
        return _together([*results, *self._failed_groups()])

    def _failed_groups(self) -> list[LaunchResult]:
        if self.groups is None:
            return []
        return [
            LaunchResult(
                (),
                tuple(Outcome(n.name, _NO_CAPACITY, n.offering) for n in each.nodes),
                (failure_said(each),),
                tuple(_refusal(each.group, n.name, each.reason, _NO_CAPACITY) for n in each.nodes),
            )
            for each in self.groups.failed()
        ]

    def _of_group(self, kind: LaunchKind, claims: Sequence[NodeClaim]) -> LaunchResult:
        """Ask for more nodes of a node group."""
        assert self.groups is not None, "only pools of node groups are asked for here"
        try:
            launched = self.groups.launch(kind[0], claims)
        except HeldBackError as problem:
            return _failed(claims, problem)
        except InputError as problem:
            code = code_of(problem) or NOT_PREPARED
            return self._refused(kind, claims, "", problem.message, code)
        self.pauses.launched(kind)
        left = claims[len(launched) :]
        notes = (f"node group {kind[0]} has reached its largest size",) if left else ()
        return LaunchResult(launched, _not_launched(left), notes)

    def launch(
        self, claims: Iterable[NodeClaim], startup: Mapping[str, tuple[Taint, ...]] | None = None
    ) -> LaunchResult:
        """Launch claims; those alike are one fleet. ``startup`` are first taints by NodePool."""
        groups: dict[tuple[WantedNode, str], list[NodeClaim]] = {}
        for claim in claims:
            first = (startup or {}).get(claim.nodepool, ())
            groups.setdefault((wanted_node(claim, first), claim.zone), []).append(claim)
        parts = [
            (wanted, zone, members[start : start + _MOST_OF_A_FLEET])
            for (wanted, zone), members in groups.items()
            for start in range(0, len(members), _MOST_OF_A_FLEET)
        ]
        if not parts:
            return LaunchResult((), ())
        notes = []
        try:
            self.templates.renew()
        except InputError as problem:
            notes.append(LaunchResult((), (), (problem.message,)))
        with ThreadPoolExecutor(min(_AT_ONCE, len(parts)), "launch") as pool:
            results = list(pool.map(lambda part: self._fleet(*part), parts))
        return _together([*notes, *results])

    def _fleet(self, wanted: WantedNode, zone: str, claims: Sequence[NodeClaim]) -> LaunchResult:
        kind = (wanted.nodepool, zone, wanted)
        if self.groups is not None and wanted.nodepool in self.groups.names:
            if self.pauses.is_paused(kind, lambda: "", self.now()):
                return LaunchResult((), _not_launched(claims))
            return self._of_group(kind, claims)
        if self.pauses.is_paused(kind, lambda: self.templates.name(wanted), self.now()):
            return LaunchResult((), _not_launched(claims))
        try:
            prepared = self.templates.prepared(wanted, zone, len(claims))
            request = FleetRequest(
                tuple(claim.name for claim in claims),
                wanted.nodepool,
                wanted.instance_type,
                zone,
                wanted.capacity_type,
                prepared.template,
                prepared.subnet,
                prepared.tags,
            )
        except HeldBackError as problem:
            return _failed(claims, problem)
        except InputError as problem:
            code = code_of(problem) or NOT_PREPARED
            return self._refused(kind, claims, self.templates.name(wanted), problem.message, code)
        return self._asked(request, kind, tuple(claims))

    def _refused(
        self, kind: LaunchKind, claims: Sequence[NodeClaim], template: str, reason: str, code: str
    ) -> LaunchResult:
        """Let claims alike pause; the reason is told if it is new."""
        is_new = self.pauses.refused(kind, template, reason, self.now())
        note = f"NodePool {kind[0]}: {reason} (tried again after pauses that grow)"
        notes = (note,) if is_new else ()
        return LaunchResult((), _not_launched(claims), notes, _refusals(claims, reason, code))

    def _asked(
        self,
        request: FleetRequest,
        kind: LaunchKind,
        claims: tuple[NodeClaim, ...],
        since: int | None = None,
    ) -> LaunchResult:
        """Ask for a fleet; remember it where it is uncertain, but not for ever.

        ``since`` is when it was asked for first, if it was.
        """
        try:
            answer = self.fleets.launch(request)
        except (UncertainLaunchError, HeldBackError) as problem:
            was_never_sent = since is None and isinstance(problem, HeldBackError)
            first_at = self.now() if since is None else since
            if was_never_sent or self.now() - first_at >= _UNCERTAIN_SECONDS:
                return _failed(claims, problem)
            self.uncertain.append(UncertainFleet(request, kind, claims, first_at))
            return LaunchResult((), (), (problem.message,))
        except InputError as problem:
            if _TEMPLATE_GONE in problem.message:
                self.templates.forget(request.template)
            code = code_of(problem) or NOT_LAUNCHED
            return self._refused(kind, claims, request.template, problem.message, code)
        if _TEMPLATE_GONE in answer.message:
            self.templates.forget(request.template)
        at = self.now()
        left = [claim for claim in claims if claim.name not in answer.instances]
        launched = tuple(
            Launched(claim, answer.instances[claim.name], at)
            for claim in claims
            if claim.name in answer.instances
        )
        missing = tuple(Outcome(claim.name, _NO_CAPACITY, claim.offering) for claim in left)
        if missing and not answer.lacks_capacity:
            code = answer.message.partition(":")[0]
            refused = self._refused(kind, left, request.template, answer.message, code)
            return LaunchResult(launched, refused.outcomes, refused.notes, refused.refusals)
        self.pauses.launched(kind)
        notes = (answer.message,) if missing and answer.message else ()
        lack = " of ".join(("no capacity", _offering(claims[0])))
        refusals = _refusals(left, lack, _NO_CAPACITY)
        return LaunchResult(launched, missing, notes, refusals)


def _failed(claims: Iterable[NodeClaim], problem: InputError) -> LaunchResult:
    return LaunchResult((), _not_launched(claims), (problem.message,))


def _offering(claim: NodeClaim) -> str:
    return f"{claim.instance_type} {claim.capacity_type} in {claim.zone}"


def _refusals(claims: Sequence[NodeClaim], detail: str, code: str) -> tuple[Deed, ...]:
    """Return a deed for each claim that was not launched; notes tell of them, too."""
    return tuple(_refusal(claim.nodepool, claim.name, detail, code) for claim in claims)


def _refusal(nodepool: str, name: str, detail: str, code: str) -> Deed:
    return Deed(LAUNCH, NODE_POOL, nodepool, detail=detail, node=name, result=code, is_quiet=True)


def _not_launched(claims: Iterable[NodeClaim]) -> tuple[Outcome, ...]:
    return tuple(Outcome(claim.name, NOT_LAUNCHED, claim.offering) for claim in claims)


def _together(results: Sequence[LaunchResult]) -> LaunchResult:
    return LaunchResult(
        tuple(item for result in results for item in result.launched),
        tuple(item for result in results for item in result.outcomes),
        tuple(sorted({note for result in results for note in result.notes})),
        tuple(item for result in results for item in result.refusals),
    )


def wanted_node(claim: NodeClaim, startup: tuple[Taint, ...] = ()) -> WantedNode:
    """Return what the launch template of a claim must make."""
    labels = dict(claim.node.labels)
    return WantedNode(
        claim.nodepool,
        labels.get(names.ARCH, "amd64"),
        claim.instance_type,
        claim.capacity_type,
        tuple(sorted(_of_kubelet(labels).items())),
        (*claim.node.taints, *startup, marks.HELD_TAINT),
        dict(claim.node.allocatable).get(PODS, 0),
    )


def _of_kubelet(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the labels that kubelet must set.

    Those of its place are set by the cloud's controller, those of its instance type when it comes
    (kubestow.live.stewardship).
    """
    own = (names.NODEPOOL, names.CAPACITY_TYPE, names.NODE_CLASS)
    return {
        key: text
        for key, text in labels.items()
        if key in own
        or (key not in names.WELL_KNOWN and names.normalised(key) not in names.WELL_KNOWN)
    }
