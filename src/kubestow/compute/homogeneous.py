"""Fleets of one instance type each: scale up or out?

Law: nodes of the type as Cluster Autoscaler grows a managed node group of it. Whether images run on
the type's architecture is not known here, and said.
"""

from dataclasses import replace

from kubestow.compute import case as common
from kubestow.compute import managed_node_group
from kubestow.model.option import ComputeOption


def option(case: common.ComparisonCase, instance_type: str) -> ComputeOption:
    """Return the option of one type alone."""
    catalog = case.snapshot.catalog
    zones = {offering.zone for offering in catalog.offerings
             if offering.instance_type == instance_type}  # fmt: skip
    lacking = [zone.name for zone in catalog.zones if zone.name not in zones]
    shape = catalog.instance_types[instance_type]
    notes = [f"{shape.vcpu} vCPU, {shape.memory_mib / 1024:g} GiB, {shape.architecture}"]
    if lacking:
        notes.append(f"not offered in {', '.join(lacking)}: a node group there is degraded")
    if shape.architecture != "amd64":
        notes.append("runs only images built for arm64; an amd64 image ends in 'exec format error'")
    if shape.burstable:
        notes.append("burstable: above its baseline it runs on credits, or costs more (unlimited)")
    return replace(
        managed_node_group.option(case, (instance_type,)),
        id=instance_type,
        title=instance_type,
        notes=(*notes, *common.storage_note(case)),
    )
