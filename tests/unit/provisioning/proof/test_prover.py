"""Which relaxation the lower bound is proven on."""

from typing import Any

import numpy as np
import pytest

from kubestow.model import labels as names
from kubestow.model.pod import HostPort, Pod
from kubestow.model.reporter import SilentReporter
from kubestow.provisioning.packing.problem import Item, PlacedNode
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot, prepare
from kubestow.provisioning.proof.prover import Prover, first_tier
from kubestow.provisioning.proof.warm_start import PreviousSolution
from kubestow.testing import (
    affinity_term,
    catalog,
    instance_type,
    node,
    nodepool,
    pod,
    replicas,
    snapshot,
    spread,
)

POOLS = (nodepool("p"),)
WEB = {"app": "web"}


def prepared(*pods: Pod, **cluster: Any) -> PreparedSnapshot:
    return prepare(snapshot(pods, **cluster), POOLS)


def prover(*pods: Pod, **cluster: Any) -> Prover:
    found = prepared(*pods, **cluster)
    items = [Item(((c.index, 1),), c.demand) for c in found.pod_classes if c.demand]
    return Prover(found, items, [frozenset({0})])


def test_classes_alike_in_requests_and_places_share_a_row() -> None:
    zonal = spread(names.ZONE, app="web")
    found = prover(*replicas(3, "a"), *replicas(2, "b", labels=WEB, spread=(zonal,)), pod("c", "1"))
    assert found.row_of == [0, 0, 1]
    assert found.relaxation.demand.tolist() == [5.0, 1.0]
    assert sorted(found.values) == [0, 1, 2]


def test_pods_that_exclude_each_other_have_an_axis_of_their_own() -> None:
    port = (HostPort("0.0.0.0", "TCP", 80),)
    found = prover(*replicas(2, "a", host_ports=port), pod("b", "1", host_ports=port))
    assert found.groups == [(0, 1)]
    assert found.relaxation.requests[:, -1].tolist() == [1.0, 1.0]
    assert found.relaxation.capacity[:, -1].tolist() == [1.0] * len(found.relaxation.capacity)


def test_a_class_whose_pods_avoid_each_other_fits_a_node_once() -> None:
    shy = affinity_term(names.HOSTNAME, app="web")
    found = prover(*replicas(4, "web", labels=WEB, anti_affinity=(shy,)))
    assert found.relaxation.fits.max() == 1.0
    assert found.lower_bound.nano_usd_per_hour == pytest.approx(4 * 96_000_000, rel=1e-5)


def test_existing_nodes_take_their_share_off_the_bound() -> None:
    alone = prover(*replicas(9, "web", "1"))
    beside = prover(*replicas(9, "web", "1"), nodes=(node("n"),))
    assert 0 < beside.lower_bound.nano_usd_per_hour < alone.lower_bound.nano_usd_per_hour
    assert alone.absorbed() == 0 < beside.absorbed()


def test_whole_loads_raise_the_bound_and_leave_loads_that_go_together() -> None:
    found = prover(*replicas(6, "large", "1200m"), *replicas(6, "small", "700m"))
    before = found.lower_bound.nano_usd_per_hour
    found.strengthen(0.0005, 500, 0, SilentReporter())
    assert before < found.lower_bound.nano_usd_per_hour
    assert found.proof.rung == "L4"
    assert found.loads


def test_loads_are_not_generated_where_nodes_exist() -> None:
    found = prover(*replicas(6, "large", "1200m"), nodes=(node("n"),))
    before = found.proof
    found.strengthen(0.0005, 500, 0, SilentReporter())
    found.finish([PlacedNode(1, ((0, 1),))], 0.0005, 500, SilentReporter())
    assert found.proof is before
    assert not found.resume(PreviousSolution({0: 1.0}, ()))


def test_a_previous_solution_proves_at_once_what_it_proved_before() -> None:
    pods = (*replicas(6, "large", "1200m"), *replicas(6, "small", "700m"))
    first = prover(*pods)
    first.strengthen(0.0005, 500, 0, SilentReporter())
    again = prover(*pods)
    assert again.resume(PreviousSolution(first.values, first.loads))
    assert again.proof.proven == pytest.approx(first.proof.proven, rel=1e-6)


def test_an_item_is_held_to_the_first_tier_that_carries_it() -> None:
    small = nodepool("small", (names.INSTANCE_TYPE, "In", ["m5.large"]))
    pools = (small, nodepool("any"))
    found = prepare(snapshot([pod("a", "1"), pod("b", "3"), pod("c", "999")]), pools)
    tiers = [frozenset({0}), frozenset({1})]
    items = [Item(((index, 1),), 1) for index in range(3)]
    assert [first_tier(found, item, tiers) for item in items] == [0, 1, 1]
    assert first_tier(found, items[0], tiers[:1]) == 0


def test_values_are_worth_at_most_what_a_node_costs() -> None:
    found = prover(*replicas(9, "web", "1"))
    (value,) = found.values.values()
    assert value * float(np.max(found.relaxation.fits[0] / found.relaxation.prices)) <= 1 + 1e-6


def test_a_fleet_is_counted_of_the_types_that_the_relaxation_uses_in_every_zone() -> None:
    found = prover(*replicas(400, "a", "900m", "3Gi"))
    candidates = found.prepared.candidates
    used = {candidates[c].instance_type for c in found.counted}
    offered = [i for i, c in enumerate(candidates) if c.instance_type in used]
    assert used
    assert found.counted == frozenset(offered)


def test_smaller_nodes_are_counted_beside_one_that_is_much_of_the_cost() -> None:
    large, small = instance_type("m5.8xlarge", 32, 128), instance_type("m5.2xlarge", 8, 32)
    other = instance_type("c5.2xlarge", 8, 16)
    sold = catalog((large, 1.5), (small, 0.386), (other, 0.34))
    found = prover(*replicas(310, "a", "900m", "3600Mi"), catalog_of=sold)
    assert {found.prepared.candidates[c].instance_type for c in found.counted} == {
        "m5.8xlarge", "m5.2xlarge",
    }  # fmt: skip


def test_fleets_of_few_pods_are_not_counted() -> None:
    assert not prover(*replicas(30, "a", "900m", "3Gi")).counted
