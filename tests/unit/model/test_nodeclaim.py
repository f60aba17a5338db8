"""The lifecycle of a NodeClaim: every phase and event, allowed or a mistake of ours."""

from itertools import product

import pytest

from kubestow.model.nodeclaim import COMING, LIFECYCLE, Event, Phase
from kubestow.testing import nodeclaim

ALLOWED = {
    (Phase.LAUNCHING, Event.LAUNCHED): Phase.LAUNCHED,
    (Phase.LAUNCHING, Event.INSUFFICIENT_CAPACITY): Phase.GONE,
    (Phase.LAUNCHING, Event.DRAIN): Phase.GONE,
    (Phase.LAUNCHED, Event.REGISTERED): Phase.REGISTERED,
    (Phase.LAUNCHED, Event.NOT_REGISTERED): Phase.GONE,
    (Phase.LAUNCHED, Event.DRAIN): Phase.GONE,
    (Phase.LAUNCHED, Event.RECLAIMED): Phase.GONE,
    (Phase.REGISTERED, Event.INITIALIZED): Phase.READY,
    (Phase.REGISTERED, Event.HELD): Phase.HELD,
    (Phase.REGISTERED, Event.DRAIN): Phase.DRAINING,
    (Phase.REGISTERED, Event.RECLAIMED): Phase.GONE,
    (Phase.HELD, Event.OPENED): Phase.READY,
    (Phase.HELD, Event.DRAIN): Phase.DRAINING,
    (Phase.HELD, Event.RECLAIMED): Phase.GONE,
    (Phase.READY, Event.DRAIN): Phase.DRAINING,
    (Phase.READY, Event.RECLAIMED): Phase.GONE,
    (Phase.DRAINING, Event.DRAINED): Phase.GONE,
    (Phase.DRAINING, Event.RECLAIMED): Phase.GONE,
}


@pytest.mark.parametrize(("phase", "event"), list(product(Phase, Event)))
def test_an_event_leads_to_one_phase_or_is_a_mistake_of_ours(phase: Phase, event: Event) -> None:
    claim = nodeclaim("n", phase=phase)
    if (phase, event) in ALLOWED:
        assert claim.after(event, 5).phase is ALLOWED[phase, event]
    else:
        with pytest.raises(AssertionError, match="cannot happen"):
            claim.after(event, 5)


def test_the_table_names_every_phase_and_only_gone_is_the_end() -> None:
    assert set(LIFECYCLE) == set(Phase)
    assert [phase for phase in Phase if not LIFECYCLE[phase]] == [Phase.GONE]


def test_every_phase_is_reached_from_launching() -> None:
    reached, front = {Phase.LAUNCHING}, [Phase.LAUNCHING]
    while front:
        fresh = set(LIFECYCLE[front.pop()].values()) - reached
        reached |= fresh
        front += sorted(fresh)
    assert reached == set(Phase)


def test_a_node_is_coming_until_it_is_ready() -> None:
    coming = [phase for phase in Phase if nodeclaim("n", phase=phase).is_coming]
    assert tuple(coming) == COMING == (Phase.LAUNCHING, Phase.LAUNCHED, Phase.REGISTERED)


def test_the_instants_of_launch_and_readiness_are_kept() -> None:
    claim = nodeclaim("n", phase=Phase.LAUNCHING, created_at=1)
    for event, at in ((Event.LAUNCHED, 3), (Event.REGISTERED, 30), (Event.INITIALIZED, 45)):
        claim = claim.after(event, at)
    assert (claim.created_at, claim.launched_at, claim.ready_at) == (1, 3, 45)
    drained = claim.after(Event.DRAIN, 50).after(Event.DRAINED, 60)
    assert (drained.launched_at, drained.ready_at) == (3, 45)


def test_an_offering_is_its_type_zone_and_capacity_type() -> None:
    claim = nodeclaim("n", "c5.xlarge", zone="zone-b", capacity_type="spot")
    assert claim.offering == ("c5.xlarge", "zone-b", "spot")
