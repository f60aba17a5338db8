"""Node groups of a ClusterConfig, managed and self-managed, as eksctl completes them.

Source: eksctl's pkg/apis/eksctl.io/v1alpha5, defaults.go and validation.go.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kubestow.adapters.eksctl.wire import (
    ConfigShape,
    DistributionShape,
    GroupShape,
    ManagedGroupShape,
    SelfManagedGroupShape,
)
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.fields import taints
from kubestow.adapters.kubernetes.wire import TaintWire
from kubestow.model.taints import Taint

_INSTANCE_TYPE, _SIZE = "m5.large", 2
"""What eksctl takes where a group names no instance type and no size."""
_NAME_HINT, _SIZE_HINT = "name the node group", "keep minSize <= desiredCapacity <= maxSize"
_ALL = 100
_MIXED = "mixed"  # the instance type of a self-managed group whose instancesDistribution has them


@dataclass(frozen=True, slots=True)
class EksctlNodeGroup:
    """A node group: ``shape`` as it is written, the rest as eksctl completes it.

    ``field`` is its path in the file. ``instance_types`` are empty where an instance selector or a
    launch template chooses them. ``unknown`` are fields that no node group has.
    """

    field: str
    name: str
    shape: ManagedGroupShape | SelfManagedGroupShape
    instance_types: tuple[str, ...]
    is_spot: bool
    is_mixed: bool
    desired: int
    minimum: int
    maximum: int
    taints: tuple[Taint, ...]
    unknown: tuple[str, ...] = ()

    @property
    def is_managed(self) -> bool:
        """True for an entry of managedNodeGroups."""
        return isinstance(self.shape, ManagedGroupShape)

    @property
    def has_launch_template(self) -> bool:
        """True where a launch template says what the file does not."""
        return isinstance(self.shape, ManagedGroupShape) and bool(self.shape.launch_template)


def node_groups(
    config: ConfigShape, unknown: Mapping[str, tuple[str, ...]]
) -> tuple[EksctlNodeGroup, ...]:
    """Return all groups, managed ones first; raise FieldError for the first mistake.

    ``unknown`` are the fields that no group has, by the group's path.
    """
    shapes: list[tuple[str, ManagedGroupShape | SelfManagedGroupShape]] = [
        *((f"managedNodeGroups[{i}]", s) for i, s in enumerate(config.managed_node_groups or ())),
        *((f"nodeGroups[{i}]", s) for i, s in enumerate(config.node_groups or ())),
    ]
    groups = tuple(
        replace(_node_group(shape, field), unknown=unknown.get(field, ()))
        for field, shape in shapes
    )
    names = [group.name for group in groups]
    for name in names:
        if names.count(name) > 1:
            raise FieldError(
                "", f"{names.count(name)} node groups are named {name!r}", "give each its own name"
            )
    return groups


def _node_group(shape: ManagedGroupShape | SelfManagedGroupShape, field: str) -> EksctlNodeGroup:
    if not shape.name:
        raise FieldError(f"{field}.name", "is missing", _NAME_HINT)
    for name, number in (
        ("volumeSize", shape.volume_size),
        ("maxPodsPerNode", shape.max_pods_per_node),
    ):
        if number is not None and number < 1:
            raise FieldError(f"{field}.{name}", f"{number} is below 1", "use 1 or more")
    if isinstance(shape, ManagedGroupShape):
        types, is_spot, is_mixed = _managed_types(shape, field), bool(shape.spot), False
        group_taints = taints(shape.taints, f"{field}.taints")
    else:
        mix = shape.instances_distribution or DistributionShape()
        types, is_spot = _self_managed_types(shape, mix), _is_all_spot(mix)
        is_mixed = not is_spot and _has_spot(mix)
        group_taints = _self_managed_taints(shape, f"{field}.taints")
    desired, minimum, maximum = _sizes(shape, field)
    return EksctlNodeGroup(
        field,
        shape.name,
        shape,
        types,
        is_spot,
        is_mixed,
        desired=desired,
        minimum=minimum,
        maximum=maximum,
        taints=group_taints,
    )


def _managed_types(shape: ManagedGroupShape, field: str) -> tuple[str, ...]:
    if shape.instance_type and shape.instance_types:
        raise FieldError(
            f"{field}.instanceType", "cannot be combined with instanceTypes", "remove one of them"
        )
    named = shape.instance_types or ([shape.instance_type] if shape.instance_type else [])
    if named or shape.instance_selector or shape.launch_template:
        return tuple(dict.fromkeys(named))
    return (_INSTANCE_TYPE,)


def _self_managed_types(shape: SelfManagedGroupShape, mix: DistributionShape) -> tuple[str, ...]:
    if mix.instance_types:
        return tuple(dict.fromkeys(mix.instance_types))
    if shape.instance_type and shape.instance_type != _MIXED:
        return (shape.instance_type,)
    return () if shape.instance_selector else (_INSTANCE_TYPE,)


def _is_all_spot(mix: DistributionShape) -> bool:
    return not mix.on_demand_base_capacity and mix.on_demand_percentage_above_base_capacity == 0


def _has_spot(mix: DistributionShape) -> bool:
    share = mix.on_demand_percentage_above_base_capacity  # Auto Scaling's default is all on demand
    return share is not None and share < _ALL


def _sizes(shape: GroupShape, field: str) -> tuple[int, int, int]:
    """Return the desired, the smallest and the largest size."""
    least, desired, most = shape.min_size, shape.desired_capacity, shape.max_size
    for name, size in (("minSize", least), ("desiredCapacity", desired), ("maxSize", most)):
        if size is not None and size < 0:
            raise FieldError(f"{field}.{name}", f"{size} is negative", "use 0 or more")
    if desired is None:
        desired = least if least is not None else min(_SIZE, _SIZE if most is None else most)
    least = desired if least is None else least
    if most is None:
        # Managed groups: eksctl's ValidateManagedNodeGroup.
        most = max(desired, least, 1 if isinstance(shape, ManagedGroupShape) else 0)
    if not least <= desired <= most:
        raise FieldError(
            f"{field}.desiredCapacity",
            f"{desired} is not between minSize {least} and maxSize {most}",
            _SIZE_HINT,
        )
    return desired, least, most


def _self_managed_taints(shape: SelfManagedGroupShape, field: str) -> tuple[Taint, ...]:
    if not isinstance(shape.taints, dict):
        return taints(shape.taints, field)
    items = []
    for key, text in shape.taints.items():
        value, colon, effect = text.rpartition(":")
        items.append(TaintWire(key, effect, value if colon else None))
    return taints(items, field)
