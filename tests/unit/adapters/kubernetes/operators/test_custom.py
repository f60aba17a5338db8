"""What readers of custom objects share."""

import pytest

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.operators.custom import Custom, bounded, merged, with_container
from kubestow.adapters.kubernetes.operators.part import Part
from kubestow.adapters.kubernetes.replicas import AutoscalerChoice


def custom(choice: AutoscalerChoice) -> Custom:
    return Custom("Thing", "shop", "x", Part(), choice, lambda *_: None)


@pytest.mark.parametrize(
    ("choice", "current", "highest", "pods"),
    [
        ("min", 3, 9, 2), ("current", 3, 9, 3), ("current", 1, 9, 2), ("current", 30, 9, 9),
        ("max", 3, 9, 9), ("max", 3, None, 3),
    ],
)  # fmt: skip
def test_the_choice_is_held_between_its_bounds(
    choice: AutoscalerChoice, current: int, highest: int | None, pods: int
) -> None:
    assert custom(choice).chosen(2, current, highest) == pods


def test_a_missing_maximum_is_said_once() -> None:
    thing = custom("max")
    thing.chosen(0, 1, None)
    thing.chosen(0, 1, None)
    assert len(thing.notes) == 1


@pytest.mark.parametrize("number", [-1, 150_001, 10**40])
def test_a_number_that_no_cluster_holds_is_a_mistake(number: int) -> None:
    with pytest.raises(FieldError) as raised:
        bounded(number, "spec.size")
    assert raised.value.field == "spec.size"
    assert len(raised.value.message) < 120
    assert bounded(150_000, "spec.size") == 150_000


def test_the_operators_container_is_added_or_completed() -> None:
    default = {"requests": {"cpu": "1"}}
    (added, side) = with_container(
        Part({"spec": {"containers": [{"name": "side"}]}}), "main", default
    )["spec"]["containers"]
    assert (added, side) == ({"name": "main", "resources": default}, {"name": "side"})
    own = {"name": "main", "resources": {"requests": {"cpu": "2"}}}
    (kept,) = with_container(Part({"spec": {"containers": [own]}}), "main", default)["spec"][
        "containers"
    ]
    assert kept == own


def test_containers_are_merged_by_name_and_resource() -> None:
    generated = [{"name": "a", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}]
    given = Part({"containers": [
        {"name": "a", "resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "3"}}},
        {"name": "b"},
    ]})  # fmt: skip
    first, second = merged(generated, given, "containers")
    assert first["resources"] == {
        "requests": {"cpu": "2", "memory": "1Gi"}, "limits": {"cpu": "3"}
    }  # fmt: skip
    assert second == {"name": "b"}
