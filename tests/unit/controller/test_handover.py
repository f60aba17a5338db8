"""What one controller leaves and the next one takes."""

from kubestow.controller.handover import Handover
from kubestow.model.memory import Memory

MEMORY = Memory(counter=7, planned=(("shop/web", "general-1-4"),))


def test_what_is_left_is_taken_once() -> None:
    left, taken = Handover(lambda: 100), Handover(lambda: 130)
    left.leave(MEMORY)
    taken.take(left.text)
    assert taken.taken() == MEMORY
    assert taken.taken() is None


def test_what_was_left_long_ago_or_is_to_come_is_not_heeded() -> None:
    left = Handover(lambda: 100)
    left.leave(MEMORY)
    for at in (161, 39):
        late = Handover(lambda at=at: at)  # type: ignore[misc] # an instant
        late.take(left.text)
        assert late.taken() is None


def test_who_goes_on_leaves_nothing() -> None:
    handover = Handover(lambda: 100)
    assert (handover.text, handover.taken()) == ("", None)
    handover.leave(MEMORY)
    handover.leave(None)
    assert handover.text == ""
    handover.take("100 what")
    assert handover.taken() is None
