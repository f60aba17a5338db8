"""Pods are gathered before they are packed: for a second after the last, ten after the first."""

import pytest

from kubestow.model.decision import Waiting
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import Phase
from kubestow.model.policy_memory import KarpenterMemory, PodBatch
from kubestow.policies.pod_batching import BATCHED, batch_reasons, batched, due_at
from kubestow.policies.provisioner import PLANNED
from kubestow.testing import nodeclaim, observed, pod


def after(own: KarpenterMemory, at: int, pods: int) -> KarpenterMemory:
    """Return the memory after a look at so many pending pods."""
    return batched(observed((), [pod(f"w{n}") for n in range(pods)], at=at), own)


@pytest.mark.parametrize(
    ("first", "last", "due"), [(100, 100, 101), (100, 105, 106), (100, 109, 110), (100, 110, 110)]
)
def test_a_batch_is_due_after_a_second_without_pods_and_after_ten_in_any_case(
    first: int, last: int, due: int
) -> None:
    assert due_at(PodBatch(first, last)) == due


def test_every_pod_that_comes_makes_the_batch_wait_for_the_next() -> None:
    own = after(KarpenterMemory(), 100, 2)
    assert own == KarpenterMemory(PodBatch(100, 100), waiting_pods=2)
    assert after(own, 100, 3) == KarpenterMemory(PodBatch(100, 100), waiting_pods=3)
    wide = KarpenterMemory(PodBatch(100, 104), waiting_pods=3)
    assert after(wide, 104, 4).batch == PodBatch(100, 104)


def test_a_batch_that_is_due_is_closed_and_its_pods_are_not_gathered_again() -> None:
    closed = after(KarpenterMemory(PodBatch(100, 100), waiting_pods=2), 101, 2)
    assert closed == KarpenterMemory(None, waiting_pods=2)
    assert after(closed, 102, 2) == closed
    assert after(closed, 102, 1) == KarpenterMemory(None, waiting_pods=1)
    assert after(closed, 102, 3).batch == PodBatch(102, 102)


def test_without_pending_pods_there_is_no_batch() -> None:
    assert after(KarpenterMemory(PodBatch(100, 100), waiting_pods=2), 100, 0) == KarpenterMemory()


def test_what_is_remembered_of_disruption_stays() -> None:
    assert after(KarpenterMemory(idle_digest="abc"), 100, 1).idle_digest == "abc"


def test_a_pod_waits_for_the_node_it_is_planned_on_and_else_for_the_batch() -> None:
    pods = [pod("a"), pod("b"), pod("c", node="n0")]
    state = observed([nodeclaim("n1", phase=Phase.LAUNCHED)], pods)
    memory = Memory(planned=(("default/a", "n1"), ("default/b", "gone")))
    assert batch_reasons(state, memory, ()) == (
        Waiting("default/a", PLANNED, "n1"),
        Waiting("default/b", BATCHED),
    )
    assert batch_reasons(state, memory, {"n1"})[0] == Waiting("default/a", BATCHED)
