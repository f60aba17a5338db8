"""kubestow's own fleet as an option."""

from kubestow.compute.case import ComparisonCase
from kubestow.compute.optimum import optimum
from kubestow.model.placements import KUBESTOW
from kubestow.testing import replicas, snapshot


def test_a_rehearsed_fleet_says_how_it_was_rehearsed() -> None:
    found = optimum(ComparisonCase(snapshot(replicas(4, "web", "1"))))
    assert found.option.stranded == 0
    assert any("rehearsed in" in note for note in found.option.description.notes)
    assert found.option.placements is not None
    assert found.option.placements.landed == found.option.placements.rehearsed
    assert found.option.other is None, "nothing was stranded: there is one fleet"
    assert found.option.part("instances") >= found.lower_bound.nano_usd_per_hour


def test_a_fleet_that_is_not_rehearsed_strands_nobody_knows_how_many() -> None:
    found = optimum(ComparisonCase(snapshot(replicas(4, "web", "1")), rehearses=False))
    assert found.option.stranded is None
    assert found.plan.rehearsed is None
    assert found.option.placements is not None
    assert (found.option.placements.by, found.option.placements.rehearsed) == (KUBESTOW, None)
    assert found.option.placements.landed.nano_usd_per_hour == found.option.nano_usd_per_hour
