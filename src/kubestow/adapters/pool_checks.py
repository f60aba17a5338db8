"""Checks of NodePools and costs against the catalog.

An unknown instance type of a NodePool, or a zone or region other than the planned one, is left out
with a note and the closest name; so is a NodePool that has no other, and it is an error if no
NodePool is left. Costs and reservations with an unknown instance type or zone are errors. Local
Zones and Wavelength Zones are not in the catalog: a NodePool that names one is planned without it,
and a note says so.
"""

from collections.abc import Iterator
from dataclasses import replace

from kubestow.adapters.catalog_files import embedded_regions, load_instance_types
from kubestow.model import labels as names
from kubestow.model.costs import Costs
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import Catalog
from kubestow.model.nodepool import NodePool
from kubestow.model.snapshot import Cluster
from kubestow.model.suggestion import did_you_mean
from kubestow.model.zones import NOT_IN_THE_CATALOG, region_of, special_zone

_RETIRED = frozenset(
    ["cc1", "cc2", "cg1", "cr1", "dl1", "f1", "g2", "g3", "g3s", "hi1", "hs1", "p2", "p3", "u-9tb1"]
)
"""Families that EC2 sold once and the embedded catalogs no longer have."""


def usable_pools(cluster: Cluster, catalog: Catalog) -> tuple[Cluster, tuple[str, ...]]:
    """Return the cluster without NodePools that no node can be launched from, and notes.

    A value of an In requirement that no node of the catalog has is left out, with a note; so is a
    NodePool that has no other. Raises InputError for the first of them if no NodePool is left.
    """
    notes, left, mistakes = [], [], []
    for pool in cluster.nodepools:
        found = list(_mistakes(pool, catalog))
        notes += [note for note, _, _ in found if note]
        fatal = next((mistake for _, mistake, is_whole in found if mistake and is_whole), None)
        if fatal is not None:
            mistakes.append(fatal)
            notes.append(f"{fatal.message}: the pool is left out ({fatal.hint})")
            continue
        notes += [f"{m.message}: planned without it ({m.hint})" for _, m, _ in found if m]
        left.append(pool)
    if mistakes and not left:
        raise mistakes[0]
    return replace(cluster, nodepools=tuple(left)), tuple(notes)


def _mistakes(pool: NodePool, catalog: Catalog) -> Iterator[tuple[str, InputError | None, bool]]:
    """Yield (note, mistake, whether nothing else is left) for values that no node has."""
    for key, item in pool.requirements.by_key.items():
        if item.complement or not item.values:
            continue
        where = f"{pool.source}: {pool.kind} {pool.name}: requirement {key}"
        wrong: list[InputError] = []
        for value in sorted(item.values):
            kind = special_zone(value) if key in (names.ZONE, names.ZONE_ID) else ""
            if kind and region_of(value) in ("", catalog.region):
                yield f"{where}: {value} is a {kind}: {NOT_IN_THE_CATALOG}", None, False
            elif key == names.INSTANCE_TYPE and _is_retired(value, catalog):
                yield f"{where}: {value} is no longer sold: planned without it", None, False
            else:
                try:
                    _check(where, key, value, catalog)
                except InputError as mistake:
                    wrong.append(mistake)
        for each in wrong:
            yield "", each, len(wrong) == len(item.values)


def _is_retired(instance_type: str, catalog: Catalog) -> bool:
    family = instance_type.partition(".")[0]
    return family in _RETIRED and instance_type not in catalog.instance_types


def check_costs(costs: Costs, catalog: Catalog) -> None:
    """Raise InputError for an unknown instance type, or a zone of another region."""
    for entry in costs.entries:
        for value in dict(entry.match).get(names.INSTANCE_TYPE, ()):
            _check(f"{costs.file}: {entry.name}", names.INSTANCE_TYPE, value, catalog)
    for number, reservation in enumerate(costs.reservations):
        where = f"{costs.file}: Costs: reservations[{number}]"
        own = reservation.instance_type
        _check(f"{where}.instanceType", names.INSTANCE_TYPE, own, catalog)
        if reservation.zone:
            _check(f"{where}.zone", names.ZONE, reservation.zone, catalog)


def _check(where: str, key: str, value: str, catalog: Catalog) -> None:
    if key == names.INSTANCE_TYPE and value not in catalog.instance_types:
        instance_types = load_instance_types()
        if value in instance_types:
            return  # it exists in another region, and the pool may list more types
        raise InputError(
            f"{where}: instance type {value!r} does not exist",
            hint=did_you_mean(value, instance_types)
            or f"see 'kubestow catalog list --region {catalog.region}'",
        )
    if key == names.ZONE and value not in {z.name for z in catalog.zones}:
        message, hint = _zone_mistake(where, value, catalog)
        raise InputError(message, hint=hint)
    if key == names.REGION and value != catalog.region:
        raise InputError(
            f"{where}: region {value!r} is not the planned region {catalog.region}",
            hint=f"run with --region {value}",
        )


def _zone_mistake(where: str, zone: str, catalog: Catalog) -> tuple[str, str]:
    """Return the message and the hint for a zone that the catalog's region does not have."""
    zones, region = [z.name for z in catalog.zones], region_of(zone)
    listed = f"zones of {catalog.region}: {', '.join(zones)}"
    if special_zone(zone) and region == catalog.region:
        return f"{where}: {zone} is a {special_zone(zone)}: {NOT_IN_THE_CATALOG}", listed
    message = f"{where}: zone {zone!r} is not in region {catalog.region}"
    if region != catalog.region and region in embedded_regions():
        return message, f"run with --region {region}, or use {listed}"
    return message, did_you_mean(zone, zones) or listed
