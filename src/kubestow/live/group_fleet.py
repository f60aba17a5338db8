"""The nodes of managed node groups: how many are asked for, and which instances they became.

Auto Scaling is asked for a number of instances, not for one by one: what it launches is given to
the claims that wait, the one of its type and zone first. What is asked for without an instance yet
stands as an instance without an id of EC2's. Who was asked for by an earlier controller has no
claim's name any more. Several threads may ask.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from kubestow.adapters.aws.fence import check
from kubestow.adapters.aws.fleets import MadeWith, OwnInstance
from kubestow.live.claims import Launched
from kubestow.live.group_pools import pool_of
from kubestow.live.own_fleet import COMING, InstanceFinder
from kubestow.model.counted import counted
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import InstanceType
from kubestow.model.managed_group import GroupMember, GroupSize, ManagedGroup
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.nodepool import NodePool

_DESCRIBED_SECONDS = 60
_ENDED_SECONDS = 600
"""How long an instance is told of that its group has no more: its Node may be there still."""
_SETTLED_SECONDS = 30
"""How long what was asked for is believed though the group does not tell of it yet."""


class GroupApi(Protocol):
    """Who is asked about node groups; each raises InputError where that fails."""

    def groups(self, names: Iterable[str]) -> tuple[ManagedGroup, ...]:
        """Return groups as they are now."""

    def sizes(self, scaling_groups: Sequence[str]) -> dict[str, GroupSize]:
        """Return how many instances Auto Scaling groups want and have."""

    def failures(self, scaling_group: str, since: int) -> tuple[str, ...]:
        """Return why launches failed that began at an instant or later."""

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
    """Claims of a group that Auto Scaling could not launch, and why."""

    group: str
    claims: tuple[NodeClaim, ...]
    reason: str


@dataclass(slots=True)
class _Group:
    """A group, what was asked for without an instance yet, and the instances that have been seen.

    ``asked`` are claims and when they were asked for. ``seen`` is None before the first look.
    ``failure`` is why the last launches failed, if they did.
    """

    of: ManagedGroup
    size: GroupSize
    asked: list[tuple[NodeClaim, int]] = field(default_factory=list)
    seen: set[str] | None = None
    failure: str = ""

    @property
    def name(self) -> str:
        return self.of.name

    @property
    def wanted(self) -> int:
        """How many instances there are to be, with those that were asked for a moment ago."""
        return max(self.size.desired, self.size.desired - self.size.coming + len(self.asked))

    def given(self, member: GroupMember) -> NodeClaim | None:
        """Take the claim that a new instance is for."""
        place = (member.instance_type, member.zone)
        alike = [n for n, (c, _) in enumerate(self.asked) if (c.instance_type, c.zone) == place]
        number = next(iter(alike), 0)
        return self.asked.pop(number)[0] if self.asked else None


class GroupFleet:
    """An InstanceFinder (kubestow.live.own_fleet) of the instances of some node groups."""

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
        self._api, self._ec2, self._names, self._types = api, ec2, tuple(names), types
        self._now, self._may_act = now, may_act
        self._lock = threading.RLock()
        self._due = 0
        self._groups: dict[str, _Group] = {}
        self._claim_of: dict[str, str] = {}  # by instance
        self._first_seen: dict[str, int] = {}
        self._left: dict[str, tuple[str, int]] = {}  # ended instances: their group, and since when
        self._pools: tuple[NodePool, ...] = ()
        self._describe()

    @property
    def names(self) -> frozenset[str]:
        """The names of the groups."""
        return frozenset(self._names)

    @property
    def groups(self) -> tuple[ManagedGroup, ...]:
        """The groups as they were told last."""
        return tuple(group.of for group in self._groups.values())

    @property
    def pools(self) -> tuple[NodePool, ...]:
        """The pools that the groups are."""
        return self._pools

    def anew(self) -> None:
        """Forget what was asked for: another may have acted since."""
        with self._lock:
            self._claim_of, self._left = {}, {}
            for group in self._groups.values():
                group.asked, group.seen, group.failure = [], None, ""

    def owns(self, instance: str) -> bool:
        """Return whether an instance is of a group, or stands for one that is to come."""
        with self._lock:
            return instance.startswith(COMING) or any(
                instance in (group.seen or ()) for group in self._groups.values()
            )

    def own(self) -> tuple[OwnInstance, ...]:
        """Return the groups' instances, and what stands for those that are to come."""
        with self._lock:
            if self._now() >= self._due:
                self._describe()
            else:
                self._measure()
            members = [(g, each) for g in self._groups.values() for each in g.size.members]
            ids = [each.instance_id for _, each in members]
            told = {item.instance_id: item for item in self._ec2.described((*ids, *self._left))}
            found = [self._instance(group, each, told) for group, each in members]
            found += [self._ended(key, told[key]) for key in self._left if key in told]
            return (*found, *self._coming())

    def existing(self, ids: Iterable[str]) -> frozenset[str]:
        """Return which of these instances exist."""
        found = self._ec2.described(ids)
        return frozenset(item.instance_id for item in found if item.state != "terminated")

    def launch(self, name: str, claims: Sequence[NodeClaim]) -> tuple[Launched, ...]:
        """Ask for so many more instances of a group; return the claims that it has room for.

        Raises InputError where Auto Scaling cannot be asked or refuses.
        """
        with self._lock:
            check(self._may_act)
            group = self._groups[name]
            if group.of.trouble:
                raise InputError(f"node group {name}: {group.of.trouble}", hint="")
            self._measure()
            wanted = group.wanted
            chosen = tuple(claims)[: max(0, group.size.most - wanted)]
            if chosen:
                count = wanted + len(chosen)
                self._api.resize(group.of.scaling_group, count)
                group.size = replace(group.size, desired=count)
                group.asked += [(claim, self._now()) for claim in chosen]
            return tuple(Launched(claim, COMING + claim.name, self._now()) for claim in chosen)

    def look(self) -> bool:
        """Ask why launches failed, if some were asked for; return whether some did."""
        with self._lock:
            for group in self._groups.values():
                if group.asked and group.size.coming:
                    since = group.asked[0][1]
                    reasons = self._api.failures(group.of.scaling_group, since)
                    group.failure = reasons[0] if reasons else ""
            return any(group.failure for group in self._groups.values())

    def failed(self) -> tuple[Failure, ...]:
        """Return what Auto Scaling failed to launch, by the last look: it is asked for no more."""
        found = []
        with self._lock:
            for group in self._groups.values():
                if not group.failure or not self._may_act():
                    continue
                self._measure()
                self._ask_for(group, group.size.desired - group.size.coming)
                claims = tuple(claim for claim, _ in group.asked)
                found.append(Failure(group.name, claims, group.failure))
                group.asked, group.failure = [], ""
        return tuple(found)

    def end(self, ids: Iterable[str]) -> None:
        """Terminate instances; the groups want fewer, but no fewer than their least.

        What stands for an instance that is to come is asked for no more.
        """
        with self._lock:
            check(self._may_act)
            self._measure()
            for key in sorted(set(ids)):
                group = self._of(key)
                if group is None:
                    continue
                fewer = group.size.desired - 1
                shrinks = fewer >= group.size.least
                if key.startswith(COMING):
                    group.asked = [item for item in group.asked if COMING + item[0].name != key]
                    if shrinks and group.size.coming:
                        self._ask_for(group, fewer)
                    continue
                self._api.end(key, shrinks=shrinks)
                members = tuple(m for m in group.size.members if m.instance_id != key)
                self._left[key] = group.name, self._now()
                left = replace(group.size, members=members)
                group.size = replace(left, desired=fewer) if shrinks else left

    def _ask_for(self, group: _Group, count: int) -> None:
        self._api.resize(group.of.scaling_group, max(count, group.size.least))
        group.size = replace(group.size, desired=max(count, group.size.least))

    def _of(self, key: str) -> _Group | None:
        if key.startswith(COMING):
            wanted = key.removeprefix(COMING)
            for group in self._groups.values():
                if wanted.startswith(f"{group.name}/"):
                    return group
                if any(claim.name == wanted for claim, _ in group.asked):
                    return group
            return None
        return next((g for g in self._groups.values() if key in (g.seen or ())), None)

    def _describe(self) -> None:
        """Ask what the groups are, and what they have."""
        told = self._api.groups(self._names)
        for each in told:
            before = self._groups.get(each.name)
            size = before.size if before is not None else GroupSize(0, each.least, each.most)
            if before is None:
                self._groups[each.name] = _Group(each, size)
            else:
                before.of = each
        pools = tuple(pool_of(each, self._types) for each in told)
        if pools != self._pools:
            self._pools = pools
        self._due = self._now() + _DESCRIBED_SECONDS
        self._measure()

    def _measure(self) -> None:
        """Ask what the groups want and have, and give new instances to claims that wait."""
        sizes = self._api.sizes([group.of.scaling_group for group in self._groups.values()])
        at = self._now()
        for group in self._groups.values():
            size = sizes.get(group.of.scaling_group)
            if size is None:
                raise InputError(
                    f"node group {group.name}: its Auto Scaling group is not there",
                    hint="it is asked for again",
                )
            group.size = size
            there = {member.instance_id for member in size.members}
            if group.seen is not None:
                for member in size.members:
                    if member.instance_id not in group.seen:
                        claim = group.given(member)
                        if claim is not None:
                            self._claim_of[member.instance_id] = claim.name
                for key in group.seen - there:
                    self._left.setdefault(key, (group.name, at))
            group.seen = (group.seen or set()) | there
            late = [item for item in group.asked if at - item[1] >= _SETTLED_SECONDS]
            if len(group.asked) > size.coming:  # somebody wants fewer
                gone = late[: len(group.asked) - size.coming]
                group.asked = [item for item in group.asked if item not in gone]
        self._left = {k: v for k, v in self._left.items() if at - v[1] < _ENDED_SECONDS}
        for group in self._groups.values():
            there = {member.instance_id for member in group.size.members}
            group.seen = {key for key in group.seen or () if key in there or key in self._left}

    def _instance(
        self, group: _Group, member: GroupMember, told: Mapping[str, OwnInstance]
    ) -> OwnInstance:
        key = member.instance_id
        own = told.get(key) or OwnInstance(
            key, key, group.name, member.instance_type, member.zone, group.of.capacity_type,
            "pending", self._first_seen.setdefault(key, self._now()),
        )  # fmt: skip
        ending = own.is_ending or member.is_ending
        return replace(
            own,
            claim=self._claim_of.get(key, key),
            nodepool=group.name,
            made_with=MadeWith(),
            is_grouped=True,
            state="shutting-down" if ending and not own.is_ending else own.state,
        )

    def _ended(self, key: str, own: OwnInstance) -> OwnInstance:
        """Return an instance that its group has no more."""
        name = self._left[key][0]
        claim = self._claim_of.get(key, key)
        state = own.state if own.is_ending else "shutting-down"
        return replace(
            own, claim=claim, nodepool=name, made_with=MadeWith(), is_grouped=True, state=state
        )

    def _coming(self) -> list[OwnInstance]:
        """Return what stands for instances that are to come."""
        found = []
        for group in self._groups.values():
            of = group.of
            for number in range(group.size.coming):
                asked = group.asked[number] if number < len(group.asked) else None
                if asked is not None:
                    claim, at = asked
                    name, place = claim.name, claim.offering
                else:
                    name, at = f"{group.name}/{number - len(group.asked) + 1}", self._now()
                    place = (of.instance_types[0], of.zones[0], of.capacity_type)
                found.append(
                    OwnInstance(
                        COMING + name, name, group.name, *place, "pending", at, is_grouped=True
                    )
                )
        return found


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
        f"node group {failure.group}: {counted(len(failure.claims), 'node')} not launched: "
        f"{failure.reason}"
    )
