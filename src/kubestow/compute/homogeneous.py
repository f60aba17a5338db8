"""Fleets of one instance type each: scale up or out?

Each is a managed node group of that type, grown by Cluster Autoscaler. Whether the images run on
the architecture is unknown, so a note says so.
"""

from collections.abc import Iterator
from dataclasses import replace

from kubestow.compute import managed_node_group
from kubestow.compute.case import ComparisonCase
from kubestow.compute.cost_parts import storage_notes
from kubestow.compute.managed_node_group import NodeGroups
from kubestow.model.option import ComputeOption


def option(case: ComparisonCase, instance_type: str) -> ComputeOption:
    """Return the option with one instance type."""
    managed = managed_node_group.option(case, NodeGroups((instance_type,)))
    description = replace(
        managed.description,
        id=instance_type,
        title=instance_type,
        notes=(*_notes(case, instance_type), *storage_notes(case)),
    )
    return replace(managed, description=description)


def _notes(case: ComparisonCase, instance_type: str) -> Iterator[str]:
    catalog = case.snapshot.catalog
    shape = catalog.instance_types[instance_type]
    yield f"{shape.vcpu} vCPU, {shape.memory_mib / 1024:g} GiB, {shape.architecture}"
    offered = {item.zone for item in catalog.offerings if item.instance_type == instance_type}
    lacking = [zone.name for zone in catalog.zones if zone.name not in offered]
    if lacking:
        yield f"not offered in {', '.join(lacking)}: a node group there becomes degraded"
    if shape.architecture != "amd64":
        yield "runs only images built for arm64; an amd64 image fails with 'exec format error'"
    if shape.burstable:
        yield "burstable: cpu above the baseline uses credits, or costs extra in unlimited mode"
