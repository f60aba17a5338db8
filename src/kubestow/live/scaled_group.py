"""One node group: how many instances it is asked for, who asked, and which of them have come.

Without I/O. What is to come stands as an instance without an id of EC2's; those that nobody here
asked for are numbered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kubestow.adapters.aws.fleets import OwnInstance
from kubestow.model.managed_group import GroupMember, GroupSize, ManagedGroup
from kubestow.model.nodeclaim import NodeClaim

_STUCK_SECONDS = 90
"""How long what others asked for may take: by then it is known whether EKS updates the group."""
_SETTLED_SECONDS = 30
"""How long what was asked for is believed though the group does not tell of it yet."""


@dataclass(frozen=True, slots=True)
class MissingNode:
    """A node that was asked for, by the name of its claim, and where it was to come from."""

    name: str
    offering: tuple[str, str, str]


@dataclass(slots=True)
class ScaledGroup:
    """A group, what was asked for without an instance yet, and the instances that have been seen.

    ``asked`` are claims and when they were asked for. ``seen`` is None before the first look.
    ``arrived_at`` is when the last new instance was seen, ``coming_since`` since when the group has
    wanted instances that nobody here asked for; ``failure`` is why the last launches failed, of
    what was asked for here or, if nothing was, by others.
    """

    of: ManagedGroup
    size: GroupSize = field(default_factory=lambda: GroupSize(0))
    asked: list[tuple[NodeClaim, int]] = field(default_factory=list)
    seen: set[str] | None = None
    arrived_at: int = 0
    coming_since: int = 0
    failure: str = ""

    @property
    def name(self) -> str:
        """The name of the group."""
        return self.of.name

    @property
    def wanted(self) -> int:
        """How many instances there are to be, with those that were asked for a moment ago."""
        return max(self.size.desired, self.size.staying + len(self.asked))

    def take(self, size: GroupSize, at: int) -> Mapping[str, str]:
        """Take what the group wants and has now; return the claims of new instances."""
        claims: dict[str, str] = {}
        for member in size.members if self.seen is not None else ():
            if member.instance_id not in (self.seen or ()):
                self.arrived_at = at
                claim = self._given(member)
                if claim is not None:
                    claims[member.instance_id] = claim.name
        had_asked = bool(self.asked) or bool(claims)
        self.size = size
        surplus = len(self.asked) - size.coming
        late = [item for item in self.asked if at - item[1] >= _SETTLED_SECONDS]
        for item in late[: max(0, surplus)]:  # somebody wants fewer
            self.asked.remove(item)
        if not self.asked and (had_asked or not size.coming):
            self.failure = ""
        if size.coming <= len(self.asked):
            self.coming_since = at
        return claims

    def _given(self, member: GroupMember) -> NodeClaim | None:
        """Take the claim that a new instance is for."""
        place = (member.instance_type, member.zone)
        alike = [n for n, (c, _) in enumerate(self.asked) if (c.instance_type, c.zone) == place]
        number = next(iter(alike), 0)
        return self.asked.pop(number)[0] if self.asked else None

    def is_stuck(self, at: int) -> bool:
        """Return whether what others asked for is late, and may be asked for no more.

        EKS wants more instances than the group has while it updates their nodes.
        """
        may_shrink = self.size.desired > self.of.least and not self.of.is_updating
        is_late = bool(self.size.coming) and at - self.coming_since >= _STUCK_SECONDS
        return not self.asked and may_shrink and is_late

    def missing(self, at: int) -> tuple[MissingNode, ...]:
        """Return what is asked for no more where launches fail; what the least needs still is."""
        if self.asked:
            return tuple(MissingNode(claim.name, claim.offering) for claim, _ in self.asked)
        at_most = self.size.desired - self.of.least if self.is_stuck(at) else 0
        return tuple(
            MissingNode(item.claim, (item.instance_type, item.zone, item.capacity_type))
            for item in self.coming()[-at_most:]
            if at_most
        )

    def coming(self) -> list[OwnInstance]:
        """Return what stands for instances that are to come."""
        found: list[OwnInstance] = []
        for number in range(self.size.coming):
            if number < len(self.asked):
                claim, at = self.asked[number]
                name, place = claim.name, claim.offering
            else:
                name, at = f"{self.name}/{number - len(self.asked) + 1}", self.coming_since
                place = (self.of.instance_types[0], self.of.zones[0], self.of.capacity_type)
            found.append(
                OwnInstance(
                    stand_in(name),
                    name,
                    self.name,
                    *place,
                    "pending",
                    at,
                    is_grouped=True,
                    is_to_come=True,
                )
            )
        return found


def stand_in(claim: str) -> str:
    """Return the id of what stands for an instance: none of EC2's."""
    return f"coming/{claim}"
