"""What a policy remembers: offerings that cool down, what was not begun, and what is its own."""

from dataclasses import replace

import pytest

from kubestow.model.decision import (
    DRIFTED,
    EXPIRED,
    HELD_BACK,
    NOT_LAUNCHED,
    PROVISIONING,
    Outcome,
)
from kubestow.model.memory import (
    COOLING_SECONDS,
    PUT_OFF_SECONDS,
    Memory,
    PendingDisruption,
    PutOff,
)
from kubestow.model.nodeclaim import Event
from kubestow.model.policy_memory import ClusterAutoscalerMemory, KarpenterMemory, PolicyMemory

LARGE, SMALL = ("m5.large", "a", "spot"), ("c5.small", "b", "on-demand")


def without_capacity(*offerings: tuple[str, str, str]) -> list[Outcome]:
    return [Outcome("n", Event.INSUFFICIENT_CAPACITY, offering) for offering in offerings]


def test_offerings_without_capacity_cool_down_in_a_fixed_order() -> None:
    memory = Memory().learned(without_capacity(LARGE, SMALL), 10)
    until = 10 + COOLING_SECONDS
    assert memory.cooling == ((SMALL, until), (LARGE, until))
    assert memory == Memory().learned(without_capacity(SMALL, LARGE), 10)


def test_an_offering_that_fails_again_cools_down_from_then() -> None:
    memory = Memory().learned(without_capacity(LARGE), 10).learned(without_capacity(LARGE), 20)
    assert memory.cooling == ((LARGE, 20 + COOLING_SECONDS),)


@pytest.mark.parametrize("outcome", [Outcome("n", Event.LAUNCHED, LARGE), Outcome("n", "failed")])
def test_other_outcomes_leave_the_memory_as_it_is(outcome: Outcome) -> None:
    memory = Memory(counter=3)
    assert memory.learned([outcome], 10) == memory


def test_a_memory_of_the_policys_own_is_returned_as_it_was() -> None:
    own = KarpenterMemory(waiting_pods=3)
    assert Memory(own=own).own_as(KarpenterMemory) is own


@pytest.mark.parametrize("own", [None, ClusterAutoscalerMemory(last_added_at=3)])
def test_a_policy_without_a_memory_of_its_own_starts_from_an_empty_one(
    own: PolicyMemory | None,
) -> None:
    assert Memory(own=own).own_as(KarpenterMemory) == KarpenterMemory()


def test_what_was_not_begun_puts_off_what_counts_on_it() -> None:
    memory = Memory(
        disruptions=(
            PendingDisruption(("old",), ("new",), DRIFTED, 0),
            PendingDisruption(("else",), ("there",), DRIFTED, 0),
        ),
        planned=(("default/w", "node"), ("default/v", "other"), ("default/runs", "new")),
    )
    failed = [
        Outcome("node", NOT_LAUNCHED, LARGE), Outcome("new", HELD_BACK),
        Outcome("n0", HELD_BACK, reason=EXPIRED),
    ]  # fmt: skip
    put_off = (
        PutOff(DRIFTED, "old", 10, HELD_BACK), PutOff(EXPIRED, "n0", 10, HELD_BACK),
        PutOff(PROVISIONING, "default/w", 10, NOT_LAUNCHED),
    )  # fmt: skip
    memory = memory.learned(failed, 10)
    assert memory.put_off == put_off
    later = memory.learned([Outcome("n0", HELD_BACK, reason=EXPIRED)], 9 + PUT_OFF_SECONDS)
    assert later.put_off == (put_off[0], replace(put_off[1], at=9 + PUT_OFF_SECONDS), put_off[2])
    assert memory.learned([], 10 + PUT_OFF_SECONDS).put_off == ()
