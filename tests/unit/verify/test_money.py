from typing import Any


def test_a_bound_at_the_cost_is_legal(scene: Any) -> None:
    scene.new("one")
    scene.bound_nano = 100
    assert scene.found() == ()


def test_a_bound_above_the_cost_is_found(scene: Any) -> None:
    scene.new("one")
    scene.bound_nano = 101
    assert scene.rules() == ["Money"]


def test_a_negative_bound_is_found(scene: Any) -> None:
    scene.bound_nano = -1
    assert scene.rules() == ["Money"]
