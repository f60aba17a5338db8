"""NodeResourcesFit's scoring strategy, as kube-scheduler and EKS check it."""

from collections.abc import Sequence

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.scheduler.scheduler_wire import (
    ResourceSpecWire,
    ScoringStrategyWire,
    ShapePointWire,
)
from kubestow.model.scheduler_profile import (
    LEAST_ALLOCATED,
    MOST_ALLOCATED,
    REQUESTED_TO_CAPACITY_RATIO,
    ScoringStrategy,
)
from kubestow.model.suggestion import did_you_mean

_TYPES = (LEAST_ALLOCATED, MOST_ALLOCATED, REQUESTED_TO_CAPACITY_RATIO)
_WEIGHT_MAX, _UTILIZATION_MAX, _SCORE_MAX = 100, 100, 10
_SHAPE_HINT = "give points such as {utilization: 0, score: 0} and {utilization: 100, score: 10}"


def read_strategy(
    item: ScoringStrategyWire, path: str, types: Sequence[str] = _TYPES
) -> ScoringStrategy:
    """Return a strategy of one of these types; raise FieldError for one that is refused.

    Weights that are absent or 0 are 1; without resources they are cpu and memory.
    """
    kind = item.type or ""
    expected = f"expected {', '.join(types[:-1])} or {types[-1]}"
    if kind not in types:
        hint = did_you_mean(kind, types) or expected
        raise FieldError(f"{path}.type", f"unknown scoring strategy {kind!r}", hint)
    shape: tuple[tuple[int, int], ...] = ()
    if item.requested_to_capacity_ratio is not None:
        points = item.requested_to_capacity_ratio.shape or []
        shape = _read_shape(points, f"{path}.requestedToCapacityRatio.shape")
    elif kind == REQUESTED_TO_CAPACITY_RATIO:
        raise FieldError(f"{path}.requestedToCapacityRatio", "is missing", _SHAPE_HINT)
    resources = read_resources(item.resources or (), f"{path}.resources")
    own = shape if kind == REQUESTED_TO_CAPACITY_RATIO else ()
    return ScoringStrategy(kind, resources or ScoringStrategy().resources, own)


def read_resources(items: Sequence[ResourceSpecWire], path: str) -> tuple[tuple[str, int], ...]:
    """Return resources with their weights; raise FieldError for a weight out of range."""
    resources = []
    for index, item in enumerate(items):
        weight = item.weight or 1
        if not 0 < weight <= _WEIGHT_MAX:
            raise FieldError(
                f"{path}[{index}].weight",
                f"the weight of {item.name}, {weight}, is out of range",
                f"use a number from 1 to {_WEIGHT_MAX}",
            )
        resources.append((item.name, weight))
    return tuple(resources)


def _read_shape(points: Sequence[ShapePointWire], path: str) -> tuple[tuple[int, int], ...]:
    if not points:
        raise FieldError(path, "has no points", _SHAPE_HINT)
    before = -1
    for index, point in enumerate(points):
        for name, number, most in (
            ("utilization", point.utilization, _UTILIZATION_MAX),
            ("score", point.score, _SCORE_MAX),
        ):
            if not 0 <= number <= most:
                raise FieldError(
                    f"{path}[{index}].{name}",
                    f"{number} is out of range",
                    f"use a number from 0 to {most}",
                )
        if point.utilization <= before:
            raise FieldError(
                f"{path}[{index}].utilization",
                f"{point.utilization} does not exceed the one before, {before}",
                "sort the points by utilization",
            )
        before = point.utilization
    return tuple((point.utilization, point.score) for point in points)
