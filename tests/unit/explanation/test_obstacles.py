import pytest

from kubestow.explanation.obstacles import obstacle_of
from kubestow.model.plan import Reason, Unschedulable

GATE = Reason("SchedulingGates", 1, {"message": "waits for a gate"})
CPU = Reason("NodeResourcesFit", 12, {"resource": "cpu"})
CLAIM = Reason("VolumeBinding", 12, {"message": "no such claim", "hint": "create the claim"})
ZONE = Reason("VolumeBinding", 12, {"message": "the volume is in zone-a"})


@pytest.mark.parametrize(
    ("reasons", "constraint", "message"),
    [
        ((GATE,), "SchedulingGates", "waits for a gate"),
        ((CPU, GATE), "SchedulingGates", "waits for a gate"),
        ((CLAIM,), "VolumeBinding", "no such claim"),
        ((Reason("Admission", 0),), "Admission", ""),
    ],
)
def test_an_obstacle_is_what_no_change_of_constraints_can_mend(
    reasons: tuple[Reason, ...], constraint: str, message: str
) -> None:
    obstacle = obstacle_of(Unschedulable("default/web", reasons))
    assert obstacle is not None
    assert (obstacle.constraint, obstacle.message) == (constraint, message)
    assert obstacle.hint


@pytest.mark.parametrize("reasons", [(), (CPU,), (CPU, ZONE)])
def test_a_change_of_constraints_may_help_against_everything_else(
    reasons: tuple[Reason, ...],
) -> None:
    assert obstacle_of(Unschedulable("default/web", reasons)) is None


def test_a_reason_that_brings_its_own_hint_is_taken_at_its_word() -> None:
    obstacle = obstacle_of(Unschedulable("default/web", (CLAIM,)))
    assert obstacle is not None
    assert obstacle.hint == "create the claim"
