"""What a policy remembers: offerings that cool down, and what is its own."""

import pytest

from kubestow.model.decision import Outcome
from kubestow.model.memory import COOLING_SECONDS, Memory
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
