"""The launches of the last hour are those made here and those that EC2 tells of."""

from collections.abc import Iterable

from kubestow.adapters.aws.fleets import OwnInstance
from kubestow.live.claims import Launched
from kubestow.live.own_fleet import OwnFleet
from kubestow.testing import ZONES, nodeclaim


class Finder:
    """EC2, which tells of instances that were launched at some instants."""

    def __init__(self, **launched_at: int) -> None:
        self.found = tuple(
            OwnInstance(key, key, "pool", "m5.large", ZONES[0], "spot", "terminated", at)
            for key, at in launched_at.items()
        )

    def own(self) -> tuple[OwnInstance, ...]:
        return self.found

    def existing(self, ids: Iterable[str]) -> frozenset[str]:
        return frozenset()

    def end(self, ids: Iterable[str]) -> None:
        pass


def test_launches_count_for_an_hour_whoever_made_them() -> None:
    fleet = OwnFleet(Finder(old=1_000, new=4_000), lambda: 5_000)
    fleet.instances()
    assert fleet.launched_within(5_000) == 1
    fleet.add([Launched(nodeclaim("a"), "i-a", 5_000), Launched(nodeclaim("b"), "new", 4_001)])
    assert fleet.launched_within(5_000) == 2
    assert fleet.launched_within(7_700) == 1
    assert fleet.launched_within(8_600) == 0
