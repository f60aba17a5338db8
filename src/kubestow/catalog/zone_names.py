"""Zone names of the account that the nodes run in.

Which zone us-east-1a is differs from account to account; its id (use1-az4) does not. A catalog
names zones as the account it was made in; nodes whose labels say both tell those of their own.
Source: Amazon EC2 user guide, "Availability Zone IDs for your AWS resources".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from kubestow.model import labels as names
from kubestow.model.instance_type import Catalog, Offering, Zone
from kubestow.model.node import Node
from kubestow.model.nodepool import NodePool


def observed_zones(nodes: Iterable[Node]) -> dict[str, str]:
    """Return the id of each zone name that the labels of nodes tell."""
    observed: dict[str, str] = {}
    for node in nodes:
        labels = dict(node.labels)
        if names.ZONE in labels and names.ZONE_ID in labels:
            observed[labels[names.ZONE]] = labels[names.ZONE_ID]
    return observed


def with_zone_names(catalog: Catalog, observed: Mapping[str, str]) -> Catalog:
    """Return the catalog with the zone names that were observed; the same one if they agree.

    Zones whose names were not observed keep theirs, or take one of those that are left over.
    """
    own = {zone.zone_id: zone.name for zone in catalog.zones}
    told = {i: name for name, i in observed.items() if i in own and name in own.values()}
    if all(own[zone_id] == name for zone_id, name in told.items()):
        return catalog
    free = sorted(set(own.values()) - set(told.values()))
    renamed = dict(told)
    for zone_id, name in own.items():
        if zone_id not in renamed and name in free:
            renamed[zone_id] = name
            free.remove(name)
    for zone_id in own:
        if zone_id not in renamed:
            renamed[zone_id] = free.pop(0)
    by_name = {name: renamed[zone_id] for zone_id, name in own.items()}
    zones = tuple(Zone(renamed[zone.zone_id], zone.zone_id) for zone in catalog.zones)

    def moved(offerings: Iterable[Offering]) -> tuple[Offering, ...]:
        return tuple(replace(item, zone=by_name[item.zone]) for item in offerings)

    return replace(
        catalog,
        zones=tuple(sorted(zones, key=lambda zone: zone.name)),
        offerings=moved(catalog.offerings),
        listed=moved(catalog.listed),
    )


def zone_name_notes(
    catalog: Catalog, pools: Iterable[NodePool], observed: Mapping[str, str]
) -> Iterator[str]:
    """Yield a note where NodePools choose zones by names that nothing in the input confirms.

    Only zones that do not sell all types of the pool that the region sells matter.
    """
    sold: dict[str, set[str]] = {}
    for item in catalog.offerings:
        sold.setdefault(item.zone, set()).add(item.instance_type)
    named: set[str] = set()
    for pool in pools:
        zones, types = pool.requirements.get(names.ZONE), pool.requirements.get(names.INSTANCE_TYPE)
        if zones is None or zones.complement:
            continue
        asked = types.values if types is not None and not types.complement else None
        in_zone = {zone: own if asked is None else own & asked for zone, own in sold.items()}
        everywhere = set().union(*in_zone.values())
        named |= {zone for zone in zones.values if in_zone.get(zone, everywhere) != everywhere}
    unknown = sorted(named - set(observed))
    if unknown:
        yield (
            f"what {', '.join(unknown)} sells is that of one AWS account, and zone names differ "
            f"between accounts: 'kubestow catalog refresh --region {catalog.region}' tells yours, "
            "as do nodes with the label topology.k8s.aws/zone-id"
        )
