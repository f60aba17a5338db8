from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.nodepool import NodePool
from kubestow.model.requirements import Requirements, requirement
from kubestow.model.resources import USD_PER_HOUR

SIZE = "karpenter.k8s.aws/instance-size"


def limited(**limits: int) -> NodePool:
    return NodePool("own", limits=tuple(sorted(limits.items())))


def in_own_pool() -> dict[str, str]:
    return {names.NODEPOOL: "own", names.INSTANCE_TYPE: "m9.large"}


@pytest.mark.parametrize("limits", [{"cpu": 8000}, {"nodes": 2}, {"memory": 2 * 16 * 2**30}])
def test_a_pool_within_its_limits_is_legal(scene: Any, limits: dict[str, int]) -> None:
    scene.pools.append(limited(**limits))
    scene.old("old", labels=in_own_pool())
    scene.new("one", pool="own")
    assert scene.found() == ()


@pytest.mark.parametrize("limits", [{"cpu": 7999}, {"nodes": 1}, {"memory": 16 * 2**30}])
def test_a_new_node_over_the_limit_is_found(scene: Any, limits: dict[str, int]) -> None:
    scene.pools.append(limited(**limits))
    scene.old("old", labels=in_own_pool())
    scene.new("one", pool="own")
    assert scene.rules() == ["NodePoolLimits"]
    assert scene.subjects() == ["own"]


def test_existing_nodes_over_the_limit_are_nobodys_fault(scene: Any) -> None:
    scene.pools.append(limited(nodes=0))
    scene.old("old", labels=in_own_pool())
    assert scene.found() == ()


def test_an_existing_node_that_the_plan_leaves_out_still_counts(scene: Any) -> None:
    scene.pools.append(limited(nodes=1))
    scene.old("old", labels=in_own_pool())
    del scene.planned["old"]
    scene.new("one", pool="own")
    assert scene.rules() == ["NodePoolLimits"]


def test_an_existing_node_of_an_unknown_type_counts_as_its_allocatable(scene: Any) -> None:
    scene.pools.append(limited(cpu=7000))
    scene.old("old", labels={names.NODEPOOL: "own"})
    scene.new("one", pool="own")
    assert scene.rules() == ["NodePoolLimits"]


def choosy(key: str, least: int, *more: Any) -> NodePool:
    wanted = [requirement(key, "Exists", (), least), *more]
    return NodePool("own", Requirements.of(wanted))


def test_a_node_whose_pods_leave_enough_choice_is_legal(scene: Any) -> None:
    scene.pools.append(choosy(names.INSTANCE_TYPE, 4))
    scene.new("one", pool="own")
    scene.pod("small", "one")
    assert scene.found() == ()


def test_a_node_too_full_for_the_smaller_types_leaves_too_little_choice(scene: Any) -> None:
    scene.pools.append(choosy(SIZE, 2))
    scene.new("one", "a", "m9.xlarge", pool="own")
    scene.pod("large", "one", requests={"cpu": 5000})
    assert scene.rules() == ["NodePool"]
    assert scene.subjects() == ["one"]


def test_a_pods_node_selector_narrows_the_choice(scene: Any) -> None:
    scene.pools.append(choosy(names.ARCH, 2))
    scene.new("one", pool="own")
    assert scene.found() == ()
    scene.pod("picky", "one", node_selector={names.ARCH: "amd64"})
    assert scene.rules() == ["NodePool"]


def test_a_pools_own_requirements_narrow_the_choice(scene: Any) -> None:
    only = requirement(names.ZONE, "In", ["a", "b"])
    scene.pools.append(choosy(names.ZONE, 3, only))
    scene.new("one", pool="own")
    assert scene.rules() == ["NodePool"]


def test_the_current_generation_key_narrows_the_choice(scene: Any) -> None:
    only = requirement("kubestow.dev/current-generation", "In", ["true"])
    scene.pools.append(choosy(names.INSTANCE_TYPE, 4, only))
    scene.new("one", pool="own")
    assert scene.rules() == ["NodePool"]


def priced(nano: int) -> NodePool:
    return NodePool("own", limits=((USD_PER_HOUR, nano),))


@pytest.mark.parametrize(("limit", "rules"), [(400, []), (399, ["NodePoolLimits"])])
def test_nodes_count_by_their_prices_new_or_there(scene: Any, limit: int, rules: list[str]) -> None:
    # m9.large is 100 nano-USD an hour, m9.xlarge 200.
    scene.pools.append(priced(limit))
    scene.old("old", labels=in_own_pool())
    scene.new("one", pool="own")
    scene.new("two", kind="m9.xlarge", pool="own")
    assert scene.rules() == rules
    assert ["USD" in v.detail or "0.000000399" in v.detail for v in scene.found()] == [True] * len(
        rules
    )


def test_a_node_that_is_there_costs_what_its_capacity_type_does(scene: Any) -> None:
    scene.pools.append(priced(100))
    scene.old("old", labels=in_own_pool() | {names.CAPACITY_TYPE: "spot"})  # no price is known
    scene.new("one", pool="own")
    assert scene.found() == ()
    scene.old("older", labels=in_own_pool() | {"eks.amazonaws.com/capacityType": "ON_DEMAND"})
    assert scene.rules() == ["NodePoolLimits"]


def test_a_node_of_an_unknown_type_costs_nothing(scene: Any) -> None:
    scene.pools.append(priced(100))
    scene.old("old", labels={names.NODEPOOL: "own"})
    scene.new("one", pool="own")
    assert scene.found() == ()
