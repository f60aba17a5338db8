"""What an option costs, part by part, by hand."""

from dataclasses import replace

from kubestow.compute.case import ComparisonCase
from kubestow.compute.cost_parts import control_plane, instances, storage, storage_notes
from kubestow.model.costs import ROOT_VOLUME, Costs, Extra
from kubestow.model.instance_type import ServicePrice
from kubestow.provisioning.preparation.offerings import pools_of
from kubestow.testing import GENERAL, catalog, replicas, snapshot

GP3 = ServicePrice("ebs_gp3_gb_month", 0.0912, "USD/GB-month", "quoted")


def case_of(*prices: ServicePrice, costs: Costs | None = None) -> ComparisonCase:
    """Return four pods that need a node each, at some service prices."""
    priced = replace(catalog(*GENERAL), service_prices=prices, costs=costs)
    return ComparisonCase(snapshot(replicas(4, "web", "3", "1Gi"), catalog_of=priced))


def test_a_control_plane_without_a_price_is_assumed_and_an_estimate() -> None:
    assert control_plane(case_of()).nano_usd_per_hour == 100_000_000
    assert control_plane(case_of()).is_estimate
    quoted = ServicePrice("eks_control_plane_hour", 0.6, "USD/h", "quoted")
    assert control_plane(case_of(quoted)).nano_usd_per_hour == 600_000_000
    assert not control_plane(case_of(quoted)).is_estimate


def test_new_nodes_cost_what_their_offerings_do() -> None:
    case = case_of()
    plan = case.planned(pools_of(case.snapshot.cluster)).plan
    assert [part.nano_usd_per_hour for part in instances(plan)] == [plan.cost_nano_usd_per_hour]


def test_root_volumes_are_paid_by_the_gib_and_the_month() -> None:
    case = case_of(GP3)
    (part,) = storage(case, case.planned(pools_of(case.snapshot.cluster)))
    assert part.nano_usd_per_hour == round(4 * 20 * 0.0912 / 730 * 1e9)
    assert storage_notes(case) == ()


def test_root_volumes_without_a_price_or_in_a_costs_file_are_not_counted_and_said() -> None:
    costs = Costs("costs.yaml", (Extra(ROOT_VOLUME, 1, "a bill"),))
    for case, words in ((case_of(), "no gp3 price"), (case_of(GP3, costs=costs), "costs file")):
        assert not list(storage(case, case.planned(pools_of(case.snapshot.cluster))))
        assert words in storage_notes(case)[0]
