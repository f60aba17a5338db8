"""The screen over all nodes and offerings: what could carry a pod after which moves."""

from collections.abc import Sequence

import numpy as np
import pytest

from kubestow.explanation.adjustments import Adjustment
from kubestow.explanation.prescreen import Prescreen, widenable
from kubestow.model import explanation as kinds
from kubestow.model import labels as names
from kubestow.model.snapshot import Snapshot
from kubestow.testing import GENERAL, catalog, node, nodepool, pod, snapshot

ONE_ZONE = catalog(*GENERAL, zones=("zone-a",), spot=0.3)
ON_DEMAND = (names.CAPACITY_TYPE, "In", ["on-demand"])
SMALL = (names.INSTANCE_TYPE, "In", ["m5.large"])
BOUGHT = nodepool("pool", ON_DEMAND)
BOUGHT_SMALL = nodepool("pool", ON_DEMAND, SMALL)
ALLOW_TYPE = Adjustment(kinds.ALLOW_IN_POOL, names.INSTANCE_TYPE, "pool")
ALLOW_SPOT = Adjustment(kinds.ALLOW_IN_POOL, names.CAPACITY_TYPE, "pool")
RAISE_CPU = Adjustment(kinds.RAISE_LIMIT, "cpu", "pool")
LOWER_CPU = Adjustment(kinds.LOWER_REQUEST, "cpu")


def screen(given: Snapshot, pending: int = 1) -> Prescreen:
    return Prescreen(given, given.cluster.nodepools, 0, pending)


def places(of: Prescreen, moves: Sequence[Adjustment]) -> set[str]:
    """Return what could carry the pod: a node's name, or a type and how it is bought."""
    found = (of.candidates[int(number)] for number in np.flatnonzero(of.mask(moves)))
    return {c.name if c.exists else f"{c.instance_type} {c.capacity_type}" for c in found}


@pytest.mark.parametrize(
    ("given", "moves", "expected"),
    [
        pytest.param(
            snapshot([pod("a", "3")], catalog_of=ONE_ZONE, nodepools=(BOUGHT,)),
            (),
            {"m5.xlarge on-demand", "c5.xlarge on-demand", "m5.4xlarge on-demand"},
            id="types that are large enough, bought as the NodePool allows",
        ),
        pytest.param(
            snapshot([pod("a", "3")], catalog_of=ONE_ZONE, nodepools=(BOUGHT,)),
            (ALLOW_SPOT,),
            {"m5.xlarge spot", "c5.xlarge spot", "m5.4xlarge spot"},
            id="a wider NodePool: those that it lets in, and no others",
        ),
        pytest.param(
            snapshot(
                [pod("a", "3")],
                catalog_of=ONE_ZONE,
                nodepools=(BOUGHT_SMALL,),
            ),
            (ALLOW_SPOT,),
            set(),
            id="one of two requirements that keep it out is not enough",
        ),
        pytest.param(
            snapshot(
                [pod("a", "15")],
                catalog_of=ONE_ZONE,
                nodepools=(BOUGHT_SMALL,),
            ),
            (ALLOW_SPOT, ALLOW_TYPE),
            {"m5.4xlarge spot"},
            id="both together are",
        ),
        pytest.param(
            snapshot([pod("a", "99")], nodes=(node("n", "4"),), nodepools=()),
            (LOWER_CPU,),
            {"n"},
            id="a lowered request fits wherever anything is free",
        ),
        pytest.param(
            snapshot(
                [pod("a")],
                catalog_of=ONE_ZONE,
                nodepools=(nodepool("pool", ON_DEMAND, SMALL, limits=(("cpu", 1000),)),),
            ),
            (),
            set(),
            id="a limit keeps out what would go over it",
        ),
        pytest.param(
            snapshot(
                [pod("a")],
                catalog_of=ONE_ZONE,
                nodepools=(nodepool("pool", ON_DEMAND, SMALL, limits=(("cpu", 1000),)),),
            ),
            (RAISE_CPU,),
            {"m5.large on-demand"},
            id="until it is raised",
        ),
    ],
)
def test_what_could_carry_the_pod_after_these_moves(
    given: Snapshot, moves: Sequence[Adjustment], expected: set[str]
) -> None:
    assert places(screen(given), moves) == expected


def test_a_key_that_ec2_has_no_other_value_for_is_not_worth_widening() -> None:
    pool = nodepool("pool", ON_DEMAND, (names.OS, "In", ["linux"]), ("team", "In", ["a"]), SMALL)
    assert set(widenable(pool)) == {names.CAPACITY_TYPE, names.INSTANCE_TYPE}


@pytest.mark.parametrize(("pending", "chosen"), [(1, "m5.large"), (8, "c5.xlarge")])
def test_the_cheapest_place_is_the_one_for_all_pending_pods(pending: int, chosen: str) -> None:
    """Four m5.large at 0.096 carry 8 pods of 0.9 vCPU; two c5.xlarge at 0.17 do it for less."""
    given = snapshot([pod("a", "900m")], catalog_of=catalog(*GENERAL[:3], zones=("zone-a",)))
    found = screen(given, pending)
    assert found.candidates[found.cheapest(found.mask(()))].instance_type == chosen


@pytest.mark.parametrize(("pending", "cpu"), [(1, 4000), (2, 2000), (3, 1333)])
def test_a_request_is_lowered_to_what_all_pending_pods_can_have_at_once(
    pending: int, cpu: int
) -> None:
    found = screen(snapshot([pod("a", "99")], nodes=(node("n", "4"),), nodepools=()), pending)
    assert found.lowered(found.mask([LOWER_CPU]), ["cpu"]) == {"cpu": cpu}


def test_only_resources_that_some_candidate_lacks_are_worth_lowering() -> None:
    given = snapshot([pod("a", "3", "1Gi")], nodes=(node("n", "2", "64Gi"),), nodepools=())
    assert screen(given).lacking() == ["cpu"]
