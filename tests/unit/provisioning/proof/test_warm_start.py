"""The previous solution, mapped to other classes and candidates."""

from kubestow.provisioning.packing.fleet_search import NodeLoad
from kubestow.provisioning.packing.problem import PlacedNode
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot, prepare
from kubestow.provisioning.proof.warm_start import PreviousSolution, remember, resume
from kubestow.testing import nodepool, pod, snapshot

POOLS = (nodepool("p"),)


def prepared(*cpu: str) -> PreparedSnapshot:
    """Return pods of these sizes, a class each."""
    return prepare(snapshot([pod(f"p-{n}", each) for n, each in enumerate(cpu)]), POOLS)


def test_values_and_loads_come_back_under_the_new_numbers_of_their_classes() -> None:
    before, after = prepared("100m", "200m"), prepared("300m", "200m", "100m")
    solution = PreviousSolution({0: 5.0, 1: 7.0}, (NodeLoad((0, 1, 2), {0: 3, 1: 1}),))
    start = remember(before, [PlacedNode(0, ((1, 2),)), PlacedNode(0, ((1, 2),))], solution)
    found = resume(after, start)
    assert found.values == {2: 5.0, 1: 7.0}
    loads = {tuple(sorted(load.pods.items())): load for load in found.loads}
    assert loads[(1, 2),].nodes == 2
    assert loads[(1, 1), (2, 3)].nodes == 0


def test_a_load_of_a_fleet_is_of_its_zone_and_a_generated_one_of_any() -> None:
    before = prepared("100m")
    solution = PreviousSolution({}, (NodeLoad((0,), {0: 3}),))
    found = resume(before, remember(before, [PlacedNode(0, ((0, 2),))], solution))
    zones = {
        load.nodes: {before.candidates[i].zone for i in load.candidates} for load in found.loads
    }
    assert len(zones[1]) == 1
    assert len(zones[0]) == 3


def test_what_has_no_match_is_dropped() -> None:
    before, after = prepared("100m", "200m"), prepared("200m")
    solution = PreviousSolution({0: 5.0, 1: 7.0}, (NodeLoad((0,), {0: 1, 1: 1}),))
    start = remember(before, [PlacedNode(0, ((1, 1),))], solution)
    found = resume(after, start)
    assert found.values == {0: 7.0}
    assert [load.pods for load in found.loads] == [{0: 1}]
    elsewhere = prepare(after.snapshot, (nodepool("other"),))
    assert resume(elsewhere, start).loads == ()
