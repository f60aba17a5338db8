"""The instances of the cluster that were launched by kubestow: those EC2 tells of, and the newest.

EC2 tells of an instance only some time after it was launched: until then what the launch answered
counts. An instance that was there and is no longer told of is gone.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from kubestow.adapters.aws.fleets import OwnInstance
from kubestow.live.claims import Launched
from kubestow.live.hourly_count import HOUR
from kubestow.model.input_error import InputError

SEEN_WITHIN_SECONDS = 300
"""How long an instance that was launched is believed to exist before EC2 tells of it."""
COMING_SECONDS = 60
"""How long an instance that a node group is to launch is believed to come before the group tells
that it wants it.
"""
_EVERY_SECONDS, _AGAIN_SECONDS = 15, 5


class InstanceFinder(Protocol):
    """Who tells of the cluster's instances."""

    def own(self) -> tuple[OwnInstance, ...]:
        """Return them; raise InputError where EC2 cannot be asked."""

    def existing(self, ids: Iterable[str]) -> frozenset[str]:
        """Return which of these instances exist, whatever their tags say."""

    def end(self, ids: Iterable[str]) -> None:
        """Terminate instances."""


class OwnFleet:
    """Asks every fifteen seconds, and at once where it is asked to. Any thread may use it.

    Once EC2 has told of its instances, nobody waits for it: it is asked ``apart``, and until it
    answers what it told before counts.
    """

    def __init__(
        self,
        finder: InstanceFinder,
        now: Callable[[], int],
        apart: Callable[[Callable[[], None]], None] = lambda work: work(),
    ) -> None:
        self._finder, self._now, self._apart = finder, now, apart
        self._told: dict[str, OwnInstance] = {}
        self._seen: set[str] = set()  # of those launched here
        self._ended: dict[str, int] = {}  # when each was asked to end
        self._launches: dict[str, int] = {}  # when each of the last hour was launched
        self._launched: dict[str, Launched] = {}
        self._arrived: list[Launched] = []  # of node groups, since they were asked for last
        self._due = 0
        self._soon = False  # whether it was asked for while an answer was waited for
        self._asking = threading.Lock()
        self._lock = threading.RLock()
        self._is_known = False
        self.trouble = ""

    def exists(self, instance: str) -> bool:
        """Return whether an instance exists, asked of EC2 now; raise InputError where it cannot."""
        return bool(self._finder.existing([instance]))

    def ask_soon(self) -> None:
        """Ask the next time."""
        with self._lock:
            self._due, self._soon = 0, True

    def add(self, launched: Iterable[Launched]) -> None:
        """Remember what was launched."""
        with self._lock:
            for item in launched:
                self._launched[item.claim.name] = item
                self._launches[item.instance_id] = item.at

    def forget(self, claims: Iterable[str]) -> None:
        """Forget what stands for instances that a node group could not launch."""
        with self._lock:
            names = set(claims)
            stood = [(i.claim, i.instance_id) for i in self._told.values() if i.is_to_come]
            stood += [(n, i.instance_id) for n, i in self._launched.items() if i.is_to_come]
            gone = {key for name, key in stood if name in names}
            self._told = {key: item for key, item in self._told.items() if key not in gone}
            self._launches = {key: at for key, at in self._launches.items() if key not in gone}
            self._launched = {
                name: item for name, item in self._launched.items() if item.instance_id not in gone
            }

    def launched(self) -> dict[str, Launched]:
        """Return what was launched here and is not told of otherwise, by claim, as it is now."""
        with self._lock:
            return dict(self._launched)

    def arrived(self) -> tuple[Launched, ...]:
        """Return what was asked of node groups here and has come since this was asked last."""
        with self._lock:
            found, self._arrived = tuple(self._arrived), []
            return found

    def launched_within(self, at: int) -> int:
        """Return how many instances were launched in the hour before an instant.

        They are those launched here, and those that EC2 has told of, ended ones too.
        """
        with self._lock:
            self._launches = {key: t for key, t in self._launches.items() if t > at - HOUR}
            return len(self._launches)

    def end(self, ids: Iterable[str]) -> None:
        """Terminate instances; they count as ending from now on."""
        wanted = tuple(ids)
        self._finder.end(wanted)
        with self._lock:
            self._ended |= dict.fromkeys(wanted, self._now())
            self.ask_soon()

    def was_ended(self, instance: str) -> bool:
        """Return whether an instance was ended here, not long ago."""
        with self._lock:
            return instance in self._ended

    def instances(self) -> tuple[OwnInstance, ...]:
        """Return the instances that there are, as EC2 told last.

        Raise InputError where it has told nothing yet: that there are none is not known.
        """
        at = self._now()
        if not self._is_known:
            with self._asking:
                self._first(at)
        elif at >= self._due and self._asking.acquire(blocking=False):
            self._apart(self._again)
        with self._lock:
            return self._instances(at)

    def look(self, groups: Callable[[], Iterable[OwnInstance]]) -> bool:
        """Ask for the instances of node ``groups`` now; return whether others are told of.

        They are not known by their ids before they come, and Nodes that register are to be known
        at once. The other instances stay as EC2 told of them.
        """
        if not self._is_known or not self._asking.acquire(blocking=False):
            return False
        try:
            found = {item.instance_id: item for item in groups()}
        finally:
            self._asking.release()
        with self._lock:
            before = self._told
            self._told = {k: item for k, item in before.items() if not item.is_grouped} | found
            return before.keys() != self._told.keys()

    def _first(self, at: int) -> None:
        """Ask unless somebody has by now; raise InputError where nothing is known after it."""
        if not self._is_known and at >= self._due:
            self._ask(at)
        if not self._is_known:
            raise InputError(self.trouble, hint="it is asked again")

    def _again(self) -> None:
        """Ask, and let others ask after it."""
        try:
            self._ask(self._now())
        finally:
            self._asking.release()

    def _instances(self, at: int) -> tuple[OwnInstance, ...]:
        told = dict(self._told)
        come = {item.claim: key for key, item in told.items() if not item.is_to_come}
        for name, item in list(self._launched.items()):
            if item.instance_id in told:
                self._seen.add(item.instance_id)
            elif (
                item.instance_id in self._seen
                or name in come  # by its own id by now
                or at - item.at > _believed(item)
            ):
                if item.is_to_come and name in come:
                    self._arrived.append(replace(item, instance_id=come[name], is_to_come=False))
                del self._launched[name]
                self._seen.discard(item.instance_id)
            else:
                told[item.instance_id] = _assumed(item)
        return tuple(
            _ending(told[key]) if key in self._ended else told[key] for key in sorted(told)
        )

    def _ask(self, at: int) -> None:
        self._soon = False
        try:
            found = self._finder.own()
        except InputError as problem:
            with self._lock:
                self.trouble, self._due = problem.message, at + _AGAIN_SECONDS
            if not self._is_known:
                raise
            return
        with self._lock:
            self._take(found, at)

    def _take(self, found: Iterable[OwnInstance], at: int) -> None:
        """Take what EC2 has told."""
        self.trouble, self._is_known = "", True
        self._told = {item.instance_id: item for item in found}
        for key, item in self._told.items():
            if not item.is_grouped:  # what a group launches of itself is no launch here
                self._launches.setdefault(key, item.launched_at)
        self._ended = {
            key: since
            for key, since in self._ended.items()
            if key in self._told or at - since < SEEN_WITHIN_SECONDS
        }
        self._due = 0 if self._soon else at + _EVERY_SECONDS


def _believed(item: Launched) -> int:
    """Return how long an instance is believed to exist that is not told of."""
    return COMING_SECONDS if item.is_to_come else SEEN_WITHIN_SECONDS


def _assumed(item: Launched) -> OwnInstance:
    claim = item.claim
    return OwnInstance(
        item.instance_id, claim.name, claim.nodepool, *claim.offering, "pending", item.at,
        is_grouped=item.is_to_come, is_to_come=item.is_to_come,
    )  # fmt: skip


def _ending(item: OwnInstance) -> OwnInstance:
    return item if item.is_ending else replace(item, state="shutting-down")
