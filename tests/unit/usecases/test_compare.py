"""The compare use case: what cannot be compared is refused before anything is planned."""

from typing import Any

import pytest

from kubestow.model.bug import RefusedPlanError
from kubestow.model.input_error import InputError
from kubestow.model.kinds import KindsWish
from kubestow.model.placements import KUBE_SCHEDULER, KUBESTOW, Placer
from kubestow.model.plan import Plan
from kubestow.model.reporter import EnoughError, SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.model.violation import Violation
from kubestow.testing import replicas, snapshot
from kubestow.usecases.compare import CompareRequest, NodeGroups, OptionChoices, compare
from kubestow.usecases.plan import PlanRequest, plan

GIVEN = snapshot(replicas(3, "web", cpu="500m", memory="1Gi"))
TYPE = GIVEN.catalog.offerings[0].instance_type


class Impatient:
    """A reporter that has enough at once."""

    def progress(self, step: str, done: int, total: int) -> None:
        """Raise EnoughError."""
        raise EnoughError


def test_kubestows_fleet_comes_first_and_carries_every_pod() -> None:
    request = CompareRequest(snapshot=GIVEN, rehearse=False, types=(TYPE,))
    options = compare(request, SilentReporter()).comparison.options
    assert len(options) == 2
    assert options[0].pods == 3


def test_kubestows_fleet_is_the_one_that_a_plan_shows() -> None:
    pods = (*replicas(4, "lean", "1700m", "1Gi"), *replicas(4, "rich", "300m", "12Gi"))
    given, wish = snapshot(pods), KindsWish(most=1)
    shown = plan(PlanRequest(snapshot=given, kinds=wish), SilentReporter())
    request = CompareRequest(snapshot=given, kinds=wish, settle=False)
    option = compare(request, SilentReporter()).comparison.options[0]
    assert option.placements is not None
    assert option.placements.rehearsed is not None
    assert shown.rehearsed is not None
    assert option.plans[0].plan.nodes == shown.plan.nodes
    assert option.placements.landed.nodes == len(shown.landed.nodes)
    assert len({node.instance_type for node in shown.plan.nodes}) == 1


@pytest.mark.parametrize(
    ("request_", "option"),
    [
        (CompareRequest(snapshot=GIVEN, types=("m0.none",)), "--types"),
        (
            CompareRequest(snapshot=GIVEN, choices=OptionChoices(NodeGroups(("m0.none",)))),
            "--node-group-types",
        ),
    ],
)
def test_a_type_that_is_not_sold_is_named_with_its_option(
    request_: CompareRequest, option: str
) -> None:
    with pytest.raises(InputError, match=f"{option}: 'm0.none' is not sold"):
        compare(request_, SilentReporter())


def test_every_options_plan_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Violation("Money", "plan", "it costs too little")
    monkeypatch.setattr("kubestow.usecases.judged.judge", lambda *_: (broken,))
    with pytest.raises(RefusedPlanError, match="kubestow's fleet: the plan violates"):
        compare(CompareRequest(snapshot=GIVEN, rehearse=False), SilentReporter())


def test_an_interrupt_before_the_first_option_leaves_nothing_to_show() -> None:
    with pytest.raises(KeyboardInterrupt):
        compare(CompareRequest(snapshot=GIVEN, rehearse=False), Impatient())


@pytest.mark.parametrize("placed_by", [KUBE_SCHEDULER, KUBESTOW])
def test_both_fleets_of_kubestow_are_judged_and_no_other_option_has_two(
    placed_by: Placer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Plan] = []

    def accepts(_: Snapshot, plan: Plan, __: Any) -> tuple[Violation, ...]:
        seen.append(plan)
        return ()

    monkeypatch.setattr("kubestow.usecases.judged.judge", accepts)
    pods = (*replicas(30, "lean", "500m", "256Mi"), *replicas(20, "rich", "150m", "1800Mi"),
            *replicas(3, "huge", "3", "10Gi"))  # fmt: skip
    request = CompareRequest(snapshot=snapshot(pods), types=(TYPE,), placed_by=placed_by)
    own, *others = compare(request, SilentReporter()).comparison.options
    assert own.other is not None
    assert own.other.plan in seen
    assert own.plans[0].plan in seen
    assert own.placements is not None
    assert own.placements.by == placed_by
    assert own.placements.rehearsed is not None
    shown = own.placements.landed if placed_by == KUBESTOW else own.placements.rehearsed
    assert (shown.nano_usd_per_hour, shown.nodes) == (own.nano_usd_per_hour, own.nodes)
    assert shown.pending == own.stranded
    assert own.placements.landed.nano_usd_per_hour < own.placements.rehearsed.nano_usd_per_hour
    assert [option.placements for option in others] == [None]
