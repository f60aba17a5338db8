"""The nodes of managed node groups: how many are asked for, and which instances they became.

Auto Scaling is asked for a number of instances, not for one by one: what it launches is given to
the claims that wait, the one of its type and zone first. What is asked for without an instance yet
stands as an instance without an id of EC2's. Who was asked for by an earlier controller has no
claim's name any more. Several threads may ask.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from kubestow.adapters.aws.failures import is_refused
from kubestow.adapters.aws.fence import HeldBackError, check
from kubestow.adapters.aws.fleets import MadeWith, OwnInstance
from kubestow.live.claims import Launched
from kubestow.live.group_pools import pool_of
from kubestow.live.own_fleet import InstanceFinder
from kubestow.live.scaled_group import MissingNode, ScaledGroup, stand_in
from kubestow.model.counted import counted
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import InstanceType
from kubestow.model.managed_group import GroupMember, GroupSize, ManagedGroup
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.nodepool import NodePool

_DESCRIBED_SECONDS = 60
_ENDED_SECONDS = 600
"""How long an instance is told of that its group has no more: its Node may be there still."""
_EXPECTED_SECONDS = 300
_ENDED = ("shutting-down", "terminated")
_OWN, _LOOK, _FAILED = "own", "look", "failed"
"""What may go wrong, each apart: what is well again of one says nothing of the others."""


class GroupApi(Protocol):
    """Who is asked about node groups; each raises InputError where that fails."""

    def group(self, name: str) -> ManagedGroup:
        """Return a group as it is now."""

    def sizes(self, scaling_groups: Sequence[str]) -> dict[str, GroupSize]:
        """Return how many instances Auto Scaling groups want and have."""

    def failures(self, scaling_group: str, since: int) -> tuple[str, ...]:
        """Return why launches failed that began at an instant or later."""

    def last_failure(self, scaling_group: str) -> str:
        """Return why the launch that began last failed; empty if it did not."""

    def resize(self, scaling_group: str, count: int) -> None:
        """Ask for so many instances in all."""

    def end(self, instance: str, *, shrinks: bool) -> None:
        """Terminate an instance, and let its group want one fewer if it ``shrinks``."""


class Describing(Protocol):
    """Who tells of any instances."""

    def described(self, ids: Iterable[str]) -> tuple[OwnInstance, ...]:
        """Return those of these instances that EC2 tells of."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Nodes of a group that Auto Scaling could not launch, and why."""

    group: str
    nodes: tuple[MissingNode, ...]
    reason: str


class GroupFleet:
    """An InstanceFinder (kubestow.live.own_fleet) of the instances of some node groups.

    What cannot be asked is as it was told last; ``trouble`` says why, and why what cannot come is
    asked for still.
    """

    def __init__(
        self,
        api: GroupApi,
        ec2: Describing,
        names: Sequence[str],
        types: Mapping[str, InstanceType],
        now: Callable[[], int],
        may_act: Callable[[], bool] = lambda: True,
    ) -> None:
        """Ask for the groups; raise InputError where one cannot be scaled."""
        self._api, self._ec2, self._types = api, ec2, types
        self._now, self._may_act = now, may_act
        self._lock = threading.RLock()
        self._due = now() + _DESCRIBED_SECONDS
        self._groups = {
            name: ScaledGroup(_launchable(api.group(name)), coming_since=now()) for name in names
        }
        self._pools = self._made_pools()
        self._claim_of: dict[str, str] = {}  # by instance
        self._left: dict[str, tuple[str, int]] = {}  # what a group has no more, and since when
        self._stood: dict[str, tuple[str, bool]] = {}
        """The groups of what has ever stood for an instance, and whether it was asked for here."""
        self._told: tuple[OwnInstance, ...] | None = None
        self._troubles = dict.fromkeys((_OWN, _LOOK, _FAILED), "")

    @property
    def trouble(self) -> str:
        """What went wrong the last time that something was asked; empty if nothing did."""
        return "; ".join(dict.fromkeys(filter(None, self._troubles.values())))

    @property
    def names(self) -> frozenset[str]:
        """The names of the groups."""
        return frozenset(self._groups)

    @property
    def groups(self) -> tuple[ManagedGroup, ...]:
        """The groups as they were told last."""
        return tuple(group.of for group in self._groups.values())

    @property
    def pools(self) -> tuple[NodePool, ...]:
        """The pools that the groups are: the same objects until a group is another."""
        return self._pools

    def _made_pools(self) -> tuple[NodePool, ...]:
        return tuple(pool_of(group.of, self._types) for group in self._groups.values())

    @property
    def expects(self) -> bool:
        """Whether something was asked for not long ago that has not come."""
        at = self._now()
        return any(
            at - since < _EXPECTED_SECONDS
            for group in self._groups.values()
            for _, since in tuple(group.asked)
        )

    def anew(self) -> None:
        """Forget what was asked for: another may have acted since."""
        with self._lock:
            self._claim_of, self._left, self._stood = {}, {}, {}
            for name, group in self._groups.items():
                self._groups[name] = ScaledGroup(group.of, coming_since=self._now())

    def owns(self, instance: str) -> bool:
        """Return whether an instance is of a group, or stands for one that is to come."""
        with self._lock:
            return instance in self._stood or self._of(instance) is not None

    def own(self) -> tuple[OwnInstance, ...]:
        """Return the groups' instances, and what stands for those that are to come.

        Raises InputError where nothing has been told yet.
        """
        with self._lock:
            trouble = self._describe() if self._now() >= self._due else ""
            try:
                self._measure()
                self._told = self._instances()
            except InputError as problem:
                if self._told is None:
                    raise
                trouble = problem.message
            self._troubles[_OWN] = trouble
            return self._told or ()

    def launch(self, name: str, claims: Sequence[NodeClaim]) -> tuple[Launched, ...]:
        """Ask for so many more instances of a group; return the claims that it has room for.

        Where no answer comes they count as asked for. Raises InputError where Auto Scaling cannot
        be asked or refuses.
        """
        with self._lock:
            check(self._may_act)
            group = self._groups[name]
            if group.of.trouble:
                raise InputError(f"node group {name}: {group.of.trouble}", hint="")
            self._measure()
            chosen = tuple(claims)[: max(0, group.of.most - group.wanted)]
            if not chosen:
                return ()
            count, at = group.wanted + len(chosen), self._now()
            try:
                self._api.resize(group.of.scaling_group, count)
            except HeldBackError:
                raise
            except InputError as problem:
                if is_refused(problem):
                    raise
            group.size = replace(group.size, desired=count)
            group.asked += [(claim, at) for claim in chosen]
            group.failure = ""  # of what others asked for
            made = tuple(Launched(c, stand_in(c.name), at, is_to_come=True) for c in chosen)
            self._stood |= {item.instance_id: (name, True) for item in made}
            return made

    def look(self) -> bool:
        """Ask why launches failed, if some were asked for; return whether some did.

        What others asked for cannot come if the last launch failed.
        """
        try:
            for group in self._groups.values():
                is_own, reason = bool(group.asked), self._reason(group)
                with self._lock:
                    if bool(group.asked) is is_own:  # else others have been asked for meanwhile
                        group.failure = reason
            self._troubles[_LOOK] = ""
        except InputError as problem:
            self._troubles[_LOOK] = problem.message
        return any(group.failure for group in self._groups.values())

    def _reason(self, group: ScaledGroup) -> str:
        name, asked = group.of.scaling_group, group.asked[:1]
        if not asked:
            return self._api.last_failure(name) if group.is_stuck(self._now()) else ""
        if not group.size.coming:
            return group.failure
        return next(iter(self._api.failures(name, max(asked[0][1], group.arrived_at))), "")

    def failed(self) -> tuple[Failure, ...]:
        """Return what Auto Scaling failed to launch, by the last look: it is asked for no more.

        Where that cannot be said to Auto Scaling it is tried again.
        """
        found: list[Failure] = []
        trouble = ""
        if any(group.failure for group in self._groups.values()) and self._may_act():
            with self._lock:
                trouble = self._give_up(found)
        self._troubles[_FAILED] = trouble
        return tuple(found)

    def _give_up(self, found: list[Failure]) -> str:
        """Add what is asked for no more; return why some of it is still."""
        try:
            self._measure()
        except InputError as problem:
            return problem.message
        trouble = ""
        for group in self._groups.values():
            missing = group.missing(self._now()) if group.failure else ()
            if not missing:
                continue
            count = group.size.desired - min(len(missing), group.size.coming)
            try:
                self._api.resize(group.of.scaling_group, max(count, group.of.least))
            except InputError as problem:
                trouble = problem.message
                continue
            found.append(Failure(group.name, missing, group.failure))
            group.size = replace(group.size, desired=count)
            group.asked, group.failure = [], ""
        return trouble

    def end(self, ids: Iterable[str]) -> None:
        """Terminate instances; the groups want fewer, but no fewer than their least.

        What stands for an instance that is to come is asked for no more. Those that end already are
        left to end. Raises InputError for the first that could not be ended, after the others.
        """
        problems: list[InputError] = []
        with self._lock:
            check(self._may_act)
            self._measure()
            for key in sorted(set(ids)):
                group = self._of(key)
                if group is None:
                    continue
                try:
                    self._end(group, key)
                except InputError as problem:
                    problems.append(problem)
        if problems:
            raise problems[0]

    def _end(self, group: ScaledGroup, key: str) -> None:
        size = group.size
        fewer = size.desired - 1
        shrinks = fewer >= group.of.least
        if key in self._stood:
            group.asked = [item for item in group.asked if stand_in(item[0].name) != key]
            if shrinks and size.coming:
                self._api.resize(group.of.scaling_group, fewer)
                group.size = replace(size, desired=fewer)
            return
        member = next((each for each in size.members if each.instance_id == key), None)
        if member is None or member.is_ending:
            return
        self._api.end(key, shrinks=shrinks)
        ending = replace(member, is_ending=True)
        members = tuple(ending if each is member else each for each in size.members)
        group.size = GroupSize(fewer if shrinks else size.desired, members)

    def _of(self, key: str) -> ScaledGroup | None:
        """Return the group that an instance is of, or that what stands for one is asked of."""
        if key not in self._stood:
            return next((g for g in self._groups.values() if key in (g.seen or ())), None)
        name, is_asked_for = self._stood[key]
        group = self._groups[name]
        has_come = is_asked_for and all(key != stand_in(claim.name) for claim, _ in group.asked)
        return None if has_come else group

    def _describe(self) -> str:
        """Ask what the groups are; return why that is not known of some, which stay as they were.

        Types that only a launch template says are those of instances that there were.
        """
        self._due = self._now() + _DESCRIBED_SECONDS
        said = []
        for group in self._groups.values():
            try:
                told = self._api.group(group.name)
            except InputError as problem:
                group.of = replace(group.of, trouble=problem.message)
                said.append(problem.message)
                continue
            known = told.instance_types or group.of.instance_types
            group.of = replace(told, instance_types=known)
        made = self._made_pools()
        if made != self._pools:
            self._pools = made
        return "; ".join(said)

    def _measure(self) -> None:
        """Ask what the groups want and have, and give new instances to claims that wait."""
        sizes = self._api.sizes([group.of.scaling_group for group in self._groups.values()])
        at = self._now()
        old = {key for key, (_, since) in self._left.items() if at - since >= _ENDED_SECONDS}
        self._left = {key: of for key, of in self._left.items() if key not in old}
        for group in self._groups.values():
            size = sizes.get(group.of.scaling_group)
            if size is None:
                continue  # as it was: EKS says what became of it
            self._claim_of |= group.take(size, at)
            there = {member.instance_id for member in size.members}
            for key in (group.seen or set()) - there - old:
                self._left.setdefault(key, (group.name, at))
            for key in there:
                self._left.pop(key, None)
            group.seen = there | {key for key, of in self._left.items() if of[0] == group.name}

    def _instances(self) -> tuple[OwnInstance, ...]:
        members = [(g, each) for g in self._groups.values() for each in g.size.members]
        ids = [each.instance_id for _, each in members]
        told = {item.instance_id: item for item in self._ec2.described((*ids, *self._left))}
        found = [self._instance(group, each, told) for group, each in members]
        for key, (name, _) in self._left.items():
            if key in told and told[key].state in _ENDED:  # others were taken out of the group
                found.append(self._grouped(told[key], name))
        coming = [each for group in self._groups.values() for each in group.coming()]
        for item in coming:
            self._stood.setdefault(item.instance_id, (item.nodepool, False))
        return (*found, *coming)

    def _grouped(self, own: OwnInstance, name: str) -> OwnInstance:
        claim = self._claim_of.get(own.instance_id, own.instance_id)
        return replace(own, claim=claim, nodepool=name, made_with=MadeWith(), is_grouped=True)

    def _instance(
        self, group: ScaledGroup, member: GroupMember, told: Mapping[str, OwnInstance]
    ) -> OwnInstance:
        """Return a member; whether it is about to end is for its group to say."""
        key, at = member.instance_id, self._now()
        own = told.get(key) or OwnInstance(
            key, key, group.name, member.instance_type, member.zone, group.of.capacity_type,
            "pending", at,
        )  # fmt: skip
        state = own.state if own.state in _ENDED or own.state == "running" else "pending"
        if member.is_ending and state not in _ENDED:
            state = "shutting-down"
        return replace(self._grouped(own, group.name), state=state, is_kept=member.is_kept)


def _launchable(group: ManagedGroup) -> ManagedGroup:
    """Return a group; raise InputError where it is not known what it launches."""
    if group.instance_types:
        return group
    raise InputError(
        f"--node-group {group.name}: its instance type is in its launch template alone, and it has "
        "no instance yet",
        hint="give the group instanceTypes, or one node",
    )


@dataclass(frozen=True, slots=True)
class JoinedFleets:
    """The instances that were launched here, and those of node groups."""

    fleets: InstanceFinder
    groups: GroupFleet

    def own(self) -> tuple[OwnInstance, ...]:
        """Return all of them."""
        return (*self.fleets.own(), *self.groups.own())

    def existing(self, ids: Iterable[str]) -> frozenset[str]:
        """Return which of these instances exist, whatever their tags say."""
        return self.fleets.existing(ids)

    def end(self, ids: Iterable[str]) -> None:
        """Terminate instances."""
        ids = set(ids)
        grouped = {key for key in ids if self.groups.owns(key)}
        others = sorted(ids - grouped)
        if others:
            self.fleets.end(others)
        if grouped:
            self.groups.end(grouped)


def said(failure: Failure) -> str:
    """Return a failure as people read it."""
    return (
        f"node group {failure.group}: {counted(len(failure.nodes), 'node')} not launched: "
        f"{failure.reason}"
    )
